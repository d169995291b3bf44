"""Why rules of ours leave reviews out of the score, as their authors are told; and counting one after all.

Nothing is decided here: the chain's evidence and the formula say how a review stands, a task tells its author.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from marketplace.ground.decisions import Category, Content, ModerationDecision

from .finding import any_review
from .judging import judge_soon
from .models import BY_RULE, Review, Standing
from .reckoning import Parameters, parameters

RULE = "3.2"  # nobody buys, trades or forces a rating


@dataclass(frozen=True)
class Reason:
    """Why a review is left out: the category and the rule that a decision names, and the words of it."""

    category: Category
    rule: str
    text: str


def reason_of(review: Review) -> Reason | None:
    """Return why a rule of ours leaves a review out; None where none does."""
    if review.standing == Standing.BURST:
        return Reason(Category.SPAM, RULE, _burst(parameters()[1]))
    if review.standing == Standing.AFFILIATED:
        return Reason(Category.DECEPTIVE, RULE, _tied())
    if review.standing == Standing.PARTY:
        return Reason(Category.DECEPTIVE, RULE, _paid())
    return None


def label_of(review: Review) -> ModerationDecision | None:
    """Return the decision that says why a review is left out, while a rule of ours does so."""
    return review.label if review.standing in BY_RULE else None


def count_after_all(key: str, decision: ModerationDecision | None) -> object:
    """Let a review count that a rule of ours leaves out, as ``decision`` says; None leaves it to the rule again.

    What shows a hidden review again says nothing about the rule: that it was given back is no reason to count it.
    """
    review = any_review(key)
    if review is None or not _is_about_label(review, decision):
        return None
    changed = {"crowd": decision} if decision else {"crowd": None, "label": None}
    Review.objects.filter(pk=review.pk).update(**changed)
    return judge_soon(review.listing_id, review.pk)


def _is_about_label(review: Review, decision: ModerationDecision | None) -> bool:
    if decision is None:
        return review.crowd is not None and review.crowd.content == Content.REVIEW
    return review.label_id is not None and decision.undoes_id == review.label_id


def _burst(numbers: Parameters) -> str:
    words = _(
        "It is one of %(least)d or more first reviews of this model that came within %(minutes)d minutes from people "
        "who had hardly used it: fewer than %(use)d tokens each. Such reviews stay readable, with a label, and are "
        "left out of the score. Yours counts by itself as soon as you have used the model for %(use)d tokens."
    )
    return words % {"least": numbers.burst_least, "minutes": numbers.burst_minutes, "use": numbers.burst_use}


def _tied() -> str:
    return _(
        "The chain shows that money, a gift or LATTICE went between your wallet and those who earn by this model, or "
        "that you earn by recommending it. Such reviews stay readable, with a label, and are left out of the score."
    )


def _paid() -> str:
    return _(
        "The chain shows that your wallet gets, or got, a part of this model’s sales. Such reviews stay readable, with "
        "a label, and are left out of the score."
    )
