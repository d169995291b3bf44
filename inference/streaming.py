"""Runs one chat call to its end, however it ends."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any

from common.database import in_database, retried
from common.errors import DomainError

from . import actions
from .answers import Delta, Usage
from .asked import Asked, Message
from .errors import EngineError, EngineGoneError
from .journaling import Delivered, Journals
from .models import Call, CallState
from .racing import Race
from .seen import answered, failed
from .servers import ours

Deliver = Callable[[str], Awaitable[None]]


async def run_call(call: Call, asked: Asked | Sequence[Message], deliver: Deliver) -> Call:
    """Stream the answer through ``deliver`` and close the call; return it as it was closed.

    Cancelling the task stops the generation, and closes the call as stopped. Raises what the engine or the transport
    raises, after the call was closed.
    """
    async with aclosing(stream_call(call, asked if isinstance(asked, Asked) else Asked(asked))) as pieces:
        async for piece in pieces:
            if isinstance(piece, Call):
                return piece
            if piece.text:
                try:
                    await deliver(piece.text)
                except BaseException as error:  # the call ends by what kept a piece from being delivered
                    await pieces.athrow(error)
    raise EngineGoneError  # not reached: a call is yielded, or an error is raised


async def stream_call(call: Call, asked: Asked, *, at_once: bool = False) -> AsyncGenerator[Delta | Call]:
    """Yield the answer as it is written, then the call as it was closed.

    Who asks for more has handed over what came before. Leaving the generator stops the generation, and closes the call
    as stopped. ``at_once``: nothing is handed over before all of it is there, so that who leaves earlier pays nothing.
    Raises what the engine raises, after the call was closed.
    """
    state, error, usage = CallState.FAILED, "", None
    delivered, journals = Delivered(call.pk, time.monotonic(), at_once=at_once), Journals.here()
    try:
        answer = _stream(call, asked, delivered)
        async with aclosing(answer):
            async for piece in answer:
                if isinstance(piece, Usage):
                    usage = piece
                    continue
                words = piece.words
                if words and (delivered.is_stale or delivered.error):
                    await journals.written(delivered)
                yield piece
                # After it was handed over: what never left is not paid for.
                if words:
                    delivered.add(words)
                    if delivered.is_due:
                        await journals.written(delivered)
                    elif delivered.is_early:
                        journals.note(delivered)
        delivered.at_once = False
        state = CallState.DONE
    except (asyncio.CancelledError, GeneratorExit):
        state = CallState.STOPPED
        raise
    except DomainError as known:
        error = known.code
        raise
    finally:
        if state == CallState.FAILED and not error:
            error = type(sys.exception()).__name__[:32]
        journals.leave(delivered)
        # A task that is being cancelled must still close its call.
        closed = await to_its_end(_close(call, delivered, state, error, usage))
    yield closed


async def to_its_end(work: Coroutine[Any, Any, Call]) -> Call:
    """Do the work to its end, also where the task is cancelled meanwhile; the cancellation is heard after it."""
    doing, cancelled = asyncio.create_task(work), None
    while not doing.done():
        try:
            await asyncio.wait([doing])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled and not doing.exception():
        raise cancelled
    return doing.result()


async def _stream(call: Call, asked: Asked, delivered: Delivered) -> AsyncGenerator[Delta | Usage]:
    """Stream from the call's upstream, or from another that takes over while nothing has been delivered."""
    tried: set[str] = set()
    while True:
        began = False
        try:
            first, rest = await Race(call, asked, tried).first()
            async with aclosing(rest):
                if first is not None:
                    began = True
                    yield first
                async for piece in rest:
                    yield piece
        except EngineError as error:
            if began:
                await in_database(partial(failed, call.engine, error))
            another = None
            if not began and not delivered.characters:
                another = await in_database(partial(actions.hand_over, call_id=call.pk, tried=tried, wish=asked.wish))
            if another is None:
                raise
            call.engine = another.engine
            continue
        if ours(call.engine) is None:
            await in_database(partial(answered, call.engine))
        return


async def _close(call: Call, delivered: Delivered, state: CallState, error: str, usage: Usage | None) -> Call:
    is_due = delivered.tokens > delivered.journaled_tokens or (delivered.tokens and state == CallState.DONE)
    answered = delivered.hashed.digest() if delivered.tokens and not delivered.at_once else b""
    closed: dict[str, Any] = {"state": state, "error": error, "usage": usage, "answered": answered}
    closed["journal"] = delivered.counts if is_due else None
    return await retried(actions.finish_call, call_id=call.pk, **closed)  # twice changes nothing
