"""Limits on how often something may be done."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock

import structlog
from django.core.cache import cache
from django.utils.translation import ngettext
from redis.exceptions import RedisError

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
    window, passed = divmod(int(time.time()), seconds)
    key = f"limit:{name}:{window}"
    return Left(times, seconds, times - _counted(key, seconds), seconds - passed)


def _counted(key: str, seconds: int) -> int:
    try:
        cache.add(key, 0, 2 * seconds)  # outlives its window, so that it cannot end between this line and the next
        return cache.incr(key)
    except (RedisError, ValueError) as error:  # ValueError: Redis came back empty between the two
        log.warning("a limit is counted here alone", reason=type(error).__name__)
        return _counted_here(key)


def _counted_here(key: str) -> int:
    with _HERE:
        if len(_here) > MOST_HERE:
            _here.clear()
        _here[key] += 1
        return _here[key]


def limit(name: str, times: int, seconds: int) -> None:
    """Count one more of ``name``; raises TooManyError past ``times`` in the current window of ``seconds``."""
    _refuse_past(take(name, times, seconds))


def take_client(name: str, client: str, times: int, seconds: int) -> Left:
    """Count one more of ``name`` for an IP address's network, and for the wider one; return what is left of the first,
    or of the second where that is used up."""
    narrow, wide = _take_both(name, client, times, seconds)
    return wide if wide.left < 0 <= narrow.left else narrow


def limit_client(name: str, client: str, times: int, seconds: int, *, overall: int = 0) -> None:
    """Count one more of ``name`` for an IP address; raises TooManyError past ``times`` from its network.

    Past ``overall`` from everywhere, those who ask most are refused, and never those who have asked little: one
    who floods the site must not lock others out of it.
    """
    narrow, wide = _take_both(name, client, times, seconds)
    _refuse_past(narrow)
    _refuse_past(wide)
    few = min(FEW, max(1, times // 3))  # below what one may do at all, or nobody would ever ask much
    asks_much = narrow.used > few or wide.used > few * WIDE
    if overall and take(name, overall, seconds).left < 0 and asks_much:
        raise TooManyError(narrow.resets)


def _take_both(name: str, client: str, times: int, seconds: int) -> tuple[Left, Left]:
    narrow, wide = networks_of(client)
    return take(f"{name}:{narrow}", times, seconds), take(f"{name}:{wide}", WIDE * times, seconds)


def _refuse_past(taken: Left) -> None:
    if taken.left < 0:
        raise TooManyError(taken.resets)


def mailbox(mail: str) -> str:
    """Return the mailbox of a mail address: without case, and without what stands behind a “+”."""
    name, _, host = mail.strip().lower().rpartition("@")
    return f"{name.partition('+')[0] or name}@{host}"
