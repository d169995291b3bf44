"""Makes the figures of thirty days from the raw rows, one by one: slowly, and in another way than the site does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import ceil, floor

from marketplace.ground.formulas import Formula
from marketplace.listings.models import Listing
from marketplace.listings.performance import FORMULA, Performance
from marketplace.listings.versions import Version

from .models import Call, CallState, Probe, Upstream
from .performance import FAULTS, WINDOW, Figures, Key, day_row, row_of

MICROSECOND = timedelta(microseconds=1)
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass
class Heap:
    """What was measured of one version on one engine, as it comes."""

    last_at: datetime = LONG_AGO
    counts: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    days: dict[date, Heap] = field(default_factory=dict)
    firsts: list[int] = field(default_factory=list)
    speeds: list[int] = field(default_factory=list)

    def add(self, at: datetime, counts: tuple[int, int, int, int], first: int | None, speed: int | None) -> None:
        """Add one check or call."""
        for heap in (self, self.days.setdefault(at.astimezone(UTC).date(), Heap())):
            heap.last_at = max(heap.last_at, at)
            heap.counts = [one + two for one, two in zip(heap.counts, counts, strict=True)]
            heap.firsts += [] if first is None else [first]
            heap.speeds += [] if speed is None else [speed]

    def counted(self) -> tuple[int, int, int, int, int, int | None, int | None, int, int | None, int | None]:
        """Return what it counts, and how fast that was."""
        firsts, speeds = sorted(self.firsts), sorted(self.speeds, reverse=True)
        asked, answered, calls, succeeded = self.counts
        times = len(firsts), _nth(firsts, 0.5), _nth(firsts, 0.95)
        return asked, answered, calls, succeeded, *times, len(speeds), _nth(speeds, 0.5), _nth(speeds, 0.95)

    def figures(self) -> Figures:
        """Return what it amounts to."""
        days = [day_row(day, self.days[day].counted()) for day in sorted(self.days)]
        return Figures(self.last_at, *self.counted(), days)


def differences() -> list[str]:
    """Return where what is stored is not what the raw rows say, in sentences; nothing where all is equal."""
    stored = defaultdict(list)
    for row in Performance.objects.order_by("pk"):
        stored[row.until].append(row)
    return [said for until, rows in stored.items() for said in _differing(rows, until, figures_from_rows(until))]


def _differing(rows: list[Performance], until: datetime, found: dict[Key, Figures]) -> Iterable[str]:
    kept = {Key(row.listing_id, row.version, row.engine): row for row in rows}
    formulas = {each.version: each for each in Formula.objects.filter(name=FORMULA)}
    for key in sorted(kept.keys() | found.keys()):
        row, figures = kept.get(key), found.get(key)
        if row is None or figures is None:
            yield f"{key}: {'not stored' if row is None else 'nothing was measured'}"
            continue
        made = row_of(key, figures, formulas[row.formula], until)
        for name in (*vars(figures), "rating", "parts"):
            if getattr(made, name) != getattr(row, name):
                yield f"{key}: {name} is {getattr(row, name)}, and the raw rows make it {getattr(made, name)}"


def figures_from_rows(until: datetime) -> dict[Key, Figures]:
    """Return what ``performance.figures_at`` has to return."""
    heaps: dict[Key, Heap] = defaultdict(Heap)
    for upstream in Upstream.objects.all():
        listing = Listing.objects.named(upstream.listing).first()
        if listing is not None:
            released = Version.objects.filter(listing=listing).order_by("created_at", "pk")
            versions = list(released.values_list("created_at", "number"))
            for at, counts, first, speed in (*_checks(upstream, until), *_calls(upstream, until)):
                version = _version(versions, at)
                if upstream.version in ("", version):
                    heaps[Key(listing.pk, version, upstream.engine)].add(at, counts, first, speed)
    return {key: heap.figures() for key, heap in heaps.items()}


Measured = tuple[datetime, tuple[int, int, int, int], int | None, int | None]


def _checks(upstream: Upstream, until: datetime) -> Iterator[Measured]:
    since, was_up = until - WINDOW, False
    for probe in Probe.objects.filter(engine=upstream.engine, at__lt=until).order_by("at").iterator():
        # An engine that is being installed was never up, so it has not been down either.
        was_up = was_up or probe.answered or probe.at < since
        if probe.at >= since and (was_up or not _ever_answered(upstream, until)):
            speed = None if probe.tokens_per_second is None else floor(probe.tokens_per_second * 1_000)
            yield probe.at, (1, int(probe.answered), 0, 0), probe.first_token_ms, speed


def _ever_answered(upstream: Upstream, until: datetime) -> bool:
    return Probe.objects.filter(engine=upstream.engine, at__lt=until, answered=True).exists()


def _calls(upstream: Upstream, until: datetime) -> Iterator[Measured]:
    calls = Call.objects.filter(engine=upstream.engine, started_at__gte=until - WINDOW, ended_at__lt=until)
    for call in calls.filter(listing__iexact=upstream.listing).iterator():
        went = call.state == CallState.DONE or (call.state == CallState.STOPPED and call.completion_tokens > 0)
        counts = went or (call.state == CallState.FAILED and call.error in FAULTS)
        first = call.first_token_ms if went else None
        yield call.started_at, (0, 0, int(counts), int(went)), first, _speed(call)


def _speed(call: Call) -> int | None:
    if call.state != CallState.DONE or call.completion_tokens < 2 or call.first_token_ms is None or not call.ended_at:
        return None
    rest = (call.ended_at - call.started_at) // MICROSECOND - call.first_token_ms * 1_000
    return (call.completion_tokens - 1) * 1_000_000_000 // rest if rest > 0 else None


def _version(versions: list[tuple[datetime, str]], at: datetime) -> str:
    """Return which was the newest then, of versions in the order of their release."""
    return next((number for released, number in reversed(versions) if released <= at), "")


def _nth(ordered: list[int], share: float) -> int | None:
    """Return the first value that so large a share of them does not exceed."""
    return ordered[ceil(share * len(ordered)) - 1] if ordered else None
