"""Which upstream answers a call: a healthy one of the version that is offered, the least busy first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Count

from marketplace.listings.versions import Version

from .access import Ground
from .errors import EngineBusyError, HoldersOnlyError, NotAnsweringError
from .models import OPEN, Call, Kind, Upstream, UpstreamState


def serving(listing: str) -> list[Upstream]:
    """Return what answers for a listing as it is offered now, in its seller's order; not what is switched off."""
    found = list(Upstream.objects.named(listing).exclude(state=UpstreamState.OFF))
    if any(each.version for each in found):
        number = offered_version(listing)
        found = [each for each in found if each.version in ("", number)]
    return found


def offered_version(listing: str) -> str:
    """Return the newest release that is neither taken back nor a pre-release, else the newest; "" where none is."""
    released = Version.objects.filter(listing__name=listing, yanked_at=None).order_by("-created_at", "-pk")
    numbers = list(released.values_list("number", flat=True)[:50])
    return next((each for each in numbers if "-" not in each), numbers[0] if numbers else "")


def choose(found: Sequence[Upstream], ground: Ground, *, without: Collection[str] = ()) -> Upstream:
    """Return the one to ask. Raises HoldersOnlyError, NotAnsweringError, EngineBusyError.

    The caller holds the lock of each of them, or counts of open calls would not hold.
    """
    allowed = [each for each in found if ground.holds or ground.pays or is_free(each)]
    if not allowed:
        raise HoldersOnlyError
    answering = [each for each in allowed if is_answering(each) and each.engine not in without]
    if not answering:
        raise NotAnsweringError
    counted = Call.objects.filter(state__in=OPEN, engine__in=[each.engine for each in answering]).order_by()
    busy = dict(counted.values_list("engine").annotate(Count("pk")))
    free = [each for each in answering if busy.get(each.engine, 0) < room_of(each)]
    if not free:
        raise EngineBusyError
    return min(free, key=lambda each: (busy.get(each.engine, 0) / room_of(each), each.place, each.pk))


def is_free(upstream: Upstream) -> bool:
    """Whether those without access may ask it: who runs it bears what that costs."""
    return upstream.kind == Kind.ENGINE or upstream.free


def is_answering(upstream: Upstream) -> bool:
    """Whether it is worth asking: of our engines each call finds out, and says so, while they warm up."""
    return upstream.kind == Kind.ENGINE or upstream.state == UpstreamState.HEALTHY


def room_of(upstream: Upstream) -> int:
    """Return how many answers it writes at once."""
    if upstream.kind == Kind.URL:
        return upstream.at_once
    engines: dict[str, Any] = settings.ENGINES
    return int(engines[upstream.engine]["streams"])


@dataclass(frozen=True)
class Place:
    """Where questions go: on our machines, or to a seller, who keeps them or not; None where they do not say."""

    is_sellers: bool
    retains: bool | None = None


def place_of(found: Sequence[Upstream]) -> Place:
    """Return where a question may go, by the least that is promised."""
    sellers = [each.retains for each in found if each.kind == Kind.URL]
    if not sellers:
        return Place(is_sellers=False)
    retains = True if True in sellers else None if None in sellers else False
    return Place(is_sellers=True, retains=retains)
