"""What a seller sets of a listing: the server prepares and tries each transaction, the seller's wallet signs and sends.

Amounts are smallest units of the token, parts in 1/10,000. Every function raises NotTheOwnerError unless the user sells
the model, and what ``contracts.chain.preflight.check_call`` raises where the chain would refuse it now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from accounts.models import User
from contracts.chain.preflight import WalletCall, prepare_call
from contracts.models import Chain
from contracts.names import MARKET, PASS, SPLITTER
from marketplace.listings.access_lists import AccessList, root_of
from marketplace.listings.errors import ListingNotFoundError, NotTheOwnerError
from marketplace.onchain.models.listings import NOT_OFFERED, ListingState, OnchainListing, Plan
from marketplace.onchain.models.pricing import NO_RATE

PERIOD = 30 * 86_400
EVERYBODY = "0x" + "0" * 64  # the root that stands for no access list
MOVES = {
    ListingState.LISTED: "resumeListing",
    ListingState.PAUSED: "pauseListing",
    ListingState.RETIRED: "retireListing",
}


def own_listing(*, user: User, chain: Chain, model_id: str) -> OnchainListing:
    """Return a listing on chain that the user sells. Raises ListingNotFoundError, NotTheOwnerError."""
    listings = OnchainListing.objects.select_related("chain").prefetch_related("plans")
    found = listings.filter(chain=chain, model_id=model_id).first()
    if found is None:
        raise ListingNotFoundError
    if found.seller != user.address:
        raise NotTheOwnerError
    return found


def prepare_plan(*, user: User, listing: OnchainListing, plan: int, token: str, price: int | None) -> WalletCall:
    """Return the transaction that offers a plan at a price, or takes it off the listing where the price is None."""
    # The contract takes 30 days for a subscription and zero for a pass, nothing else.
    period = PERIOD if plan == Plan.SUBSCRIPTION else 0
    terms = {"plan": plan, "token": token, "price": NOT_OFFERED if price is None else price, "period": period}
    return _prepare(user, listing, MARKET, "setPlan", [listing.model_id, terms])


def prepare_rates(*, user: User, listing: OnchainListing, token: str, rates: tuple[int, int] | None) -> WalletCall:
    """Return the transaction that sets what 1,000,000 tokens read and written cost; None takes METERED off."""
    in_per_m, out_per_m = rates or (NO_RATE, NO_RATE)
    terms = {"token": token, "inPerM": in_per_m, "outPerM": out_per_m}
    return _prepare(user, listing, MARKET, "setRates", [listing.model_id, terms])


def prepare_pricing(*, user: User, listing: OnchainListing, terms: dict[str, Any]) -> WalletCall:
    """Return the transaction that sets bulk tiers, demand and premium: ``IPricing.Terms`` by their names."""
    return _prepare(user, listing, MARKET, "setPricing", [listing.model_id, terms])


def prepare_split(*, user: User, listing: OnchainListing, recipients: Sequence[str], bps: Sequence[int]) -> WalletCall:
    """Return the transaction that names who shares the later sales; the first gets what rounding leaves."""
    return _prepare(user, listing, SPLITTER, "setSplit", [listing.model_id, list(recipients), list(bps)])


def prepare_access_list(*, user: User, listing: OnchainListing, members: Sequence[str]) -> WalletCall:
    """Return the transaction that lets only the members buy, or everybody where there are none.

    The list is kept, so that its members can show that they are on it; the same list kept again is the same row.
    """
    root = root_of(members) if members else EVERYBODY
    # Before the list is kept: what the chain refuses must not leave a row behind.
    call = _prepare(user, listing, MARKET, "setAccessList", [listing.model_id, root])
    if members:
        keep_access_list(user=user, members=members)
    return call


def keep_access_list(*, user: User, members: Sequence[str]) -> None:
    """Keep a list of at least one address, so that its members can show that they are on it; again changes nothing."""
    values = {"members": sorted(set(members)), "kept_by": user.address}
    # By its root, so a list that another model uses already is found and not written twice.
    AccessList.objects.get_or_create(root=root_of(members), defaults=values)


def prepare_transfers(*, user: User, listing: OnchainListing, allowed: bool) -> WalletCall:
    """Return the transaction that allows or forbids that passes move once their lock is over."""
    return _prepare(user, listing, PASS, "allowTransfers", [listing.model_id, allowed])


def prepare_resale(*, user: User, listing: OnchainListing, allowed: bool, royalty_bps: int) -> WalletCall:
    """Return the transaction that allows or forbids resale, and sets the seller's part of later offers."""
    return _prepare(user, listing, PASS, "allowResale", [listing.model_id, allowed, royalty_bps])


def prepare_state(*, user: User, listing: OnchainListing, state: int) -> WalletCall:
    """Return the transaction that pauses the sale, resumes it, or ends it for ever."""
    return _prepare(user, listing, MARKET, MOVES[ListingState(state)], [listing.model_id])


def _prepare(user: User, listing: OnchainListing, contract: str, function: str, args: list[Any]) -> WalletCall:
    # Asked again here, because these actions also take listings that did not come from own_listing.
    if listing.seller != user.address:
        raise NotTheOwnerError
    return prepare_call(listing.chain, user.address, contract, function, args)
