"""A search by relevance as it was made once: its order is kept ten minutes, so that a walk through it is exact."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.pages import CursorError

KEPT = 600  # seconds that a walk may take
SHARED = 60  # seconds that the same search is given the same result
HURRIED = 3  # the same where the meaning came too late: the next search may have it
NAME = 16  # characters of a result's id

BY_WORDS, BY_BOTH = "words", "both"


class ResultExpiredError(DomainError):
    """The stored order is gone."""

    code = "result-expired"
    status = HTTPStatus.GONE
    detail = _("This result was kept for ten minutes and is gone. Search again to get a new one.")


@dataclass(frozen=True)
class Result:
    """The order of a search: ids, best first; ``mode`` says what was compared, ``why_not`` why not more."""

    id: str
    mode: str
    ids: tuple[int, ...]
    has_all_words: bool
    why_not: str = ""


def result_of(key: str, make: Callable[[], Result]) -> Result:
    """Return the result of a search that is told apart by ``key``: one made a moment ago, or a new one."""
    name = f"search:{hashlib.sha256(key.encode()).hexdigest()}"
    shared: str | None = cache.get(name)
    if shared and (kept := cache.get(f"result:{shared}")):
        return Result(*kept)
    made = make()
    cache.set(f"result:{made.id}", (made.id, made.mode, made.ids, made.has_all_words, made.why_not), KEPT)
    cache.set(name, made.id, HURRIED if made.why_not else SHARED)
    return made


def new_id() -> str:
    """Return a name for a result that nobody can guess."""
    return secrets.token_urlsafe(NAME)[:NAME]


def cursor_after(result: Result, place: int) -> str:
    """Return the cursor that stands after the first ``place`` of a result."""
    text = json.dumps(["relevance", result.mode, result.id, place], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def result_at(cursor: str) -> tuple[Result, int]:
    """Return the result that a cursor stands in, and where. Raises CursorError and ResultExpiredError."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        name, _mode, result, place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if name != "relevance" or type(place) is not int or not 0 < place <= 10_000 or not isinstance(result, str):
            raise ValueError(name)
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise CursorError from error
    kept = cache.get(f"result:{result[:NAME]}")
    if kept is None:
        raise ResultExpiredError
    return Result(*kept), place
