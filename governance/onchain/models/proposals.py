"""Proposals, the votes on them, ballots that were relayed, the DAO's settings, and who may stop what."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import WeiField
from contracts.models import Chain, Fact, address_field, hash_field

GRACE = timedelta(days=14)  # to queue what succeeded, and to execute what is queued: LatticeGovernor's


class Support(models.IntegerChoices):
    """What a ballot says, as OpenZeppelin's GovernorCountingSimple numbers it."""

    AGAINST = 0, _("against")
    FOR = 1, _("for")
    ABSTAIN = 2, _("abstain")


class ProposalState(models.IntegerChoices):
    """OpenZeppelin's IGovernor.ProposalState."""

    PENDING = 0, _("pending")
    ACTIVE = 1, _("active")
    CANCELED = 2, _("canceled")
    DEFEATED = 3, _("defeated")
    SUCCEEDED = 4, _("succeeded")
    QUEUED = 5, _("queued")
    EXPIRED = 6, _("expired")
    EXECUTED = 7, _("executed")


class OnchainProposal(models.Model):
    """The fold of a proposal: what was proposed, and what was done with it. Its votes are tallies.

    ``values`` are wei, ``calldatas`` 0x text, each as long as ``targets``. Votes count as of the second ``snapshot``,
    and can be cast until ``deadline``, which a late quorum extends: ``first_deadline`` is that of before. ``eta`` is
    when a queued one can be executed first. ``stopped_by`` is the guardian's member who canceled it, if one did.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveBigIntegerField()
    proposer = address_field()
    targets = models.JSONField()
    values = models.JSONField()
    calldatas = models.JSONField()
    description = models.TextField()
    proposed_tx = hash_field()
    proposed_block = models.PositiveBigIntegerField()
    proposed_at = models.DateTimeField()
    snapshot = models.DateTimeField()
    first_deadline = models.DateTimeField()
    deadline = models.DateTimeField()
    queued_tx = hash_field(blank=True)
    queued_at = models.DateTimeField(null=True)
    eta = models.DateTimeField(null=True)
    executed_tx = hash_field(blank=True)
    executed_at = models.DateTimeField(null=True)
    canceled_tx = hash_field(blank=True)
    canceled_at = models.DateTimeField(null=True)
    stopped_by = address_field(blank=True)
    changed_block = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "number"], name="proposal_number_unique")]
        indexes = [
            models.Index(fields=["chain", "proposer"], name="proposal_proposer"),
            models.Index(fields=["chain", "executed_tx"], name="proposal_executed", condition=~Q(executed_tx="")),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id}/{self.number}"

    def state_at(self, time: datetime, *, has_passed: bool) -> ProposalState:
        """Return the state at a time of the chain, by what is indexed; ``has_passed``: a quorum, and more for it.

        As LatticeGovernor computes it. What was done after ``time`` is not left out.
        """
        if self.canceled_at:
            return ProposalState.CANCELED
        if self.executed_at:
            return ProposalState.EXECUTED
        if time <= self.deadline:
            # OpenZeppelin counts the second of the snapshot, and that of the deadline, to what was before.
            return ProposalState.PENDING if time <= self.snapshot else ProposalState.ACTIVE
        if not has_passed:
            return ProposalState.DEFEATED
        if self.eta:
            return ProposalState.EXPIRED if time > self.eta + GRACE else ProposalState.QUEUED
        return ProposalState.EXPIRED if time > self.deadline + GRACE else ProposalState.SUCCEEDED


class VoteFact(Fact):
    """A vote was cast; ``weight`` is the voter's power at the snapshot. ``params`` are empty but for extensions."""

    proposal = models.PositiveBigIntegerField()
    voter = address_field()
    support = models.PositiveSmallIntegerField(choices=Support)
    weight = WeiField()
    reason = models.TextField(blank=True)
    params = models.TextField(blank=True)

    class Meta(Fact.Meta):
        indexes = [
            *Fact.Meta.indexes,
            models.Index(fields=["chain", "proposal", "-weight"], name="vote_proposal"),
            models.Index(fields=["chain", "voter"], name="vote_voter"),
        ]


class BallotFact(Fact):
    """A signed ballot that the relay brought: counted with ``weight``, or refused with the contract's ``refusal``."""

    proposal = models.PositiveBigIntegerField()
    voter = address_field()
    weight = WeiField(default=0)
    refusal = models.TextField(blank=True)

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "voter"], name="ballot_voter")]


class SettingFact(Fact):
    """A setting of the DAO or of its timelock was changed; ``name`` is its event's, such as ``VotingDelaySet``.

    Values are as text; ``CapsSet`` has two, and does not say the old ones.
    """

    name = models.CharField(max_length=32)
    old_value = models.CharField(max_length=78)
    new_value = models.CharField(max_length=78)

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "name"], name="setting_name")]


class MandateFact(Fact):
    """The guardian has another member, or its member another mandate."""

    previous = address_field()
    member = address_field()
    mandate_end = models.DateTimeField()
