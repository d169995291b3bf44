"""Watches the engines: asks each now and then, and writes down for every listing how well it runs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from django.db import transaction
from django.db.models import Avg, Count, FloatField, Min, Q, QuerySet
from django.db.models.aggregates import Aggregate
from django.utils import timezone

from common.errors import DomainError
from common.text import clean_text
from marketplace.checks.models import ENDED, Check, CheckState
from marketplace.checks.names import OF_SUBJECTS
from marketplace.listings.cards import examples_of
from marketplace.listings.models import Listing
from marketplace.listings.runtime import ListingRuntime, RuntimeState

from .asked import Message
from .choosing import is_free, offered_version, place_of, serving
from .errors import EngineBusyError, EngineWarmingError
from .models import Call, CallState, EngineName, Kind, Mode, Probe, Upstream, UpstreamState
from .sense_kinds import SENSES
from .senses import Told, ask_sense, look_at
from .servers import Engine, engine_of
from .upstream import embed, is_alive, stream_chat

log = logging.getLogger(__name__)

QUESTION = "Write one line about a lemon tree."
PROBE_TOKENS, PROBE_SECONDS = 48, 55.0
MEASURED = timedelta(days=1)  # figures are of the last day
PATIENCE = timedelta(minutes=5)  # an engine that is silent for longer is not warming up any more
ASK_TOLD = timedelta(hours=6)  # until what follows an instruction is asked its own question once more
ASK_AGAIN = timedelta(minutes=5)  # a generation costs others; in between, whether it lives is enough
WAKE_AGAIN = timedelta(hours=12)  # one that sleeps counts by its last start; in between, whether its owner lives
SENSE_WAIT = 5.0  # seconds of one look at what such an engine answers


STATES = {
    RuntimeState.READY: UpstreamState.HEALTHY,
    RuntimeState.WARMING: UpstreamState.PROBING,
    RuntimeState.DOWN: UpstreamState.FAILING,
}


class Percentile(Aggregate):
    """PostgreSQL's percentile_cont, of a share between 0 and 1."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) within group (order by %(expressions)s)"
    output_field = FloatField()

    def __init__(self, expression: str, share: float, **extra: Any) -> None:
        super().__init__(expression, share=share, **extra)


def check_engines() -> None:
    """Probe every engine that an upstream uses, and write down how its listings run."""
    for name in EngineName.values:
        ours = Upstream.objects.filter(kind=Kind.ENGINE, engine=name).exclude(state=UpstreamState.OFF)
        listings = list(ours.values_list("listing", flat=True))
        if listings:
            state = check_engine(engine_of(name))
            ours.exclude(state=STATES[state]).update(state=STATES[state], state_since=timezone.now())
            write_runtimes(listings)
            if state == RuntimeState.READY:
                ask_told(engine_of(name))


def check_engine(engine: Engine) -> RuntimeState:
    """Return what an engine is doing: by a real question now and then, else by whether it lives."""
    last = Probe.objects.filter(engine=engine.name).order_by("-at").first()
    again = WAKE_AGAIN if engine.name in SENSES else ASK_AGAIN
    fresh = last is not None and last.answered and last.at > timezone.now() - again
    if fresh and is_alive(engine):
        return RuntimeState.READY
    probe = ask(engine)
    if probe is None:
        return RuntimeState.READY
    silent = last is not None and not last.answered and last.at > timezone.now() - ASK_AGAIN
    if probe.answered or not silent:  # as often as one that answers, or the uptime would be too low
        probe.save()
    return RuntimeState.READY if probe.answered else _state_of_silent(engine.name)


def _state_of_silent(name: str) -> RuntimeState:
    """Return warming up for an engine that has not been silent for long, else down."""
    probes = Probe.objects.filter(engine=name).order_by("at")
    heard = probes.filter(answered=True).last()
    silent = probes.filter(answered=False, at__gt=heard.at) if heard else probes
    since = silent.values_list("at", flat=True).first()
    return RuntimeState.WARMING if since is None or since > timezone.now() - PATIENCE else RuntimeState.DOWN


def ask(engine: Engine) -> Probe | None:
    """Ask an engine something small and return what was measured; None if it is too busy to be measured.

    The first question after a start is what warms an engine up.
    """
    started = time.monotonic()
    try:
        if engine.name == EngineName.MINILM:
            embed(engine, [QUESTION])
            return Probe(engine=engine.name, answered=True, first_token_ms=_since(started))
        if engine.name in SENSES:
            _ask_sense(engine)  # which wakes it: how long that takes depends on what else the machine does
            started = time.monotonic()
            _ask_sense(engine)
            return Probe(engine=engine.name, answered=True, first_token_ms=_since(started))
        return asyncio.run(_ask_chat(engine, started, [{"role": "user", "content": QUESTION}]))
    # Busy is healthy: it is answering others.
    except EngineBusyError:
        return None
    except (DomainError, TimeoutError) as error:
        expected = isinstance(error, EngineWarmingError)
        why = error.code if isinstance(error, DomainError) else f"no answer in {PROBE_SECONDS} seconds"
        log.log(logging.INFO if expected else logging.WARNING, "%s: %s", engine.name, why)
        return Probe(engine=engine.name, answered=False)


