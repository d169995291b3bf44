"""Where the fees went, what left the treasury, and the bonus pool."""

from __future__ import annotations

from django.db import models

from common.fields import WeiField
from contracts.models import Fact, address_field, hash_field


class FeeReleaseFact(Fact):
    """The fee vault divided what it had of a token; the parts add up to ``amount``."""

    token = address_field()
    amount = WeiField()
    stakers = WeiField()
    bonus = WeiField()
    treasury = WeiField()


class SpendingFact(Fact):
    """Something left the treasury by a batch that it executed; the transaction is that of its proposal's execution."""

    asset = address_field()
    amount = WeiField()

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "asset"], name="spending_asset")]


class OperationFact(Fact):
    """One call of a batch that the timelock has scheduled, or executed; ``operation`` is the batch's id there.

    ``due_at`` is when a scheduled one can be executed first.
    """

    operation = hash_field()
    position = models.PositiveIntegerField()
    is_executed = models.BooleanField()
    target = address_field()
    value = WeiField()
    data = models.TextField()
    due_at = models.DateTimeField(null=True)

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "operation"], name="operation_id")]


class AssetFact(Fact):
    """An asset came under the treasury's caps, or left them."""

    asset = address_field()
    is_listed = models.BooleanField()


class BonusFact(Fact):
    """The bonus pool received coin, was told an epoch's root, or paid a seller.

    A payment has ``epoch``, ``model_id``, ``account`` and ``amount``; a root ``epoch``, ``root`` and ``cid``; what came
    in ``account`` and ``amount``.
    """

    kind = models.CharField(max_length=16)  # the event's name
    epoch = WeiField(default=0)  # the DAO may name any uint256
    model_id = hash_field(blank=True)
    account = address_field(blank=True)
    amount = WeiField(default=0)
    root = hash_field(blank=True)
    cid = models.TextField(blank=True)

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "kind", "epoch"], name="bonus_epoch")]
