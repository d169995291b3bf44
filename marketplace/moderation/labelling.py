"""Telling authors why a program leaves their reviews out of a score, and that it does so no more (DSA, article 17).

What leaves a review out is a rule (marketplace/scores): nobody decides about it one by one. Its author is owed the same
as where a moderator decides: what, why, by which rule, that no person decided, and a person to appeal to. So each has a
decision of its own, which stands in the public log and can be appealed and overturned by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.ground.decisions import Action, ModerationDecision
from marketplace.scores.contents import find_review_subject, lock_review
from marketplace.scores.labels import reason_of
from marketplace.scores.models import Review, ReviewQuerySet

from .recording import record, restored
from .wishes import Wish

AT_ONCE = 200  # reviews in one run: a raid of thousands must not keep moderators' other tasks waiting


def tell_left_out() -> int:
    """Tell the authors of reviews that a rule has begun, or ceased, to leave out; return how many."""
    return _each(Review.objects.unlabelled(), _label) + _each(Review.objects.labelled_still(), _lift)


def _each(found: ReviewQuerySet, act: Callable[[str], bool]) -> int:
    keys: list[UUID] = list(found.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    return sum(act(str(key)) for key in keys)


@transaction.atomic
def _label(key: str) -> bool:
    lock_review(key)
    review = Review.objects.unlabelled().filter(pk=key).first()
    subject, reason = find_review_subject(key), reason_of(review) if review else None
    if review is None or subject is None or reason is None:  # it has changed since it was found
        return False
    wish = Wish(Action.LABEL, reason.category, reason.rule, reason.text)
    decision = record(None, wish, subject, automated=True)
    Review.objects.filter(pk=review.pk).update(label=decision)
    return True


@transaction.atomic
def _lift(key: str) -> bool:
    lock_review(key)
    review = Review.objects.labelled_still().filter(pk=key).select_related("label").first()
    subject = find_review_subject(key)
    if review is None or review.label is None or subject is None or review.decision_id:
        return False
    # What a moderator has given back is lifted already.
    if not ModerationDecision.objects.filter(undoes=review.label).exists():
        reason = _("The rule that left it out of the score does so no more.")
        restored(None, subject, review.label, reason=reason, automated=True)
    Review.objects.filter(pk=review.pk).update(label=None)
    return True
