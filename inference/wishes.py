"""What somebody sets for a conversation in the playground: instructions, and how answers are to be written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from django.utils.translation import gettext as _

from common.text import clean_text

from .asked import Asked, Message
from .errors import WishError
from .models import Kind, Upstream

MOST_ANSWER = 512  # tokens
MOST_SYSTEM = 4_000  # characters
MOST_STOPS, MOST_STOP = 4, 200  # words, and letters of each
MOST_SEED = 2**53 - 1  # what a browser counts exactly
ALWAYS = frozenset({"system", "max_tokens", "stop"})  # what we see to ourselves
SELLERS = frozenset({"temperature", "top_p", "seed"})  # what only some servers follow


@dataclass(frozen=True)
class Wishes:
    """What was set. ``options`` a server has to follow, or it refuses; ``hints`` it follows where it can."""

    system: str = ""
    max_tokens: int = MOST_ANSWER
    stop: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    hints: Mapping[str, Any] = field(default_factory=dict)

    @property
    def said(self) -> dict[str, Any]:
        """What was set, by its names; what was left out is not among it."""
        own: dict[str, Any] = {"system": self.system, "stop": list(self.stop)}
        own["max_tokens"] = self.max_tokens if self.max_tokens != MOST_ANSWER else None
        return {name: value for name, value in own.items() if value} | dict(self.hints) | dict(self.options)

    def asked(self, messages: Sequence[Message], told: str = "") -> Asked:
        """Return what an engine is asked: what its seller tells it first, then what was set here."""
        said = [{"role": "system", "content": text} for text in (told, self.system) if text]
        return Asked([*said, *messages], stop=self.stop, options=dict(self.options), hints=dict(self.hints))


def followed_by(found: Collection[Upstream]) -> frozenset[str]:
    """Return the names of what can be set where these answer: our engines choose words in one way for all."""
    return ALWAYS | SELLERS if any(each.kind == Kind.URL for each in found) else ALWAYS


def read_wishes(given: object, follows: Collection[str]) -> Wishes:
    """Return what was set; what is null counts as left out. Raises WishError."""
    if given is None:
        return Wishes()
    if not isinstance(given, Mapping):
        raise WishError(_("Settings are named values."))
    said = {str(name): value for name, value in given.items() if value is not None}
    if strange := sorted(said.keys() - READERS.keys()):
        raise WishError(_("There is no setting called %(name)s.") % {"name": strange[0][:40]})
    if unknown := sorted(said.keys() - set(follows)):
        raise WishError(_("This model’s engine does not follow %(name)s.") % {"name": unknown[0]})
    read = {name: READERS[name](value) for name, value in said.items()}
    hints: dict[str, Any] = {name: read.pop(name) for name in ("temperature", "top_p") if name in read}
    options: dict[str, Any] = {name: read.pop(name) for name in ("seed",) if name in read}
    return Wishes(**read, options=options, hints=hints)


def _system(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MOST_SYSTEM:
        raise WishError(_("Instructions are a text of at most %(most)d characters.") % {"most": MOST_SYSTEM})
    return clean_text(value)


def _stop(value: Any) -> tuple[str, ...]:
    fits = isinstance(value, list) and len(value) <= MOST_STOPS
    if not fits or not all(isinstance(word, str) and 0 < len(word) <= MOST_STOP for word in value):
        words = _("An answer can stop at up to %(words)d words, each of 1 to %(most)d characters.")
        raise WishError(words % {"words": MOST_STOPS, "most": MOST_STOP})
    return tuple(value)


def _whole(words: Callable[[], str], least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise WishError(words() % {"least": least, "most": most})
        return value

    return read


def _number(words: Callable[[], str], least: float, most: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        fits = isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)
        if not fits or not least <= value <= most:
            raise WishError(words() % {"least": least, "most": most})
        return float(value)

    return read


READERS: dict[str, Callable[[Any], Any]] = {
    "system": _system,
    "stop": _stop,
    "max_tokens": _whole(lambda: _("The longest answer is from %(least)d to %(most)d tokens."), 1, MOST_ANSWER),
    "seed": _whole(lambda: _("A seed is a whole number from %(least)d to %(most)d."), 0, MOST_SEED),
    "temperature": _number(lambda: _("The temperature is a number from %(least)s to %(most)s."), 0, 2),
    "top_p": _number(lambda: _("Top-p is a number from %(least)s to %(most)s."), 0, 1),
}
