"""Purchases, and what became of the money: splits, distributions, credits, referrals, holds."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.indexer.dispatch import fact
from contracts.indexer.records import record_of
from contracts.models import Event
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
def purchase(event: Event) -> Iterator[PurchaseFact]:
    """Somebody bought access."""
    yield purchase_of(event)


def purchase_of(event: Event) -> PurchaseFact:
    """Return the fact of an ``AccessPurchased``."""
    # Apart from its handler, because the fold of returns reads the same event.
    args, bought = event.args, event.args["p"]
    return PurchaseFact(
        **record_of(event),
        model_id=args["modelId"],
        buyer=args["buyer"],
        ref=args["ref"],
        recipient=bought["recipient"],
        referrer=bought["referrer"],
        plan=bought["plan"],
        quantity=bought["quantity"],
        token=bought["token"],
        paid=bought["paid"],
        fee=bought["fee"],
        maturity_day=bought["maturityDay"],
        split_hash=bought["splitHash"],
    )


@fact(SPLITTER, "SplitSet")
def split(event: Event) -> Iterator[SplitFact]:
    """A seller named who shares the later sales."""
    args = event.args
    yield SplitFact(
        **record_of(event),
        model_id=args["modelId"],
        split_hash=args["splitHash"],
        recipients=args["recipients"],
        bps=args["bps"],
    )


@fact(SPLITTER, "Distributed")
def distribution(event: Event) -> Iterator[DistributionFact]:
    """Somebody distributed a matured bucket."""
    args = event.args
    yield DistributionFact(
        **record_of(event),
        model_id=args["modelId"],
        token=args["token"],
        day=args["day"],
        split_hash=args["splitHash"],
        amount=args["amount"],
    )


@fact(SPLITTER, "Credited")
def credit(event: Event) -> Iterator[CreditFact]:
    """An account was credited."""
    yield CreditFact(**record_of(event), **event.args)


@fact(SPLITTER, "Withdrawn")
def withdrawal(event: Event) -> Iterator[WithdrawalFact]:
    """An account drew its credit."""
    yield WithdrawalFact(**record_of(event), **event.args)


@fact(SPLITTER, "Referred")
def referral(event: Event) -> Iterator[ReferralFact]:
    """A referrer's part was put aside."""
    args = event.args
    yield ReferralFact(
        **record_of(event),
        referrer=args["referrer"],
        model_id=args["modelId"],
        token=args["token"],
        day=args["day"],
        amount=args["amount"],
    )


@fact(SPLITTER, "Held")
def hold(event: Event) -> Iterator[HoldFact]:
    """A disputed sale left its bucket."""
    yield _hold(event, is_release=False)


@fact(SPLITTER, "Released")
def release(event: Event) -> Iterator[HoldFact]:
    """A disputed sale went into a bucket again."""
    yield _hold(event, is_release=True)


def _hold(event: Event, is_release: bool) -> HoldFact:
    args = event.args
    return HoldFact(
        **record_of(event),
        model_id=args["modelId"],
        token=args["token"],
        day=args["day"],
        split_hash=args["splitHash"],
        amount=args["amount"],
        is_release=is_release,
    )


@fact(SPLITTER, "ReferralDistributed")
def referral_distribution(event: Event) -> Iterator[ReferralDistributionFact]:
    """Somebody distributed a matured bucket of a referrer's."""
    yield ReferralDistributionFact(**record_of(event), **event.args)
