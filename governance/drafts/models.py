"""What people write before they propose, who supports it, and what was asked of holders. No force on chain."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, JSONObject
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.fields import WeiField
from contracts.models import Chain, address_field, hash_field
from governance.onchain.models.power import PowerFact
from governance.onchain.models.proposals import OnchainProposal

MOST_TITLE, MOST_TEXT, MOST_ACTIONS = 160, 8_000, 20  # characters; a text that is longer is not read as Markdown
MOST_DRAFTS = 50  # of a wallet
MOST_REASON = 500


def new_key() -> str:
    """Return 96 random bits as text: whoever has the address of a shared draft may read it, and nobody guesses it."""
    return secrets.token_hex(12)


class Visibility(models.IntegerChoices):
    """Who may read a draft."""

    PRIVATE = 0, _("only you")
    LINK = 1, _("whoever has the link")
    PUBLIC = 2, _("everybody, in the list")


class DraftQuerySet(models.QuerySet["Draft"]):
    """Reads of drafts."""

    def readable_by(self, address: str) -> DraftQuerySet:
        """Keep those that an account may read if it has their address; "" is nobody in particular."""
        return self.filter(Q(author=address) if address else Q(pk=None)) | self.exclude(visibility=Visibility.PRIVATE)

    def with_proposals(self) -> DraftQuerySet:
        """Annotate each with the numbers of the proposals that it became, the newest first.

        Derived at each reading: by its author, with the very text and calls that were handed to the wallet, and no
        earlier than then. So a reorganisation takes it back, and nothing has to be remembered.
        """
        same: dict[str, Any] = {name: OuterRef(name) for name in ("description", "targets", "values", "calldatas")}
        # Less a window: another branch of the chain may have it in a lower block.
        latest = OuterRef("proposed_block") + OuterRef("chain__reorg_window")
        offered = Offer.objects.filter(draft=OuterRef(OuterRef("pk")), head__lte=latest, **same)
        made = OnchainProposal.objects.filter(Exists(offered), chain=OuterRef("chain"), proposer=OuterRef("author"))
        found: dict[str, Any] = {"proposals": ArraySubquery(made.order_by("-number").values("number"))}
        return self.annotate(**found)

    def with_support(self) -> DraftQuerySet:
        """Annotate each with how many have co-signed it, in this text or an earlier one."""
        signed = Cosignature.objects.filter(draft=OuterRef("pk")).order_by().values("draft")
        count = Subquery(signed.annotate(n=Count("pk")).values("n"))
        found: dict[str, Any] = {"supporters": Coalesce(count, 0)}
        return self.annotate(**found)


class Draft(models.Model):
    """A proposal that is being written. ``actions`` are ``{"kind", "fields"}`` as they were typed, complete or not.

    ``version`` counts what was saved; ``tab`` names the page that saved last, which cannot overtake itself.
    """

    key = models.CharField(max_length=24, unique=True, default=new_key)
    # People wrote this, and it cannot be read again from the chain as other tables can.
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="+")
    author = address_field()
    title = models.CharField(max_length=MOST_TITLE, blank=True)
    text = models.TextField(blank=True)
    actions = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    tab = models.CharField(max_length=24, blank=True)
    visibility = models.PositiveSmallIntegerField(choices=Visibility, default=Visibility.PRIVATE)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    # What the queryset adds.
    proposals: list[int]
    supporters: int

    objects = DraftQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["author", "-changed_at"], name="draft_author"),
            models.Index(
                fields=["chain", "-changed_at"], name="draft_public", condition=Q(visibility=Visibility.PUBLIC)
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.key

    @property
    def is_shared(self) -> bool:
        """Whether others may read it."""
        return self.visibility != Visibility.PRIVATE

    @property
    def name(self) -> str:
        """Its title, or what stands for one."""
        return self.title or str(_("Untitled draft"))


class Offer(models.Model):
    """What was handed to the author's wallet to propose: by it a proposal on chain is known as the draft's.

    ``head`` is the last block that was indexed then; ``digest`` tells one content from another.
    """

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="offers")
    digest = hash_field()
    targets = models.JSONField()
    values = models.JSONField()
    calldatas = models.JSONField()
    description = models.TextField()
    head = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "digest"], name="offer_unique")]

    def __str__(self) -> str:
        return f"{self.draft_id}: {self.digest}"


class CosignatureQuerySet(models.QuerySet["Cosignature"]):
    """Reads of co-signatures."""

    def with_power(self, chain: Chain) -> CosignatureQuerySet:
        """Annotate each with its supporter's votes as they are indexed now, the most first."""
        held = PowerFact.objects.filter(chain=chain, account=OuterRef("supporter"))
        found: dict[str, Any] = {"power": _latest(held)}
        return self.annotate(**found).order_by(F("power").desc(), "pk")


