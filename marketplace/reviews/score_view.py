"""A model's score as pages show it: the number, its parts, who voted how, and what stands outside."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.scores.explaining import LEFT_OUT, Bar, bars, parts
from marketplace.scores.models import MOST, Standing
from marketplace.scores.score_models import ModelScore
from marketplace.scores.showing import STAR, in_stars

EIGHTHS = 8


@dataclass(frozen=True)
class Part:
    """What one thing was rated: as it is read, in eighths, and by how many."""

    label: str
    shown: str
    filled: int
    count: int


@dataclass(frozen=True)
class LeftOut:
    """How many reviews do not count for one reason."""

    count: int
    reason: str


@dataclass(frozen=True)
class ScoreView:
    """The site's score of a model; without one where nothing counts."""

    of: ModelScore | None = None

    @property
    def count(self) -> int:
        """How many reviews count."""
        return self.of.count if self.of else 0

    @property
    def total(self) -> int:
        """How many reviews can be read."""
        return self.of.shown if self.of else 0

    @property
    def value(self) -> str:
        """The score as it is read: “4.4”; "" where there is none."""
        return in_stars(self.of.score) if self.of else ""

    @property
    def filled(self) -> int:
        """The score in eighths."""
        return eighths(self.of.score) if self.of and self.of.score else 0

    @property
    def bars(self) -> list[Bar]:
        """How they voted, the best first."""
        return bars(self.of) if self.of else []

    @property
    def parts(self) -> list[Part]:
        """What each part was rated, where anybody rated it."""
        found = parts(self.of) if self.of else []
        return [Part(str(each.label), in_stars(each.mean), eighths(each.mean), each.count) for each in found]

    @property
    def left_out(self) -> list[LeftOut]:
        """What stands outside of the score, and why."""
        kept = self.of.left_out if self.of else {}
        return [LeftOut(kept[each], str(each.label)) for each in LEFT_OUT if kept.get(each)]

    @property
    def outside(self) -> int:
        """How many stand outside of the score."""
        return sum(each.count for each in self.left_out)

    @property
    def outside_in_words(self) -> str:
        """The same in a sentence; "" where all count."""
        if not self.outside:
            return ""
        reasons = [f"{each.reason[:1].lower()}{each.reason[1:]} ({each.count})" for each in self.left_out]
        said = ngettext(
            "%(n)s more stands outside the score: %(reasons)s.",
            "%(n)s more stand outside the score: %(reasons)s.",
            self.outside,
        )
        return said % {"n": self.outside, "reasons": ", ".join(reasons)}

    @property
    def prior(self) -> str:
        """The mean that the score is pulled to."""
        return in_stars(self.of.prior) if self.of else ""


def eighths(value: int) -> int:
    """Return a rating of 1,000 to 5,000 as filled parts of eight: 1 is one part, 5 is all."""
    return max(1, min(EIGHTHS, round(value * EIGHTHS / (MOST * STAR))))


def score_view(found: ModelScore | None) -> ScoreView:
    """Return the score that was found, or one without any."""
    return ScoreView(found)


def outside_reason(standing: str) -> str:
    """Return why a review does not count, for its row; "" for one that does."""
    return "" if standing == Standing.COUNTED else _("Not counted: %(why)s") % {"why": _lower(standing)}


def _lower(standing: str) -> str:
    label = str(Standing(standing).label)
    return f"{label[:1].lower()}{label[1:]}"
