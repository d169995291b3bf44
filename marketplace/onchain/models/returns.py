"""What became of purchases that were taken back: refunded, or disputed and ruled upon. Only the indexer writes it."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import WeiField
from contracts.models import Chain, address_field, hash_field

from .listings import Plan

RETURNS = "returns"  # the fold of a buyer's purchases of a model: its key is ``model id:buyer``


class Stage(models.TextChoices):
    """How far it went."""

    REFUNDED = "refunded", _("refunded")
    DISPUTED = "disputed", _("disputed")
    FOR_BUYER = "for-buyer", _("ruled for the buyer")
    FOR_SELLER = "for-seller", _("ruled for the seller")


class PurchaseReturnQuerySet(models.QuerySet["PurchaseReturn"]):
    """Reads of returns."""

    def open_disputes(self) -> PurchaseReturnQuerySet:
        """Return the disputes that wait for a ruling, the most pressing first."""
        return self.filter(stage=Stage.DISPUTED).order_by("rule_by", "pk")

    def seen_by(self, address: str) -> PurchaseReturnQuerySet:
        """Return those in which the address is the buyer, the holder of what was bought, or the seller."""
        # A model's id begins with its seller's address, so the index on it answers without a join.
        return self.filter(Q(buyer=address) | Q(recipient=address) | Q(model_id__startswith=address))


class PurchaseReturn(models.Model):
    """The fold of one purchase that was taken back; amounts are units of ``token``.

    ``purchase_tx`` and ``purchase_index`` are the natural key of its purchase. ``by`` refunded it or ruled; ``reason``
    is what they wrote with it. ``evidence`` is a CID, and ``receipt`` names a dispute; both are empty for refunds.
    ``answer`` is the CID that the seller answered with on chain. ``taken_until`` and ``ruled_until`` are when the
    subscription ended by what took it and gave it back, None where the contract did not say, as its first version.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    purchase_tx = hash_field()
    purchase_index = models.PositiveIntegerField()
    ref = hash_field()
    model_id = hash_field()
    buyer = address_field()
    recipient = address_field()
    plan = models.PositiveSmallIntegerField(choices=Plan)
    quantity = models.PositiveBigIntegerField()
    token = address_field()
    paid = WeiField()
    split_hash = hash_field()
    maturity_day = models.PositiveIntegerField()
    stage = models.CharField(max_length=16, choices=Stage)
    receipt = hash_field(blank=True)
    evidence = models.CharField(max_length=100, blank=True)
    rule_by = models.DateTimeField(null=True)
    answer = models.CharField(max_length=100, blank=True, default="", db_default="")
    taken_until = models.DateTimeField(null=True)
    ruled_until = models.DateTimeField(null=True)
    by = address_field(blank=True)
    reason = models.CharField(max_length=100, blank=True)
    taken_tx = hash_field()
    taken_block = models.PositiveBigIntegerField()
    taken_log = models.PositiveIntegerField()
    taken_at = models.DateTimeField()
    ruled_tx = hash_field(blank=True)
    ruled_block = models.PositiveBigIntegerField(null=True)
    ruled_log = models.PositiveIntegerField(null=True)
    ruled_at = models.DateTimeField(null=True)

    objects = PurchaseReturnQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "purchase_tx", "purchase_index"], name="purchase_return_unique"),
        ]
        indexes = [
            models.Index(fields=["chain", "model_id", "buyer"], name="return_buyer"),
            models.Index(fields=["chain", "recipient"], name="return_recipient"),
            # Partial, because few of all returns are open and only those are listed by this.
            models.Index(fields=["rule_by"], name="return_open", condition=Q(stage="disputed")),
            # Not unique: two equal purchases of one day have one receipt.
            models.Index(fields=["receipt"], name="return_receipt", condition=~Q(receipt="")),
        ]

    def __str__(self) -> str:
        return f"{self.purchase_tx}: {self.get_stage_display()}"

    @property
    def seller(self) -> str:
        """Who sold it: a model's id begins with its seller's address."""
        return self.model_id[:42]

    @property
    def purchase(self) -> tuple[str, int]:
        """The transaction of its purchase, and the index in there."""
        return self.purchase_tx, self.purchase_index

    @property
    def is_the_sellers(self) -> bool:
        """Whether the seller's side has the money after all."""
        return self.stage == Stage.FOR_SELLER

    @property
    def is_disputed(self) -> bool:
        """Whether it waits for a ruling."""
        return self.stage == Stage.DISPUTED

    @property
    def is_paid_back(self) -> bool:
        """Whether the buyer was credited with what it paid."""
        return self.stage in (Stage.REFUNDED, Stage.FOR_BUYER)

    @property
    def last_tx(self) -> str:
        """The transaction that made it what it is."""
        return self.ruled_tx or self.taken_tx

    @property
    def last_at(self) -> datetime:
        """When that was."""
        return self.ruled_at or self.taken_at

    @property
    def last_block(self) -> int:
        """The block of that transaction."""
        return self.taken_block if self.ruled_block is None else self.ruled_block

    def is_late(self, now: datetime) -> bool:
        """Whether the time for a ruling is over, so that anybody may close the dispute: for the seller if answered."""
        return self.is_disputed and self.rule_by is not None and self.rule_by < now
