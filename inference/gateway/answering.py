"""Runs a call that has begun, and says its answer as the protocol has it: whole, or piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from common.database import in_database
from common.errors import DomainError
from inference.actions import finish_call
from inference.answers import Delta
from inference.asked import Asked
from inference.errors import EngineError
from inference.kept_models import KeptAnswer
from inference.models import Call, CallState
from inference.streaming import stream_call

from .costs import is_paid, usage_of
from .errors import protocol_error
from .opening import Admitted, Opened
from .repeating import Kept, begin_answer, drop_name, keep_answer
from .writing import Form, Gathered, event

Open = Callable[[list[str]], Opened]  # begins a call of the first of these models that can be asked
Pieces = AsyncGenerator[Delta | Call]
T = TypeVar("T")
STOPPED = {"message": "The client left before the end of this answer.", "type": "stopped", "code": "stopped"}


async def opened_of(open_one: Open, models: list[str]) -> Opened:
    """Begin a call. Where the client leaves meanwhile, the call is closed: nobody would ever run it."""
    return await _or_closed(partial(open_one, models), lambda opened: opened)


async def entered(enter: Callable[[], Admitted]) -> Admitted:
    """Let somebody in, and begin a call of theirs; it is closed as in ``opened_of``."""
    return await _or_closed(enter, lambda who: who.begun.outcome if who.begun else None)


async def _or_closed(begin: Callable[[], T], opened_by: Callable[[T], object]) -> T:
    doing = asyncio.ensure_future(in_database(begin))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        with suppress(DomainError):
            if isinstance(opened := opened_by(await doing), Opened):
                await in_database(partial(finish_call, call_id=opened.call.pk, state=CallState.STOPPED))
        raise


@dataclass
class Answering:
    """A call and its answer. ``kept`` is where the answer is kept, where who asked wants that."""

    open_one: Open
    opened: Opened
    is_chat: bool
    kept: KeptAnswer | None = None
    usage: dict[str, Any] = field(default_factory=dict)
    gathered: Gathered = field(init=False)

    def __post_init__(self) -> None:
        self.gathered = Gathered.of(self.asked.choices)

    @property
    def call(self) -> Call:
        """The call as it began."""
        return self.opened.call

    @property
    def asked(self) -> Asked:
        """What is asked."""
        return self.opened.asked

    @property
    def form(self) -> Form:
        """What its pieces have in common."""
        call, created = self.call, int(self.call.started_at.timestamp())
        return form_of(call.pk, call.listing, created, is_chat=self.is_chat, provider=call.engine)

    async def begin(self, *, at_once: bool = False) -> tuple[Delta | Call, Pieces]:
        """Return the first piece of the answer, and the rest: another model is asked until one begins.

        Raises EngineError where none does, and as ``start_call`` does.
        """
        while True:
            if self.kept:
                await _or_closed(partial(begin_answer, kept=self.kept, call_id=self.call.pk), lambda _none: self.opened)
            pieces = stream_call(self.call, self.asked, at_once=at_once)
            try:
                return await anext(pieces), pieces
            except EngineError:
                if not self.opened.others:
                    raise
                self.opened = await opened_of(self.open_one, self.opened.others)

    async def whole(self) -> dict[str, Any]:
        """Return the whole answer."""
        first, rest = await self.begin(at_once=True)
        async with aclosing(rest):
            await self._take(first)
            async for piece in rest:
                await self._take(piece)
        if self.kept:
            await self._keep(None)
        return self.form.whole(self.gathered.whole, self.usage)

    async def events(self, first: Delta | Call, rest: Pieces, *, apart: bool) -> AsyncGenerator[bytes]:
        """Yield the answer as events: the role with the first piece, the use with the last."""
        form, head = self.form, self.form.role(self.asked.choices)
        # Until the end is reached: whoever leaves in between has an answer that was broken off.
        error: dict[str, Any] | None = {"error": {**STOPPED, "param": None}}
        try:
            async with aclosing(_from(first, rest)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Delta) and piece.words:
                        yield head + form.text(piece)
                        head = b""
                    await self._take(piece)
            error = None
        except DomainError as known:
            error = protocol_error(known).document
        finally:
            if self.kept:
                await self._keep(error)
        if error:
            yield head + event(error)
            return
        reasons = {index: self.gathered.reasons.get(index, "stop") for index in range(self.asked.choices)}
        yield head + form.end(reasons, self.usage, apart=apart)

    async def _take(self, piece: Delta | Call) -> None:
        if not isinstance(piece, Call):
            self.gathered.add(piece)
        elif is_paid(piece):
            self.usage = await in_database(usage_of, piece)
        else:
            self.usage = usage_of(piece)

    async def _keep(self, error: dict[str, Any] | None) -> None:
        """Keep the answer: also one that was broken off, which by this name has been asked, and paid as far as it went.

        One of which nothing was handed over was not charged, and can be asked again.
        """
        kept = self.kept
        if kept is None:
            return
        if error and not self.gathered.has_words:
            await in_database(partial(drop_name, kept=kept))
            return
        usage = self.usage or await in_database(_usage_of_broken, self.call.pk)
        said: Kept = {
            "call": str(self.call.pk),
            "model": self.call.listing,
            "created": int(self.call.started_at.timestamp()),
            "provider": self.call.engine,
            "choices": self.gathered.whole,
            "usage": usage,
            "error": error,
        }
        await in_database(partial(keep_answer, kept=kept, said=said))


def _usage_of_broken(call_id: UUID) -> dict[str, Any]:
    return usage_of(Call.objects.get(pk=call_id))


def form_of(call_id: UUID, model: str, created: int, *, is_chat: bool, provider: str = "") -> Form:
    """Return what all pieces of a call's answer have in common."""
    return Form(f"{'chatcmpl' if is_chat else 'cmpl'}-{call_id.hex}", model, created, is_chat, provider)


def repeated(kept: Kept, *, is_chat: bool) -> dict[str, Any]:
    """Return the whole answer that was kept."""
    return _form(kept, is_chat=is_chat).whole(kept["choices"], kept["usage"])


async def repeated_events(kept: Kept, *, is_chat: bool, apart: bool) -> AsyncGenerator[bytes]:
    """Yield the answer that was kept as events."""
    form, choices = _form(kept, is_chat=is_chat), kept["choices"]
    yield form.role(len(choices))
    for each in choices:
        tools = [{"index": number, **tool} for number, tool in enumerate(each["tools"])]
        delta = Delta(each["text"], each["index"], tools or None, each["logprobs"])
        if delta.words:
            yield form.piece([form.delta(delta)])
    if kept["error"]:
        yield event(kept["error"])
    else:
        yield form.end({each["index"]: each["reason"] for each in choices}, kept["usage"], apart=apart)


def _form(kept: Kept, *, is_chat: bool) -> Form:
    named = kept.get("provider", "")
    return form_of(UUID(kept["call"]), kept["model"], kept["created"], is_chat=is_chat, provider=named)


async def _from(first: Delta | Call, rest: Pieces) -> Pieces:
    """Yield what has been taken already, and then the rest; leaving it leaves the rest."""
    async with aclosing(rest):
        yield first
        async for piece in rest:
            yield piece
