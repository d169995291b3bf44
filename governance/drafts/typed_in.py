"""What the editor's form says: title, text, and the actions with what was done to their list."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from .kinds import KINDS
from .models import MOST_ACTIONS

Actions = list[dict[str, Any]]
REMOVED = "removed"  # the prefix of what was just taken off, so that it can be put back


@dataclass
class Typed:
    """A posted draft. After a change of its list ``moved`` is the place to look at, and ``removed`` what went.

    ``origins`` says of each action where it stood on the page that was posted; None: it was not there.
    """

    title: str
    text: str
    version: int
    tab: str
    actions: Actions
    origins: list[int | None] = field(default_factory=list)
    done: str = ""
    moved: int | None = None
    removed: dict[str, Any] | None = None
    removed_from: int = field(default=0)

    @property
    def moved_by_up(self) -> int | None:
        """Where an action has come by moving it up."""
        return self.moved if self.done == "up" else None

    @property
    def moved_by_down(self) -> int | None:
        """Where an action has come by moving it down."""
        return self.moved if self.done == "down" else None

    @property
    def content(self) -> dict[str, Any]:
        """What is kept of it."""
        return {"title": self.title, "text": self.text, "actions": self.actions}


def read_typed(data: QueryDict) -> Typed:
    """Return what was posted, with what its button does done to the list. Done twice to the same, it is the same."""
    version = data.get("version", "")
    places = [place for place in data.getlist("action")[:MOST_ACTIONS] if _known(data, place)]
    typed = Typed(
        title=data.get("title", ""),
        text=data.get("text", ""),
        version=int(version) if version.isdecimal() and len(version) < 9 else 0,
        tab=data.get("tab", ""),
        actions=[_action(data, f"a{place}") for place in places],
        origins=[int(place) if place.isdecimal() and len(place) < 4 else None for place in places],
    )
    typed.done, _colon, where = data.get("do", "").partition(":")
    if typed.done in _DEEDS:
        _DEEDS[typed.done](typed, where, data)
    return typed


def _known(data: QueryDict, place: str) -> bool:
    return data.get(f"a{place}-kind") in KINDS


def _action(data: QueryDict, prefix: str) -> dict[str, Any]:
    names = [name for name in data if name.startswith(f"{prefix}-") and name != f"{prefix}-kind"]
    fields = {name.removeprefix(f"{prefix}-"): data.get(name, "") for name in names}
    return {"kind": data.get(f"{prefix}-kind"), "fields": fields}


def _place(typed: Typed, where: str) -> int | None:
    return int(where) if where.isdecimal() and len(where) < 4 and int(where) < len(typed.actions) else None


def _add(typed: Typed, where: str, data: QueryDict) -> None:
    kind = where or data.get("kind", "")
    if kind in KINDS and len(typed.actions) < MOST_ACTIONS:
        typed.actions.append({"kind": kind, "fields": {}})
        typed.origins.append(None)
        typed.moved = len(typed.actions) - 1


def _up(typed: Typed, where: str, _data: QueryDict) -> None:
    _swap(typed, _place(typed, where), -1)


def _down(typed: Typed, where: str, _data: QueryDict) -> None:
    _swap(typed, _place(typed, where), 1)


def _swap(typed: Typed, place: int | None, by: int) -> None:
    if place is None or not 0 <= place + by < len(typed.actions):
        return
    typed.actions.insert(place + by, typed.actions.pop(place))
    typed.origins.insert(place + by, typed.origins.pop(place))
    typed.moved = place + by


def _remove(typed: Typed, where: str, _data: QueryDict) -> None:
    place = _place(typed, where)
    if place is not None:
        typed.removed, typed.removed_from = typed.actions.pop(place), place
        typed.origins.pop(place)


def _undo(typed: Typed, _where: str, data: QueryDict) -> None:
    back = data.get(f"{REMOVED}-place", "")
    if data.get(f"{REMOVED}-kind") not in KINDS or len(typed.actions) >= MOST_ACTIONS:
        return
    place = min(int(back) if back.isdecimal() and len(back) < 4 else 0, len(typed.actions))
    action = _action(data, REMOVED)
    action["fields"].pop("place", None)
    typed.actions.insert(place, action)
    typed.origins.insert(place, None)
    typed.moved = place


_DEEDS = {"add": _add, "up": _up, "down": _down, "remove": _remove, "undo": _undo}
