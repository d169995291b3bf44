"""Bringing one's review to the chain: the rating, and the address of what was signed."""

from __future__ import annotations

from accounts.models import User
from contracts.chain.preflight import WalletCall, prepare_call
from contracts.models import Chain
from contracts.names import MARKET
from marketplace.listings.models import Listing
from marketplace.scores.finding import review_of

from .errors import NothingToRateError


def prepare_rating(*, user: User, listing: Listing) -> WalletCall:
    """Return the transaction that rates a model as one's review of it does, and names that review.

    Raises NothingToRateError without a review that is shown, and as ``contracts.chain.preflight.check_call``: the
    contract knows who may.
    """
    review = review_of(user.address, listing)
    if review is None or not review.is_shown:
        raise NothingToRateError
    chain = Chain.objects.get(pk=review.chain_id)
    return prepare_call(chain, user.address, MARKET, "rateModel", [review.model_id, review.rating, review.cid])
