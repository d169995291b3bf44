"""People who talk about a model, for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Account, User
from marketplace.community.actions import post_comment
from marketplace.community.models import Comment
from marketplace.listings.models import Listing
from tests.factories.marketplace import listing

NAME = "acme/tiny-embed"


def person(number: int, **ago: float) -> User:
    """Return a user who has been here for a month, or for as long as is said."""
    address = f"0x{number:040x}"
    user, _ = User.objects.get_or_create(address=address)
    User.objects.filter(pk=user.pk).update(date_joined=timezone.now() - timedelta(**(ago or {"days": 30})))
    user.refresh_from_db()
    return user


def owned(owner: User) -> Listing:
    """Return a listing that a user has published."""
    made = listing(NAME)
    Account.objects.filter(pk=made.owner_id).update(user=owner, is_reserved=False)
    made.refresh_from_db()
    return made


def say(user: User, text: str = "A *word*", **more: Any) -> Comment:
    """Say something about the listing."""
    return post_comment(user=user, subject="listing", key=NAME, text=text, **more)
