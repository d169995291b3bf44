"""Passes that were minted or moved."""

from __future__ import annotations

from django.db import models

from contracts.models import Fact, address_field, hash_field


class PassTransferFact(Fact):
    """Passes that were minted (``sender`` is the zero address) or moved; ``item`` counts the ids of one event."""

    item = models.PositiveSmallIntegerField(default=0)
    model_id = hash_field()
    sender = address_field()
    recipient = address_field()
    quantity = models.PositiveBigIntegerField()

    class Meta:
        # In place of Fact's own, which would refuse the second item of a batch.
        constraints = [
            models.UniqueConstraint(fields=["chain", "tx_hash", "index", "item"], name="passtransferfact_key_unique")
        ]
        indexes = [
            *Fact.Meta.indexes,
            models.Index(fields=["chain", "model_id", "recipient"], name="pass_transfer_recipient"),
            models.Index(fields=["chain", "model_id", "sender"], name="pass_transfer_sender"),
        ]
