"""Every write of this app. ``start_call`` is the one way to a model, for pages, sockets and APIs alike."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.legal.errors import TermsChangedError
from common.locks import UNTIL_COMMIT, exclusive_until_commit
from common.statements import Found, Read
from common.trips import in_one_trip
from marketplace.listings.versions import Adoption
from marketplace.scores.recording import record_use

from .access import (
    FREE,
    METERED,
    Ground,
    Said,
    Visitor,
    adoption_of,
    free_ground,
    ground_on,
    is_known,
)
from .answers import Usage
from .choosing import (
    ahead_at,
    busy_of,
    choose,
    counted,
    running_at,
    serving,
    version_asked,
    version_in,
    with_figures,
)
from .contexts import holds, prompt_tokens, readers, room_beside
from .counting import Counts, Written, closing, credible, open_at, opening, own_call, releasing, write_journals
from .errors import (
    AllowanceSpentError,
    CallClosedError,
    EngineError,
    FairUseSpentError,
    HoldersOnlyError,
    NoneFitsError,
    NotRunnableError,
    TooManyStreamsError,
)
from .keys.errors import KeyRevokedError
from .keys.finding import refuse_out_of_scope
from .keys.spending import counting
from .ledger.acting import affordable, charge, reserve
from .ledger.errors import NotFundedError
from .ledger.payments import claim_payment
from .ledger.prices import Price, price_of
from .ledger.receipts import words_hash
from .models import MAX_STREAMS, NETWORK_STREAMS, OPEN, Call, CallState, Mode, Scope, Upstream, UsageWindow
from .queueing import Waiter, wallet_of
from .quotas import limits_of, move_quotas, windows_asked, windows_of
from .upstream_wishes import ANY, Wish

log = logging.getLogger(__name__)

MAX_ANSWER = 512  # tokens
MIN_ANSWER = 16  # fewer are no answer, and are not begun
SILENT = timedelta(seconds=120)  # longer than any wait for an engine: the process that ran the call is dead


def set_upstream(*, listing: str, engine: str, mode: str, system_prompt: str = "") -> Upstream:
    """Say what answers for a listing. Saying it again changes nothing."""
    wanted = {"engine": engine, "mode": mode, "system_prompt": system_prompt}
    found = Upstream.objects.named(listing).first()
    if found is None:
        return Upstream.objects.create(listing=listing, **wanted)
    Upstream.objects.filter(pk=found.pk).update(**wanted)
    found.refresh_from_db()
    return found


def start_call(
    *,
    visitor: Visitor,
    listing: str,
    texts: Iterable[str],
    max_tokens: int = MAX_ANSWER,
    reads: int = 0,
    wish: Wish = ANY,
    waiter: Waiter | None = None,
    found: Sequence[Upstream] = (),
) -> Call:
    """Open a call of ``listing`` that reads ``texts`` and writes at most ``max_tokens``; 0 for what writes none.

    ``reads`` is as how many tokens it counts what is no text, which stands for the texts then; ``wish`` is which of
    what answers is wanted. ``waiter`` is who asks, where they wait in turn; ``found`` is what answers for the listing,
    where that is at hand.

    Reserves the worst case. The answer is shorter where less is left. Raises NotRunnableError, ModelHiddenError,
    AccessDeniedError, GatedError, BadQuestionError, TooLongError, TooManyStreamsError, HoldersOnlyError, NoneFitsError,
    NotAnsweringError, EngineBusyError, AllowanceSpentError, FairUseSpentError, TermsChangedError where the
    visitor's user has not accepted the terms as they stand. With a key also KeyScopeError; where it pays as
    ``reserve``, and with what pays for this one call as ``claim_payment``.
    """
    if visitor.user and visitor.user.owes_acceptance:
        raise TermsChangedError
    if visitor.key:
        refuse_out_of_scope(visitor.key, listing)
    found = found or serving(listing)
    if not found:
        raise NotRunnableError
    told = max((each.system_prompt for each in found), key=len)  # whichever of them answers
    texts = list(texts)
    if not reads:
        found = readers(found, [told, *texts])
    prompt, asked = reads or prompt_tokens([told, *texts]), words_hash(texts)
    # Before the transaction, for whose locks all calls wait: a node may take seconds, and the chain has no such locks.
    known, listing = is_known(visitor), found[0].listing
    adoption = adoption_of(listing, visitor.chain_id) if visitor.user else None
    if adoption:
        move_quotas(chain=adoption.chain)  # what the indexer has made final a moment ago
    ground, price = _ground(adoption, visitor, listing, known=known)
    return _start(visitor, found, ground, price, with_figures(wish, found), waiter, prompt, max_tokens, asked)


@transaction.atomic
def _start(
    visitor: Visitor,
    found: Sequence[Upstream],
    ground: Ground,
    price: Price | None,
    wish: Wish,
    waiter: Waiter | None,
    prompt: int,
    max_tokens: int,
    asked: bytes,
) -> Call:
    listing, limits = found[0].listing, limits_of(ground)
    engines = {each.engine for each in found}
    told = [*Said.asked(listing, visitor.wallet), version_asked(listing)]
    # The payer's lock after the upstreams', always: who asks two upstreams at once would else take the same slot twice.
    # Then windows, in the order of ``limits_of``, so that two calls cannot block each other.
    _locked, opened, *rows = in_one_trip(
        (UNTIL_COMMIT, {"names": [*_starts_at(engines), f"start a call for {ground.payer}"]}),
        open_at(ground.payer, engines),
        *(each.asked for each in told),
        *([windows_asked(limits)] if limits else []),
    )
    *said, versions = (Found(each.statement, read) for each, read in zip(told, rows, strict=False))
    Said(*said).refuse(ground)
    slot, running = _room(ground, engines, opened)
    ahead = ahead_at(found, running, waiter or Waiter(wallet_of(ground.payer)))
    upstream = choose(found, ground, busy_of(running), wish=wish, ahead=ahead)
    windows = windows_of(limits, rows[len(told)]) if limits else []
    most = min(max_tokens, room_beside(upstream, prompt, MIN_ANSWER)) if upstream.mode == Mode.CHAT else max_tokens
    granted = _granted(visitor, ground, price, windows, prompt, most)
    call = Call(
        listing=upstream.listing,
        version=version_in(versions),
        engine=upstream.engine,
        user=visitor.user,
        payer=ground.payer,
        api_key=visitor.key.pk if visitor.key else None,
        access=ground.kind,
        slot=slot,
        prompt_tokens=prompt,
        max_tokens=granted,
        reserved=prompt + granted,
    )
    in_one_trip(*opening(call, windows), ends=price is None)
    if visitor.pays:
        claim_payment(call=call, signed=visitor.pays, asked=asked)
    elif price and visitor.key:
        reserve(call=call, key=visitor.key, price=price, asked=asked)
    return call


def _ground(adoption: Adoption | None, visitor: Visitor, listing: str, *, known: bool) -> tuple[Ground, Price | None]:
    """Return the ground of a call, and its price where it is paid for: what is not metered for that key is free."""
    ground, key = ground_on(adoption, visitor, listing, known=known), visitor.key
    if not ground.pays:
        return ground, None
    if paid := visitor.pays:
        return ground, Price(paid.chain_id, paid.token, paid.model_id, per_call=paid.amount)
    price = price_of(listing, key.chain_id, key.token) if key and key.chain_id else None
    return (ground, price) if price else (free_ground(visitor, known=known), None)


def _granted(
    visitor: Visitor, ground: Ground, price: Price | None, windows: Sequence[UsageWindow], prompt: int, asked: int
) -> int:
    """Return how many tokens the answer may have: as many as are asked for, or as what is left is enough for."""
    left = min((window.left - prompt for window in windows), default=asked)
    if price and visitor.key:
        affords = affordable(key=visitor.key, price=price, prompt=prompt)
        left = left if affords is None else min(left, affords)
    if left < min(MIN_ANSWER, asked):
        raise NotFundedError if price else FairUseSpentError if ground.holds else AllowanceSpentError
    return min(asked, left)


def _starts_at(engines: Iterable[str]) -> list[str]:
    """Return the locks of who starts a call of any of them, so that counts of open calls hold."""
    return [f"start a call of {engine}" for engine in sorted(engines)]  # in one order, or two could block each other


@transaction.atomic
def hand_over(*, call_id: UUID, tried: Collection[str], wish: Wish = ANY) -> Call | None:
    """Let another upstream answer a call of which nothing was delivered; return it, None where no other can.

    ``tried`` are the engines that have failed it. Raises CallClosedError if the call is no longer open.
    """
    call = Call.objects.get(pk=call_id)
    found = [each for each in serving(call.listing) if holds(each, call.prompt_tokens)]
    if not wish.hands_over or not found:
        return None
    wish = with_figures(wish, found)
    exclusive_until_commit(*_starts_at({each.engine for each in found}))
    call = own_call(call_id)
    if call.state not in OPEN:
        raise CallClosedError
    # Its slot, its limits and its ground stay what they were.
    ground = Ground(call.access, call.payer)
    try:
        call.engine = choose(found, ground, busy_of(running_at(found)), wish=wish, without=tried).engine
    except (HoldersOnlyError, NoneFitsError, EngineError):
        return None
    call.journaled_at = timezone.now()
    call.save(update_fields=["engine", "journaled_at"])
    return call


def answer_by(*, call_id: UUID, engine: str) -> None:
    """Write down that another upstream answers a call. Raises CallClosedError where it is not open any more."""
    now = timezone.now()
    if not Call.objects.filter(pk=call_id, state__in=OPEN).update(engine=engine, journaled_at=now):
        raise CallClosedError


def _room(ground: Ground, engines: Set[str], opened: Read) -> tuple[int, dict[str, Counter[str]]]:
    """Return which of the payer's streams this is, and what runs, as ``running_at``. Raises TooManyStreamsError.

    ``opened`` is what ``open_at`` found.
    """
    slot = _free_slot(ground, {slot for payer, slot, _engine in opened if payer == ground.payer})
    return slot, counted((engine, payer) for payer, _slot, engine in opened if engine in engines)


def _free_slot(ground: Ground, taken: Set[int]) -> int:
    """Return the lowest of the payer's streams that is not taken. Raises TooManyStreamsError."""
    streams = min(ground.quota.streams, MAX_STREAMS) if ground.quota else MAX_STREAMS
    free = set(range(1, streams + 1)) - taken
    if not free or _fills_network(ground):
        raise TooManyStreamsError
    return min(free)


