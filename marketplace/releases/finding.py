"""A listing's releases as pages and programs read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import User
from marketplace.listings.errors import ListingNotFoundError, NotTheOwnerError
from marketplace.listings.models import Listing
from marketplace.listings.releases import MOST, default_of, in_order, is_stable
from marketplace.listings.versions import Version

from .changes import Changes, changes_between
from .errors import ReleaseNotFoundError


@dataclass(frozen=True)
class Release:
    """A release with what tells it from the one before it by number."""

    version: Version
    is_default: bool
    before: Version | None

    @property
    def is_stable(self) -> bool:
        """Whether its number is a stable one."""
        return is_stable(self.version.number)

    @property
    def changes(self) -> Changes | None:
        """What changed since the one before; None for the first."""
        return changes_between(self.before, self.version) if self.before else None


@dataclass(frozen=True)
class Releases:
    """All releases of a listing, the highest number first."""

    listing: Listing
    items: list[Release]

    @property
    def default(self) -> Version | None:
        """What new buyers and calls get."""
        return next((each.version for each in self.items if each.is_default), None)

    def at(self, number: str) -> Release:
        """Return one by its number. Raises ReleaseNotFoundError."""
        found = next((each for each in self.items if each.version.number == number), None)
        if found is None:
            raise ReleaseNotFoundError
        return found


def listing_named(owner: str, name: str) -> Listing:
    """Return a listing with who owns it, hidden ones too. Raises ListingNotFoundError."""
    named = Listing.objects.without_index().select_related("owner", "suspension", "label", "runtime")
    found = named.named(f"{owner}/{name}").first()
    if found is None:
        raise ListingNotFoundError
    return found


def own_listing(user: User, owner: str, name: str) -> Listing:
    """Return a listing of the user's own. Raises ListingNotFoundError, NotTheOwnerError."""
    listing = listing_named(owner, name)
    if listing.owner.user_id != user.pk:
        raise NotTheOwnerError
    return listing


def releases_of(listing: Listing) -> Releases:
    """Return the releases of a listing with their files. Two queries."""
    rows = list(listing.versions.select_related("decision").prefetch_related("files__blob").order_by("-pk")[:MOST])
    for row in rows:
        row.listing = listing
    ordered, default = in_order(rows), default_of(rows)
    return Releases(
        listing, [Release(each, each == default, _before(ordered, place)) for place, each in enumerate(ordered)]
    )


def _before(ordered: Sequence[Version], place: int) -> Version | None:
    return ordered[place + 1] if place + 1 < len(ordered) else None
