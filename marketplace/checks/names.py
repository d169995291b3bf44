"""What checks there are, by name, in the order in which people read them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

CONTENT, HASH = "content", "hash"
FILES, SECRETS, LICENCE, FACTS = "files", "secrets", "licence", "facts"
CARD, LIKENESS, COPIES, PROBE, SAMPLES = "card", "likeness", "copies", "probe", "samples"
OF_BLOBS = (CONTENT, HASH)
OF_SUBJECTS = (FILES, SECRETS, LICENCE, FACTS, CARD, LIKENESS, COPIES)
BLOB = "blob:"

TITLES: dict[str, StrOrPromise] = {
    CONTENT: _("What each file is"),
    HASH: _("Hashes and sizes"),
    FILES: _("The folder as a whole"),
    SECRETS: _("Secrets in files"),
    LICENCE: _("Licence"),
    FACTS: _("What the files say"),
    CARD: _("Name and card"),
    LIKENESS: _("Likeness to known names"),
    COPIES: _("Likeness to listed models"),
    PROBE: _("Whether it answers"),
    SAMPLES: _("Sample answers"),
}


def blob_subject(sha256: str) -> str:
    """Return what the checks of a content are of."""
    return f"{BLOB}{sha256}"


def blob_of(subject: str) -> str:
    """Return the sha256 of the content that a subject is; empty for any other subject."""
    return subject.removeprefix(BLOB) if subject.startswith(BLOB) else ""


def version_subject(name: str, number: str) -> str:
    """Return what the checks of a release are of."""
    return f"version:{name}@{number}"
