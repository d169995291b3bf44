"""Who waits for an upstream, and in which turn: one of each wallet before a second of any.

In Redis, as names and times alone; what waits is in the process that was asked. Who is not seen for a while has left.
The database alone says how many answers an upstream writes: a queue only keeps those who come from overtaking.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

from .errors import EngineBusyError, TooManyWaitingError

MOST_WAITING = 64  # for one upstream
MOST_OF_WALLET = 8  # of one wallet, or of one network block
SILENT = 5.0  # seconds after which one that was not seen has left
KEPT = 60  # seconds that an empty queue is kept, and a turn counts
NEVER: Mapping[str, float] = {}

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Waiter:
    """One who waits, since when, in seconds; ``wallet`` is whose turn counts."""

    wallet: str
    since: float = field(default_factory=time.time)
    name: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def member(self) -> str:
        """How it stands in a queue."""
        return f"{self.since:.6f} {self.name} {self.wallet}"

    @classmethod
    def read(cls, member: bytes) -> Waiter:
        """Return who stands there."""
        since, name, wallet = member.decode().split(" ", 2)
        return cls(wallet, float(since), name)


def wallet_of(payer: str) -> str:
    """Return whose turn counts, of a call's payer: a wallet whatever the listing, or a network block."""
    return payer.partition(" ")[0]


def in_turn(waiting: Iterable[Waiter], running: Mapping[str, int], served: Mapping[str, float] = NEVER) -> list[Waiter]:
    """Return who is next: each wallet's first before any second; what it has running counts as had before.

    Of equal ones, whose wallet had a turn the longest ago; ``served`` is when that was.
    """
    had = dict(running)
    turns: list[tuple[int, float, float, str, Waiter]] = []
    for each in sorted(waiting, key=lambda one: (one.since, one.name)):
        turns.append((had.get(each.wallet, 0), served.get(each.wallet, 0.0), each.since, each.name, each))
        had[each.wallet] = had.get(each.wallet, 0) + 1
    return [each for *_turn, each in sorted(turns, key=lambda turn: turn[:4])]


def ahead_of(me: Waiter, engines: Sequence[str], running: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Return how many are before somebody at each upstream; nobody where Redis is away.

    ``running`` is how many answers each upstream writes for each wallet.
    """
    found = {}
    for engine, (waiting, served) in zip(engines, _read(engines), strict=True):
        # Whoever asks may stand there already, and is not before themselves.
        others = [each for each in waiting if each.name != me.name]
        if others:
            found[engine] = in_turn([*others, me], running.get(engine, {}), served).index(me)
    return found


def join(me: Waiter, engines: Sequence[str]) -> None:
    """Wait at each of these upstreams. Raises TooManyWaitingError, or EngineBusyError where a queue is full."""
    queues = members_of(engines)
    if any(sum(each.wallet == me.wallet for each in queue) >= MOST_OF_WALLET for queue in queues):
        raise TooManyWaitingError
    if all(len(queue) >= MOST_WAITING for queue in queues):
        raise EngineBusyError(engines)
    stay(me, engines)


def stay(me: Waiter, engines: Iterable[str]) -> None:
    """Say that somebody still waits."""
    try:
        pipe = _redis().pipeline()
        for engine in engines:
            # The score is when somebody was last seen; since when they wait is in the member, and stays.
            pipe.zadd(_key(engine), {me.member: time.time()})
            pipe.expire(_key(engine), KEPT)
        pipe.execute()
    except RedisError as error:
        log.warning("nobody can queue", reason=str(error))
        raise EngineBusyError from error


def leave(me: Waiter, engines: Iterable[str], *, served: bool = False) -> None:
    """Wait no more; ``served``: because one's turn has come."""
    try:
        pipe = _redis().pipeline()
        for engine in engines:
            pipe.zrem(_key(engine), me.member)
            if served:
                pipe.zadd(_key(engine, "served"), {me.wallet: time.time()})
                pipe.expire(_key(engine, "served"), KEPT)
        pipe.execute()
    except RedisError as error:
        log.warning("a place in a queue stays until it is forgotten", reason=str(error))


def place_of(me: Waiter, engines: Sequence[str]) -> int:
    """Return somebody's place at the upstream where it is the best, the first 1, by who came before."""
    return 1 + min(ahead_of(me, engines, {}).get(engine, 0) for engine in engines)


def members_of(engines: Sequence[str]) -> list[list[Waiter]]:
    """Return who waits at each; nobody where Redis is away."""
    return [waiting for waiting, _served in _read(engines)]


def _read(engines: Sequence[str]) -> list[tuple[list[Waiter], dict[str, float]]]:
    """Return who waits at each, and when which wallet had its last turn there."""
    try:
        pipe = _redis().pipeline()
        for engine in engines:
            # Who has left goes in the same trip, so that no queue needs somebody to sweep it.
            pipe.zrangebyscore(_key(engine), time.time() - SILENT, "+inf")
            pipe.zremrangebyscore(_key(engine), "-inf", time.time() - SILENT)
            pipe.zrangebyscore(_key(engine, "served"), time.time() - KEPT, "+inf", withscores=True)
            pipe.zremrangebyscore(_key(engine, "served"), "-inf", time.time() - KEPT)
        said = pipe.execute()
    except RedisError as error:
        log.warning("queues cannot be read", reason=str(error))
        return [([], {}) for _engine in engines]
    return [
        ([Waiter.read(member) for member in waiting], {wallet.decode(): at for wallet, at in served})
        for waiting, served in zip(said[::4], said[2::4], strict=True)
    ]


def _key(engine: str, of: str = "queue") -> str:
    return cache.make_key(f"{of}:{engine}")


def _redis() -> Any:
    return cast(Any, cache)._cache.get_client(write=True)
