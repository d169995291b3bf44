"""Asks the upstream of a call and, where it is silent for long, one more: who speaks first answers, the other is left.

One call, one slot and one charge, whoever answers: what is counted is what was handed over, and only one is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from common.database import in_database

from . import actions
from .answers import Delta, Usage
from .asked import Asked
from .choosing import another_for
from .errors import EngineError, EngineGoneError
from .models import Call
from .seen import failed
from .servers import Engine, engine_of, ours
from .upstream import stream_answer

SHORTEST, LONGEST, PRESUMED = 1.5, 10.0, 4.0  # seconds of silence until another is asked
PATIENCE = 3  # times what an upstream took when it was tried
MOST_RACES = 8  # at once in a process: each asks two for one answer

Pieces = AsyncGenerator[Delta | Usage]
_races: set[object] = set()


@dataclass(eq=False)
class Runner:
    """One upstream that was asked, and what it has said first: None where it had nothing to say."""

    engine: Engine
    pieces: Pieces
    first: asyncio.Task[Delta | Usage | None] = field(init=False)

    def __post_init__(self) -> None:
        self.first = asyncio.ensure_future(anext(self.pieces, None))

    @classmethod
    async def ask(cls, name: str, call: Call, asked: Asked) -> Runner:
        """Ask it. Raises EngineGoneError where there is no such upstream any more."""
        engine = ours(name)
        if engine is None:
            engine = await in_database(engine_of, name)
        most = max(1, call.max_tokens // asked.choices)
        return cls(engine, stream_answer(engine, asked, max_tokens=most))

    @property
    def patience(self) -> float:
        """How long it may be silent before another is asked as well, in seconds."""
        took = self.engine.first_token_ms
        return min(LONGEST, max(SHORTEST, PATIENCE * took / 1_000)) if took else PRESUMED

    async def leave(self) -> None:
        """Close its connection, which ends its generation."""
        self.first.cancel()
        await asyncio.wait([self.first])
        if not self.first.cancelled():
            self.first.exception()  # is heard, or the loop would say that nobody did
        await self.pieces.aclose()


@dataclass
class Race:
    """The upstreams that were asked for one call. ``tried`` are those that have failed it, by name."""

    call: Call
    asked: Asked
    tried: set[str]
    running: list[Runner] = field(default_factory=list)

    async def first(self) -> tuple[Delta | Usage | None, Pieces]:
        """Return the first piece of who speaks first, and the rest; ``call.engine`` is who that is.

        Raises EngineError where all that were asked have failed, and what no other would answer better.
        """
        winner = None
        try:
            winner = await self._winner()
        finally:
            await self._leave([each for each in self.running if each is not winner])
        return winner.first.result(), winner.pieces

    async def _winner(self) -> Runner:
        runner = await self._ask(self.call.engine)
        if not await self._speaks(runner):
            await self._ask_another()
        while True:
            await asyncio.wait([each.first for each in self.running], return_when=asyncio.FIRST_COMPLETED)
            for each in [each for each in self.running if each.first.done()]:
                if error := each.first.exception():
                    await self._failed(each.engine.name, error)
                    self.running.remove(each)
                    if not self.running:
                        raise error
                    continue
                if each.engine.name != self.call.engine:
                    name = each.engine.name
                    await in_database(partial(actions.answer_by, call_id=self.call.pk, engine=name))
                    self.call.engine = name
                return each

    async def _ask(self, name: str) -> Runner:
        try:
            runner = await Runner.ask(name, self.call, self.asked)
        except EngineGoneError as error:
            await self._failed(name, error)
            raise
        self.running.append(runner)
        return runner

    async def _speaks(self, runner: Runner) -> bool:
        """Whether an upstream says something, or fails, before another is to be asked."""
        done, _ = await asyncio.wait([runner.first], timeout=runner.patience)
        return bool(done)

    async def _ask_another(self) -> None:
        """Ask another, if one has room to spare, and not too many are asked twice already."""
        if len(_races) >= MOST_RACES or not self.asked.wish.hands_over:
            return
        mark = object()
        _races.add(mark)
        self.running[0].first.add_done_callback(lambda _done: _races.discard(mark))
        without = {*self.tried, self.call.engine}
        find = partial(another_for, call=self.call, without=without, wish=self.asked.wish)
        if name := await in_database(find):
            with suppress(EngineGoneError):
                await self._ask(name)

    async def _failed(self, name: str, error: BaseException) -> None:
        if not isinstance(error, EngineError):
            raise error
        self.tried.add(name)
        await in_database(partial(failed, name, error))

    @staticmethod
    async def _leave(runners: list[Runner]) -> None:
        for each in runners:
            await each.leave()
