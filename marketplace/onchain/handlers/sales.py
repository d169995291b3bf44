"""Purchases, and what became of the money: splits, distributions, credits, referrals, holds."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.indexer.dispatch import fact
from contracts.indexer.records import DecodedEvent, FactRow, fact_row
from contracts.names import MARKET, SPLITTER
from marketplace.onchain.models.sales import (
    CreditFact,
    DistributionFact,
    HoldFact,
    PurchaseFact,
    ReferralDistributionFact,
    ReferralFact,
    SplitFact,
    WithdrawalFact,
)


@fact(MARKET, "AccessPurchased")
def purchase(event: DecodedEvent) -> Iterator[FactRow]:
    """Somebody bought access."""
    yield purchase_of(event)


def purchase_of(event: DecodedEvent) -> FactRow:
    """Return the fact of an ``AccessPurchased``."""
    # Apart from its handler, because the fold of returns reads the same event.
    args, bought = event.args, event.args["p"]
    return fact_row(
        PurchaseFact,
        event,
        model_id=args["modelId"],
        buyer=args["buyer"],
        ref=args["ref"],
        recipient=bought["recipient"],
        referrer=bought["referrer"],
        plan=bought["plan"],
        quantity=bought["quantity"],
        token=bought["token"],
        # In units of ``token``, the fee within it: what the seller's side gets is the difference.
        paid=bought["paid"],
        fee=bought["fee"],
        # The day, since 1970, at whose end it cannot be refunded any more: said by the contract, never reckoned here.
        maturity_day=bought["maturityDay"],
        # Money of one day is apart by who shares it: a later split must not reach what was sold before.
        split_hash=bought["splitHash"],
    )


@fact(SPLITTER, "SplitSet")
def split(event: DecodedEvent) -> Iterator[FactRow]:
    """A seller named who shares the later sales."""
    args = event.args
    yield fact_row(
        SplitFact,
        event,
        model_id=args["modelId"],
        split_hash=args["splitHash"],
        recipients=args["recipients"],
        bps=args["bps"],
    )


@fact(SPLITTER, "Distributed")
def distribution(event: DecodedEvent) -> Iterator[FactRow]:
    """Somebody distributed a matured bucket."""
    args = event.args
    yield fact_row(
        DistributionFact,
        event,
        model_id=args["modelId"],
        token=args["token"],
        day=args["day"],
        split_hash=args["splitHash"],
        amount=args["amount"],
    )


@fact(SPLITTER, "Credited")
def credit(event: DecodedEvent) -> Iterator[FactRow]:
    """An account was credited."""
    yield fact_row(CreditFact, event, **event.args)


@fact(SPLITTER, "Withdrawn")
def withdrawal(event: DecodedEvent) -> Iterator[FactRow]:
    """An account drew its credit."""
    yield fact_row(WithdrawalFact, event, **event.args)


@fact(SPLITTER, "Referred")
def referral(event: DecodedEvent) -> Iterator[FactRow]:
    """A referrer's part was put aside."""
    args = event.args
    yield fact_row(
        ReferralFact,
        event,
        referrer=args["referrer"],
        model_id=args["modelId"],
        token=args["token"],
        day=args["day"],
        amount=args["amount"],
    )


@fact(SPLITTER, "Held")
def hold(event: DecodedEvent) -> Iterator[FactRow]:
    """A disputed sale left its bucket."""
    yield _hold(event, is_release=False)


@fact(SPLITTER, "Released")
def release(event: DecodedEvent) -> Iterator[FactRow]:
    """A disputed sale went into a bucket again."""
    yield _hold(event, is_release=True)


def _hold(event: DecodedEvent, is_release: bool) -> FactRow:
    args = event.args
    return fact_row(
        HoldFact,
        event,
        model_id=args["modelId"],
        token=args["token"],
        day=args["day"],
        split_hash=args["splitHash"],
        amount=args["amount"],
        is_release=is_release,
    )


@fact(SPLITTER, "ReferralDistributed")
def referral_distribution(event: DecodedEvent) -> Iterator[FactRow]:
    """Somebody distributed a matured bucket of a referrer's."""
    yield fact_row(ReferralDistributionFact, event, **event.args)
