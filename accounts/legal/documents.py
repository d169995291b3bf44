"""The texts that one accepts by signing in. A version is a file, and is never changed: a test holds their digests.

They are in English alone, because that is the text that is signed.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .models import Document

TEXTS = Path(__file__).parent / "texts"
_NAME = re.compile(r"([a-z]+)-([1-9][0-9]{0,3})\.md")


@dataclass(frozen=True)
class Edition:
    """One version of a document."""

    document: Document
    version: int
    text: str

    @property
    def digest(self) -> str:
        """The SHA-256 of its text, in hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def page(self) -> str:
        """Where its page is."""
        return f"/{self.document}/{self.version}"

    @property
    def changes_page(self) -> str:
        """Where the page is of what it changed."""
        return f"{self.page}/changes"

    @property
    def path(self) -> str:
        """Where exactly this text stands, for ever: its digest is part of its address."""
        return f"{self.page}/{self.digest}"


@cache
def editions(document: Document) -> tuple[Edition, ...]:
    """Return all versions of a document, the oldest first."""
    found = [_NAME.fullmatch(file.name) for file in TEXTS.iterdir()]
    numbers = sorted(int(each[2]) for each in found if each and each[1] == document)
    return tuple(Edition(document, number, _read(document, number)) for number in numbers)


def _read(document: Document, number: int) -> str:
    # Bytes decoded by hand: line ends must stay what they are, as the digest is of them.
    return (TEXTS / f"{document}-{number}.md").read_bytes().decode()


def current() -> tuple[Edition, ...]:
    """Return what has to be accepted now, in the order in which it is named."""
    return tuple(editions(document)[-1] for document in Document)


def edition_of(document: Document, version: int) -> Edition | None:
    """Return one version of a document; None where there is none."""
    return next((each for each in editions(document) if each.version == version), None)


def resources(origin: str) -> list[str]:
    """Return the addresses by which a sign-in message names what is accepted; ``origin`` is the site's own."""
    return [f"{origin}{each.path}" for each in current()]


def label() -> str:
    """Return what ``User.accepted`` says of somebody who has accepted all that stands now."""
    return " ".join(f"{each.document} {each.version}" for each in current())
