"""What the protocol's own contracts were told: parameters, tokens, roles, names, anchors. Only the indexer writes it.

A fact is one change, a fold what holds now.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models

from common.fields import WeiField

from .chains import Chain, Fact, address_field, hash_field

PAUSED_UNTIL = "pausedUntil"  # the key under which the market's pause stands among the parameters


class Parameter(models.Model):
    """A parameter of the protocol as the chain last set it: a fold of ``ParameterSet``."""

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE)
    key = models.CharField(max_length=32)
    value = WeiField()
    block_number = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "key"], name="parameter_key_unique")]

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"


class AcceptedToken(models.Model):
    """An ERC-20 token as the market was last told to treat it: a fold of ``TokenSet``. The coin needs no row.

    ``weight`` is how many wei of coin 1e18 smallest units of its fees count as in ratings.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    address = address_field()
    accepted = models.BooleanField()
    weight = WeiField()
    block_number = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "address"], name="accepted_token_unique")]

    def __str__(self) -> str:
        return self.address


class ParameterFact(Fact):
    """A parameter was set; the first time from 0."""

    key = models.CharField(max_length=32)
    old_value = WeiField()
    new_value = WeiField()

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "key"], name="parameterfact_key")]


class RoleFact(Fact):
    """An account was given a role, or lost it.

    ``contract`` keeps the role: the AccessManager, which numbers them, or the Treasury, which hashes their names.
    ``delay`` is what the AccessManager makes the account wait between scheduling a call and making it, in seconds;
    ``since`` is when the role begins.
    """

    contract = models.CharField(max_length=64)
    role = models.CharField(max_length=66)
    account = address_field()
    is_granted = models.BooleanField()
    # In seconds. The Treasury has none of its own for roles.
    delay = models.PositiveBigIntegerField(default=0)
    since = models.DateTimeField()

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "account"], name="rolefact_account")]


class RoleMember(models.Model):
    """The fold of an account's role: a row while it has it.

    A delay that was lowered holds from ``delay_from`` on, and ``delay_before`` until then.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    contract = models.CharField(max_length=64)
    role = models.CharField(max_length=66)
    account = address_field()
    delay = models.PositiveBigIntegerField()
    delay_before = models.PositiveBigIntegerField()
    delay_from = models.DateTimeField()
    since = models.DateTimeField()
    changed_block = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "contract", "role", "account"], name="role_member_unique"),
        ]
        indexes = [models.Index(fields=["chain", "account"], name="role_member_account")]

    def __str__(self) -> str:
        return f"{self.account} has {self.role} of {self.contract}"

    def delay_at(self, time: datetime) -> int:
        """Return the delay that holds at a time, in seconds."""
        # Only a lowered one waits (the AccessManager lets nobody shorten a warning at once); a raised one holds now.
        return self.delay if self.delay_from <= time else self.delay_before


class FunctionRoleFact(Fact):
    """A function of a contract was put under a role, which is asked for where the function is restricted."""

    target = address_field()
    selector = models.CharField(max_length=10)
    role = models.CharField(max_length=66)


class FunctionRole(models.Model):
    """The fold of a function's role, as it was set last; one that was never set is the admin's."""

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    target = address_field()
    selector = models.CharField(max_length=10)
    role = models.CharField(max_length=66)
    changed_block = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "target", "selector"], name="function_role_unique")]

    def __str__(self) -> str:
        return f"{self.selector} of {self.target} is under {self.role}"


class RegistrationFact(Fact):
    """A name was bound to an address, or to another one; ``previous`` is the zero address the first time.

    ``current`` is the zero address where it was taken away. ``key`` is the name as the contract has it, which need not
    be text; ``name`` is for people.
    """

    key = hash_field()
    name = models.CharField(max_length=32)
    previous = address_field()
    current = address_field()

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "name"], name="registration_name")]


class AnchorFact(Fact):
    """A root of what is kept off chain was anchored. ``anchored`` is what kind of thing, as the contract names it."""

    anchored = hash_field()
    epoch = WeiField()  # the keeper may name any uint64
    root = hash_field()
    # Whatever the keeper wrote: the contract does not look at it, so it may be no CID at all.
    cid = models.TextField()

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "anchored", "epoch"], name="anchor_epoch")]
