"""What the page of a model's reviews shows to everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from common.pages import KeysetChain
from common.statements import Found, Read, together, told_apart
from marketplace.listings.models import Listing
from marketplace.listings.offers import offers_in, placed
from marketplace.onchain.models.listings import OnchainListing
from marketplace.scores.models import LEAST, MOST, Review

from .asked import ORDER_TITLES, USES, Asked, rating_title, used_title
from .contract_score import ContractScore, contract_scores, score_in
from .finding import MOST_COUNTED, count, listed, releases, scores
from .formula_words import formula_words
from .score_view import ScoreView, score_view


@dataclass(frozen=True)
class ReviewsPage:
    """A page of reviews as the database gave it: ``key`` differs wherever what is shown does."""

    found: Found[Listing]
    asked: Asked
    cursor: str
    reviews: Read
    chain: KeysetChain[Review]
    score: ScoreView
    contract: ContractScore | None
    folds: Found[OnchainListing]
    releases: Found[Any]
    total: int
    key: tuple[Any, ...]

    def shown(self) -> dict[str, Any]:
        """Return what its template shows. One query for the formula."""
        listing, page = self.listing, self.chain.page(self.reviews)
        path = reverse("reviews", args=[listing.owner_name, listing.model_name])
        for review in page.items:
            review.listing = listing
        return {
            "listing": listing,
            "asked": self.asked,
            "cursor": self.cursor,
            "path": path,
            "page": page,
            "score": self.score,
            "contract": self.contract,
            "formula": formula_words(self.score),
            "found": self.total,
            "most_counted": MOST_COUNTED,
            "versions": self.releases,
            "chips": self.asked.chips(path),
            "uses": [(name, used_title(band)) for name, band in USES.items()],
            "ratings": [(n, rating_title(n)) for n in range(MOST, LEAST - 1, -1)],
            "orders": ORDER_TITLES,
            "order_title": ORDER_TITLES[self.asked.sort],
            "first": self.asked.address(path) if self.cursor else "",
            "next": self.asked.address(path, page.next) if page.next else "",
        }

    @property
    def listing(self) -> Listing:
        """The listing, with its offer."""
        listing = self.found[0]
        listing.offer = offers_in(self.folds).get(listing.pk)
        return listing


def reviews_page(request: HttpRequest, found: Found[Listing]) -> ReviewsPage:
    """Return the page that an address asks for: of the listing in two trips, the reviews in one. Raises CursorError."""
    pk, asked, cursor = found.value("id"), Asked.read(request.GET), request.GET.get("after", "")
    folds, scored, versions = together(placed().asked(ids=[pk]), scores().asked(pk=pk), releases().asked(pk=pk))
    offer = offers_in(folds).get(pk)
    on_chain = contract_scores().find(chain=offer.chain.pk, model=offer.onchain.model_id) if offer else None
    contract = score_in(on_chain, offer.onchain.model_id) if offer and on_chain else None
    chain = listed(pk, asked, cursor)
    score, read = score_view(scored[0] if scored else None), chain.read()
    total = score.total if asked.is_all else count(pk, asked)
    key = (
        found.key,
        folds.key,
        scored.key,
        versions.key,
        None if on_chain is None else on_chain.key,
        told_apart(read),
        total,
    )
    return ReviewsPage(found, asked, cursor, read, chain, score, contract, folds, versions, total, key)
