"""How often something may be done."""

import time
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


def limit(name: str, times: int, seconds: int) -> None:
    """Count one more of ``name``; raises TooManyError past ``times`` in the current window of ``seconds``."""
    window, passed = divmod(int(time.time()), seconds)
    key = f"limit:{name}:{window}"
    cache.add(key, 0, 2 * seconds)  # outlives its window, so that it cannot end between this line and the next
    if cache.incr(key) > times:
        raise TooManyError(seconds - passed)
