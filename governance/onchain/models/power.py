"""LATTICE and what it votes with: transfers, locks, delegations, and power at every time."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from common.fields import WeiField
from contracts.models import Chain, Fact, address_field

BALANCE, LOCKED, POWER = "lattice", "lattice-locked", "power"  # tallies by account, in the smallest unit
TOTAL, ALL_POWER = "lattice-total", "power"  # the tally of sums over all accounts, and its key for their votes


class PowerQuerySet(models.QuerySet["PowerFact"]):
    """Reads of power."""

    def power_at(self, chain: Chain, account: str, time: datetime) -> int:
        """Return an account's votes as of a time, as ``getPastVotes`` tells them of every second that is over."""
        until = self.filter(chain=chain, account=account, time__lte=time)
        return until.order_by("-time", "-block_number", "-log_index").values_list("votes", flat=True).first() or 0


class TransferFact(Fact):
    """LATTICE moved; at the beginning from the zero address."""

    sender = address_field()
    recipient = address_field()
    amount = WeiField()

    class Meta(Fact.Meta):
        indexes = [
            *Fact.Meta.indexes,
            models.Index(fields=["chain", "sender", "block_number"], name="lattice_sender"),
            models.Index(fields=["chain", "recipient", "block_number"], name="lattice_recipient"),
        ]


class DelegationFact(Fact):
    """An account delegated its votes to another account."""

    delegator = address_field()
    previous = address_field()
    delegate = address_field()

    class Meta(Fact.Meta):
        indexes = [
            *Fact.Meta.indexes,
            models.Index(fields=["chain", "delegator"], name="delegation_delegator"),
            models.Index(fields=["chain", "delegate"], name="delegation_delegate"),
        ]


class OnchainDelegation(models.Model):
    """The fold of whom an account delegates to: a row from its first delegation on."""

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    delegator = address_field()
    delegate = address_field()
    changed_block = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "delegator"], name="delegator_unique")]
        indexes = [models.Index(fields=["chain", "delegate"], name="delegated_to")]

    def __str__(self) -> str:
        return f"{self.delegator} to {self.delegate}"


class PowerFact(Fact):
    """An account's votes changed to ``votes``, an absolute number: power at a time is the last one until then."""

    account = address_field()
    votes = WeiField()

    objects = PowerQuerySet.as_manager()

    class Meta(Fact.Meta):
        indexes = [
            *Fact.Meta.indexes,
            models.Index(fields=["chain", "account", "-time", "-block_number", "-log_index"], name="power_account"),
            models.Index(fields=["chain", "-votes"], name="power_largest"),
        ]
