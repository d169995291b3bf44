"""What the demo's people have reported: one report waits, one was not upheld, one was, and that is appealed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from accounts.moderators import moderators
from marketplace.community.actions import post_comment
from marketplace.ground.decisions import Action, Category, Content
from marketplace.moderation.claiming import claim_case
from marketplace.moderation.deciding import decide_case
from marketplace.moderation.wishes import Wish
from marketplace.reports.appealing import appeal_decision
from marketplace.reports.models import ReasonStatement, Report
from marketplace.reports.reporting import Said, report_content
from marketplace.scores.models import Review

# Of anvil's accounts, as the demo wallet has them.
BUYER, SELLER, VOTER = 1, 2, 3
PROMOTER = "0x86c53eb85d0b7548fea5c4b4f82b4205c8f6ac18"  # the third voter
COMMENTED, DOUBTED = "pocket-lab/smollm2-chat", "shopfront/product-copy"
AD = "Before you buy anything here: I sell a code for half the price, write to me. Works for all models!"


def seed_moderation(accounts: Sequence[str]) -> None:
    """Let people report, and moderators decide; once there is a report, nothing is added. No transaction is sent."""
    if Report.objects.exists():
        return
    users = {number: _user(accounts[number]) for number in (BUYER, SELLER, VOTER)}
    _waits(users)
    held = sorted(moderators().values_list("account", flat=True))
    if held:
        _not_upheld(users, _user(held[0]))
        _appealed(users, _user(held[-1]))


def _user(address: str) -> User:
    return User.objects.get_or_create(address=address)[0]


def _waits(users: dict[int, User]) -> None:
    """Two people report a listing, and nobody has looked yet."""
    words = {
        BUYER: "The card says that it keeps to what it is told. It wrote of a dimmer that my lamp does not have.",
        VOTER: "The same here: three of five texts had features that I never named.",
    }
    for number, text in words.items():
        said = Said(Category.DECEPTIVE, text)
        report_content(user=users[number], content=Content.LISTING, key=DOUBTED, said=said)


def _not_upheld(users: dict[int, User], moderator: User) -> None:
    """A seller dislikes a review, which is no reason to take it out."""
    review = Review.objects.filter(listing__name=COMMENTED, rating=2).first()
    if review is None:
        return
    said = Said(Category.OTHER, "It judges facts, and my card says that the model is not made for facts.")
    report = report_content(user=users[SELLER], content=Content.REVIEW, key=review.key, said=said)
    reason = "The review says what its author saw, and names no person. You can answer it."
    _decide(report, moderator, Wish(Action.NOTHING, reason=reason))


def _appealed(users: dict[int, User], moderator: User) -> None:
    """A comment that advertises is hidden, and its author wants it looked at again."""
    author, at = _user(PROMOTER), timezone.now() - timedelta(hours=30)
    comment = post_comment(user=author, subject="listing", key=COMMENTED, text=AD, once="demo-advertisement", at=at)
    key = str(comment.public_id)
    report = report_content(
        user=users[BUYER], content=Content.COMMENT, key=key, said=Said(Category.SPAM, "This is an advertisement.")
    )
    report_content(
        user=users[VOTER], content=Content.COMMENT, key=key, said=Said(Category.SPAM, "He wrote the same to me.")
    )
    reason = "It advertises something that is sold elsewhere, under a model that it has nothing to do with."
    wish = Wish(Action.HIDE, Category.SPAM, "4.3", reason)
    _decide(report, moderator, wish)
    statement = ReasonStatement.objects.get(decision__content=Content.COMMENT, decision__key=key)
    text = "I only wanted to help people to pay less. Nobody has paid me anything yet."
    appeal_decision(user=author, public_id=str(statement.public_id), text=text)


def _decide(report: Report, moderator: User, wish: Wish) -> None:
    case = report.case
    if case is None:
        raise LookupError(report.pk)
    claim_case(moderator=moderator, pk=case.pk)
    decide_case(moderator=moderator, pk=case.pk, wish=wish)
