"""What the chain says of the escrow: deposits, the keys that payers authorised, and what they ask to have back.

A payer's balance is the tally ``escrow`` of ``payer:token``; what a key has spent the tally ``spent`` of ``payer:key``.
Only the indexer writes these tables (``handlers/escrow.py``).
"""

from __future__ import annotations

from django.db import models

from common.fields import WeiField
from contracts.models import Chain, Fact, address_field, hash_field


class DepositFact(Fact):
    """What somebody, ``sender``, added to a payer's balance."""

    payer = address_field()
    token = address_field()
    amount = WeiField()
    sender = address_field()

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "payer"], name="deposit_payer")]


class EscrowKey(models.Model):
    """The fold of a key's authorisation. ``valid_until`` is in seconds since 1970, as the contract has it.

    A key that was revoked before anything was authorised has no token and no ceiling.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    payer = address_field()
    key_id = hash_field()
    token = address_field(blank=True)
    ceiling = WeiField(default=0)
    # A number and not a time: the contract takes any uint64, and datetime ends with the year 9999.
    valid_until = WeiField(default=0)
    is_revoked = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "payer", "key_id"], name="escrow_key_unique")]

    def __str__(self) -> str:
        return f"{self.key_id} of {self.payer}"


class EscrowRequest(models.Model):
    """The fold of what a payer asks to have back in a token; nothing where it asks for nothing.

    From ``ready_at``, in seconds since 1970, it can be drawn.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    payer = address_field()
    token = address_field()
    amount = WeiField()
    ready_at = WeiField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "payer", "token"], name="escrow_request_unique")]

    def __str__(self) -> str:
        return f"{self.amount} for {self.payer}"


class ChargeFact(Fact):
    """Metered use that the escrow has settled into a model's bucket; ``amount`` includes ``fee``."""

    payer = address_field()
    key_id = hash_field()
    model_id = hash_field()
    token = address_field()
    amount = WeiField()
    fee = WeiField()
    day = models.PositiveIntegerField()
    split_hash = hash_field()

    class Meta(Fact.Meta):
        indexes = [
            *Fact.Meta.indexes,
            models.Index(fields=["chain", "model_id", "day"], name="charge_model"),
            models.Index(fields=["payer", "key_id"], name="charge_payer"),
        ]