def _fills_network(ground: Ground) -> bool:
    """Whether the network around a block has as many answers open as it may: it must not have the engine for itself."""
    networks = [limit.key for limit in limits_of(ground) if limit.scope == Scope.NETWORK]
    windows = {"windows__scope": Scope.NETWORK, "windows__key__in": networks}
    return bool(networks) and Call.objects.filter(state__in=OPEN, **windows).count() >= NETWORK_STREAMS


def journal_call(*, call_id: UUID, tokens: int, characters: int, first_token_ms: int) -> None:
    """Write down what was handed to the client so far.

    Raises CallClosedError if the call is no longer open, and KeyRevokedError where its key was revoked meanwhile.
    """
    written = write_journals({call_id: Counts(tokens, characters, first_token_ms)}, waits=True).get(call_id)
    if written == Written.REVOKED:
        raise KeyRevokedError
    if written != Written.DONE:
        raise CallClosedError


def journal_calls(*, counts: Mapping[UUID, Counts]) -> dict[UUID, Written]:
    """Write down what was handed over of many calls so far; return what came of each, of those that there are."""
    return write_journals(counts, waits=False) if counts else {}


@transaction.atomic
def finish_call(
    *,
    call_id: UUID,
    state: CallState,
    error: str = "",
    usage: Usage | None = None,
    answered: bytes = b"",
    journal: Counts | None = None,
) -> Call:
    """Close a call: count what was delivered, and release the rest. Closing it again changes nothing.

    ``answered`` is the SHA-256 of the text that was handed over, for the receipt; ``journal`` is what ``journal_call``
    was still to write down.
    """
    call = own_call(call_id)
    if call.state in OPEN:
        if journal:
            call.completion_tokens, call.characters, call.first_token_ms = journal
            call.journaled_at = timezone.now()
        _settle(call, state, error, usage, answered)
    return call


