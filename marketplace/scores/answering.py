"""Sellers' answers to reviews: one each, edited since."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.notifications.making import notify
from accounts.restrictions import Scope, refuse_restricted
from common.limits import limit

from .errors import AnswerNotFoundError, NotTheSellerError, ReviewHiddenError, ReviewNotFoundError
from .finding import any_answer, find_review
from .models import Answer, AnswerEdition, Review
from .notices import ANSWERED
from .said import checked_text

ANSWERS_A_MINUTE = 10


def may_answer(address: str, review: Review) -> bool:
    """Say whether an address sells what a review is of: as the listing's owner, or on the review's chain."""
    owner = review.listing.owner.user
    # A model's id begins with its seller's address.
    return address.lower() in (review.model_id[:42], owner.address if owner else "")


def answer_review(*, user: User, key: str, text: str) -> Answer:
    """Answer a review as its seller, or change the answer; the same words again change nothing.

    Raises ReviewNotFoundError, NotTheSellerError, RestrictedError, ReviewHiddenError where a moderator has hidden the
    answer, ReviewRefusedError and TooManyError.
    """
    review = find_review(key)
    if not may_answer(user.address, review):
        raise NotTheSellerError
    refuse_restricted(user.address, Scope.WRITING)
    limit(f"answers:{user.address}", ANSWERS_A_MINUTE, 60)
    return _answer(user.address, review, checked_text(text))


@transaction.atomic
def _answer(author: str, review: Review, text: str) -> Answer:
    # The review's row is the lock of its answer, which need not be there yet.
    review = Review.objects.select_for_update(of=("self",)).select_related("listing").get(pk=review.pk)
    if not review.is_shown:
        raise ReviewNotFoundError
    now = timezone.now()
    # Locked too: a moderator who hides it takes the answer's row alone.
    answer = Answer.objects.select_for_update().filter(review=review).first()
    if answer is None:
        answer = Answer.objects.create(review=review, author=author, text=text, written_at=now)
        _tell(answer, review)
    elif answer.decision_id is not None:
        raise ReviewHiddenError
    elif answer.text == text and answer.withdrawn_at is None:
        return answer
    else:
        answer.author, answer.text, answer.number = author, text, answer.number + 1
        answer.edited_at, answer.withdrawn_at = now, None
        answer.save()
    AnswerEdition.objects.create(answer=answer, number=answer.number, text=text, at=now)
    return answer


@transaction.atomic
def withdraw_answer(*, user: User, key: str) -> Answer:
    """Take an answer back; withdrawing it again changes nothing. Raises AnswerNotFoundError, NotTheSellerError."""
    found = any_answer(key)
    if found is None:
        raise AnswerNotFoundError
    if not may_answer(user.address, found.review):
        raise NotTheSellerError
    answer = Answer.objects.select_for_update().get(pk=found.pk)
    if answer.withdrawn_at is None:
        answer.withdrawn_at = timezone.now()
        answer.save(update_fields=["withdrawn_at"])
    return answer


def _tell(answer: Answer, review: Review) -> None:
    author = User.objects.filter(address=review.author).first()
    if author:
        data = {"name": review.listing.name, "key": review.key, "text": answer.text}
        notify(user=author, kind=ANSWERED.name, key=answer.key, data=data, happened_at=answer.written_at)
