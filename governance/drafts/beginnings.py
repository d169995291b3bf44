"""What a draft can begin as: a heading structure for the usual proposals, with the action that each is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as lazy
from django_stubs_ext import StrOrPromise, StrPromise

from .kinds import KINDS, VALUE

CAPS, CAPS_EVENT = "caps", "CapsSet"  # two numbers that are set together


@dataclass(frozen=True)
class Beginning:
    """One of them; ``kinds`` are the actions that it begins with, empty."""

    name: StrPromise
    about: StrOrPromise
    icon: str
    text: StrPromise | str = ""
    kinds: tuple[str, ...] = ()

    @property
    def actions(self) -> list[dict[str, Any]]:
        """Its actions, to be filled in."""
        return [{"kind": kind, "fields": {}} for kind in self.kinds]


_CHANGE = lazy("""## Why

What is wrong today, for whom, and how you know.

## What changes

From which value to which, and from when on.

## Who pays

Who gains and who loses by it, in figures.
""")
_PAYMENT = lazy("""## What we get

What is delivered, and who decides that it is.

## Who does it

Who is paid, and what they have done before.

## Milestones

1. What, until when.

## Payment

How much, why that much, and what happens to what is left over.
""")
_ROLE = lazy("""## Who

Whose account this is, and how anybody can check that.

## Why

What they are to do, until when, and what they cannot do.
""")
_LISTING = lazy("""## The model

Which one, and what everybody can check about it.

## Why

What speaks for this, what speaks against it, and what its seller says.
""")

BEGINNINGS: dict[str, Beginning] = {
    "parameter": Beginning(
        lazy("Change a number"), lazy("A fee, a window, a bound."), "sliders-horizontal", _CHANGE, ("set-feeBps",)
    ),
    "payment": Beginning(
        lazy("Pay from the treasury"), lazy("A grant, an audit, an invoice."), "hand-coins", _PAYMENT, ("payment",)
    ),
    "rules": Beginning(
        lazy("Change how we vote"), lazy("Delay, period, quorum."), "vote", _CHANGE, ("set-VotingPeriodSet",)
    ),
    "role": Beginning(
        lazy("Give a role"), lazy("A moderator, a keeper, the guardian."), "user-check", _ROLE, ("role",)
    ),
    "listing": Beginning(lazy("Feature a model"), lazy("Or suspend one for longer."), "star", _LISTING, ("featured",)),
    "empty": Beginning(lazy("An empty page"), lazy("Any action, any text."), "file-text"),
}


def change_of(number: str) -> Beginning | None:
    """Return how a draft begins that changes one of the DAO's numbers, as its page names it; None for any other."""
    kind = CAPS if number == CAPS_EVENT else f"{VALUE}{number}"
    if kind not in KINDS:
        return None
    return Beginning(KINDS[kind].label, KINDS[kind].form.about, BEGINNINGS["parameter"].icon, _CHANGE, (kind,))


def has_hints(text: str) -> bool:
    """Return whether a line by which a beginning suggests what to write still stands in a text."""
    lines = (line for each in BEGINNINGS.values() for line in str(each.text).splitlines())
    return not {line for line in lines if line and not line.startswith("#")}.isdisjoint(text.splitlines())
