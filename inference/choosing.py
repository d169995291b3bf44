"""Which upstream answers a call: a healthy one of the version that is offered, the least busy first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Lower

from common.statements import Found, Given, Question, Statement
from common.text import well_formed
from marketplace.listings.performance import Performance
from marketplace.listings.runtime import ENOUGH
from marketplace.listings.versions import Version

from .access import Ground
from .contexts import holds
from .errors import EngineBusyError, EngineError, HoldersOnlyError, NoneFitsError, NotAnsweringError
from .models import OPEN, Call, Kind, Upstream, UpstreamState
from .queueing import Waiter, ahead_of, wallet_of
from .upstream_wishes import ANY, LATENCY, PRICE, Wish

NOBODY: Mapping[str, int] = {}


def serving(listing: str) -> list[Upstream]:
    """Return what answers for a listing as it is offered now, in its seller's order; not what is switched off."""
    return serving_in(listing, _serving().find(name=well_formed(listing).lower()))


def serving_asked(listing: str) -> Question[Upstream]:
    """Return the question that ``serving_in`` takes the answer of, for what asks much at once."""
    return _serving().asked(name=well_formed(listing).lower())


def serving_in(listing: str, upstreams: Iterable[Upstream]) -> list[Upstream]:
    """Return which of a listing's upstreams answer for it, as ``serving``; no query where none is of one version."""
    found = list(upstreams)
    if any(each.version for each in found):
        number = offered_version(listing)
        found = [each for each in found if each.version in ("", number)]
    return found


@cache
def _serving() -> Statement[Upstream]:
    named = Upstream.objects.alias(lower_name=Lower("listing")).filter(lower_name=Given("name")).exclude(listing="")
    return Statement(named.exclude(state=UpstreamState.OFF).order_by("place", "pk"))


def offered_version(listing: str) -> str:
    """Return the newest release that is neither taken back nor a pre-release, else the newest; "" where none is."""
    return version_in(_released().find(listing=listing))


def version_asked(listing: str) -> Question[Any]:
    """Return the question that ``version_in`` takes the answer of, for what asks much at once."""
    return _released().asked(listing=listing)


def version_in(found: Found[Any]) -> str:
    """Return which release is offered. No query."""
    numbers = [str(number) for (number,) in found.read]
    return next((each for each in numbers if "-" not in each), numbers[0] if numbers else "")


@cache
def _released() -> Statement[Any]:
    released = Version.objects.filter(listing__name=Given("listing"), yanked_at=None).order_by("-created_at", "-pk")
    return Statement(released.values_list("number")[:50])


def running_at(found: Iterable[Upstream]) -> dict[str, Counter[str]]:
    """Return how many answers each of them writes now for each payer."""
    opened = Call.objects.filter(state__in=OPEN, engine__in=[each.engine for each in found])
    return counted(opened.values_list("engine", "payer"))


def counted(opened: Iterable[tuple[str, str]]) -> dict[str, Counter[str]]:
    """Return the same of the engines and payers of open calls."""
    running: dict[str, Counter[str]] = {}
    for engine, payer in opened:
        running.setdefault(engine, Counter())[wallet_of(payer)] += 1
    return running


def busy_of(running: Mapping[str, Counter[str]]) -> dict[str, int]:
    """Return how many answers each writes now, but for those that write none."""
    return {engine: payers.total() for engine, payers in running.items()}


def ahead_at(found: Iterable[Upstream], running: Mapping[str, Counter[str]], me: Waiter) -> dict[str, int]:
    """Return how many wait before somebody at each upstream: where there is much room, nobody waits."""
    busy = busy_of(running)
    full = [each.engine for each in found if 2 * (busy.get(each.engine, 0) + 1) >= room_of(each)]
    return ahead_of(me, full, running) if full else {}


def choose(
    found: Sequence[Upstream],
    ground: Ground,
    busy: Mapping[str, int],
    *,
    wish: Wish = ANY,
    without: Collection[str] = (),
    ahead: Mapping[str, int] = NOBODY,
) -> Upstream:
    """Return the one to ask: the first by the wish, the least busy of equal ones.

    ``busy`` is how many answers each writes, as ``busy_of``, ``ahead`` how many wait before whom this is for.

    Raises HoldersOnlyError, NoneFitsError, NotAnsweringError, EngineBusyError. The caller holds the lock of each of
    them, or counts of open calls would not hold.
    """
    allowed = [each for each in found if ground.holds or ground.pays or is_free(each)]
    if not allowed:
        raise HoldersOnlyError
    fitting = [each for each in allowed if fits(each, wish)]
    if not fitting:
        raise NoneFitsError
    answering = [each for each in fitting if is_answering(each) and each.engine not in without]
    if not answering:
        raise NotAnsweringError
    free = [each for each in answering if busy.get(each.engine, 0) + ahead.get(each.engine, 0) < room_of(each)]
    if not free:
        raise EngineBusyError([each.engine for each in answering])
    return min(
        free,
        key=lambda each: (
            *wish.rank(each.engine, runs_at(each)),
            each.state != UpstreamState.HEALTHY,  # of ours, which are asked also while they warm up
            busy.get(each.engine, 0) / room_of(each),
            each.place,
        ),
    )


def another_for(*, call: Call, without: Collection[str], wish: Wish) -> str | None:
    """Return who could be asked beside the silent upstream of a call; None where nobody has room to spare.

    Nothing is reserved for it: the last place of each is left to calls of its own.
    """
    found = [each for each in serving(call.listing) if holds(each, call.prompt_tokens)]
    busy = busy_of(running_at(found))
    spare = {each.engine: busy.get(each.engine, 0) + 1 for each in found}
    ground, wish = Ground(call.access, call.payer), with_figures(wish, found) if found else wish
    try:
        return choose(found, ground, spare, wish=wish, without=without).engine
    except (HoldersOnlyError, NoneFitsError, EngineError):
        return None


def fits(upstream: Upstream, wish: Wish) -> bool:
    """Whether a caller wants it to answer."""
    return wish.allows(upstream.engine, runs_at(upstream), forgets=keeps_of(upstream) is False)


def runs_at(upstream: Upstream) -> str:
    """Return where it runs, as callers name it."""
    return "seller" if upstream.kind == Kind.URL else "marketplace"


def keeps_of(upstream: Upstream) -> bool | None:
    """Whether it keeps what it is asked, as who runs it says: ours keep nothing. None where a seller does not say."""
    return upstream.retains if upstream.kind == Kind.URL else False


def with_figures(wish: Wish, found: Sequence[Upstream]) -> Wish:
    """Return a wish with the figures by which it sorts; one query where those are measured, else none.

    Figures are what half of thirty days' answers reach, of the newest version that has enough; else of the last try.
    """
    if not wish.sort:
        return wish
    if wish.sort == PRICE:
        costs = {each.engine: each.cost_micros if each.kind == Kind.URL else 0 for each in found}
        return replace(wish, measured={name: cost for name, cost in costs.items() if cost is not None})
    tried = {each.engine: each.first_token_ms for each in found if each.first_token_ms} if wish.sort == LATENCY else {}
    engines = [each.engine for each in found]
    rated = Performance.objects.filter(listing__name=found[0].listing, engine__in=engines).order_by(F("last_at").asc())
    for row in rated:
        if wish.sort == LATENCY and row.is_enough and row.first_p50_ms is not None:
            tried[row.engine] = row.first_p50_ms
        elif wish.sort != LATENCY and row.written >= ENOUGH and row.speed_p50:
            tried[row.engine] = -row.speed_p50
    return replace(wish, measured=tried)


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
