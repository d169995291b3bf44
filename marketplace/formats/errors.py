"""Why a file is not what it claims to be, or is not taken."""

from __future__ import annotations

from typing import Any

BROKEN, PICKLE, ARCHIVE, PROGRAM, UNKNOWN, LIMIT = "broken", "pickle", "archive", "program", "unknown", "limit"


class FormatError(Exception):
    """A file is refused. ``text`` is a sentence that was marked for translation, with places for ``values``.

    ``code`` says what kind of refusal it is, ``kind`` what the bytes are where that is known. ``hostile`` are the
    signs of malware that were found in it, as they stand there.
    """

    def __init__(self, text: str, *, code: str = BROKEN, kind: str = "", hostile: tuple[str, ...] = (), **values: Any):
        super().__init__(text, values)
        self.text, self.values = text, values
        self.code, self.kind, self.hostile = code, kind, hostile

    def __str__(self) -> str:
        return said(self.text, self.values)


def marked(text: str) -> str:
    """Return a sentence as it is: imported as ``_``, it marks it for translation where Django is not set up."""
    return text


def said(text: str, values: dict[str, Any]) -> str:
    """Return a sentence that was marked for translation, with its values, in the language of whoever reads it."""
    from django.utils.translation import gettext  # the process that reads a file says nothing: a third of its start

    return gettext(text) % values if values else gettext(text)