class Cosignature(models.Model):
    """An account's signed support of a draft as it was: ``content`` is the hash of that text and its actions."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="cosignatures")
    supporter = address_field()
    title = models.CharField(max_length=MOST_TITLE, blank=True)  # as it was signed
    content = hash_field()
    signature = models.TextField()
    signed_at = models.DateTimeField(default=timezone.now)

    power: int

    objects = CosignatureQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "supporter"], name="cosignature_unique")]
        indexes = [models.Index(fields=["supporter"], name="cosignature_supporter")]

    def __str__(self) -> str:
        return f"{self.supporter}: {self.draft_id}"


class Choice(models.IntegerChoices):
    """What a ballot of a poll says; as OpenZeppelin's Governor numbers it."""

    AGAINST = 0, _("against")
    FOR = 1, _("for")
    ABSTAIN = 2, _("abstain")


class PollQuerySet(models.QuerySet["Poll"]):
    """Reads of polls."""

    def with_answers(self) -> PollQuerySet:
        """Annotate each with its answers: a list of choice, votes at the snapshot, and how many accounts."""
        ballots = PollBallot.objects.filter(poll=OuterRef("pk")).with_power().values("choice").order_by()
        sums: dict[str, Any] = {"votes": Sum("power"), "accounts": Count("pk")}
        row = JSONObject(choice="choice", votes="votes", accounts="accounts")
        found: dict[str, Any] = {"answers": ArraySubquery(ballots.annotate(**sums).values(row=row))}
        return self.annotate(**found)


class Poll(models.Model):
    """A question to the holders about a draft as it was. It counts by votes at ``snapshot``, and changes nothing."""

    key = models.CharField(max_length=24, unique=True, default=new_key)
    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="polls")
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=MOST_TITLE)
    content = hash_field()
    snapshot = models.DateTimeField()
    opened_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()

    # What the queryset adds.
    answers: list[dict[str, int]]

    objects = PollQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["draft", "-opened_at"], name="poll_draft")]

    def __str__(self) -> str:
        return self.title

    def is_open(self, now: datetime | None = None) -> bool:
        """Whether ballots are taken: by this server's clock, as no chain is asked."""
        return (now or timezone.now()) < self.ends_at


class PollBallotQuerySet(models.QuerySet["PollBallot"]):
    """Reads of ballots."""

    def with_power(self) -> PollBallotQuerySet:
        """Annotate each with its voter's votes at the snapshot of its poll."""
        of_poll = {"chain": OuterRef("poll__chain"), "time__lte": OuterRef("poll__snapshot")}
        found: dict[str, Any] = {"power": _latest(PowerFact.objects.filter(account=OuterRef("voter"), **of_poll))}
        return self.annotate(**found)


class PollBallot(models.Model):
    """An account's last signed ballot; ``number`` counts those that it has cast in the poll, and is signed as well."""

    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="ballots")
    voter = address_field()
    choice = models.PositiveSmallIntegerField(choices=Choice)
    reason = models.CharField(max_length=MOST_REASON, blank=True)
    number = models.PositiveIntegerField(default=1)
    signature = models.TextField()
    signed_at = models.DateTimeField(default=timezone.now)

    power: int

    objects = PollBallotQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "voter"], name="poll_ballot_unique")]

    def __str__(self) -> str:
        return f"{self.voter}: {self.get_choice_display()}"


def _latest(held: models.QuerySet[PowerFact]) -> Coalesce:
    newest = held.order_by("-time", "-block_number", "-log_index").values("votes")[:1]
    return Coalesce(Subquery(newest), 0, output_field=WeiField())
