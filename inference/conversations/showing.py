"""What the page of a shared conversation shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from common.prose import render_answer

PAID = {
    "free": _("free"),
    "pass": _("in a pass, nothing charged"),
    "subscription": _("in a subscription, nothing charged"),
    "owner": _("the seller’s own model, nothing charged"),
}
NAMES = {
    "system": _("Instructions"),
    "max_tokens": _("Longest answer, in tokens"),
    "temperature": _("Temperature"),
    "top_p": _("Top-p"),
    "seed": _("Seed"),
    "stop": _("Stop before"),
}


@dataclass(frozen=True)
class Turn:
    """One turn. Of an answer ``html`` is sanitised, ``told`` what is proven, ``settings`` those that are its own."""

    content: str
    html: SafeString
    told: dict[str, Any]
    cost: str
    settings: list[tuple[str, str]]


@dataclass(frozen=True)
class Shown:
    """A conversation: its turns, its figures, and the settings where all answers have the same."""

    turns: list[Turn]
    settings: list[tuple[str, str]]
    versions: list[str]
    read: int
    written: int
    costs: list[str]


def shown(turns: Sequence[dict[str, Any]]) -> Shown:
    """Return a conversation as its page shows it."""
    answers = [each for each in turns if each["role"] == "assistant"]
    same = all(each["settings"] == answers[0]["settings"] for each in answers)
    return Shown(
        turns=[_turn(each, own=not same) for each in turns],
        settings=_named(answers[0]["settings"]) if same else [],
        versions=list(dict.fromkeys(each["version"] for each in answers if each["version"])),
        read=sum(each["prompt_tokens"] for each in answers),
        written=sum(each["tokens"] for each in answers),
        costs=list(dict.fromkeys(_cost(each) for each in answers)),
    )


def _turn(each: dict[str, Any], *, own: bool) -> Turn:
    if each["role"] != "assistant":
        return Turn(each["content"], SafeString(), {}, "", [])
    html = mark_safe(render_answer(each["content"]))  # noqa: S308  sanitised there
    return Turn(each["content"], html, each, _cost(each), _named(each["settings"]) if own else [])


def _cost(each: dict[str, Any]) -> str:
    return str(PAID.get(each["paid_by"], each["paid_by"]))


def _named(settings: dict[str, Any]) -> list[tuple[str, str]]:
    return [(str(NAMES.get(name, name)), _text(value)) for name, value in settings.items()]


def _text(value: Any) -> str:
    return " · ".join(map(str, value)) if isinstance(value, list) else str(value)