def _ask_sense(engine: Engine) -> None:
    """Ask an engine that sleeps for its sample. Raises DomainError, or TimeoutError where it takes too long."""
    question, ends = uuid4(), time.monotonic() + PROBE_SECONDS
    told: Told = ask_sense(engine, question=question, asked=SENSES[engine.name].sample(), wait=SENSE_WAIT)
    while told.said is None:
        if time.monotonic() > ends:
            raise TimeoutError
        told = look_at(engine, question=question, wait=SENSE_WAIT)


def ask_told(engine: Engine) -> None:
    """Ask a listing that follows an instruction what its owner suggests, and keep the answer for its page.

    One listing a look, and each a few times a day: an answer takes the engine from those who wait for it.
    """
    chats = Upstream.objects.filter(engine=engine.name, mode=Mode.CHAT, draft=None).exclude(system_prompt="")
    told = {each.listing: each.system_prompt for each in chats}
    for runtime in ListingRuntime.objects.filter(listing__name__in=told).select_related("listing").order_by("pk"):
        questions = examples_of(runtime.listing)
        if questions and not _is_young(runtime.probe, ASK_TOLD):
            _ask_as_told(engine, runtime, told[runtime.listing.name], questions[0])
            return


def _ask_as_told(engine: Engine, runtime: ListingRuntime, instruction: str, question: str) -> None:
    messages = [{"role": "system", "content": instruction}, {"role": "user", "content": question}]
    try:
        probe = asyncio.run(_ask_chat(engine, time.monotonic(), messages))
    except (DomainError, TimeoutError) as error:
        log.info("%s: %s", runtime.listing, error)
        return
    if probe.answer:
        said = {"question": question, "answer": probe.answer, "at": timezone.now().isoformat(), "tokens": probe.tokens}
        figures = {name: getattr(probe, name) for name in ("first_token_ms", "tokens_per_second")}
        ListingRuntime.objects.filter(pk=runtime.pk).update(probe=said | figures)


def _is_young(probe: dict[str, Any] | None, age: timedelta) -> bool:
    return probe is not None and datetime.fromisoformat(probe["at"]) > timezone.now() - age


async def _ask_chat(engine: Engine, started: float, messages: Sequence[Message]) -> Probe:
    first: int | None = None
    pieces: list[str] = []
    answer = stream_chat(engine, messages, max_tokens=PROBE_TOKENS)
    async with asyncio.timeout(PROBE_SECONDS), aclosing(answer):
        async for piece in answer:
            if isinstance(piece, str):
                pieces.append(piece)
                first = _since(started) if first is None else first
    rest = (_since(started) - (first or 0)) / 1000
    return Probe(
        engine=engine.name,
        answered=bool(pieces),
        first_token_ms=first,
        tokens_per_second=(len(pieces) - 1) / rest if len(pieces) > 1 and rest > 0 else None,
        question=messages[-1]["content"],
        answer=clean_text("".join(pieces)),
        tokens=len(pieces),
    )


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


@transaction.atomic
def write_runtimes(listings: Collection[str]) -> None:
    """Write how listings run by what answers for each, and figures: of its calls, or of the probes where none came."""
    now = timezone.now()
    measured: dict[tuple[str, ...], Measured] = {}  # most listings share an engine
    for listing in Listing.objects.filter(name__in=listings).select_related("runtime"):
        found = serving(listing.name)
        engines = tuple(sorted(each.engine for each in found))
        if engines not in measured:
            measured[engines] = Measured.of(engines, now)
        write_runtime(listing, found, measured[engines], now)


