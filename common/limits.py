"""Limits on how often something may be done."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock
from typing import NamedTuple

import structlog
from django.utils.translation import ngettext
from redis.exceptions import RedisError

from .caches import count_more
from .errors import DomainError
from .networks import networks_of

WIDE = 10  # a /24 or a /48 may do this many times what one network in it may
MOST_HERE = 10_000  # counts that a process keeps by itself
FEW = 5  # what one network may do even while all together do too much

log = structlog.get_logger(__name__)
_here: Counter[str] = Counter()
_HERE = Lock()


class TooManyError(DomainError):
    """It was done too often; ``data["retry_after"]`` says in how many seconds it may be done again."""

    code = "too-many-requests"
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, seconds: int) -> None:
        detail = ngettext(
            "That was tried too often. Try again in %(seconds)d second.",
            "That was tried too often. Try again in %(seconds)d seconds.",
            seconds,
        )
        super().__init__(detail % {"seconds": seconds}, retry_after=seconds)


class Allowance(NamedTuple):
    """How often something may be done in so many seconds."""

    name: str
    times: int
    seconds: int


@dataclass(frozen=True)
class Left:
    """What is left of an allowance of ``times`` in ``seconds``: how many, and in how many seconds it starts again."""

    times: int
    seconds: int
    left: int
    resets: int

    @property
    def used(self) -> int:
        """How often it was done, this time included."""
        return self.times - self.left

    @property
    def headers(self) -> dict[str, str]:
        """The headers that say so to a program (draft-ietf-httpapi-ratelimit-headers)."""
        return {
            "RateLimit-Policy": f'"default";q={self.times};w={self.seconds}',
            "RateLimit": f'"default";r={max(self.left, 0)};t={self.resets}',
        }


def take(name: str, times: int, seconds: int) -> Left:
    """Count one more of ``name`` and return what is left; below zero it is one too many.

    Where Redis is away, each process counts for itself: limits are wider then, by as many processes as there are.
    """
    return _take([Allowance(name, times, seconds)])[0]


def _take(asked: list[Allowance]) -> list[Left]:
    now = int(time.time())
    # A count outlives its window, so that it cannot end within it.
    lives = [(f"limit:{each.name}:{now // each.seconds}", 2 * each.seconds) for each in asked]
    return [
        Left(each.times, each.seconds, each.times - count, each.seconds - now % each.seconds)
        for each, count in zip(asked, _counted(lives), strict=True)
    ]


def _counted(lives: list[tuple[str, int]]) -> list[int]:
    try:
        return count_more(lives)
    except RedisError as error:
        log.warning("a limit is counted here alone", reason=type(error).__name__)
        return [_counted_here(key) for key, _seconds in lives]


def _counted_here(key: str) -> int:
    with _HERE:
        if len(_here) > MOST_HERE:
            # All at once: while Redis is away, a bound of memory matters more than a count.
            _here.clear()
        _here[key] += 1
        return _here[key]


def limit(name: str, times: int, seconds: int) -> None:
    """Count one more of ``name``; raises TooManyError past ``times`` in the current window of ``seconds``."""
    _refuse_past(take(name, times, seconds))


def take_client(client: str, rates: Mapping[str, tuple[int, int]]) -> list[Left]:
    """Count one more of each name for an IP address's network, and for the wider one, at once; ``rates`` says how often
    in how many seconds. Return what is left of the first network's, or of the second's where that is used up."""
    asked = [each for name, rate in rates.items() for each in _both(name, client, *rate)]
    taken = _take(asked) if asked else []
    pairs = zip(taken[::2], taken[1::2], strict=True)
    return [wide if wide.left < 0 <= narrow.left else narrow for narrow, wide in pairs]


def limit_client(name: str, client: str, times: int, seconds: int, *, overall: int = 0) -> None:
    """Count one more of ``name`` for an IP address; raises TooManyError past ``times`` from its network.

    Past ``overall`` from everywhere, those who ask most are refused, and never those who have asked little: one
    who floods the site must not lock others out of it.
    """
    narrow, wide = _take(_both(name, client, times, seconds))
    _refuse_past(narrow)
    _refuse_past(wide)
    few = min(FEW, max(1, times // 3))  # below what one may do at all, or nobody would ever ask much
    asks_much = narrow.used > few or wide.used > few * WIDE
    if overall and take(name, overall, seconds).left < 0 and asks_much:
        raise TooManyError(narrow.resets)


def _both(name: str, client: str, times: int, seconds: int) -> list[Allowance]:
    narrow, wide = networks_of(client)
    return [Allowance(f"{name}:{narrow}", times, seconds), Allowance(f"{name}:{wide}", WIDE * times, seconds)]


def _refuse_past(taken: Left) -> None:
    if taken.left < 0:
        raise TooManyError(taken.resets)


def mailbox(mail: str) -> str:
    """Return the mailbox of a mail address: without case, and without what stands behind a “+”."""
    name, _, host = mail.strip().lower().rpartition("@")
    # Where nothing stands before the plus, all of it is the name.
    return f"{name.partition('+')[0] or name}@{host}"
