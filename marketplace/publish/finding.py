"""Which drafts somebody may read."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from accounts.models import User

from .errors import DraftNotFoundError
from .models import Draft

MOST_KEY = 43


def own_draft(user: User, draft_id: UUID | str) -> Draft:
    """Return a draft of the user's own with its files. Raises DraftNotFoundError."""
    return _found(Draft.objects.of(user), draft_id)


def deleted_drafts(user: User) -> QuerySet[Draft]:
    """Return what the user has deleted and can still bring back."""
    return Draft.objects.filter(user=user).exclude(deleted_at=None).order_by("-deleted_at")


def shared_draft(key: str) -> Draft:
    """Return the draft whose owner gave out this key. Raises DraftNotFoundError."""
    # Without the first an empty key would find what nobody shares.
    if not key or len(key) > MOST_KEY or "\x00" in key:
        raise DraftNotFoundError
    found = Draft.objects.kept().filter(share_key=key).select_related("user").first()
    if found is None:
        raise DraftNotFoundError
    return found


def drafts_of(user: User) -> QuerySet[Draft]:
    """Return a user's drafts, the one that was changed last first."""
    return Draft.objects.of(user)


def _found(drafts: QuerySet[Draft], draft_id: UUID | str) -> Draft:
    try:
        found = drafts.filter(pk=draft_id).select_related("user").first()
    except (ValueError, ValidationError) as error:
        raise DraftNotFoundError from error
    if found is None:
        raise DraftNotFoundError
    return found
