"""Asks a model that sleeps: a call is opened, and closed when its answer is handed over, at once or at a later look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from common.errors import DomainError
from inference.access import Visitor
from inference.actions import finish_call, journal_call, start_call
from inference.errors import AnswerGoneError, BadInputError, CallClosedError, EngineGoneError
from inference.models import OPEN, Call, CallState
from inference.schemas import completed, problems_of
from inference.sense_kinds import SENSES
from inference.senses import Told, ask_sense, look_at
from inference.upstream import engine_of
from inference.upstream_wishes import ANY, Wish

from .interfaces import interface_of


@dataclass(frozen=True)
class Reply:
    """A call and what became of it so far."""

    call: Call
    told: Told

    @property
    def said(self) -> dict[str, Any] | None:
        """The answer, as the version's output schema has it."""
        return self.told.said


def begin_answer(*, visitor: Visitor, listing: str, asked: Mapping[str, Any], wait: float, wish: Wish = ANY) -> Reply:
    """Ask a model for an answer to what fits its input schema, and wait so many seconds for it.

    Raises BadInputError, UnreadableInputError, WrongModeError, and as ``start_call`` does, or an EngineError.
    """
    interface = interface_of(listing)
    if problems := problems_of(interface.input, asked):
        raise BadInputError(problems)
    value = completed(interface.input, asked)
    reads = interface.weight(value)
    call = start_call(visitor=visitor, listing=interface.listing, texts=(), max_tokens=0, reads=reads, wish=wish)
    return _followed(call, lambda: ask_sense(engine_of(call.engine), question=call.pk, asked=value, wait=wait))


def look_again(*, visitor: Visitor, call_id: UUID, wait: float) -> Reply:
    """Return what became of an answer that was asked for before, to who asked.

    Raises AnswerGoneError, UnreadableInputError, or an EngineError.
    """
    call = Call.objects.filter(pk=call_id, engine__in=SENSES).first()
    if call is None or call.user != visitor.user or call.state not in (*OPEN, CallState.DONE):
        raise AnswerGoneError
    return _followed(call, lambda: look_at(engine_of(call.engine), question=call.pk, wait=wait))


def _followed(call: Call, ask: Callable[[], Told]) -> Reply:
    """Ask, and write down what came of it: an answer, nothing yet, or why there will be none."""
    try:
        told = ask()
    except AnswerGoneError as error:
        if call.state not in OPEN:
            raise
        finish_call(call_id=call.pk, state=CallState.FAILED, error=error.code)
        raise EngineGoneError from error
    except DomainError as error:
        finish_call(call_id=call.pk, state=CallState.FAILED, error=error.code)
        raise
    if told.said is not None:
        return Reply(_handed_over(call), told)
    # Who looks again is still there, so the call is not taken for abandoned.
    Call.objects.filter(pk=call.pk, state__in=OPEN).update(journaled_at=timezone.now())
    return Reply(call, told)


def _handed_over(call: Call) -> Call:
    took = round((timezone.now() - call.started_at).total_seconds() * 1000)
    with suppress(CallClosedError):  # fetched twice
        journal_call(call_id=call.pk, tokens=0, characters=0, first_token_ms=took)
    return finish_call(call_id=call.pk, state=CallState.DONE)
