"""Asks a model that sleeps: a call is opened in turn, and closed when its answer is handed over, now or later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from common.errors import DomainError
from inference.access import Visitor
from inference.actions import finish_call, journal_call, start_call
from inference.choosing import fits, serving
from inference.errors import (
    AnswerGoneError,
    BadInputError,
    CallClosedError,
    EngineBusyError,
    EngineGoneError,
    NoneFitsError,
)
from inference.gateway.repeating import drop_name_of, keep_answer_of
from inference.keys.finding import refuse_out_of_scope
from inference.ledger.errors import PaymentInUseError
from inference.ledger.payments import call_by
from inference.models import OPEN, Call, CallState
from inference.queueing import Waiter
from inference.schemas import completed, problems_of
from inference.sense_kinds import SENSES
from inference.senses import Told, ask_sense, look_at
from inference.servers import engine_of
from inference.upstream_wishes import ANY, Wish

from .interfaces import Interface, interface_of
from .turns import Turn, find_turn, give_up_turn, turn_of, wait_in_turn

NOT_YET = Told()
ASKING = timedelta(seconds=5)  # between the beginning of a call and its engine's hearing of it


@dataclass(frozen=True)
class Reply:
    """What became of a question so far, under its name: its call, once that has begun, or its place in the queue."""

    name: UUID
    listing: str
    call: Call | None
    told: Told
    place: int = 0

    @property
    def said(self) -> dict[str, Any] | None:
        """The answer, as the version's output schema has it."""
        return self.told.said


def begin_answer(
    *,
    visitor: Visitor,
    listing: str,
    asked: Mapping[str, Any],
    wait: float,
    wish: Wish = ANY,
    name: UUID | None = None,
    began: Callable[[Call], None] | None = None,
) -> Reply:
    """Ask a model for an answer to what fits its input schema, and wait so many seconds for it.

    Where all that may answer are busy the question waits in turn, and is looked for again under its ``name``;
    ``began`` hears of the call before its engine does. Raises BadInputError, UnreadableInputError, WrongModeError, and
    as ``start_call`` and ``wait_in_turn`` do, or an EngineError.
    """
    begin, value, listing = _beginning(visitor, listing, asked, wish)
    if began:
        begin = _heard(begin, began)
    try:
        call = begin(waiter=Waiter(visitor.whose))
    except (EngineBusyError, PaymentInUseError) as error:
        if visitor.pays and (running := call_by(visitor.pays)):  # the same was sent before
            return look_again(visitor=visitor, name=running, wait=wait)
        if not isinstance(error, EngineBusyError) or not error.engines:
            raise
        own: dict[str, Any] = {"name": name or uuid4(), "visitor": visitor, "listing": listing}
        own |= {"ask": partial(_asked, value=value), "size": len(_written(value))}
        return _in_turn(own["name"], wait_in_turn(**own, begin=lambda me: begin(waiter=me)))
    return _followed(call.pk, call, lambda: ask_sense(engine_of(call.engine), question=call.pk, asked=value, wait=wait))


def estimate_answer(
    *, visitor: Visitor, listing: str, asked: Mapping[str, Any], wish: Wish = ANY
) -> tuple[Interface, dict[str, int]]:
    """Return what would be asked, and as how many tokens it would count. Nothing is asked, reserved or charged.

    Raises BadInputError, NotRunnableError, WrongModeError, KeyScopeError, NoneFitsError.
    """
    interface, value = _read(listing, asked)
    if visitor.key:
        refuse_out_of_scope(visitor.key, interface.listing)
    if not any(fits(each, wish) for each in serving(interface.listing)):
        raise NoneFitsError
    reads = interface.weight(value)
    return interface, {"prompt_tokens": reads, "completion_tokens": 0, "total_tokens": reads}


@transaction.atomic
def try_answer(*, visitor: Visitor, listing: str, asked: Mapping[str, Any], wish: Wish = ANY) -> None:
    """Raise what ``begin_answer`` would raise now, before any money moves. Nothing is kept of it."""
    begin, _value, _listing = _beginning(visitor, listing, asked, wish)
    begin()
    transaction.set_rollback(True)


def look_again(*, visitor: Visitor, name: UUID, wait: float) -> Reply:
    """Return what became of an answer that was asked for before, to who asked.

    Raises AnswerGoneError, UnreadableInputError, or an EngineError, and what was raised when its turn had come.
    """
    turn = find_turn(name=name, visitor=visitor)
    if turn and turn.call is None:
        return _in_turn(name, turn)
    call = _own(visitor, turn.call if turn and turn.call else name, (*OPEN, CallState.DONE))
    return _followed(name, call, lambda: look_at(engine_of(call.engine), question=call.pk, wait=wait))


