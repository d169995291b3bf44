"""How often something may be done."""

import time
from dataclasses import dataclass
from http import HTTPStatus

from django.core.cache import cache
from django.utils.translation import ngettext

from .errors import DomainError


class TooManyError(DomainError):
    """It was done too often; ``data["retry_after"]`` says in how many seconds it may be done again."""

    code = "too-many-requests"
    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, seconds: int) -> None:
        minutes = -(-seconds // 60)
        detail = ngettext(
            "That was tried too often. Try again in %(minutes)d minute.",
            "That was tried too often. Try again in %(minutes)d minutes.",
            minutes,
        )
        super().__init__(detail % {"minutes": minutes}, retry_after=seconds)


@dataclass(frozen=True)
class Left:
    """What is left of an allowance of ``times`` in ``seconds``: how many, and in how many seconds it begins anew."""

    times: int
    seconds: int
    left: int
    resets: int

    @property
    def headers(self) -> dict[str, str]:
        """The fields that tell a program so (draft-ietf-httpapi-ratelimit-headers)."""
        return {
            "RateLimit-Policy": f'"default";q={self.times};w={self.seconds}',
            "RateLimit": f'"default";r={max(self.left, 0)};t={self.resets}',
        }


def take(name: str, times: int, seconds: int) -> Left:
    """Count one more of ``name`` and return what is left; below zero it is one too many."""
    window, passed = divmod(int(time.time()), seconds)
    key = f"limit:{name}:{window}"
    cache.add(key, 0, 2 * seconds)  # outlives its window, so that it cannot end between this line and the next
    return Left(times, seconds, times - cache.incr(key), seconds - passed)


def limit(name: str, times: int, seconds: int) -> None:
    """Count one more of ``name``; raises TooManyError past ``times`` in the current window of ``seconds``."""
    taken = take(name, times, seconds)
    if taken.left < 0:
        raise TooManyError(taken.resets)
