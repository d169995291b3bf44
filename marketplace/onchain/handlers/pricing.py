"""Turns the events of pricing into facts and folds. Only the indexer calls these."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from contracts.indexer.dispatch import fact
from contracts.indexer.folding import RowFold, fold
from contracts.indexer.records import DecodedEvent, FactRow, fact_row
from contracts.names import PRICING
from marketplace.onchain.models.pricing import DemandFact, OnchainCallPrice, OnchainPricing, OnchainRates


@fact(PRICING, "DemandMoved")
def demand(event: DecodedEvent) -> Iterator[FactRow]:
    """Sales moved the price of the next ones."""
    args = event.args
    yield fact_row(DemandFact, event, model_id=args["modelId"], old=args["oldMul"], new=args["newMul"])


@fold("pricing", Pricing={"PricingSet": lambda args: args["modelId"]})
class PricingFold(RowFold):
    """How a model is priced, as its seller set it last. The key is the model id."""

    model, named_by = OnchainPricing, ("model_id",)

    def step(self, event: DecodedEvent) -> None:
        """The last one holds."""
        args = event.args
        self.state = {
            "target": args["target"],
            "floor_bps": args["floorBps"],
            "cap_bps": args["capBps"],
            "premium_bps": args["premiumBps"],
            "tiers": [[tier["from"], tier["discountBps"]] for tier in args["tiers"]],
            "changed_block": event.block_number,
        }


@fold("rates", Pricing={"RatesSet": lambda args: f"{args['modelId']}:{args['token']}"})
class RatesFold(RowFold):
    """A model's rates in one token, as the contract keeps them. The key is ``model id:token``.

    Rates that are replaced before they were in force never are; until the new ones are, those before them hold.
    """

    model, named_by = OnchainRates, ("model_id", "token")

    def step(self, event: DecodedEvent) -> None:
        """Compare with the event's time and not the clock, as the contract did with its block's when it was called."""
        last, args = self.state, event.args
        if last and last["last_from"] <= event.time.timestamp():
            last |= {"before_in": last["last_in"], "before_out": last["last_out"]}
        last |= {"last_in": args["inPerM"], "last_out": args["outPerM"], "last_from": args["from"]}

    def row(self) -> dict[str, Any]:
        """Give the time as the database has it."""
        # Needs no bound, unlike other times on chain: the contract sets it, ten minutes ahead of the block.
        return {**self.state, "last_from": datetime.fromtimestamp(self.state["last_from"], UTC)}


@fold("call-price", Pricing={"CallPriceSet": lambda args: args["modelId"]})
class CallPriceFold(RowFold):
    """What a call of a model costs. The key is the model id; when it comes into force is as with rates."""

    model, named_by = OnchainCallPrice, ("model_id",)

    def step(self, event: DecodedEvent) -> None:
        """Compare with the event's time and not the clock, as the contract did with its block's when it was called."""
        last, args = self.state, event.args
        if last and last["last_from"] <= event.time.timestamp():
            last |= {"before_token": last["last_token"], "before_price": last["last_price"]}
        last |= {"last_token": args["token"], "last_price": args["price"], "last_from": args["from"]}

    def row(self) -> dict[str, Any]:
        """Give the time as the database has it."""
        return {**self.state, "last_from": datetime.fromtimestamp(self.state["last_from"], UTC)}