def stop_answer(*, visitor: Visitor, name: UUID) -> None:
    """Give up an answer that waits, or is being made: it costs nothing. Raises AnswerGoneError where none is."""
    turn = give_up_turn(name=name, visitor=visitor)
    try:
        call = _own(visitor, turn.call if turn and turn.call else name, OPEN)
    except AnswerGoneError:
        if turn is None or turn.call:
            raise
    else:
        finish_call(call_id=call.pk, state=CallState.STOPPED)
        drop_name_of(call=call)


def listing_of(name: UUID) -> str:
    """Return which listing was asked under a name that somebody has looked for. Raises AnswerGoneError."""
    turn = turn_of(name)
    found = Call.objects.filter(pk=turn.call if turn and turn.call else name).values_list("listing", flat=True).first()
    if found:
        return found
    if turn is None:
        raise AnswerGoneError
    return turn.listing


def _beginning(
    visitor: Visitor, listing: str, asked: Mapping[str, Any], wish: Wish
) -> tuple[Callable[..., Call], dict[str, Any], str]:
    """Return what begins a call, what it asks, and the listing's name."""
    interface, value = _read(listing, asked)
    # Of what is asked a paid call's receipt has the hash; what it counts as says the interface.
    own: dict[str, Any] = {"texts": [_written(value)], "max_tokens": 0, "reads": interface.weight(value), "wish": wish}
    return partial(start_call, visitor=visitor, listing=interface.listing, **own), value, interface.listing


def _read(listing: str, asked: Mapping[str, Any]) -> tuple[Interface, dict[str, Any]]:
    interface = interface_of(listing)
    if problems := problems_of(interface.input, asked):
        raise BadInputError(problems)
    return interface, completed(interface.input, asked)


def _heard(begin: Callable[..., Call], began: Callable[[Call], None]) -> Callable[..., Call]:
    def begin_and_tell(**given: Any) -> Call:
        call = begin(**given)
        began(call)
        return call

    return begin_and_tell


def _own(visitor: Visitor, pk: UUID, states: tuple[str, ...]) -> Call:
    call = Call.objects.filter(pk=pk, engine__in=SENSES, state__in=states).first()
    if call is None or call.user != visitor.user:
        raise AnswerGoneError
    return call


def _in_turn(name: UUID, turn: Turn) -> Reply:
    return Reply(name, turn.listing, None, NOT_YET, turn.place)


def _asked(call: Call, *, value: Mapping[str, Any]) -> None:
    """Ask the engine of a call whose turn has come; who asked looks for the answer."""
    ask_sense(engine_of(call.engine), question=call.pk, asked=value, wait=0.0)


def _followed(name: UUID, call: Call, ask: Callable[[], Told]) -> Reply:
    """Ask, and write down what came of it: an answer, nothing yet, or why there will be none."""
    try:
        with ExitStack() as stack:
            stack.push(partial(_failed, call))
            told = ask()
    except AnswerGoneError as error:
        if call.state not in OPEN:
            raise
        if _is_new(call):
            return Reply(name, call.listing, call, NOT_YET)
        raise EngineGoneError from error
    if told.said is not None:
        return Reply(name, call.listing, _handed_over(name, call, told.said), told)
    # Who looks again is still there, so the call is not taken for abandoned.
    Call.objects.filter(pk=call.pk, state__in=OPEN).update(journaled_at=timezone.now())
    return Reply(name, call.listing, call, told)


def _is_new(call: Call) -> bool:
    return call.started_at > timezone.now() - ASKING  # who sent it first is still about to ask


def _failed(call: Call, _kind: object, error: BaseException | None, _traceback: object) -> None:
    """Close a call that failed by whatever error; one whose answer is gone only if it was ever asked."""
    if not isinstance(error, Exception):
        return
    if isinstance(error, AnswerGoneError) and (call.state not in OPEN or _is_new(call)):
        return
    code = error.code if isinstance(error, DomainError) else "failed"
    finish_call(call_id=call.pk, state=CallState.FAILED, error=code)
    drop_name_of(call=call)


def _handed_over(name: UUID, call: Call, said: dict[str, Any]) -> Call:
    took = round((timezone.now() - call.started_at).total_seconds() * 1000)
    with suppress(CallClosedError):  # fetched twice
        journal_call(call_id=call.pk, tokens=0, characters=0, first_token_ms=took)
    answered = hashlib.sha256(_written(said).encode(errors="surrogatepass")).digest()
    # Together: what was charged under a name, and is not kept there, would be asked and charged again.
    with transaction.atomic():
        keep_answer_of(call=call, said={"id": str(name), "call": str(call.pk), "output": said})
        return finish_call(call_id=call.pk, state=CallState.DONE, answered=answered)


def _written(value: Mapping[str, Any]) -> str:
    """Return JSON in the one form that a receipt has the hash of."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
