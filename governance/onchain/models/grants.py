"""LATTICE that was given: vested to the contributors, claimed by early users, or by the faucet of a demonstration."""

from __future__ import annotations

from django.db import models

from common.fields import WeiField
from contracts.models import Fact, address_field


class VestingFact(Fact):
    """The vesting contract released a token; the zero address is the chain's coin."""

    token = address_field()
    amount = WeiField()


class BeneficiaryFact(Fact):
    """The vesting contract has another beneficiary."""

    previous = address_field()
    beneficiary = address_field()


class GrantFact(Fact):
    """LATTICE was claimed, given by the faucet, or, after the time to claim, swept into the treasury.

    ``kind`` is the event's name; ``position`` is that of a claim in the list that the root was made of.
    """

    kind = models.CharField(max_length=16)
    position = WeiField(default=0)
    account = address_field()
    amount = WeiField()

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "account"], name="grant_account")]
