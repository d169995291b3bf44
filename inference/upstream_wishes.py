"""What a caller wants of the upstream that answers: which, in what order, by what it is chosen, and whether it forgets.

Read from a ``provider`` object in the words that clients of several APIs know, each part within bounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

PRICE, LATENCY, THROUGHPUT = "price", "latency", "throughput"
SORTS: Final = (PRICE, LATENCY, THROUGHPUT)
KEEPING: Final = ("allow", "deny")
MOST_NAMES = 16
MOST_NAME = 32  # letters of an upstream's name
KNOWN = {"order", "only", "ignore", "sort", "data_collection", "zdr", "allow_fallbacks"}


class UnfitWishError(ValueError):
    """A part of a wish cannot be followed; ``part`` is its name, the message a sentence for who sent it."""

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


@dataclass(frozen=True)
class Wish:
    """Which upstreams may answer, and which of them first.

    ``order``, ``only`` and ``ignore`` are names of upstreams, or ``seller`` and ``marketplace`` for all that run there;
    an empty list says nothing. ``forgets``: only those that keep nothing of what they are asked, as who runs them
    says. Without ``falls_back`` nobody else takes over, or only what ``order`` names. ``measured`` are figures by name,
    the smallest first, where ``sort`` needs them.
    """

    order: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    sort: str = ""
    forgets: bool = False
    falls_back: bool = True
    measured: Mapping[str, int] = field(default_factory=dict, compare=False)

    @property
    def hands_over(self) -> bool:
        """Whether another upstream may take over from the first."""
        return self.falls_back or len(self.order) > 1

    def allows(self, name: str, place: str, *, forgets: bool) -> bool:
        """Whether an upstream may answer, by its name and where it runs."""
        called = {name, place}
        if self.forgets and not forgets:
            return False
        if (self.only and not called & {*self.only}) or called & {*self.ignore}:
            return False
        return self.falls_back or not self.order or bool(called & {*self.order})

    def rank(self, name: str, place: str) -> tuple[int, int]:
        """Return where an upstream stands by what is wanted: the lowest first."""
        at = next((at for at, each in enumerate(self.order) if each in (name, place)), len(self.order))
        return at, self.measured.get(name, UNKNOWN) if self.sort else 0


UNKNOWN = 2**63  # what was never measured comes last
ANY = Wish()


def read_wish(said: Any) -> Wish:
    """Return what a ``provider`` object wants; what is null counts as left out. Raises UnfitWishError."""
    if said is None:
        return ANY
    if not isinstance(said, Mapping):
        raise UnfitWishError("", _("'provider' has to be an object."))
    given = {name: value for name, value in said.items() if value is not None}
    for name in given:
        if name not in KNOWN:
            words = _("'provider' may have order, only, ignore, sort, data_collection, zdr and allow_fallbacks.")
            raise UnfitWishError(str(name)[:40], words)
    return Wish(
        order=_names(given, "order"),
        only=_names(given, "only"),
        ignore=_names(given, "ignore"),
        sort=_one_of(given, "sort", SORTS),
        forgets=_one_of(given, "data_collection", KEEPING) == "deny" or _flag(given, "zdr", default=False),
        falls_back=_flag(given, "allow_fallbacks", default=True),
    )


def _names(given: Mapping[str, Any], part: str) -> tuple[str, ...]:
    value = given.get(part, [])
    fits = isinstance(value, list) and len(value) <= MOST_NAMES
    if not fits or not all(isinstance(name, str) and 0 < len(name) <= MOST_NAME for name in value):
        words = _("A list of at most %(most)d names of upstreams is wanted; the model’s page names them.")
        raise UnfitWishError(part, words % {"most": MOST_NAMES})
    return tuple(dict.fromkeys(value))


def _one_of(given: Mapping[str, Any], part: str, words: tuple[str, ...]) -> str:
    value = given.get(part, "")
    if part in given and (not isinstance(value, str) or value not in words):
        raise UnfitWishError(part, _("Choose one of: %(choices)s.") % {"choices": ", ".join(words)})
    return str(value)


def _flag(given: Mapping[str, Any], part: str, *, default: bool) -> bool:
    value = given.get(part, default)
    if not isinstance(value, bool):
        raise UnfitWishError(part, _("True or false is wanted."))
    return value
