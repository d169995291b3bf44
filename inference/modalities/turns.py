"""Questions that wait in turn for a model that sleeps, while who asked looks again; no thread waits for any of them.

The question is in the memory of the process that took it, and nowhere else. In Redis stand its place, its call once
that has begun, or why it could not begin; and that who asked has looked, without which it is given up. Until its turn
has come nothing is reserved, counted or paid.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from threading import Lock
from typing import Any
from uuid import UUID

import structlog
from django.core.cache import cache
from django.db import DatabaseError

from common.background import in_background
from common.database import in_database, in_thread
from common.errors import DomainError
from inference.access import Visitor
from inference.actions import finish_call
from inference.errors import AnswerGoneError, EngineBusyError
from inference.models import Call, CallState
from inference.queueing import Waiter
from inference.waiting import begin_in_turn, begun

MOST_HERE, MOST_CHARACTERS = 64, 64_000_000  # questions that wait in one process, and of what size all together
MOST_WAIT = 120.0  # seconds: as long as an engine that sleeps may take for one answer
UNSEEN = 15  # seconds after which who does not look again is taken for gone
SILENT = 10  # seconds after which a process that says nothing of a question is taken for dead
KEPT = 120  # seconds that is told what became of a turn
SOON = 2.0  # seconds that who asks waits to hear their place

log = structlog.get_logger(__name__)
_here: dict[UUID, int] = {}
_HERE = Lock()


@dataclass(frozen=True)
class Turn:
    """How a question stands: its place, the first 1, while it waits; its call, once its turn has come."""

    listing: str
    place: int = 0
    call: UUID | None = None


class TurnLostError(DomainError):
    """Its turn has come, or was waited for, and no call could begin: as it was said then."""

    def __init__(self, said: dict[str, Any]) -> None:
        super().__init__(said["detail"], **said["data"])
        self.code, self.status = said["code"], HTTPStatus(said["status"])


def wait_in_turn(
    *,
    name: UUID,
    visitor: Visitor,
    listing: str,
    begin: Callable[[Waiter], Call],
    ask: Callable[[Call], None],
    size: int,
) -> Turn:
    """Have a question of so many characters wait under a name, and return how it stands; the same name waits once.

    ``begin`` begins its call when its turn has come, and ``ask`` asks the engine. Raises EngineBusyError where as many
    wait as may, TooManyWaitingError, and what ``begin`` or ``ask`` raises, at once or at a later look: a call that was
    begun is closed then.
    """
    with _HERE:
        if name in _here:
            return find_turn(name=name, visitor=visitor) or Turn(listing)
        if len(_here) >= MOST_HERE or sum(_here.values()) + size > MOST_CHARACTERS:
            raise EngineBusyError
        _here[name] = size
    own = {"user": visitor.user.pk if visitor.user else None, "listing": listing}
    cache.set(_seen(name), 1, UNSEEN)
    cache.set(_key(name), own | {"place": 0}, SILENT)
    heard: Future[int] = Future()
    in_background(_wait(name, own, visitor.whose, begin, ask, heard))
    with suppress(TimeoutError):
        heard.result(SOON)
    return find_turn(name=name, visitor=visitor) or Turn(listing)


def find_turn(*, name: UUID, visitor: Visitor) -> Turn | None:
    """Return how a question stands, to who asked it; None where nothing is known of it. To look keeps it waiting.

    Raises TurnLostError.
    """
    said = cache.get(_key(name))
    if said is None or said["user"] != (visitor.user.pk if visitor.user else None):
        return None
    if "error" in said:
        raise TurnLostError(said["error"])
    if "place" in said:
        cache.set(_seen(name), 1, UNSEEN)
    return Turn(said["listing"], said.get("place", 0), said.get("call"))


def turn_of(name: UUID) -> Turn | None:
    """Return which listing a question was for, and its call, however it stands; for who may know of it."""
    said = cache.get(_key(name))
    return Turn(said["listing"], said.get("place", 0), said.get("call")) if said else None


def give_up_turn(*, name: UUID, visitor: Visitor) -> Turn | None:
    """Let a question wait no more, and return how it stood. It is out of the queue within a second."""
    with suppress(TurnLostError):
        turn = find_turn(name=name, visitor=visitor)
        if turn and turn.call is None:
            cache.delete(_seen(name))
        return turn
    return None


async def _wait(
    name: UUID,
    own: dict[str, Any],
    wallet: str,
    begin: Callable[[Waiter], Call],
    ask: Callable[[Call], None],
    heard: Future[int],
) -> None:
    """Wait in turn, begin the call and ask its engine; write down what came of it."""

    async def tell(place: int) -> None:
        await in_thread(partial(_still, name, own, place))
        if not heard.done():
            heard.set_result(place)

    async def begin_as(me: Waiter) -> Call:
        return await begun(partial(begin, me))

    said: dict[str, Any] = {}
    call = None
    try:
        call, _turn = await begin_in_turn(begin_as, wallet=wallet, tell=tell, most=MOST_WAIT)
        await in_database(partial(_refuse_given_up, name, call))
        await in_thread(partial(ask, call))
        said = {"call": call.pk}
    except Exception as error:
        known = error if isinstance(error, DomainError) else AnswerGoneError()
        if known is not error:
            log.exception("a question that waited in turn has failed", call=call and call.pk)
        said = {"error": _told(known)}
        if call:  # nobody looks for its answer: open, it would keep its place until the sweep
            failed = partial(finish_call, call_id=call.pk, state=CallState.FAILED, error=known.code)
            with suppress(DatabaseError):  # then the sweep closes it, and who asked is told all the same
                await in_database(failed)
    finally:
        with _HERE:
            _here.pop(name, None)
        await in_thread(partial(cache.set, _key(name), own | said, KEPT))
        if not heard.done():
            heard.set_result(0)


def _still(name: UUID, own: dict[str, Any], place: int) -> None:
    """Write down a place. Raises AnswerGoneError where who asked does not look any more."""
    if not cache.get(_seen(name)):
        raise AnswerGoneError
    cache.set(_key(name), own | {"place": place}, SILENT)


def _refuse_given_up(name: UUID, call: Call) -> None:
    """Close a call that began while who asked went. Raises AnswerGoneError then."""
    if not cache.get(_seen(name)):
        finish_call(call_id=call.pk, state=CallState.STOPPED)
        raise AnswerGoneError


def _told(error: DomainError) -> dict[str, Any]:
    return {"code": error.code, "status": int(error.status), "detail": str(error.detail), "data": dict(error.data)}


def _key(name: UUID) -> str:
    return f"turn:{name}"


def _seen(name: UUID) -> str:
    return f"turn-seen:{name}"
