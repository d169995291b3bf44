"""What somebody may do about a model's reviews: write, change, withdraw, bring to the chain, or why not."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from contracts.chain.fees import about_fee
from contracts.models import Chain
from marketplace.listings.models import Listing
from marketplace.onchain.models.ratings import RatingFact
from marketplace.scores.actions import RESTORED_WITHIN
from marketplace.scores.finding import Right, right_of
from marketplace.scores.models import PART_WORDS, PARTS, HelpfulVote, Review

from .finding import with_use

RATE_GAS = 80_000  # what a rating takes, with the address of a review
MOST_MARKED = 1_000  # votes that a page is told of
RATINGS = range(1, 6)


@dataclass(frozen=True)
class WayOn:
    """What somebody can do who may not write: an address, and what it is called."""

    href: str
    action: str


@dataclass(frozen=True)
class OwnReview:
    """A wallet's own side of a model's reviews. ``fee`` is about what a rating on chain costs, in wei.

    ``on_chain`` is its rating there, None without one; ``withdrawn`` what it took back and can still bring back.
    """

    listing: Listing
    right: Right
    review: Review | None
    versions: list[str]
    chain: Chain | None
    on_chain: RatingFact | None
    fee: int | None
    withdrawn: Review | None

    @property
    def is_hidden(self) -> bool:
        """Whether a moderator has hidden what it wrote."""
        return self.review is not None and self.review.decision_id is not None

    @property
    def is_told(self) -> bool:
        """Whether the chain has the review as it is now."""
        return bool(self.on_chain and self.review and self.on_chain.review == self.review.cid)

    @property
    def parts(self) -> list[tuple[str, str, int | None]]:
        """The parts by name, in words, and as they were rated."""
        return [(name, str(PART_WORDS[name]), getattr(self.review, name, None)) for name in PARTS]

    @property
    def ratings(self) -> range:
        """What one can choose from."""
        return RATINGS

    @property
    def way_on(self) -> WayOn | None:
        """What to do where one may not write, if anything helps."""
        page = self.listing.get_absolute_url()
        ways = {
            "not-a-buyer": WayOn(f"{page}#buy", _("See what access costs")),
            "purchase-pending": WayOn(reverse("account"), _("Follow your order")),
            "purchase-returned": WayOn(f"{page}#buy", _("See what access costs")),
            "purchase-disputed": WayOn(reverse("disputes"), _("Your disputes")),
            "own-model": WayOn(reverse("reviews-waiting"), _("Reviews that wait for your answer")),
        }
        return ways.get(self.right.code)


def own_review(user: User, listing: Listing) -> OwnReview:
    """Return somebody's own side of a listing's reviews. Six queries."""
    review, withdrawn = _own_reviews(user.address, listing.pk)
    right = right_of(user.address, listing, review)
    chain = right.chain
    rated = RatingFact.objects.filter(chain=right.chain_id, model_id=right.model_id, rater=user.address)
    on_chain = rated.order_by("-block_number", "-log_index").first() if chain else None
    return OwnReview(
        listing=listing,
        right=right,
        review=review,
        versions=list(right.versions),
        chain=chain,
        on_chain=on_chain if on_chain and on_chain.rating else None,
        fee=about_fee(chain, RATE_GAS) if chain else None,
        withdrawn=withdrawn,
    )


def _own_reviews(author: str, listing_id: int) -> tuple[Review | None, Review | None]:
    """Return an author's live review of a listing, hidden or not, and else the one whose withdrawal can be undone."""
    since = timezone.now() - RESTORED_WITHIN
    theirs = with_use(Review.objects.filter(author=author, listing=listing_id))
    wanted = theirs.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=since, decision=None))
    found = wanted.order_by(F("withdrawn_at").desc(nulls_first=True), "-number").first()
    is_live = found is not None and found.withdrawn_at is None
    return (found, None) if is_live else (None, found)


def marked_helpful(user: User, listing_id: int) -> list[str]:
    """Return the keys of a listing's reviews that somebody found helpful. One query."""
    votes = HelpfulVote.objects.filter(voter=user.address, review__listing=listing_id)
    return [str(key) for key in votes.values_list("review", flat=True)[:MOST_MARKED]]
