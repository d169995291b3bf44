"""The playground's socket: a question comes in, its answer goes out as it is written.

The client says ``{"type": "ask", "messages": [{role, content}…], "settings": {…}}`` (``wishes``; or none) or
``{"type": "stop"}``. We say ``ready``, ``text`` (a piece), ``queued`` (``place``, while all are busy), ``done`` (how it
ended, figures, HTML, ``proof``) or ``error`` (code,
sentence); ``ready`` and ``done`` carry the allowance.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import structlog

from common.database import in_database
from common.errors import DomainError
from common.prose import answer_html
from common.sockets import BROKEN, NOT_FOUND, GoneError, Socket

from .access import Visitor, chain_of
from .actions import start_call
from .allowance import allowance_of
from .asked import Asked, Message, read_messages
from .choosing import serving
from .conversations.proofs import proof_of
from .errors import (
    BadQuestionError,
    EngineBusyError,
    NotRunnableError,
    TooManyStreamsError,
)
from .models import Call, CallState, Mode
from .queueing import Waiter
from .streaming import run_call
from .waiting import begin_in_turn, begun
from .wishes import Wishes, followed_by, read_wishes

log = structlog.get_logger(__name__)


class PlaygroundConsumer(Socket):
    """One visitor at one model. At most one answer at a time is written on a socket."""

    answer: asyncio.Task[None] | None = None
    prove: Callable[..., str]  # what proves the answer that is written
    is_written = False  # the answer's text; to tell how it ended is not stopped any more

    async def enter(self) -> None:
        """Take the visitor in, if something answers here."""
        names = self.scope["url_route"]["kwargs"]
        try:
            await in_database(self._find, f"{names['owner']}/{names['name']}")
        except NotRunnableError:
            await self.end(NOT_FOUND, "nothing answers here")
            return
        await self.accept()
        await self.say(type="ready", allowance=await self._allowance())

    def _find(self, listing: str) -> None:
        found = [each for each in serving(listing) if each.mode == Mode.CHAT]
        if not found:
            raise NotRunnableError
        self.listing = found[0].listing
        self.follows = followed_by(found)
        self.told = next((each.system_prompt for each in found if each.system_prompt), "")
        address = (self.scope.get("client") or [""])[0]
        self.visitor = Visitor.of(address, self.scope.get("user"), chain_of(self.scope.get("session")))

    async def leave(self) -> None:
        """Stop what is being written, and wait until it has stopped."""
        await self._stop()

    async def hear(self, value: Any) -> None:
        """Take one message."""
        match value:
            case {"type": "stop"}:
                await self._stop()
            case {"type": "ask", "messages": list(messages)}:
                await self._ask(read_messages(messages), read_wishes(value.get("settings"), self.follows))
            case _:
                raise BadQuestionError

    async def _ask(self, messages: list[Message], wishes: Wishes) -> None:
        if self.answer and not self.answer.done():
            raise TooManyStreamsError
        texts = [*([wishes.system] if wishes.system else ()), *(message["content"] for message in messages)]
        most = wishes.max_tokens
        begin = partial(start_call, visitor=self.visitor, listing=self.listing, texts=texts, max_tokens=most)
        call: Call | None = None
        with suppress(EngineBusyError):  # then it waits in turn
            call = await in_database(begin)
        asked = wishes.asked(messages, self.told)
        self.prove = partial(self._proof, messages=messages, settings=wishes.said)
        self.is_written = False
        self.answer = asyncio.create_task(self._write(call, asked) if call else self._wait(begin, asked))
        self.answer.add_done_callback(self._look_after)
        await asyncio.sleep(0)  # a task that is cancelled before its first step would never close the call

    def _look_after(self, answer: asyncio.Task[None]) -> None:
        """End the socket where an answer has failed by our own fault: who asked would wait for its end for ever."""
        if not answer.cancelled() and (error := answer.exception()):
            log.error("an answer failed", exc_info=error)
            self.ending = asyncio.create_task(self.end(BROKEN, "something broke on our side"))

    async def _stop(self) -> None:
        if self.answer and not self.answer.done():
            if self.over or not self.is_written:
                self.answer.cancel()
            # Until its call is closed: the next question needs that slot.
            await asyncio.wait([self.answer])

    async def _wait(self, begin: Callable[..., Call], asked: Asked) -> None:
        """Wait in turn, telling the place, then run the call."""

        said = 0

        async def tell(place: int) -> None:
            nonlocal said
            if place != said:
                said = place
                await self.say(type="queued", place=place)

        async def begin_as(me: Waiter) -> Call:
            return await begun(partial(begin, waiter=me))

        with suppress(GoneError):
            try:
                call, _turn = await begin_in_turn(begin_as, wallet=self.visitor.whose, tell=tell)
            except asyncio.CancelledError:
                await self._tell_stopped()
            except DomainError as error:
                self.is_written = True
                await self.fail(error)
            else:
                await self._write(call, asked)

    async def _tell_stopped(self) -> None:
        """Say that who asked has left the queue, and nothing was written."""
        nothing: dict[str, Any] = {"html": "", "text": "", "tokens": 0}
        nothing |= {"first_token_ms": None, "tokens_per_second": None, "allowance": await self._allowance()}
        await self.say(type="done", state=CallState.STOPPED, stopped=True, **nothing)

    async def _write(self, call: Call, asked: Asked) -> None:
        """Run one call, and tell how it ended, if anybody is left to be told."""
        with suppress(GoneError):
            await self._run(call, asked)

    async def _run(self, call: Call, asked: Asked) -> None:
        pieces: list[str] = []

        async def deliver(piece: str) -> None:
            await self.say(type="text", text=piece)
            # After sending, so that the end shows no more than what was delivered.
            pieces.append(piece)

        try:
            await run_call(call, asked, deliver)
        except asyncio.CancelledError:
            pass  # it was stopped, and is told below
        except DomainError as error:
            self.is_written = True
            await self.fail(error, html=await answer_html("".join(pieces)))
            return
        self.is_written = True
        await self._tell_end(await in_database(Call.objects.get, pk=call.pk), "".join(pieces))

    async def _tell_end(self, call: Call, text: str) -> None:
        speed = call.tokens_per_second
        await self.say(
            type="done",
            state=call.state,
            stopped=call.state == CallState.STOPPED,
            html=await answer_html(text),
            text=text,
            tokens=call.completion_tokens,
            prompt_tokens=call.prompt_tokens,
            paid_by=call.access,
            proof=self.prove(call, answer=text),
            first_token_ms=call.first_token_ms,
            tokens_per_second=round(speed, 1) if speed else None,
            allowance=await self._allowance(),
        )

    def _proof(self, call: Call, *, messages: list[Message], settings: dict[str, Any], answer: str) -> str:
        user = self.visitor.user
        return proof_of(call, user, messages=messages, settings=settings, answer=answer) if user else ""

    async def fail(self, error: DomainError, **more: Any) -> None:
        """Tell the visitor what they cannot have, and what they have left."""
        await super().fail(error, allowance=await self._allowance(), **more)

    async def _allowance(self) -> dict[str, Any]:
        return (await in_database(allowance_of, self.visitor, self.listing)).as_dict()
