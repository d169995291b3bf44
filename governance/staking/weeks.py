"""The stream of rewards, week by week, as the stream's points say it: what a week brings, and what a stake earned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from django.db.models import JSONField, OuterRef, Subquery
from django.db.models.functions import JSONObject

from governance.ground.lattice import ONE
from governance.onchain.models.staking import StreamPoint
from governance.onchain.rewards import Earning
from governance.onchain.streaming import ONE_SHIFT, WEEK, Stream

SHOWN = 12  # weeks, the running one among them
MEASURE = 1_000  # LATTICE, of which is said what it earned
PARTS = ("as_of", "per_unit", "streaming", "waiting", "total")


@dataclass(frozen=True)
class Week:
    """A week of the stream, in wei: what there was to stream, what ``MEASURE`` LATTICE earned, and what is one's own.

    ``is_running``: it is not over, the figures are as of now, and ``left`` is still to stream.
    """

    start: datetime
    planned: int
    per_measure: int
    own: int
    is_running: bool
    left: int

    @property
    def others(self) -> int:
        """What went to the others, or back to what waits while nobody staked."""
        return max(0, self.planned - self.own - self.left)


@dataclass(frozen=True)
class Rewards:
    """The stream now, and its last weeks, the oldest first. ``streaming`` is what is left of this week, in wei."""

    weeks: list[Week]
    streaming: int = 0
    waiting: int = 0
    total: int = 0
    per_unit: int = 0
    ends: datetime | None = None

    @property
    def planned(self) -> int:
        """What this week has to stream in all."""
        return self.weeks[-1].planned if self.weeks else 0

    @property
    def over(self) -> list[Week]:
        """The weeks that are over."""
        return [week for week in self.weeks if not week.is_running]

    @property
    def earned_per_measure(self) -> int:
        """What ``MEASURE`` LATTICE, staked all the time, earned in the weeks that are over."""
        return sum(week.per_measure for week in self.over)


def points_until(now: datetime) -> dict[str, Any]:
    """Return the stream's last point before each of the last weeks began, and before now, as SQL of the chain's row."""
    return {f"point{place}": _point(second) for place, second in enumerate(_moments(now))}


def rewards_of(read: Mapping[str, Any], now: datetime, earning: Earning) -> Rewards:
    """Return what ``points_until`` found, and of it what is an account's own."""
    moments = _moments(now)
    streams = [_stream(read[f"point{place}"], second) for place, second in enumerate(moments)]
    known = [(second, stream) for second, stream in zip(moments, streams, strict=True) if stream]
    if not known:
        return Rewards([])
    last = known[-1][1]
    weeks = [
        _week(start, before, after, earning, is_running=place == len(known) - 2)
        for place, ((start, before), (_, after)) in enumerate(pairwise(known))
    ]
    # Of a stream that began within this week there is no earlier state: it is all in the next.
    ends = datetime.fromtimestamp((int(now.timestamp()) // WEEK + 1) * WEEK, UTC)
    return Rewards(weeks, last.streaming, last.waiting, last.total, last.per_unit, ends)


def _week(start: int, before: Stream, after: Stream, earning: Earning, *, is_running: bool) -> Week:
    grown = after.per_unit - before.per_unit
    own = earning.between(before.per_unit, after.per_unit)
    per_measure = (grown * MEASURE * ONE) >> ONE_SHIFT
    left = after.streaming if is_running else 0
    return Week(datetime.fromtimestamp(start, UTC), before.streaming, per_measure, own, is_running, left)


def _moments(now: datetime) -> list[int]:
    second = int(now.timestamp())
    begun = second // WEEK * WEEK
    return [begun - back * WEEK for back in reversed(range(SHOWN))] + [second]


def _point(second: int) -> Subquery:
    before = StreamPoint.objects.filter(chain=OuterRef("pk"), as_of__lte=second)
    row = JSONObject(**{name: name for name in PARTS})
    last = before.order_by("-as_of", "-block_number", "-log_index").values(row=row)[:1]
    return Subquery(last, output_field=JSONField())


def _stream(point: dict[str, int] | None, second: int) -> Stream | None:
    if point is None:
        return None
    return replace(Stream(**{name: int(point[name]) for name in PARTS})).advanced(second)
