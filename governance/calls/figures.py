"""A figure of an effect, as pages and the API show it."""

from __future__ import annotations

from dataclasses import dataclass

from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Effect:
    """What an action comes to, in one figure. ``note`` says of what the figure was computed; ``grave`` is a warning."""

    label: StrOrPromise
    value: str
    note: StrOrPromise = ""
    grave: bool = False
