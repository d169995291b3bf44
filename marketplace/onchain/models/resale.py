"""What the chain says of passes that change hands again: offers as they stand, and each resale.

Only the indexer writes these tables (``handlers/resale.py``).
"""

from __future__ import annotations

from django.db import models

from common.fields import WeiField
from contracts.models import Chain, Fact, address_field, hash_field


class OnchainOffer(models.Model):
    """The fold of what a holder offers of a model's passes; nothing where nothing is left of it.

    ``unit_price`` is in smallest units of ``token``, ``deadline`` in seconds since 1970, as the contract has it.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    model_id = hash_field()
    holder = address_field()
    token = address_field()
    quantity = models.PositiveBigIntegerField()
    unit_price = WeiField()
    royalty_bps = models.PositiveSmallIntegerField()
    deadline = WeiField()
    changed_block = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "model_id", "holder"], name="onchain_offer_unique")]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.model_id} by {self.holder}"


class ResaleFact(Fact):
    """Passes that were resold; ``price`` in all includes ``royalty``, the model's seller's part of it."""

    model_id = hash_field()
    holder = address_field()
    buyer = address_field()
    recipient = address_field()
    token = address_field()
    quantity = models.PositiveBigIntegerField()
    price = WeiField()
    royalty = WeiField()

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "model_id"], name="resale_model")]
