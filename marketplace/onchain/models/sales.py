"""Purchases, and where the money of a sale goes."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef

from common.fields import WeiField
from contracts.models import Fact, address_field, hash_field

from .listings import Plan
from .returns import PurchaseReturn, Stage


class PurchaseQuerySet(models.QuerySet["PurchaseFact"]):
    """Reads of purchases."""

    def kept(self) -> PurchaseQuerySet:
        """Leave out what was paid back, or waits in a dispute: it is not the seller's side's, or not yet again."""
        return self.exclude(_taken_back())

    def with_kept(self) -> PurchaseQuerySet:
        """Say of each, as ``is_kept``, whether ``kept`` would leave it."""
        return self.annotate(is_kept=~_taken_back())


def _taken_back() -> Exists:
    # By natural key, because no foreign key may point at a fact.
    same = {"chain": OuterRef("chain"), "purchase_tx": OuterRef("tx_hash"), "purchase_index": OuterRef("index")}
    return Exists(PurchaseReturn.objects.filter(**same).exclude(stage=Stage.FOR_SELLER))


class PurchaseFact(Fact):
    """A purchase. ``paid`` includes ``fee``, both in smallest units of ``token``.

    It can be refunded through ``maturity_day``, in days since 1970. ``ref`` is the mark that the buyer's order carried.
    """

    model_id = hash_field()
    buyer = address_field()
    recipient = address_field()
    referrer = address_field()
    ref = hash_field()
    plan = models.PositiveSmallIntegerField(choices=Plan)
    quantity = models.PositiveBigIntegerField()
    token = address_field()
    paid = WeiField()
    fee = WeiField()
    maturity_day = models.PositiveIntegerField()
    split_hash = hash_field()

    objects = PurchaseQuerySet.as_manager()

    class Meta(Fact.Meta):
        indexes = [
            *Fact.Meta.indexes,
            # By it every order, wherever it is listed, finds what paid it.
            models.Index(fields=["chain", "ref"], name="purchase_ref"),
            models.Index(fields=["chain", "model_id", "recipient"], name="purchase_recipient"),
            models.Index(fields=["chain", "buyer"], name="purchase_buyer"),
        ]


class SplitFact(Fact):
    """A list of who shares a model's later sales, each with a part in 1/10,000; buckets name it by its hash."""

    model_id = hash_field()
    split_hash = hash_field()
    recipients = ArrayField(address_field())
    bps = ArrayField(models.PositiveSmallIntegerField())

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "model_id"], name="split_model")]


class DistributionFact(Fact):
    """A matured bucket that was credited to those it belongs to; ``amount`` includes the fee."""

    model_id = hash_field()
    token = address_field()
    day = models.PositiveIntegerField()
    split_hash = hash_field()
    amount = WeiField()

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "model_id", "day"], name="distribution_model")]


class CreditFact(Fact):
    """What an account may withdraw more than before."""

    account = address_field()
    token = address_field()
    amount = WeiField()

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "account", "token"], name="credit_account")]


class WithdrawalFact(Fact):
    """What an account has withdrawn."""

    account = address_field()
    token = address_field()
    amount = WeiField()

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "account", "token"], name="withdrawal_account")]


class ReferralFact(Fact):
    """A referrer's part of one sale's fee, or, with a dispute ruled for the seller, the same part once more."""

    referrer = address_field()
    model_id = hash_field()
    token = address_field()
    day = models.PositiveIntegerField()
    amount = WeiField()

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "referrer", "token"], name="referral_referrer")]


class HoldFact(Fact):
    """A disputed sale that left its bucket, or, ``is_release``, went into the bucket of ``day`` after its ruling."""

    model_id = hash_field()
    token = address_field()
    day = models.PositiveIntegerField()
    split_hash = hash_field()
    amount = WeiField()
    is_release = models.BooleanField()

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "model_id", "day"], name="hold_model")]


class ReferralDistributionFact(Fact):
    """A matured bucket of a referrer's that was credited to it."""

    referrer = address_field()
    token = address_field()
    day = models.PositiveIntegerField()
    amount = WeiField()

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "referrer"], name="referral_distribution_who")]
