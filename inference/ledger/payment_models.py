"""Calls that are paid one by one, each by a signature of its payer's, past any account."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.fields import WeiField
from contracts.models import address_field, hash_field


class CallPayment(models.Model):
    """What somebody signed to pay one call with: once it is final on chain, a right to one call of that model.

    ``nonce`` is what the escrow knows it by; ``salt``, ``ends`` and ``signature`` are what it is brought with. ``call``
    runs by it, or did last; ``used_at`` is when something of its answer had been handed over, which ends the right.
    ``gas`` is the limit of the transaction that brings it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    chain_id = models.PositiveBigIntegerField()
    token = address_field()
    payer = address_field()
    nonce = hash_field()
    model_id = hash_field()
    listing = models.CharField(max_length=193)
    amount = WeiField()
    salt = hash_field()
    ends = models.PositiveBigIntegerField()
    signature = models.CharField(max_length=132)
    gas = models.PositiveBigIntegerField()
    tx_hash = hash_field(blank=True)
    call = models.UUIDField(null=True)
    paid_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payer", "nonce", "chain_id"], name="call_payment_once"),
            models.CheckConstraint(condition=Q(used_at=None) | Q(paid_at__isnull=False), name="call_payment_is_paid"),
        ]
        indexes = [models.Index(fields=["chain_id", "created_at"], name="call_payment_lately")]

    def __str__(self) -> str:
        return self.business_id

    @property
    def business_id(self) -> str:
        """What its transaction is for, for ever."""
        return f"call-payment:{self.pk}"
