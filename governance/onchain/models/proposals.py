"""Proposals, the votes on them, and ballots that were relayed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Case, ExpressionWrapper, F, Func, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, Greatest
from django.utils.translation import gettext_lazy as _

from common.fields import WeiField
from common.text import clean_line
from contracts.models import Chain, Fact, Tally, address_field, hash_field
from contracts.names import COIN

from .power import PowerFact, TransferFact
from .settings import SettingFact

VOTES = "votes"  # the tally of a proposal's votes: its key is ``proposal:support``
SENTINEL = "0x000000000000000000000000000000000000dead"  # whom the accounts that never vote delegate to
PERCENT, BPS = 100, 10_000
QUORUM_FLOOR_BPS = 50  # of the supply: LatticeGovernor's
MOST_TITLE = 200  # characters
MOST_BEGINNING = 4_000  # characters of a description in which its title has to be
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


class ProposalQuerySet(models.QuerySet["OnchainProposal"]):
    """Reads of proposals."""

    def with_votes(self) -> ProposalQuerySet:
        """Annotate each with its votes and quorum, in the smallest unit, and whether it has passed with them."""
        names = {"against": Support.AGAINST, "in_favour": Support.FOR, "abstain": Support.ABSTAIN}
        counts: dict[str, Any] = {name: _votes(support) for name, support in names.items()}
        counts["quorum"] = _quorum()
        passes = Q(quorum__lte=F("in_favour") + F("abstain"), in_favour__gt=F("against"))
        found: dict[str, Any] = {"has_passed": Case(When(passes, then=True), default=False)}
        return self.annotate(**counts).annotate(**found)

    def with_standing(self, time: datetime) -> ProposalQuerySet:
        """Annotate each ``with_votes``, and with its state at ``time`` of the chain as ``state_at`` tells it."""
        found: dict[str, Any] = {"state": _state(time)}
        return self.with_votes().annotate(**found)

    def in_states(self, states: Collection[ProposalState]) -> ProposalQuerySet:
        """Keep those, read ``with_standing``, that are in one of these states."""
        kept: dict[str, Any] = {"state__in": states}
        return self.filter(**kept)


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

    # What ``with_votes`` and ``with_standing`` add.
    against: int
    in_favour: int
    abstain: int
    quorum: int
    has_passed: bool
    state: int

    objects = ProposalQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "number"], name="proposal_number_unique")]
        indexes = [
            models.Index(fields=["chain", "proposer"], name="proposal_proposer"),
            models.Index(fields=["chain", "executed_tx"], name="proposal_executed", condition=~Q(executed_tx="")),
        ]

    def __str__(self) -> str:
        return f"{self.chain_id}/{self.number}"

    @property
    def title(self) -> str:
        """The first line of the description that says something, without Markdown's marks of a heading."""
        lines = (clean_line(line).lstrip("# ") for line in self.description[:MOST_BEGINNING].splitlines())
        return next((line for line in lines if line), "")[:MOST_TITLE] or _("Proposal %d") % self.number

    @property
    def state_label(self) -> str:
        """The state that ``with_standing`` found, in a word."""
        return str(ProposalState(self.state).label)

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


def _votes(support: Support) -> Coalesce:
    key = Concat(Cast(OuterRef("number"), models.CharField()), Value(f":{support}"))
    kept = Tally.objects.filter(chain=OuterRef("chain"), kind=VOTES, key=key)
    return Coalesce(Subquery(kept.values("amount")), 0, output_field=WeiField())


def _quorum() -> Greatest:
    """Return ``onchain.counting.quorum_at`` of the snapshot as SQL."""
    by = {"chain": OuterRef("chain"), "time__lte": OuterRef("snapshot")}
    minted = TransferFact.objects.filter(chain=OuterRef("chain"), sender=COIN).values("chain")
    supply = Coalesce(Subquery(minted.annotate(all=Sum("amount")).values("all")), 0, output_field=WeiField())
    asleep = PowerFact.objects.filter(account=SENTINEL, **by).order_by("-time", "-block_number", "-log_index")
    never = Coalesce(Subquery(asleep.values("votes")[:1]), 0, output_field=WeiField())
    changes = SettingFact.objects.filter(name="QuorumNumeratorUpdated", **by).order_by("-block_number", "-log_index")
    share = Coalesce(Cast(Subquery(changes.values("new_value")[:1]), WeiField()), 0, output_field=WeiField())
    votable = ExpressionWrapper(supply - never, output_field=WeiField())
    return Greatest(_part(votable, share, PERCENT), _part(supply, Value(QUORUM_FLOOR_BPS), BPS))


def _part(amount: Any, share: Any, whole: int) -> Func:
    """Return ``amount * share // whole``, as the contracts round."""
    product = ExpressionWrapper(amount * share, output_field=WeiField())
    return Func(product, Value(whole), function="DIV", output_field=WeiField())


def _state(time: datetime) -> Case:
    """Return ``OnchainProposal.state_at`` as SQL."""
    state = ProposalState
    return Case(
        When(canceled_at__isnull=False, then=Value(state.CANCELED)),
        When(executed_at__isnull=False, then=Value(state.EXECUTED)),
        When(snapshot__gte=time, deadline__gte=time, then=Value(state.PENDING)),
        When(deadline__gte=time, then=Value(state.ACTIVE)),
        When(has_passed=False, then=Value(state.DEFEATED)),
        When(eta__lt=time - GRACE, then=Value(state.EXPIRED)),
        When(eta__isnull=False, then=Value(state.QUEUED)),
        When(deadline__lt=time - GRACE, then=Value(state.EXPIRED)),
        default=Value(state.SUCCEEDED),
        output_field=models.PositiveSmallIntegerField(),
    )


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
            models.Index(fields=["chain", "proposal", "voter"], name="vote_of_voter"),
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
