"""What the chain says about models: facts, one an event, and folds, the state of one listing.

Only the indexer writes these tables (``event_handlers.py``). What people wrote refers to them by ``model_id`` or
``ref``, never by a foreign key.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.fields import WeiField
from contracts.models import Chain, Fact, address_field, hash_field

COIN = "0x" + "0" * 40  # the zero address, as a token, is the chain's coin
NOT_OFFERED = 2**256 - 1  # the price that takes a plan off its listing


class Plan(models.IntegerChoices):
    """How access is sold."""

    LASTING = 0, _("Lasting access")
    SUBSCRIPTION = 1, _("Subscription")
    METERED = 2, _("Metered use")


class ListingState(models.IntegerChoices):
    """What a listing's seller, or a moderator, has made of it."""

    LISTED = 1, _("For sale")
    PAUSED = 2, _("Paused by its seller")
    SUSPENDED = 3, _("Suspended")
    RETIRED = 4, _("Retired")


class OnchainListing(models.Model):
    """The fold of a model's listing. ``metadata`` is ``ipfs://<CID>``; ``split`` is [[address, bps], …].

    ``resale_royalty_bps`` is the seller's part of a resale. ``parent`` is the model id that it derives from, empty
    where none; its seller gets ``royalty_bps``, in 1/10,000. ``state`` is its seller's; until ``suspended_until`` a
    suspension covers it. ``access_list`` is the root of those who may buy, empty where everybody may.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    model_id = hash_field()
    seller = address_field(db_index=True)
    category = models.PositiveSmallIntegerField()
    metadata = models.CharField(max_length=256)
    state = models.PositiveSmallIntegerField(choices=ListingState)
    suspended_until = models.DateTimeField(null=True)
    split = models.JSONField(default=list)
    split_hash = hash_field(blank=True)
    parent = hash_field(blank=True)
    royalty_bps = models.PositiveSmallIntegerField(default=0)
    transfers_allowed = models.BooleanField(default=False)
    resale_allowed = models.BooleanField(default=False)
    resale_royalty_bps = models.PositiveSmallIntegerField(default=0)
    access_list = hash_field(blank=True)
    is_featured = models.BooleanField(default=False)
    listed_block = models.PositiveBigIntegerField()
    listed_at = models.DateTimeField()
    changed_block = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "model_id"], name="onchain_listing_key_unique")]
        indexes = [models.Index(fields=["metadata"], name="onchain_listing_metadata")]

    def __str__(self) -> str:
        return self.model_id

    @property
    def state_now(self) -> ListingState:
        """Its state at this moment: a suspension ends by itself, and no event tells of that."""
        covered = self.state in (ListingState.LISTED, ListingState.PAUSED)
        if covered and self.suspended_until and self.suspended_until > timezone.now():
            return ListingState.SUSPENDED
        return ListingState(self.state)


class OnchainPlan(models.Model):
    """One plan that a listing offers: ``price`` in units of ``token`` for a pass, or for a ``period`` in seconds."""

    listing = models.ForeignKey(OnchainListing, on_delete=models.CASCADE, related_name="plans")
    plan = models.PositiveSmallIntegerField(choices=Plan)
    token = address_field()
    price = WeiField()
    period = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "plan"], name="onchain_plan_key_unique")]
        ordering = ["plan"]

    def __str__(self) -> str:
        return str(self.get_plan_display())


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

    class Meta(Fact.Meta):
        indexes = [
            *Fact.Meta.indexes,
            models.Index(fields=["chain", "ref"], name="purchase_ref"),
            models.Index(fields=["chain", "model_id", "recipient"], name="purchase_recipient"),
            models.Index(fields=["chain", "buyer"], name="purchase_buyer"),
        ]


class PassTransferFact(Fact):
    """Passes that were minted (``sender`` is the zero address) or moved; ``item`` counts the ids of one event."""

    item = models.PositiveSmallIntegerField(default=0)
    model_id = hash_field()
    sender = address_field()
    recipient = address_field()
    quantity = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "tx_hash", "index", "item"], name="passtransferfact_key_unique")
        ]
        indexes = [
            *Fact.Meta.indexes,
            models.Index(fields=["chain", "model_id", "recipient"], name="pass_transfer_recipient"),
            models.Index(fields=["chain", "model_id", "sender"], name="pass_transfer_sender"),
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


class RatingFact(Fact):
    """A rating of 1 to 5, in the place of the rater's earlier one; zero voids it. ``weight`` is in wei of fees."""

    model_id = hash_field()
    rater = address_field()
    rating = models.PositiveSmallIntegerField()
    weight = WeiField()
    review = models.CharField(max_length=100, blank=True)

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "model_id", "rater"], name="rating_model")]
