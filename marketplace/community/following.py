"""Following a seller, a model or a discussion."""

from __future__ import annotations

from django.db import transaction

from accounts.models import Account, User
from common.limits import limit
from common.text import well_formed
from contracts.names import DAY
from marketplace.listings.models import Listing

from .errors import NotFollowableError, SubjectNotFoundError, TooMuchFollowedError
from .models import Followed, Following
from .subjects import find_topic

MOST_FOLLOWED = 1_000  # of one user
CHANGES_A_DAY = 500


@transaction.atomic
def follow(*, user: User, what: str, key: str) -> Following:
    """Follow something; again changes nothing. Raises NotFollowableError, TooMuchFollowedError, TooManyError."""
    limit(f"follow:{user.address}", CHANGES_A_DAY, DAY)
    name = named(what, key)
    User.objects.select_for_update().get(pk=user.pk)  # the count stays true while several are followed at once
    mine = Following.objects.filter(user=user)
    known = mine.filter(what=what, key=name).first()
    if known:
        return known
    if mine.count() >= MOST_FOLLOWED:
        raise TooMuchFollowedError
    return Following.objects.create(user=user, what=what, key=name)


def unfollow(*, user: User, what: str, key: str) -> None:
    """Follow something no longer; what is not followed, or not there any more, stays so."""
    Following.objects.filter(user=user, what=well_formed(what), key=well_formed(key)).delete()


def follow_quietly(*, user: User, what: str, key: str) -> None:
    """Follow what the user takes part in, unless that is more than one can follow. Within a transaction."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if Following.objects.filter(user=user).count() < MOST_FOLLOWED:
        Following.objects.get_or_create(user=user, what=what, key=key)


def named(what: str, key: str) -> str:
    """Return the natural key of what can be followed, as it is written; raises NotFollowableError."""
    key = well_formed(key)
    if what == Followed.SELLER:
        found = Account.objects.named(key).values_list("name", flat=True).first()
    elif what == Followed.MODEL:
        found = Listing.objects.named(key).values_list("name", flat=True).first()
    elif what == Followed.DISCUSSION:
        found = _discussion(key)
    else:
        found = None
    if not found:
        raise NotFollowableError
    return found


def _discussion(key: str) -> str:
    subject, _, about = key.partition("/")
    try:
        return find_topic(subject, about).name
    except SubjectNotFoundError:
        return ""
