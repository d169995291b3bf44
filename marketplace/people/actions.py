"""Writing one's profile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.restrictions import Scope, refuse_restricted
from common.locks import exclusive_until_commit

from .errors import ProfileHiddenError, TooManyEditionsError
from .models import Profile, ProfileEdition
from .naming import check_name

MOST_A_DAY = 20


@transaction.atomic
def write_profile(*, user: User, name: str, bio: str, links: Sequence[str]) -> Profile:
    """Keep what a user says about itself; the same once more changes nothing. What it said before is kept as well.

    The texts are clean (``forms.ProfileForm``). Raises RestrictedError, ProfileHiddenError, MixedNameError,
    LookAlikeNameError, TooManyEditionsError.
    """
    refuse_restricted(user.address, Scope.WRITING)
    exclusive_until_commit(f"profile:{user.address}")
    said = {"name": name, "bio": bio, "links": list(links)}
    profile = Profile.objects.select_for_update(of=("self",)).filter(address=user.address).first()
    if profile and profile.decision_id:
        raise ProfileHiddenError
    before = profile or Profile(address=user.address)
    if all(getattr(before, part) == value for part, value in said.items()):
        return before
    if name and name != before.name:
        check_name(name, user.address)
    now = timezone.now()
    if ProfileEdition.objects.filter(address=user.address, at__gt=now - timedelta(days=1)).count() >= MOST_A_DAY:
        raise TooManyEditionsError
    ProfileEdition.objects.create(address=user.address, at=now, **said)
    kept, _ = Profile.objects.update_or_create(address=user.address, defaults={**said, "changed_at": now})
    return kept
