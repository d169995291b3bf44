"""Somebody who has done a bit of everything here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.legal.models import Acceptance, Document
from accounts.models import Account, User
from accounts.notifications.models import FeedKey, MailAddress, Notice, Preference
from contracts.models import Chain
from contracts.names import COIN
from governance.delegates.models import DelegateStatement
from governance.drafts.models import Choice, Cosignature, Draft, Poll, PollBallot, Visibility
from inference.models import Call, CallState, EngineName, Scope, UsageWindow
from marketplace.buying.orders import Order
from marketplace.community.models import Comment, CommentEdition, Discussion, Following
from marketplace.people.models import Profile, ProfileEdition
from marketplace.reports.models import Report
from marketplace.scores.models import HelpfulVote, Review, Use
from marketplace.search.saved import SavedSearch
from tests.factories import reviews

SELLER, ME, OTHER, THIRD = 1, 20, 30, 31


def live() -> tuple[User, reviews.Model]:
    """Return somebody with rows in the tables of all apps, and the model that they have bought and reviewed."""
    made = reviews.model()
    user, other = reviews.person(ME), reviews.person(OTHER)
    _account(user, other)
    made.buy_and_review(ME, 1, "Mine, and only mine.")
    theirs = made.buy_and_review(OTHER, 5, "Fine.")
    made.buy_and_review(THIRD, 3)
    HelpfulVote.objects.create(review=theirs, voter=user.address, weight=3)
    Review.objects.filter(pk=theirs.pk).update(votes=1, helpful=3)
    now = timezone.now()
    span = {"first_at": now, "last_at": now}
    Use.objects.create(address=user.address, listing=made.listing, tokens=9, **span)
    _orders(user, made)
    _writings(user, other)
    _governance(user, other, made.chain)
    _calls(user)
    return user, made


def _account(user: User, other: User) -> None:
    Account.objects.create(name="mine-alone", user=user)
    said: dict[str, Any] = {"name": "Me", "bio": "My life.", "links": ["https://example.org/me"]}
    Profile.objects.create(address=user.address, **said)
    ProfileEdition.objects.create(address=user.address, **said)
    proof = {"digest": "0" * 64, "chain_id": 31337, "message": f"I am {user.checksum}", "signature": "0x"}
    Acceptance.objects.create(address=user.address, document=Document.TERMS, version=1, **proof)
    MailAddress.objects.create(user=user, address="me@example.org")
    FeedKey.objects.create(user=user)
    Preference.objects.create(user=user, kind="sale", channel="mail", is_on=False)
    now = timezone.now()
    for told in (user, other):
        data = {"author": user.checksum}
        Notice.objects.create(user=told, kind="mention", key="1", data=data, happened_at=now, in_app=True)
    SavedSearch.objects.create(user=user, title="german", query="q=german")
    Following.objects.create(user=user, what="listing", key="a/b")


def _orders(user: User, made: reviews.Model) -> None:
    for number, fact_ref in enumerate((reviews.word(5001), reviews.word(5002))):
        Order.objects.create(
            ref=fact_ref, chain=made.chain, buyer=user.address, listing_name=made.listing.name, model_id=made.model_id,
            plan=1, quantity=1, token=COIN, price=1, max_price=1, license_accepted_at=timezone.now(),
            deadline=timezone.now() - timedelta(days=30),
        )  # fmt: skip
        if number:
            made.buy(ME, block=901, ref=fact_ref)


def _writings(user: User, other: User) -> None:
    place = Discussion.objects.create(subject="listing", key="a/b", comments=2, pinned_by=user.address)
    mine = Comment.objects.create(discussion=place, author=user.address, text="My secret.", once="1", replies=1)
    CommentEdition.objects.create(comment=mine, text="My older secret.", at=timezone.now())
    Comment.objects.create(discussion=place, author=other.address, text="An answer.", once="1", root=mine, answers=mine)
    Report.objects.create(
        content="listing", key="a/b", title="a/b", category="spam", text="Spam.", reporter=user.address
    )


def _governance(user: User, other: User, chain: Chain) -> None:
    DelegateStatement.objects.create(author=user.address, text="I vote.")
    Draft.objects.create(chain=chain, author=user.address, title="Private", text="Mine.")
    shared = Draft.objects.create(
        chain=chain, author=user.address, title="Shared", text="Ours.", visibility=Visibility.PUBLIC
    )
    signed = {"content": reviews.word(1), "signature": "0x"}
    Cosignature.objects.create(draft=shared, supporter=other.address, title="Shared", **signed)
    now = timezone.now()
    times = {"snapshot": now, "ends_at": now}
    poll = Poll.objects.create(draft=shared, chain=chain, title="Shared", content=reviews.word(1), **times)
    PollBallot.objects.create(poll=poll, voter=user.address, choice=Choice.values[0], signature="0x")


def _calls(user: User) -> None:
    used = {"listing": "a/b", "engine": EngineName.values[0], "access": "free", "slot": 1, "reserved": 0}
    ended = {"state": CallState.DONE, "ended_at": timezone.now(), "max_tokens": 1, "prompt_tokens": 1}
    Call.objects.create(user=user, payer=user.address, **used, **ended)
    today = timezone.now().date()
    UsageWindow.objects.create(scope=Scope.WALLET, key=user.address, starts=today, budget=1)
    UsageWindow.objects.create(scope=Scope.HOLDER, key=f"{user.address} a/b pass", starts=today, budget=1)
