"""What of a gate has to stand on chain: the list of those who may buy, and whether it does."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.listings.access_lists import AccessList, root_of
from marketplace.listings.gates import AccessRule
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.listings import OnchainListing


@dataclass(frozen=True)
class ChainList:
    """A listing's place on one chain, and who ought to be able to buy there: its seller and all who were let in.

    The seller is always on it, because an empty list would be the one that stands for everybody.
    """

    onchain: OnchainListing
    members: list[str]
    missing: int
    surplus: int

    @property
    def is_so(self) -> bool:
        """Whether the chain has just this list."""
        return self.onchain.access_list == root_of(self.members)


def chain_lists(listing: Listing) -> list[ChainList]:
    """Return the list that each chain of a listing ought to have. A query for each chain, and two."""
    allowed = set(AccessRule.objects.filter(listing=listing.name, allows=True).values_list("address", flat=True))
    made = []
    for adopted in Adoption.objects.filter(listing=listing).select_related("chain"):
        found = OnchainListing.objects.filter(chain=adopted.chain, model_id=adopted.model_id).first()
        if found:
            found.chain = adopted.chain
            made.append(_of(found, allowed))
    return made


def _of(found: OnchainListing, allowed: set[str]) -> ChainList:
    members = sorted({found.seller} | allowed)
    kept = AccessList.objects.filter(root=found.access_list).first() if found.access_list else None
    there = set(kept.members) if kept else set()
    return ChainList(found, members, len(set(members) - there), len(there - set(members)))
