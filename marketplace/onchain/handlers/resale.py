"""Turns the events of resale into facts and folds. Only the indexer calls these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from contracts.indexer.dispatch import fact, fold
from contracts.models import Chain, Event
from contracts.names import PASS
from marketplace.onchain.models.resale import OnchainOffer, ResaleFact

from .records import model_of_pass, record_of


def _offer(args: dict[str, Any]) -> str:
    return f"{model_of_pass(args['id'])}:{args['holder']}"


@fact(PASS, "Resold")
def resale(event: Event) -> Iterator[ResaleFact]:
    """Passes were resold."""
    given = {name: value for name, value in event.args.items() if name != "id"}
    yield ResaleFact(**record_of(event), **given, model_id=model_of_pass(event.args["id"]))


@fold("offer", AccessPass=dict.fromkeys(("Offered", "OfferWithdrawn", "Resold"), _offer))
def fold_offer(chain: Chain, key: str, events: Sequence[Event]) -> None:
    """Write what is left of a holder's offer. ``key`` is ``model id:holder``; a later offer replaces the earlier."""
    model_id, _, holder = key.partition(":")
    OnchainOffer.objects.filter(chain=chain, model_id=model_id, holder=holder).delete()
    offer: dict[str, Any] = {}
    left = 0
    for event in events:
        if event.name == "Offered":
            offer = event.args["offer"]
            left = offer["quantity"]
        else:
            # The contract emits no ``OfferWithdrawn`` when a resale takes the last pass of an offer.
            left = left - event.args["quantity"] if event.name == "Resold" else 0
    if left:
        OnchainOffer.objects.create(
            chain=chain,
            model_id=model_id,
            holder=holder,
            token=offer["token"],
            quantity=left,
            unit_price=offer["unitPrice"],
            royalty_bps=offer["royaltyBps"],
            deadline=offer["deadline"],
            changed_block=events[-1].block_number,
        )
