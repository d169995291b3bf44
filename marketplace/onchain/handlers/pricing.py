"""Turns the events of pricing into facts and folds. Only the indexer calls these."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from contracts.indexer.dispatch import fact
from contracts.indexer.folding import Aggregate, fold
from contracts.indexer.records import record_of
from contracts.models import Event
from contracts.names import PRICING
from marketplace.onchain.models.pricing import DemandFact, OnchainPricing, OnchainRates


@fact(PRICING, "DemandMoved")
def demand(event: Event) -> Iterator[DemandFact]:
    """Sales moved the price of the next ones."""
    args = event.args
    yield DemandFact(**record_of(event), model_id=args["modelId"], old=args["oldMul"], new=args["newMul"])


@fold("pricing", Pricing={"PricingSet": lambda args: args["modelId"]})
class PricingFold(Aggregate):
    """How a model is priced, as its seller set it last. The key is the model id."""

    def step(self, event: Event) -> None:
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

    def save(self) -> None:
        """Write it, or remove it."""
        OnchainPricing.objects.filter(chain=self.chain, model_id=self.key).delete()
        if self.state:
            OnchainPricing.objects.create(chain=self.chain, model_id=self.key, **self.state)


@fold("rates", Pricing={"RatesSet": lambda args: f"{args['modelId']}:{args['token']}"})
class RatesFold(Aggregate):
    """A model's rates in one token, as the contract keeps them. The key is ``model id:token``.

    Rates that are replaced before they were in force never are; until the new ones are, those before them hold.
    """

    def step(self, event: Event) -> None:
        """Compare with the event's time and not the clock, as the contract did with its block's when it was called."""
        last, args = self.state, event.args
        if last and last["last_from"] <= event.time.timestamp():
            last |= {"before_in": last["last_in"], "before_out": last["last_out"]}
        last |= {"last_in": args["inPerM"], "last_out": args["outPerM"], "last_from": args["from"]}

    def save(self) -> None:
        """Write them, or remove them."""
        model_id, _, token = self.key.partition(":")
        OnchainRates.objects.filter(chain=self.chain, model_id=model_id, token=token).delete()
        if self.state:
            # Needs no bound, unlike other times on chain: the contract sets it, ten minutes ahead of the block.
            values = {**self.state, "last_from": datetime.fromtimestamp(self.state["last_from"], UTC)}
            OnchainRates.objects.create(chain=self.chain, model_id=model_id, token=token, **values)
