"""What an owner says of a release later. It never changes, and holders keep what they bought."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.restrictions import Scope, refuse_restricted
from common.limits import limit
from common.queue import enqueue
from common.text import clean_line
from contracts.names import DAY
from marketplace.listings.models import Listing
from marketplace.listings.releases import refresh_listing
from marketplace.listings.versions import Version

from .errors import LastReleaseError, ReasonMissingError, ReleaseNotFoundError
from .finding import own_listing

MOST_REASON = 500
CHANGES_A_DAY = 100
TELL = "marketplace.releases.tasks.tell_holders"
DEPRECATED, YANKED = "deprecated", "yanked"


def deprecate_release(*, user: User, owner: str, name: str, number: str, text: str) -> Version:
    """Say that a release should not be used any more, and what instead; its holders are told. Again changes nothing.

    Raises ReasonMissingError, ReleaseNotFoundError, NotTheOwnerError, ListingNotFoundError, RestrictedError.
    """
    reason = _reason(text)
    with transaction.atomic():
        _listing, version = _locked(user, owner, name, number)
        if version.deprecated_at and version.deprecation == reason:
            return version
        version.deprecated_at, version.deprecation = version.deprecated_at or timezone.now(), reason
        version.save(update_fields=["deprecated_at", "deprecation"])
        enqueue(TELL, version.pk, DEPRECATED)
        return version


@transaction.atomic
def undeprecate_release(*, user: User, owner: str, name: str, number: str) -> Version:
    """Take that back. Again changes nothing. Raises as ``deprecate_release``."""
    _listing, version = _locked(user, owner, name, number)
    if version.deprecated_at:
        version.deprecated_at, version.deprecation = None, ""
        version.save(update_fields=["deprecated_at", "deprecation"])
    return version


def yank_release(*, user: User, owner: str, name: str, number: str, text: str) -> Version:
    """Offer a release to nobody new, with the reason; who holds it keeps it, and is told. Again changes nothing.

    Raises LastReleaseError and as ``deprecate_release``.
    """
    reason = _reason(text)
    with transaction.atomic():
        listing, version = _locked(user, owner, name, number)
        if version.yanked_at and version.yank_reason == reason:
            return version
        if not Version.objects.offered().filter(listing=listing).exclude(pk=version.pk).exists():
            raise LastReleaseError
        version.yanked_at, version.yank_reason = version.yanked_at or timezone.now(), reason
        version.save(update_fields=["yanked_at", "yank_reason"])
        refresh_listing(listing)
        enqueue(TELL, version.pk, YANKED)
        return version


@transaction.atomic
def unyank_release(*, user: User, owner: str, name: str, number: str) -> Version:
    """Offer a release again. Again changes nothing. Raises as ``deprecate_release``."""
    listing, version = _locked(user, owner, name, number)
    if version.yanked_at:
        version.yanked_at, version.yank_reason = None, ""
        version.save(update_fields=["yanked_at", "yank_reason"])
        refresh_listing(listing)
    return version


def _locked(user: User, owner: str, name: str, number: str) -> tuple[Listing, Version]:
    """Return the user's listing, locked, and its release."""
    refuse_restricted(user.address, Scope.PUBLISHING)
    limit(f"releases-changed:{user.address}", CHANGES_A_DAY, DAY)
    listing = own_listing(user, owner, name)
    # The listing first, as everybody locks them: of two releases one has to stay on offer.
    Listing.objects.select_for_update(of=("self",)).get(pk=listing.pk)
    version = Version.objects.select_for_update(of=("self",)).filter(listing=listing, number=number).first()
    if version is None:
        raise ReleaseNotFoundError
    return listing, version


def _reason(text: str) -> str:
    reason = clean_line(text)
    if not reason or len(reason) > MOST_REASON:
        raise ReasonMissingError
    return reason
