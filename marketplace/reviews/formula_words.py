"""How the site's score is made, in words for everybody, with the numbers that are in force."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext as _

from marketplace.scores.explaining import Line, explain
from marketplace.scores.reckoning import Parameters, parameters

from .score_view import ScoreView


@dataclass(frozen=True)
class FormulaWords:
    """The rule, what is left out by it, and the numbers that make this score."""

    words: str
    left_out: str
    version: int
    lines: list[Line]


def formula_words(score: ScoreView) -> FormulaWords:
    """Return how a score was made, by the version that made it; where there is none, by the one in force. One query."""
    explained = explain(score.of) if score.of else None
    if explained and explained.formula:
        version, numbers = explained.formula.version, Parameters(**explained.formula.parameters)
    else:
        version, numbers = parameters()
    return FormulaWords(_rule(score, numbers), _left_out(numbers), version, explained.lines if explained else [])


def _rule(score: ScoreView, numbers: Parameters) -> str:
    text = _(
        "A mean of the reviews that count. Each weighs more the more tokens its author used, at most %(use)s times as "
        "much from %(full)s tokens on, and the more its author paid for good, at most %(spend)s times as much. The "
        "mean is pulled to that of all models%(prior)s, as %(n)s typical reviews more would pull it."
    )
    return text % {
        "use": numbers.use_most,
        "full": intcomma(numbers.use_full),
        "spend": numbers.spend_most // max(1, numbers.spend_least),
        "prior": f" ({score.prior})" if score.prior else "",
        "n": numbers.prior_reviews,
    }


def _left_out(numbers: Parameters) -> str:
    text = _(
        "Left out, and shown: what was refunded, who earns from the sales or is connected with the seller, and bursts "
        "of %(n)s or more first reviews within %(minutes)s minutes."
    )
    return text % {"n": numbers.burst_least, "minutes": numbers.burst_minutes}
