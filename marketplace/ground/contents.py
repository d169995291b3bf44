"""What people may report and moderators decide about: each kind registers how it is found, shown and taken out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from common.text import well_formed

from .decisions import Content, ModerationDecision


@dataclass(frozen=True)
class Edition:
    """What a content said at a time."""

    at: datetime
    text: str


@dataclass(frozen=True)
class Subject:
    """A content as it stands now.

    ``author`` is the address of who answers for it, "" where nobody does. ``parties`` are the addresses whose own case
    it is, the author among them. ``decision`` is the one that hides it (an account: that pauses it), None while it is
    shown; ``labelled`` the one that its page says. ``facts`` is what else its kind knows of it: ``of_listing`` is the
    name of the listing that it is said about.
    """

    content: Content
    key: str
    title: str
    path: str
    author: str
    text: str = ""
    at: datetime | None = None
    parties: frozenset[str] = frozenset()
    decision: ModerationDecision | None = None
    labelled: ModerationDecision | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    editions: Sequence[Edition] = field(default=())


@dataclass(frozen=True)
class Kind:
    """A kind of content. Its functions take the content's natural key.

    ``find`` returns it, whatever its state, or None. ``lock`` locks its row until the transaction ends. ``mark`` writes
    the decision that hides it from now on, None to show it again; it runs in the decision's transaction, after
    ``lock``, and what else follows from it (scores, counts) happens there too. ``label`` writes in the same way the
    decision that is said on its page without hiding it; None where a kind has no place for that. ``clear`` does so for
    a kind that a rule of ours leaves out by itself: it writes the decision that counts it after all, None for the rule
    again. What nobody may report is not ``reported``.
    """

    content: Content
    find: Callable[[str], Subject | None]
    lock: Callable[[str], object]
    mark: Callable[[str, ModerationDecision | None], object]
    label: Callable[[str, ModerationDecision | None], object] | None = None
    clear: Callable[[str, ModerationDecision | None], object] | None = None
    reported: bool = True


_kinds: dict[Content, Kind] = {}


def register(*kinds: Kind) -> None:
    """Add kinds; their packages do so when the app is made ready."""
    _kinds.update((kind.content, kind) for kind in kinds)


def kind_of(content: str) -> Kind | None:
    """Return the kind of a content's name; None where there is none."""
    return _kinds.get(Content(content)) if content in Content.values else None


def find_content(content: str, key: str) -> Subject | None:
    """Return a content by its kind's name and its key; None where there is none."""
    kind = kind_of(content)
    return kind.find(well_formed(key)) if kind else None
