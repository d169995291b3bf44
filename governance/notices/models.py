"""What people were told of the DAO already, and how far was looked."""

from __future__ import annotations

from django.db import models

from contracts.models import Chain

MOST_NAME = 100


class Look(models.Model):
    """How far a chain was looked at: the last vote, by its place, and the last of those who have signed up."""

    chain = models.OneToOneField(Chain, on_delete=models.CASCADE, related_name="+")
    block_number = models.PositiveBigIntegerField(default=0)
    log_index = models.BigIntegerField(default=-1)
    user = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.chain_id} until {self.block_number}"


class Told(models.Model):
    """That all whom it concerns were told ``what`` of a proposal, named by what no other one has (``name_of``)."""

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    proposal = models.CharField(max_length=MOST_NAME)
    what = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "proposal", "what"], name="told_once")]

    def __str__(self) -> str:
        return f"{self.proposal}: {self.what}"
