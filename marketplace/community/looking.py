"""Looks at what has become final since the last look, and tells those who follow a model or a seller: each thing once.

What is told is noted in the same transaction, so that a look that is killed goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.notifications.making import notify_all, told_to
from common.queue import alone
from contracts.currencies import currency_of
from contracts.models import Chain, Event
from contracts.names import COIN, MARKET, PRICING
from marketplace.listings.metadata import address_of
from marketplace.listings.models import Listing, listings_on
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.listings import NOT_OFFERED, OnchainListing, Plan

from .models import FactsSeen, Followed, Following
from .notices import LISTING, PRICE, VERSION

MOST_BLOCKS = 5_000  # of one look
MOST_ADOPTIONS = 500
LISTED = (MARKET, "ModelListed")
PRICES = {(MARKET, "PlanSet"), (PRICING, "RatesSet"), (PRICING, "CallPriceSet")}


def look(chain: Chain) -> None:
    """Tell what has become final on a chain since the last look; the first one tells nothing of what was before."""
    with alone(f"look-for-followers-{chain.pk}") as is_first:
        final = chain.final_block()
        if not is_first or final < 0:
            return
        begun = {"block_number": final, "adoption": _last_adoption(chain)}
        seen, is_new = FactsSeen.objects.get_or_create(chain=chain, defaults=begun)
        if not is_new:
            _tell_of_facts(chain, seen, final)
            _tell_of_listings(chain, seen, final)


def _last_adoption(chain: Chain) -> int:
    return Adoption.objects.filter(chain=chain).order_by("-pk").values_list("pk", flat=True).first() or 0


@transaction.atomic
def _tell_of_facts(chain: Chain, seen: FactsSeen, final: int) -> None:
    """Tell of new metadata and prices in the blocks after the last that was looked at."""
    # A chain that was begun anew is shorter than what was seen of it.
    first = min(seen.block_number, final) + 1
    until = min(final, first + MOST_BLOCKS)
    names = {LISTED[1], *(name for _contract, name in PRICES)}
    found = Event.objects.filter(chain=chain, block_number__gte=first, block_number__lte=until, name__in=names)
    events = list(found.order_by("block_number", "log_index"))
    listings = listings_on((chain.pk, str(event.args["modelId"])) for event in events)
    for event in events:
        listing = listings.get((chain.pk, str(event.args["modelId"])))
        if listing:
            _tell_of_event(chain, listing, event)
    FactsSeen.objects.filter(pk=seen.pk).update(block_number=until)


def _tell_of_event(chain: Chain, listing: Listing, event: Event) -> None:
    if (event.contract, event.name) == LISTED:
        for number in _versions(listing, str(event.args["metadata"])):
            data = {"listing": listing.name, "number": number}
            _tell(VERSION.name, Followed.MODEL, listing.name, f"{listing.name}@{number}", data, event.time)
    elif (event.contract, event.name) in PRICES:
        data = {"listing": listing.name, **_price(chain, event)}
        _tell(PRICE.name, Followed.MODEL, listing.name, f"{event.tx_hash}/{event.index}", data, event.time)


def _price(chain: Chain, event: Event) -> dict[str, Any]:
    """Return which plan has a new price, and the price where it is in the chain's coin: others had to be asked for."""
    if event.contract != MARKET:
        return {"plan": int(Plan.METERED), "price": "", "is_sold": True}
    price, is_coin = int(event.args["price"]), event.args["token"] == COIN
    is_sold = price != NOT_OFFERED
    amount = currency_of(chain, COIN).text(price) if is_sold and is_coin else ""
    return {"plan": int(event.args["plan"]), "price": amount, "is_sold": is_sold}


def _versions(listing: Listing, metadata: str) -> Iterator[str]:
    """Yield the number of the version that a metadata's address stands for, but the first: that is a new listing."""
    numbers = list(listing.versions.order_by("pk").values_list("number", "metadata_id"))
    yield from (number for number, cid in numbers[1:] if address_of(cid) == metadata)


@transaction.atomic
def _tell_of_listings(chain: Chain, seen: FactsSeen, final: int) -> None:
    """Tell of listings that were joined with a model on the chain, in their order, once that model is final."""
    new = Adoption.objects.filter(chain=chain, pk__gt=seen.adoption).select_related("listing__owner").order_by("pk")
    adoptions = list(new[:MOST_ADOPTIONS])
    models = OnchainListing.objects.filter(chain=chain, model_id__in=[each.model_id for each in adoptions])
    onchain = {each.model_id: each for each in models}
    for adoption in adoptions:
        model = onchain.get(adoption.model_id)
        if model is None or model.listed_block > final:
            break
        listing = adoption.listing
        data = {"listing": listing.name, "seller": listing.owner.name}
        key = f"{chain.pk}/{adoption.model_id}"
        _tell(LISTING.name, Followed.SELLER, listing.owner.name, key, data, adoption.created_at)
        seen.adoption = adoption.pk
    FactsSeen.objects.filter(pk=seen.pk).update(adoption=seen.adoption)


def _tell(kind: str, what: str, key: str, name: str, data: dict[str, Any], at: datetime) -> None:
    users = User.objects.filter(Following.objects.of_outer_user(what, key))
    notify_all(kind=kind, chosen=told_to(users, name, data, at))
