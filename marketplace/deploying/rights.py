"""Who gets the files of a model: asked at every request and while bytes are sent, never kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from accounts.moderators import is_moderator
from common.errors import DomainError
from common.sessions import lives_until
from marketplace.listings.gates import refuse_denied
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption, Version
from marketplace.onchain.entitlements import Entitlement, Kind, entitlement

from .errors import FileMissingError, FilesHiddenError

MODERATOR = "moderator"


@dataclass(frozen=True)
class Right:
    """Why somebody gets the files: as owner, pass or subscription says, or to check them as a moderator."""

    kind: str
    until: datetime | None = None

    @property
    def holds(self) -> bool:
        """Whether this is access of their own, and not a moderator's."""
        return self.kind != MODERATOR


def held_of(listing: Listing, user: User, chain_id: int | None) -> Entitlement:
    """Return what an account holds of a listing on the chain that it signed in on; its owner owns it on all."""
    if listing.owner.user_id == user.pk:
        return Entitlement(Kind.OWNER)
    if chain_id is None:
        return Entitlement(Kind.NONE)
    adopted = Adoption.objects.filter(chain_id=chain_id, listing=listing).select_related("chain").first()
    return entitlement(user.address, adopted.chain, adopted.model_id) if adopted else Entitlement(Kind.NONE)


def right_to(listing: Listing, user: User | None, chain_id: int | None, version: Version | None = None) -> Right:
    """Return why somebody gets the files of a listing, or of one version of it.

    Raises FileMissingError for strangers, AccessDeniedError for whom the seller keeps out of what they hold, and
    FilesHiddenError where a moderator stopped all use.
    """
    if user is None or not user.is_active:
        raise FileMissingError
    held = held_of(listing, user, chain_id)
    if held.kind == Kind.OWNER and not _stopped(listing, version):
        return Right(held.kind.value)
    # For all that is kept from others: they have to see what they decide about.
    if is_moderator(user):
        return Right(MODERATOR)
    if not held:
        raise FileMissingError
    if _stopped(listing, version):
        raise FilesHiddenError
    refuse_denied(listing.name, user.address)
    return Right(held.kind.value, held.until)


def may_go_on(*, version_id: int, user_id: int, chain_id: int | None, session: str) -> bool:
    """Say whether a download of a version that has begun may go on: all is read anew. ``session`` is what it was asked
    for in, nothing where a link was."""
    found = Version.objects.select_related("decision", "listing__owner", "listing__suspension")
    version, user = found.filter(pk=version_id).first(), User.objects.filter(pk=user_id).first()
    if version is None or (session and lives_until(session, user_id) is None):
        return False
    try:
        right_to(version.listing, user, chain_id, version)
    except DomainError:
        return False
    return True


def _stopped(listing: Listing, version: Version | None) -> bool:
    """Whether moderators have stopped all use, of the whole listing or of this version."""
    whole = listing.suspension is not None and listing.suspension.stops_use
    return whole or (version is not None and version.stops_use)
