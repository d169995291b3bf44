"""A seller claims a model that it listed on chain by other means: then it is a listing like any other."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.restrictions import Scope, refuse_restricted
from common.limits import limit
from contracts.models import Chain
from contracts.names import DAY
from marketplace.listings.models import Listing
from marketplace.listings.publishing import adopt_listing
from marketplace.listings.versions import Adoption, MetadataDocument
from marketplace.onchain.models.listings import OnchainListing

from .documents import Document, read_document
from .errors import NameStandsError, NotCompleteError, NotTheSellerError, TextsHiddenError, UnclaimedNotFoundError
from .models import UnclaimedListing

CLAIMS_A_DAY = 100
Publisher = Callable[[User, Document], Listing]
_publishers: list[Publisher] = []


def publishes(function: Publisher) -> Publisher:
    """Register who makes a listing and its version of a document, by the rules that hold for all."""
    _publishers[:] = [function]
    return function


@transaction.atomic
def claim_model(*, user: User, chain: Chain, model_id: str) -> Listing:
    """Make a listing of the seller's of a model on chain. Claiming it again changes nothing.

    Raises UnclaimedNotFoundError, NotTheSellerError, TextsHiddenError, NotCompleteError, RestrictedError, TooManyError,
    and what the rules of publishing refuse: a name that is another's, reserved or taken, a version with other content.
    """
    refuse_restricted(user.address, Scope.PUBLISHING)
    limit(f"claim:{user.address}", CLAIMS_A_DAY, DAY)
    rows = UnclaimedListing.objects.select_for_update(of=("self",))
    row = rows.filter(chain=chain, model_id=model_id).first()
    if known := Adoption.objects.select_related("listing__owner").filter(chain=chain, model_id=model_id).first():
        return _own(known.listing, user)
    if row is None or not _stands(row):
        raise UnclaimedNotFoundError
    if row.seller != user.address:
        raise NotTheSellerError
    if row.decision_id is not None:
        raise TextsHiddenError
    document = MetadataDocument.objects.filter(pk=row.cid).first()
    if not row.is_complete or document is None:
        raise NotCompleteError(row.says or None)
    listing = _publishers[0](user, read_document(bytes(document.content)))
    if listing.adoptions.filter(chain=chain).exists():
        raise NameStandsError(name=listing.name)
    adopt_listing(user=user, listing=listing, chain=chain, model_id=model_id)
    row.delete()
    return listing


def _own(listing: Listing, user: User) -> Listing:
    if listing.owner.user_id != user.pk:
        raise NotTheSellerError
    return listing


def _stands(row: UnclaimedListing) -> bool:
    """Whether the chain still says, for good, what was read of it."""
    final = OnchainListing.objects.filter(chain=row.chain, model_id=row.model_id, metadata=row.named)
    return final.filter(listed_block__lte=row.chain.final_block()).exists()


@transaction.atomic
def ask_again(*, user: User, chain: Chain, model_id: str) -> UnclaimedListing:
    """Have a document asked for at once. Raises UnclaimedNotFoundError, NotTheSellerError, TooManyError."""
    row = UnclaimedListing.objects.select_for_update().filter(chain=chain, model_id=model_id).first()
    if row is None:
        raise UnclaimedNotFoundError
    if row.seller != user.address:
        raise NotTheSellerError
    limit(f"ask-again:{user.address}", 30, 3_600)
    row.next_at = timezone.now()
    row.save(update_fields=["next_at"])
    return row