def write_runtime(listing: Listing, found: Sequence[Upstream], measured: Measured, now: datetime) -> None:
    """Write how one listing runs."""
    state = state_of(listing, found)
    runtime: ListingRuntime = getattr(listing, "runtime", None) or ListingRuntime(listing=listing)
    # The page says since when, so only a change may move it.
    if runtime.state != state:
        runtime.state, runtime.state_since = state, now
    runtime.checked_at = now
    runtime.asked = measured.asked
    runtime.uptime = measured.answered / measured.asked if measured.asked else None
    figures = _of_calls(listing.name, now) or measured.figures
    runtime.first_token_p50_ms, runtime.first_token_p95_ms, runtime.tokens_per_second = figures[:3]
    runtime.measured, runtime.measured_since = figures.measured, figures.since
    runtime.is_told = not any(each.mode == Mode.CHAT and not each.system_prompt for each in found)
    place = place_of(found)
    runtime.is_sellers, runtime.retains = place.is_sellers, place.retains
    runtime.is_free = any(is_free(each) for each in found)
    # An instruction of its own would have had it answer otherwise.
    runtime.probe = _own_words(runtime) if runtime.is_told else measured.said
    runtime.save()


def state_of(listing: Listing, found: Sequence[Upstream]) -> RuntimeState:
    """Return what those that answer for a listing amount to. What its checks refuse, or have not looked at yet, does
    not run for buyers."""
    states = {each.state for each in found}
    if any(each.kind == Kind.URL for each in found) and _is_refused(listing):
        return RuntimeState.DOWN
    if UpstreamState.HEALTHY in states:
        return RuntimeState.READY
    return RuntimeState.WARMING if UpstreamState.PROBING in states else RuntimeState.DOWN


def _is_refused(listing: Listing) -> bool:
    subject = f"version:{listing.name}@{offered_version(listing.name)}"
    # Whether its server answers is asked again and again, and says nothing of the release.
    is_open = ~Q(state__in=ENDED) & Q(name__in=OF_SUBJECTS)
    return Check.objects.of(subject).filter(Q(state=CheckState.FAILED) | is_open).exists()


def _own_words(runtime: ListingRuntime) -> dict[str, Any] | None:
    """Return what a listing said to a question of its owner's in the last day."""
    probe: dict[str, Any] | None = runtime.probe
    own = probe is not None and probe["question"] in examples_of(runtime.listing)
    return probe if own and _is_young(probe, MEASURED) else None


def _said(engines: Collection[str]) -> dict[str, Any] | None:
    """Return what the last probe that got words asked and was told; None where none of the last day did."""
    since = timezone.now() - MEASURED
    probes = Probe.objects.filter(engine__in=engines, answered=True, at__gt=since).exclude(answer="")
    last = probes.order_by("-at").first()
    if last is None:
        return None
    figures = {name: getattr(last, name) for name in ("tokens", "first_token_ms", "tokens_per_second")}
    return {"question": last.question, "answer": last.answer, "at": last.at.isoformat(), **figures}


@dataclass(frozen=True)
class Measured:
    """What the last day's probes of some upstreams amount to."""

    asked: int
    answered: int
    figures: Figures
    said: dict[str, Any] | None

    @classmethod
    def of(cls, engines: Collection[str], now: datetime) -> Measured:
        """Measure them."""
        probes = Probe.objects.filter(engine__in=engines, at__gt=now - MEASURED)
        # An engine that is being installed was never up, so it has not been down either.
        first = Probe.objects.filter(engine__in=engines, answered=True).order_by("at").first()
        counted = probes.filter(at__gte=first.at) if first else probes
        uptime = counted.aggregate(all=Count("pk"), answered=Count("pk", filter=Q(answered=True)))
        timed = probes.filter(answered=True, first_token_ms__isnull=False)
        figures = _figures(timed, "at", Avg("tokens_per_second"))
        return cls(uptime["all"], uptime["answered"], figures, _said(engines))


class Figures(NamedTuple):
    """What was measured: first tokens in milliseconds, tokens a second, of how many answers, and when the first was."""

    p50: int | None
    p95: int | None
    speed: float | None
    measured: int
    since: datetime | None


def _of_calls(listing: str, now: datetime) -> Figures | None:
    """Return what the last day's real calls measured; None if there was none."""
    calls = Call.objects.filter(listing=listing, started_at__gt=now - MEASURED, first_token_ms__isnull=False)
    speeds = [call.tokens_per_second for call in calls.filter(state=CallState.DONE).order_by("-started_at")[:100]]
    known = [speed for speed in speeds if speed]
    if not calls.exists():
        return None
    return _figures(calls, "started_at", None)._replace(speed=sum(known) / len(known) if known else None)


def _figures(rows: QuerySet[Any], moment: str, speed: Avg | None) -> Figures:
    asked = {"p50": Percentile("first_token_ms", 0.5), "p95": Percentile("first_token_ms", 0.95)}
    told = {"measured": Count("pk"), "since": Min(moment), **({"speed": speed} if speed else {})}
    found = rows.aggregate(**asked, **told)
    p50, p95 = (None if found[key] is None else round(found[key]) for key in ("p50", "p95"))
    return Figures(p50, p95, found.get("speed"), found["measured"], found["since"])
