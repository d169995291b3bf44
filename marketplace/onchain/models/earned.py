"""What the chain says of money that is earned otherwise than by a sale: charges for use, and referrers' parts paid out.

Only the indexer writes these tables (``selling_handlers.py``).
"""

from __future__ import annotations

from django.db import models

from common.fields import WeiField
from contracts.models import Fact, address_field, hash_field


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
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "model_id", "day"], name="charge_model")]


class ReferralDistributionFact(Fact):
    """A matured bucket of a referrer's that was credited to it."""

    referrer = address_field()
    token = address_field()
    day = models.PositiveIntegerField()
    amount = WeiField()

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "referrer"], name="referral_distribution_who")]
