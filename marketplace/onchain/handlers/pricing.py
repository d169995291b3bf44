"""Turns the events of pricing into facts and folds. Only the indexer calls these."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from contracts.indexer.dispatch import fact, fold
from contracts.models import Chain, Event
from contracts.names import PRICING
from marketplace.onchain.models.pricing import DemandFact, OnchainPricing, OnchainRates

from .records import record_of


@fact(PRICING, "DemandMoved")
def demand(event: Event) -> Iterator[DemandFact]:
    """Sales moved the price of the next ones."""
    args = event.args
    yield DemandFact(**record_of(event), model_id=args["modelId"], old=args["oldMul"], new=args["newMul"])


@fold("pricing", Pricing={"PricingSet": lambda args: args["modelId"]})
def fold_pricing(chain: Chain, key: str, events: Sequence[Event]) -> None:
    """Write how a model is priced, as its seller set it last. ``key`` is the model id."""
    OnchainPricing.objects.filter(chain=chain, model_id=key).delete()
    if not events:
        return
    last = events[-1]
    args = last.args
    OnchainPricing.objects.create(
        chain=chain,
        model_id=key,
        target=args["target"],
        floor_bps=args["floorBps"],
        cap_bps=args["capBps"],
        premium_bps=args["premiumBps"],
        tiers=[[tier["from"], tier["discountBps"]] for tier in args["tiers"]],
        changed_block=last.block_number,
    )


@fold("rates", Pricing={"RatesSet": lambda args: f"{args['modelId']}:{args['token']}"})
def fold_rates(chain: Chain, key: str, events: Sequence[Event]) -> None:
    """Write a model's rates in one token, as the contract keeps them. ``key`` is ``model id:token``.

    Rates that are replaced before they were in force never are; until the new ones are, those before them hold.
    """
    model_id, _, token = key.partition(":")
    OnchainRates.objects.filter(chain=chain, model_id=model_id, token=token).delete()
    if not events:
        return
    made = OnchainRates(chain=chain, model_id=model_id, token=token)
    for event in events:
        # By the event's time and not the clock: the contract compared with its block's when it was called.
        if made.last_from is not None and made.last_from <= event.time:
            made.before_in, made.before_out = made.last_in, made.last_out
        made.last_in, made.last_out = event.args["inPerM"], event.args["outPerM"]
        # Needs no bound, unlike other times on chain: the contract sets it, ten minutes ahead of the block.
        made.last_from = datetime.fromtimestamp(event.args["from"], UTC)
    made.save()
