"""The kinds of notices: what each is called, and how it becomes text. Apps above add theirs by one line each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from common.text import clean_line, clean_text

from .models import Channel, Notice

MOST_TITLE = 200  # characters
Data = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of notice. ``topic`` and ``label`` stand in the preferences, ``hint`` says when one is told.

    ``title``, ``text`` and ``path`` make a line, a paragraph ("" for none) and the address on this site of a notice's
    data.
    """

    name: str
    topic: str | Promise
    label: str | Promise
    hint: str | Promise
    icon: str
    title: Callable[[Data], str]
    path: Callable[[Data], str]
    text: Callable[[Data], str] = lambda _data: ""
    channels: frozenset[Channel] = frozenset(Channel)  # those that are on until somebody chooses


@dataclass(frozen=True)
class Shown:
    """A notice as it is read."""

    notice: Notice
    kind: Kind
    title: str
    text: str
    path: str


_kinds: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    """Add kinds; apps do so when they are made ready."""
    _kinds.update((kind.name, kind) for kind in kinds)


def all_kinds() -> list[Kind]:
    """Return every kind, those of one topic together."""
    topics = list(dict.fromkeys(str(kind.topic) for kind in _kinds.values()))
    return sorted(_kinds.values(), key=lambda kind: topics.index(str(kind.topic)))


def kind_of(name: str) -> Kind | None:
    """Return the kind of a name; None where there is none, as after its app was taken away."""
    return _kinds.get(name)


def shown(notices: Iterable[Notice]) -> list[Shown]:
    """Return notices as they are read. What somebody wrote is cleaned; kinds that are gone are left out."""
    return [_shown(notice, kind) for notice in notices if (kind := kind_of(notice.kind))]


def _shown(notice: Notice, kind: Kind) -> Shown:
    # An ellipsis is one sign again, which NFKC takes apart.
    title = clean_line(kind.title(notice.data)).replace("...", "…")[:MOST_TITLE] or str(kind.label)
    return Shown(notice, kind, title, clean_text(kind.text(notice.data)), kind.path(notice.data))