def _settle(call: Call, state: CallState, error: str, usage: Usage | None = None, answered: bytes = b"") -> None:
    """Write the end of an open call that the caller has locked, and asks nothing more of."""
    call.state, call.error, call.ended_at = state, error, timezone.now()
    delivered = call.completion_tokens > 0 or (call.max_tokens == 0 and state == CallState.DONE)
    if usage and delivered:
        call.prompt_tokens, call.completion_tokens = credible(call, usage)
    # Never more than was reserved, or the window's constraint would keep the call from closing.
    spent = min(call.prompt_tokens + call.completion_tokens, call.reserved) if delivered else 0
    writes = [closing(call)]
    if call.access != METERED:  # which counts in no window, and is charged
        writes.append(releasing(call, spent))
        if call.api_key:
            writes.append(counting(key_pk=call.api_key, at=call.started_at, tokens=spent))
    in_one_trip(*writes, ends=call.access == FREE)
    if call.access == METERED:
        charge(call=call, delivered=delivered, answered=answered)
    # What was free says nothing: anybody has it, with as many wallets as they like.
    if spent and call.access != FREE and call.user:
        record_use(address=call.user.address, name=call.listing, tokens=spent, at=call.ended_at)


def sweep_calls() -> int:
    """Close the calls whose server has died, with what it had journaled. Returns how many there were."""
    return sum(_sweep(call_id) for call_id in _silent().values_list("pk", flat=True))


@transaction.atomic
def _sweep(call_id: UUID) -> bool:
    """Close a call that is still open and silent now that it is locked: it may have spoken or ended meanwhile."""
    call = _silent().select_for_update().filter(pk=call_id).first()
    if call is None:
        return False
    _settle(call, CallState.FAILED, "abandoned")
    log.warning("A call was silent for too long and is closed: %s", call_id)
    return True


def _silent() -> QuerySet[Call]:
    return Call.objects.filter(state__in=OPEN, journaled_at__lt=timezone.now() - SILENT)
