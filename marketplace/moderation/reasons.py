"""Canned reasons: what moderators say again and again, from ``marketplace/data/reasons.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.conf import settings

FILE = settings.BASE_DIR / "marketplace" / "data" / "reasons.toml"


@dataclass(frozen=True)
class Reason:
    """A reason that can be taken as it is. ``contents`` are what it fits, all kinds where it is empty."""

    title: str
    category: str
    rule: str
    text: str
    contents: Sequence[str] = ()

    @property
    def key(self) -> str:
        """What a form calls it."""
        return self.title.lower().replace(" ", "-")


@cache
def reasons() -> Sequence[Reason]:
    """Return all of them, in the order of the file."""
    return tuple(Reason(**row) for row in tomllib.loads(FILE.read_text())["reason"])


def reasons_for(content: str) -> list[Reason]:
    """Return those that fit a kind of content."""
    return [each for each in reasons() if not each.contents or content in each.contents]


def find_reason(key: str) -> Reason | None:
    """Return the reason of a key; None where there is none."""
    return next((each for each in reasons() if each.key == key), None)
