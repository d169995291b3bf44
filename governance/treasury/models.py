"""What the treasury really held at a block, as the chain itself answered."""

from __future__ import annotations

from django.db import models

from common.fields import WeiField
from contracts.models import Chain, address_field, hash_field


class TreasuryReading(models.Model):
    """An asset's balance at a block, in its smallest unit; the zero address is the coin. The newest one alone is kept.

    What is sent straight to the treasury leaves no event, so events alone do not tell what it holds.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    asset = address_field()
    balance = WeiField()
    block_number = models.PositiveBigIntegerField()
    block_hash = hash_field()
    made_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "asset"], name="treasury_reading_unique")]

    def __str__(self) -> str:
        return f"{self.asset} at {self.block_number}"
