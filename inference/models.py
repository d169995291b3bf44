"""What runs here, who has run it, and how much of it they may still run."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.models import hash_field

MAX_STREAMS = 2  # answers at once, for one wallet and listing or one network block
NETWORK_STREAMS = 2 * MAX_STREAMS  # for all blocks of one IPv6 /48


class EngineName(models.TextChoices):
    """The engines that settings.ENGINES must name."""

    SMOLLM2 = "smollm2", "SmolLM2"
    MINILM = "minilm", "MiniLM"


class Mode(models.TextChoices):
    """What an endpoint does with what it is given."""

    CHAT = "chat", _("Chat")
    EMBEDDINGS = "embeddings", _("Search by meaning")
    SIMILARITY = "similarity", _("Similarity of two texts")
    RERANK = "rerank", _("Re-ranking")
    ZERO_SHOT = "zero-shot", _("Labels of your own")


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    """Reads of endpoints."""

    def named(self, listing: str) -> EndpointQuerySet:
        """Return the endpoint of the listing ``owner/name``, whatever its case, if there is one."""
        return self.alias(lower_name=Lower("listing")).filter(lower_name=listing.lower())


class Endpoint(models.Model):
    """What answers for a listing; ``listing`` is its name, because endpoints outlive what the catalogue imports."""

    listing = models.CharField(max_length=193)
    engine = models.CharField(max_length=16, choices=EngineName)
    mode = models.CharField(max_length=16, choices=Mode)
    system_prompt = models.TextField(blank=True)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("listing"), name="endpoint_listing_unique"),
            models.CheckConstraint(
                condition=Q(engine=EngineName.SMOLLM2, mode=Mode.CHAT)
                | Q(engine=EngineName.MINILM) & ~Q(mode=Mode.CHAT),
                name="endpoint_engine_can",
            ),
        ]

    def __str__(self) -> str:
        return self.listing


class Scope(models.TextChoices):
    """Whose tokens a window counts."""

    ALL = "all", _("everybody without access")
    NETWORK = "network", _("an IPv6 network of many blocks")
    BLOCK = "block", _("a network block")
    WALLET = "wallet", _("a known wallet without access")
    HOLDER = "holder", _("a wallet with access, for one listing")


class UsageWindow(models.Model):
    """How many tokens were used on one day, and how many might be when a call last started; what runs is reserved.

    Where a limit is for several days, ``budget`` is what the days before have left of it.
    """

    scope = models.CharField(max_length=8, choices=Scope)
    key = models.CharField(max_length=260, blank=True)
    starts = models.DateField()
    budget = models.PositiveBigIntegerField()
    spent = models.PositiveBigIntegerField(default=0)
    reserved = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "key", "starts"], name="usage_window_key_unique"),
            models.CheckConstraint(condition=Q(budget__gte=F("spent") + F("reserved")), name="usage_within_budget"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.key} {self.starts}"

    @property
    def left(self) -> int:
        """Tokens that may still be reserved."""
        return self.budget - self.spent - self.reserved


class QuotaMove(models.Model):
    """A transfer of passes after which used tokens have followed them: once each, by the transfer's natural key."""

    chain_id = models.PositiveBigIntegerField()
    tx_hash = hash_field()
    index = models.PositiveIntegerField()
    item = models.PositiveSmallIntegerField()
    tokens = models.PositiveBigIntegerField()
    moved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain_id", "tx_hash", "index", "item"], name="quota_move_key_unique")
        ]

    def __str__(self) -> str:
        return f"{self.chain_id} {self.tx_hash} {self.index} {self.item}"


class CallState(models.TextChoices):
    """Where a call stands."""

    STARTED = "started", _("Started")
    STREAMING = "streaming", _("Streaming")
    DONE = "done", _("Done")
    STOPPED = "stopped", _("Stopped")
    FAILED = "failed", _("Failed")


OPEN = (CallState.STARTED, CallState.STREAMING)


class Call(models.Model):
    """One question and what came of it, without the words of either.

    ``payer`` is whose streams are counted: a wallet with its listing, or a network block. ``reserved`` tokens are held
    in ``windows`` until it ends. ``completion_tokens`` and ``characters`` were handed to the client's transport;
    ``journaled_at`` is when that was last written down.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    listing = models.CharField(max_length=193)
    engine = models.CharField(max_length=16, choices=EngineName)
    # What a user has used still counts when the user is gone.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    payer = models.CharField(max_length=260)
    access = models.CharField(max_length=16)
    slot = models.PositiveSmallIntegerField()
    windows = models.ManyToManyField(UsageWindow, related_name="+")
    reserved = models.PositiveIntegerField()
    max_tokens = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=CallState, default=CallState.STARTED)
    error = models.CharField(max_length=32, blank=True)
    prompt_tokens = models.PositiveIntegerField()
    completion_tokens = models.PositiveIntegerField(default=0)
    characters = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(default=timezone.now)
    first_token_ms = models.PositiveIntegerField(null=True)
    journaled_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Starting is locked by engine, so only the database sees a payer start on two at once.
            models.UniqueConstraint(fields=["payer", "slot"], condition=Q(state__in=OPEN), name="call_slot_unique"),
            models.CheckConstraint(condition=Q(slot__gte=1, slot__lte=MAX_STREAMS), name="call_slot_range"),
            models.CheckConstraint(
                condition=Q(state__in=OPEN, ended_at=None) | ~Q(state__in=OPEN) & Q(ended_at__isnull=False),
                name="call_ended_when_closed",
            ),
        ]
        indexes = [
            models.Index(fields=["engine"], condition=Q(state__in=OPEN), name="call_open"),
            models.Index(fields=["listing", "started_at"], name="call_listing"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def duration_ms(self) -> int | None:
        """How long it took; None while it runs."""
        return round((self.ended_at - self.started_at).total_seconds() * 1000) if self.ended_at else None

    @property
    def tokens_per_second(self) -> float | None:
        """The speed after the first token, where there was more than one."""
        if self.completion_tokens < 2 or self.first_token_ms is None or self.ended_at is None:
            return None
        seconds = (self.ended_at - self.started_at).total_seconds() - self.first_token_ms / 1000
        return (self.completion_tokens - 1) / seconds if seconds > 0 else None


class PastUse(models.Model):
    """How often a listing was used in calls that are not kept any more; ``listing`` is its name in lower case."""

    listing = models.CharField(max_length=193, unique=True)
    uses = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.listing} {self.uses}"


class Probe(models.Model):
    """One check of an engine by us: whether it answered, and how fast.

    What was said is kept where it is text: ``question`` is our own, and no visitor's words ever stand here.
    """

    engine = models.CharField(max_length=16, choices=EngineName)
    at = models.DateTimeField(default=timezone.now)
    answered = models.BooleanField()
    first_token_ms = models.PositiveIntegerField(null=True)
    tokens_per_second = models.FloatField(null=True)
    question = models.TextField(blank=True, db_default="")
    answer = models.TextField(blank=True, db_default="")
    tokens = models.PositiveIntegerField(db_default=0)

    class Meta:
        indexes = [models.Index(fields=["engine", "at"], name="probe_engine")]

    def __str__(self) -> str:
        return f"{self.engine} {self.at}"
