"""What a list of models reads of each, and a page of them as the database gave it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Exists, OuterRef

from common.pages import Page
from common.statements import Found, Read, Statement, given_ids, told_apart
from marketplace.listings.models import Listing, ListingQuerySet
from marketplace.listings.offers import offers_in, on_chains
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.listings import OnchainListing

SHOWN = (  # what lists show, and read: the times that a row holds take longer to read than all of it
    *("name", "task", "license", "parameters", "memory_mb", "released", "max_tokens", "modalities", "libraries"),
    *("languages", "facts", "suspension", "embedding_dim", "owner__name", "runtime__state"),
    *("runtime__first_token_p50_ms", "runtime__tokens_per_second", "runtime__calls_by_day", "runtime__sales_by_day"),
    *("review_score__score", "review_score__count"),
)


def everything() -> ListingQuerySet:
    """Return all that may be found: what lists, counts and links are made of."""
    return Listing.objects.visible()


def shown(listings: ListingQuerySet) -> ListingQuerySet:
    """Return listings with what their rows show, and whether they have a place on a chain."""
    adopted = Exists(Adoption.objects.filter(listing=OuterRef("pk")))
    return listings.only(*SHOWN).select_related("owner", "runtime", "review_score").annotate(is_adopted=adopted)


@lru_cache
def listings_of_ids() -> Statement[Listing]:
    """Return the statement for the listings of ``ids``, in no order."""
    return Statement(shown(everything().filter(pk__in=given_ids("ids"))))


@dataclass(frozen=True)
class Rows:
    """A page of listings as the database gave it, with what is of them on chains; ``page_of`` makes models of it.

    The last ``mentioning`` of them are not recorded as what was understood, and only say so.
    """

    listings: Read
    offers: Found[OnchainListing]
    page_of: Callable[[Read], Page[Listing]]
    mentioning: int = 0

    @classmethod
    def of(cls, listings: Read, is_adopted: int, page_of: Callable[[Read], Page[Listing]], mentioning: int = 0) -> Rows:
        """Add the offers of those whose column ``is_adopted`` says that they are on a chain. One query, or none."""
        return cls(listings, on_chains([row[0] for row in listings if row[is_adopted]]), page_of, mentioning)

    @property
    def key(self) -> bytes:
        """A digest of its rows: two pages with the same one look the same."""
        return told_apart(self.listings, self.offers.read)

    @property
    def page(self) -> Page[Listing]:
        """The models that it holds. No query."""
        page, offers = self.page_of(self.listings), offers_in(self.offers)
        for listing in page.items:
            listing.offer = offers.get(listing.pk)
        return page
