"""A score in words and parts, for whoever asks why it is what it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from marketplace.ground.formulas import Formula

from .models import MOST, PART_WORDS, PARTS, Standing
from .reckoning import FORMULA
from .score_models import ModelScore

THOUSAND = 1_000  # of a star
LEFT_OUT = (
    *(Standing.PENDING, Standing.REFUNDED, Standing.DISPUTED),
    *(Standing.PARTY, Standing.AFFILIATED, Standing.BURST, Standing.HIDDEN),
)


@dataclass(frozen=True)
class Line:
    """A figure of an explanation: what it is, and how much."""

    name: str
    label: StrOrPromise
    value: str


@dataclass(frozen=True)
class Bar:
    """How many of the reviews that count gave so many stars; ``percent`` of them, rounded."""

    stars: int
    count: int
    percent: int


@dataclass(frozen=True)
class PartScore:
    """What reviewers say of one part, in 1/1,000 of a star, and how many said something."""

    name: str
    label: StrOrPromise
    mean: int
    count: int


@dataclass(frozen=True)
class Explained:
    """Why a score is what it is.

    ``lines`` lead from the reviews to the score; ``left_out`` counts the reviews that are not in it, by standing.
    ``formula`` is its text in Markdown.
    """

    score: ModelScore
    lines: list[Line]
    bars: list[Bar]
    parts: list[PartScore]
    left_out: list[tuple[Standing, int]]
    formula: Formula | None

    @property
    def left_out_count(self) -> int:
        """How many reviews are not in the score."""
        return sum(count for _standing, count in self.left_out)


def explain(score: ModelScore) -> Explained:
    """Return why a score is what it is. One query, for the formula's text."""
    formula = Formula.objects.filter(name=FORMULA, version=score.version).first()
    left_out = [(each, score.left_out[each]) for each in LEFT_OUT if score.left_out.get(each)]
    return Explained(score, list(_lines(score)), bars(score), parts(score), left_out, formula)


def as_stars(thousandths: int | None) -> str:
    """Return stars with two decimals, rounded half up; "" for None."""
    if thousandths is None:
        return ""
    hundredths = (thousandths + 5) // 10
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def bars(score: ModelScore) -> list[Bar]:
    """Return the distribution of the reviews that count, five stars first."""
    counts = dict(enumerate(score.stars, start=1))
    return [Bar(n, counts.get(n, 0), _percent(counts.get(n, 0), score.count)) for n in range(MOST, 0, -1)]


def parts(score: ModelScore) -> list[PartScore]:
    """Return the parts that somebody has said something of."""
    found = ((name, score.parts.get(name, {})) for name in PARTS)
    return [PartScore(name, PART_WORDS[name], each["mean"], each["count"]) for name, each in found if each.get("count")]


def _lines(score: ModelScore) -> Iterator[Line]:
    if not score.count:
        return
    share = _percent(int(score.prior_weight), int(score.weight + score.prior_weight))
    yield Line("count", _("Reviews that count"), f"{score.count:,}")
    yield Line("mean", _("Their mean, each by its weight"), as_stars(score.mean))
    yield Line("prior", _("Mean of all models"), as_stars(score.prior))
    yield Line("share", _("How far the score is drawn towards it"), f"{share} %")
    yield Line("score", _("Score"), as_stars(score.score))


def _percent(part: int, whole: int) -> int:
    return round(Fraction(100 * part, whole)) if whole else 0
