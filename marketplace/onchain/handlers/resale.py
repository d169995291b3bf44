"""Turns the events of resale into facts and folds. Only the indexer calls these."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.indexer.dispatch import fact
from contracts.indexer.folding import RowFold, fold
from contracts.indexer.records import DecodedEvent, FactRow, fact_row
from contracts.names import PASS
from marketplace.onchain.models.resale import OnchainOffer, ResaleFact

from .records import model_of_pass


def _offer(args: dict[str, Any]) -> str:
    return f"{model_of_pass(args['id'])}:{args['holder']}"


@fact(PASS, "Resold")
def resale(event: DecodedEvent) -> Iterator[FactRow]:
    """Passes were resold."""
    given = {name: value for name, value in event.args.items() if name != "id"}
    yield fact_row(ResaleFact, event, **given, model_id=model_of_pass(event.args["id"]))


@fold("offer", AccessPass=dict.fromkeys(("Offered", "OfferWithdrawn", "Resold"), _offer))
class OfferFold(RowFold):
    """What is left of a holder's offer. The key is ``model id:holder``; a later offer replaces the earlier."""

    model, named_by = OnchainOffer, ("model_id", "holder")

    def step(self, event: DecodedEvent) -> None:
        """The contract emits no ``OfferWithdrawn`` when a resale takes the last pass of an offer."""
        if event.name == "Offered":
            offer = event.args["offer"]
            self.state = {
                "token": offer["token"],
                "quantity": offer["quantity"],
                "unit_price": offer["unitPrice"],
                "royalty_bps": offer["royaltyBps"],
                "deadline": offer["deadline"],
            }
        left = self.state.get("quantity", 0)
        if event.name == "Resold":
            left -= event.args["quantity"]
        elif event.name == "OfferWithdrawn":
            left = 0
        self.state = {**self.state, "quantity": left, "changed_block": event.block_number} if left else {}
