"""Stopping a model's sale on chain, and allowing it again: the moderator's transaction, signed by their wallet."""

from __future__ import annotations

from datetime import timedelta

from accounts.models import User
from contracts.chain.preflight import WalletCall, prepare_call
from contracts.names import MARKET
from marketplace.ground.errors import NotAModeratorError
from marketplace.listings.errors import NotForSaleError
from marketplace.listings.models import Listing

from .parties import refuse_own_case

MOST_DAYS = 30  # the contract's own bound
IN_THE_PAST = 1  # a time that ends a suspension


def prepare_suspension(*, user: User, listing: Listing, days: int) -> WalletCall:
    """Return the transaction that suspends a listing for so many days from now; none ends its suspension.

    Raises NotAModeratorError, OwnCaseError, NotForSaleError for what is not on chain, RevertedError with the contract's
    reason (the role, or its bounds), TooLittleBalanceError, RetryableChainError.
    """
    if not user.is_staff:
        raise NotAModeratorError
    if listing.offer is None:
        raise NotForSaleError(listing.purchase_refusal)
    # Ending one as well, or moderators could lift the suspension of their own model.
    refuse_own_case(user, listing)
    chain = listing.offer.chain
    # By the chain's clock, since the contract refuses what is beyond 30 days by its own.
    until = int((chain.head_time() + timedelta(days=days)).timestamp()) if days else IN_THE_PAST
    return prepare_call(chain, user.address, MARKET, "suspend", [listing.offer.onchain.model_id, until])
