"""Moderators and their own listings."""

from __future__ import annotations

from accounts.models import User
from marketplace.ground.errors import OwnCaseError
from marketplace.listings.models import Listing
from marketplace.onchain.parties import parties_of_model


def has_part_in(user: User, listing: Listing) -> bool:
    """Say whether a user published a listing, or gets something of its sales on any chain. A query, and two a chain."""
    if listing.owner.user_id == user.pk:
        return True
    # On every chain, because hiding a listing closes its sale on all of them.
    adoptions = listing.adoptions.select_related("chain")
    return any(user.address in parties_of_model(adoption.chain, adoption.model_id) for adoption in adoptions)


def refuse_own_case(user: User, listing: Listing) -> None:
    """Raise OwnCaseError where a moderator has a part in the listing, whichever way they would decide."""
    if has_part_in(user, listing):
        raise OwnCaseError
