"""Reviews and answers as kinds of content: what moderators find, lock and hide."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.addresses import checksum
from common.templatetags.look import hash_short
from marketplace.ground.contents import Edition, Kind, Subject
from marketplace.ground.decisions import Content, ModerationDecision
from marketplace.onchain.parties import parties_of_model

from .finding import any_answer, any_review
from .judging import judge_soon
from .labels import count_after_all, label_of
from .models import Answer, Review
from .reckoning import lock_score


def find_review_subject(key: str) -> Subject | None:
    """Return a review, whatever its state."""
    review = any_review(key)
    return _review_subject(review) if review else None


def lock_review(key: str) -> object:
    """Lock a review and its listing's score."""
    review = any_review(key)
    if review is None:
        return None
    lock_score(review.listing_id)
    return Review.objects.select_for_update().filter(pk=review.pk).first()


def mark_review(key: str, decision: ModerationDecision | None) -> object:
    """Hide a review, or show it again; its listing's score follows."""
    review = any_review(key)
    if review is None:
        return None
    Review.objects.filter(pk=review.pk).update(decision=decision)
    return judge_soon(review.listing_id, review.pk)


def find_answer_subject(key: str) -> Subject | None:
    """Return a seller's answer, whatever its state."""
    answer = any_answer(key)
    return _answer_subject(answer) if answer else None


def lock_answer(key: str) -> object:
    """Lock an answer."""
    return Answer.objects.select_for_update().filter(pk=key).first() if any_answer(key) else None


def mark_answer(key: str, decision: ModerationDecision | None) -> object:
    """Hide an answer, or show it again."""
    answer = any_answer(key)
    return Answer.objects.filter(pk=answer.pk).update(decision=decision) if answer else None


def path_of(review: Review) -> str:
    """Return where a review stands."""
    return reverse("review", args=[review.key])


def _parties(review: Review) -> frozenset[str]:
    owner = review.listing.owner.user
    sellers = parties_of_model(review.chain, review.model_id) | ({owner.address} if owner else set())
    return frozenset({review.author} | sellers)


def _review_subject(review: Review) -> Subject:
    words = _("Review of %(name)s by %(author)s: %(rating)d of 5 stars")
    named = {"name": review.listing.name, "author": _short(review.author), "rating": review.rating}
    return Subject(
        content=Content.REVIEW,
        key=review.key,
        title=words % named,
        path=path_of(review),
        author=review.author,
        text=review.text,
        at=review.edited_at or review.written_at,
        parties=_parties(review),
        decision=review.decision,
        labelled=label_of(review),
        facts={"of_listing": review.listing.name, "cleared": label_of(review) is None},
        editions=[Edition(each.signed_at, each.text) for each in review.editions.all()],
    )


def _answer_subject(answer: Answer) -> Subject:
    review = answer.review
    words = _("Answer of %(author)s to a review of %(name)s")
    return Subject(
        content=Content.ANSWER,
        key=answer.key,
        title=words % {"name": review.listing.name, "author": _short(answer.author)},
        path=path_of(review),
        author=answer.author,
        text=answer.text,
        at=answer.edited_at or answer.written_at,
        parties=_parties(review) | {answer.author},
        decision=answer.decision,
        facts={"of_listing": review.listing.name},
        editions=[Edition(each.at, each.text) for each in answer.editions.all()],
    )


def _short(address: str) -> str:
    return hash_short(checksum(address))


KINDS = (
    Kind(Content.REVIEW, find_review_subject, lock_review, mark_review, clear=count_after_all),
    Kind(Content.ANSWER, find_answer_subject, lock_answer, mark_answer),
)
