"""Stored results of searches by relevance: an order is kept ten minutes, so that a walk through it is exact."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import astuple, dataclass
from http import HTTPStatus

from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.pages import MALFORMED, CursorError

KEPT = 600  # seconds that a walk may take
SHARED = 60  # seconds that the same search is given the same result
HURRIED = 3  # the same where the meaning came too late: the next search may have it
NAME = 16  # characters of a result's id
IS_NAME = re.compile(rf"[A-Za-z0-9_-]{{{NAME}}}")

BY_WORDS, BY_BOTH = "words", "both"


class ResultExpiredError(DomainError):
    """The stored order is gone."""

    code = "result-expired"
    status = HTTPStatus.GONE
    detail = _("This result was kept for ten minutes and is gone. Search again to get a new one.")


@dataclass(frozen=True)
class Result:
    """The order of a search: ids, best first; ``mode`` says what was compared, ``why_not`` why not more.

    ``matching`` of the ids have all the words, or any where no listing has them all; of the others the last
    ``mentioned`` say what was understood in their words, without being recorded as it, and the rest only come close.
    ``asked`` is the digest of the search.
    """

    id: str
    asked: str
    mode: str
    ids: tuple[int, ...]
    has_all_words: bool
    matching: int
    why_not: str = ""
    mentioned: int = 0

    @property
    def close(self) -> int:
        """How many have none of the words, or not all that others have."""
        return len(self.ids) - self.matching - self.mentioned


def digest_of(key: str) -> str:
    """Return the digest of a search's ``key``, which may be of any length."""
    return hashlib.sha256(key.encode()).hexdigest()


def result_of(asked: str, make: Callable[[], Result]) -> Result:
    """Return the result of the search that ``asked`` stands for: one made a moment ago, or a new one."""
    name = f"search:{asked}"
    shared: str | None = cache.get(name)
    if shared and (kept := cache.get(_name(shared))):
        return Result(*kept)
    made = make()
    # The result before its name, which must not lead to nothing.
    cache.set(_name(made.id), astuple(made), KEPT)
    cache.set(name, made.id, HURRIED if made.why_not else SHARED)
    return made


def _name(result: str) -> str:
    return f"found:{result}"


def new_id() -> str:
    """Return a name for a result that nobody can guess."""
    return secrets.token_urlsafe(NAME)[:NAME]


def cursor_after(result: Result, place: int) -> str:
    """Return the cursor that stands after the first ``place`` of a result."""
    text = json.dumps(["relevance", result.mode, result.id, place], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def result_at(cursor: str, asked: str) -> tuple[Result, int]:
    """Return the result of a search that a cursor stands in, and where. Raises CursorError and ResultExpiredError."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        name, _mode, result, place = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if name != "relevance" or type(place) is not int or not 0 < place <= 10_000 or not IS_NAME.fullmatch(result):
            raise ValueError(name)
    except MALFORMED as error:
        raise CursorError from error
    kept = cache.get(_name(result))
    if kept is None:
        raise ResultExpiredError
    found = Result(*kept)
    if found.asked != asked:
        raise CursorError  # of another search
    return found, place
