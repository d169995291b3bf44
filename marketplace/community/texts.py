"""What somebody wrote, as it is kept and as it is shown."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.safestring import SafeString, mark_safe

from common.prose import plain_text, render_written
from common.text import clean_text, has_text

from .errors import TextMissingError, TextTooLongError
from .models import MOST_TEXT

MOST_GIST = 200


def cleaned(text: str) -> str:
    """Return a comment as it is kept. Raises TextMissingError and TextTooLongError."""
    if len(text) > 4 * MOST_TEXT:
        raise TextTooLongError
    text = clean_text(text)
    if not has_text(text):
        raise TextMissingError
    if len(text) > MOST_TEXT:
        raise TextTooLongError
    return text


def rendered(text: str, mentions: Mapping[str, str]) -> SafeString:
    """Return a comment as HTML, with links to those of ``mentions`` (path by name in lower case)."""
    return mark_safe(render_written(text, mentions))  # noqa: S308  sanitised there


def gist_of(text: str) -> str:
    """Return the beginning of a comment in one line, for notices and feeds."""
    line = plain_text(text[: 4 * MOST_GIST])
    return line if len(line) <= MOST_GIST else f"{line[:MOST_GIST].rsplit(' ', 1)[0]} …"
