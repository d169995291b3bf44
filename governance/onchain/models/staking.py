"""Stakes, and the stream of rewards."""

from __future__ import annotations

from django.db import models

from common.fields import WeiField
from contracts.models import Chain, Fact, address_field

STAKED, LEAVING = "staked", "leaving"  # tallies by account, in the smallest unit of LATTICE


class Move(models.TextChoices):
    """What was done with a stake; the event's name."""

    STAKED = "Staked"
    UNSTAKED = "Unstaked"
    RESTAKED = "Restaked"
    WITHDRAWN = "Withdrawn"


class StakeFact(Fact):
    """An account changed its stake by ``amount``.

    ``staked`` is what is staked after it, 0 for a withdrawal; ``free_at`` is when all that is leaving can be withdrawn,
    which only taking a stake back says.
    """

    account = address_field()
    move = models.CharField(max_length=16, choices=Move)
    amount = WeiField()
    staked = WeiField()
    free_at = models.DateTimeField(null=True)

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "account"], name="stake_account")]


class RewardFact(Fact):
    """Coin came to the stakers, from ``account``, or was claimed by it for ``recipient``."""

    account = address_field()
    recipient = address_field(blank=True)
    is_claim = models.BooleanField()
    amount = WeiField()

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "account"], name="reward_account")]


class StreamPoint(models.Model):
    """The fold of the stream of rewards just after an event: in the terms of LatticeStaking.

    ``per_unit`` is what one staked unit has earned since the beginning, in 2^-128 wei; ``streaming`` is what is left
    for this week, ``waiting`` what came for the next; ``total`` is all that is staked. ``as_of`` is in seconds since
    1970.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    block_number = models.PositiveBigIntegerField()
    log_index = models.PositiveIntegerField()
    as_of = models.PositiveBigIntegerField()
    per_unit = WeiField()
    streaming = WeiField()
    waiting = WeiField()
    total = WeiField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "block_number", "log_index"], name="stream_point_unique"),
        ]
        indexes = [
            models.Index(fields=["chain", "-as_of", "-block_number", "-log_index"], name="stream_point_time"),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id}/{self.block_number}/{self.log_index}"
