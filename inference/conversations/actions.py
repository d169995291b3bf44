"""Sharing a conversation by a link, and taking the link back."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.restrictions import Scope, refuse_restricted
from common.limits import limit
from common.locks import exclusive_until_commit

from .errors import SharedNotFoundError, TooManyLinksError
from .models import MOST_SHARED, SharedConversation
from .reading import read_turns

AN_HOUR, HOUR = 30, 3_600  # links of one account, seconds


def share_conversation(*, user: User, listing: str, sent: str, once: UUID) -> SharedConversation:
    """Make a link to a conversation as it is now. The same ``once`` makes one link, however often it is sent.

    ``sent`` is as ``read_turns`` reads it, and raises. Raises also SharedNotFoundError where ``once`` is of another
    account, TooManyLinksError, RestrictedError, TooManyError.
    """
    refuse_restricted(user.address, Scope.WRITING)
    turns = read_turns(sent, user=user, listing=listing)
    if made := _made(user, once):
        return made
    limit(f"share:{user.address}", AN_HOUR, HOUR)
    with transaction.atomic():
        exclusive_until_commit(f"share a conversation of {user.address}")
        if made := _made(user, once):
            return made
        if SharedConversation.objects.filter(user=user).count() >= MOST_SHARED:
            raise TooManyLinksError(MOST_SHARED)
        return SharedConversation.objects.create(id=once, user=user, listing=listing, turns=turns)


def revoke_link(*, user: User, pk: UUID) -> None:
    """Delete what a link shows, at once. What is gone already stays gone; SharedNotFoundError for another's."""
    found = SharedConversation.objects.filter(pk=pk)
    if not found.filter(user=user).delete()[0] and found.exists():
        raise SharedNotFoundError


def _made(user: User, once: UUID) -> SharedConversation | None:
    found = SharedConversation.objects.filter(pk=once).first()
    if found and found.user_id != user.pk:
        raise SharedNotFoundError
    return found
