"""How votes came in over time: running sums of each side against the quorum, as a drawing and its table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import Any

from django.db.models import Count, F, FloatField, Func, IntegerField, Max, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.statements import Given, Read, Statement
from governance.onchain.models.proposals import OnchainProposal, Support, VoteFact

from .finding import home_id, of_proposal

SLOTS = 96  # that the time to vote is divided into, so the table has at most as many rows
WIDTH, TOP, HEIGHT = 1_000, 12, 160  # of the drawing: units across, and CSS pixels
LINES = (("abstain", Support.ABSTAIN), ("against", Support.AGAINST), ("for", Support.FOR))  # the last one on top
NICE = (1, 2, 5, 10)
MOST_MARKS = 4  # of the scale above zero
UNIT = 10**18


@dataclass(frozen=True)
class Point:
    """The votes of each side up to a time, in the smallest unit, and how many voters that were."""

    at: datetime
    in_favour: int
    against: int
    abstain: int
    voters: int

    def of(self, support: Support) -> int:
        """Return the votes of a side."""
        return {Support.FOR: self.in_favour, Support.AGAINST: self.against, Support.ABSTAIN: self.abstain}[support]


@dataclass(frozen=True)
class Mark:
    """A line of the scale: its votes, and where it stands in CSS pixels."""

    votes: int
    y: float

    @property
    def label_y(self) -> float:
        """Where the label's letters stand."""
        return self.y + 4


@dataclass(frozen=True)
class Curve:
    """The votes of a proposal over time. ``points`` is not empty; the last one is the sum."""

    proposal: OnchainProposal
    points: list[Point]
    until: datetime

    @property
    def end(self) -> datetime:
        """Where the axis of time ends: with the vote."""
        return max(self.proposal.deadline, self.points[-1].at)

    @property
    def last(self) -> Point:
        """The sums."""
        return self.points[-1]

    @cached_property
    def top(self) -> int:
        """The upper end of the scale: a nice number that neither the quorum nor a side is above."""
        most = max(self.proposal.quorum, *(self.last.of(side) for _name, side in LINES), 1)
        return -(-most // self.step_for(most)) * self.step_for(most)

    @staticmethod
    def step_for(most: int) -> int:
        """Return the smallest of 1, 2 or 5 times a power of ten of which MOST_MARKS reach as high."""
        power = 10 ** max(0, len(str(most)) - 2)
        step: int = next(
            factor * power * ten for ten in (1, 10) for factor in NICE if factor * power * ten * MOST_MARKS >= most
        )
        return step

    @property
    def scale(self) -> list[Mark]:
        """The lines of the scale, from zero on."""
        step = self.step_for(self.top)
        return [Mark(votes, self._y(votes)) for votes in range(0, self.top + 1, step)]

    @property
    def quorum_y(self) -> float:
        """Where the quorum's line stands."""
        return self._y(self.proposal.quorum)

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Each side that has votes, with the points of its line: level until the next votes came."""
        shown = [(name, side) for name, side in LINES if self.last.of(side)]
        return [(name, " ".join(self._steps(side))) for name, side in shown]

    @property
    def ticks(self) -> list[tuple[str, str, str]]:
        """The axis of time: where in per cent, which end of the label stands there, and the label."""
        begin, end = self.proposal.snapshot, self.end
        times = (("0%", "start", begin), ("50%", "middle", begin + (end - begin) / 2), ("100%", "end", end))
        return [(x, anchor, date_format(time, "j M, H:i")) for x, anchor, time in times]

    @property
    def sentence(self) -> str:
        """The drawing in words."""
        reached = next((point for point in self.points if _counted(point) >= self.proposal.quorum), None)
        if reached is None:
            return _("For and abstentions together have not reached the quorum. Times are UTC.")
        when = date_format(reached.at, "j M, H:i")
        return _("For and abstentions together reached the quorum by %s UTC.") % when

    def _steps(self, side: Support) -> Iterator[str]:
        level = 0
        yield f"0,{self._y(0)}"
        for point in self.points:
            if point.of(side) != level:
                x = self._x(point.at)
                yield f"{x},{self._y(level)}"
                level = point.of(side)
                yield f"{x},{self._y(level)}"
        yield f"{self._x(min(max(self.until, self.last.at), self.end))},{self._y(level)}"

    def _x(self, time: datetime) -> float:
        begin = self.proposal.snapshot
        return round((time - begin) / (self.end - begin) * WIDTH, 1)

    def _y(self, votes: int) -> float:
        return round(TOP + HEIGHT * (1 - votes / self.top), 1)


@cache
def slots() -> Statement[VoteFact]:
    """Return the statement for the sums of votes by slot and side (``name``, ``number``)."""
    begin, end = _seconds(of_proposal("snapshot")), _seconds(of_proposal("deadline")) + 1.0
    slot = Func(_seconds(F("time")), begin, end, SLOTS, function="width_bucket", output_field=IntegerField())
    votes: Any = VoteFact.objects.filter(chain=home_id(), proposal=Given("number"))
    sums = votes.annotate(slot=slot).values_list("slot", "support")
    sums = sums.annotate(votes=Sum("weight"), voters=Count("pk"), at=Max("time"))
    return Statement(sums.order_by("slot", "support"))


def _seconds(time: Any) -> Any:
    return Func(time, template="EXTRACT(EPOCH FROM %(expressions)s)::float", output_field=FloatField())


def curve_of(proposal: OnchainProposal, read: Read, until: datetime) -> Curve | None:
    """Return the curve of what ``slots`` has read, up to a time of the chain; None where nobody has voted."""
    points: list[Point] = []
    sums, voters = dict.fromkeys(Support, 0), 0
    previous = None
    for slot, support, votes, count, at in read:
        sums[Support(support)] += int(votes)
        voters += count
        latest = max(at, points[-1].at) if points else at
        if slot == previous:
            points.pop()
        point = Point(latest, sums[Support.FOR], sums[Support.AGAINST], sums[Support.ABSTAIN], voters)
        points.append(point)
        previous = slot
    return Curve(proposal, points, until) if points else None


def _counted(point: Point) -> int:
    return point.in_favour + point.abstain
