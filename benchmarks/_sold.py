"""Puts a model up for sale without a chain, by the rows that an indexer would have written."""

from django.utils import timezone

from contracts.models import Chain, Parameter
from contracts.names import COIN
from marketplace.listings.models import Listing
from marketplace.listings.runtime import ListingRuntime, RuntimeState
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.listings import ListingState, OnchainListing, OnchainPlan, Plan

CHAIN, MODEL = 31337, f"0x{'5e' * 32}"
PRICES = {Plan.LASTING: (20 * 10**15, 0), Plan.SUBSCRIPTION: (3 * 10**15, 30 * 86_400)}  # wei, and seconds of a period
TERMS = {"feeBps": 250, "refundWindow": 7 * 86_400}


def put_for_sale(name: str) -> None:
    """Let a model of the catalogue run and be sold by both plans, unless it is on a chain already."""
    found, now = Listing.objects.named(name).get(), timezone.now()
    if Adoption.objects.filter(listing=found).exists():
        return
    named = {"short_name": "anvil", "name": "Anvil", "coin": "ETH", "confirmations": 3, "reorg_window": 64}
    chain, is_new = Chain.objects.get_or_create(pk=CHAIN, defaults=named)
    if is_new:
        for key, value in TERMS.items():
            Parameter.objects.create(chain=chain, key=key, value=value, block_number=1)
    measured = {"first_token_p50_ms": 174, "tokens_per_second": 22.0, "uptime": 1.0, "asked": 288, "measured": 288}
    state = {"state": RuntimeState.READY, "state_since": now, "checked_at": now, "measured_since": now}
    ListingRuntime.objects.update_or_create(listing=found, defaults=state | measured)
    Adoption.objects.create(listing=found, chain=chain, model_id=MODEL)
    block = {"listed_block": 1, "listed_at": now, "changed_block": 1, "state": ListingState.LISTED}
    sold = OnchainListing.objects.create(chain=chain, model_id=MODEL, seller=COIN, category=0, metadata="", **block)
    for plan, (price, period) in PRICES.items():
        OnchainPlan.objects.create(listing=sold, plan=plan, token=COIN, price=price, period=period)
