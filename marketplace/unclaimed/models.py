"""Models that somebody listed on a chain by any tool, and that no listing here stands for yet."""

from __future__ import annotations

from typing import NamedTuple

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from contracts.models import Chain, address_field, hash_field
from marketplace.ground.decisions import ModerationDecision
from marketplace.listings.metadata import address_of
from marketplace.listings.versions import Adoption, Version
from marketplace.onchain.models.listings import OnchainListing


class DocumentState(models.TextChoices):
    """What is known of the document that a model names on chain."""

    WAITING = "waiting", _("being fetched")
    OK = "ok", _("complete")
    MISSING = "missing", _("not found")
    SLOW = "slow", _("too slow")
    OVERSIZE = "oversize", _("too large")
    WRONG = "wrong", _("not what was named")
    INVALID = "invalid", _("not valid")


# A gateway may say anything; only what was hashed and read is judged for good.
ASKED_AGAIN = (
    DocumentState.WAITING,
    DocumentState.MISSING,
    DocumentState.SLOW,
    DocumentState.OVERSIZE,
    DocumentState.WRONG,
)


class Told(NamedTuple):
    """What pages and programs are told of a model; nothing of what moderators have hidden."""

    title: str = ""
    summary: str = ""
    task: str = ""
    named: str = ""
    says: str = ""


class UnclaimedQuerySet(models.QuerySet["UnclaimedListing"]):
    """Reads of what is unclaimed."""

    def open(self) -> UnclaimedQuerySet:
        """Return what still stands on its chain and has no listing here, whatever was noted last."""
        own = {"chain": OuterRef("chain"), "model_id": OuterRef("model_id")}
        return self.filter(Exists(OnchainListing.objects.filter(**own)), ~Exists(Adoption.objects.filter(**own)))


class UnclaimedListing(models.Model):
    """A final listing on a chain without an adoption, by its natural key, and what its document says.

    ``named`` is what the chain names, ``cid`` the address in it, empty where there is none. ``says`` is why the
    document is not shown. ``title``, ``summary`` and ``task`` are what an ok document claims: nobody has checked that
    it may.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    model_id = hash_field()
    seller = address_field(db_index=True)
    named = models.CharField(max_length=256)
    cid = models.CharField(max_length=64, blank=True, db_index=True)
    listed_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=DocumentState, default=DocumentState.WAITING)
    says = models.CharField(max_length=500, blank=True)
    title = models.CharField(max_length=193, blank=True)
    summary = models.CharField(max_length=500, blank=True)
    task = models.CharField(max_length=64, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    files = models.PositiveIntegerField(default=0)  # that its document lists
    card = models.CharField(max_length=64, blank=True)  # the CID of the card that its document names
    card_state = models.CharField(max_length=8, choices=DocumentState, blank=True)  # "" where it names none
    card_tries = models.PositiveSmallIntegerField(default=0)
    card_next_at = models.DateTimeField(default=timezone.now)
    # The moderators' one that hides its texts, if one does.
    decision = models.ForeignKey(
        ModerationDecision, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    checked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    others_name: Account | None = (
        None  # whose name its document uses, where that is not its seller: finding.mark_others
    )

    objects = UnclaimedQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "model_id"], name="unclaimed_key_unique")]
        indexes = [
            models.Index(fields=["-listed_at", "id"], name="unclaimed_newest_first"),
            models.Index(fields=["state", "-listed_at", "id"], name="unclaimed_state_newest"),
            # By seller, because each has its turn.
            models.Index(fields=["seller", "next_at", "id"], condition=Q(state__in=ASKED_AGAIN), name="unclaimed_turn"),
            models.Index(
                fields=["seller", "card_next_at", "id"],
                condition=Q(card_state__in=ASKED_AGAIN),
                name="unclaimed_card_turn",
            ),
            models.Index(fields=["card"], condition=~Q(card=""), name="unclaimed_card"),
            models.Index(fields=["cid", "card"], condition=Q(decision__isnull=False), name="unclaimed_hidden"),
        ]

    def __str__(self) -> str:
        return self.model_id

    def get_absolute_url(self) -> str:
        return reverse("unclaimed-model", args=[self.chain.short_name, self.model_id])

    @property
    def key(self) -> str:
        """Its name for links, reports and moderators."""
        return f"{self.chain.short_name}/{self.model_id}"

    @property
    def told(self) -> Told:
        """What may be said of it."""
        if self.decision is None:
            return Told(self.title, self.summary, self.task, self.named, self.says)
        words = {"category": self.decision.get_category_display(), "reason": self.decision.reason}
        says = gettext("Moderators have hidden what its document says. %(category)s: %(reason)s") % words
        return Told(named=address_of(self.cid) if self.cid else "", says=says)

    @property
    def is_asked_again(self) -> bool:
        """Whether its document is asked for until it is there."""
        return self.state in ASKED_AGAIN

    @property
    def is_complete(self) -> bool:
        """Whether its document was read."""
        return self.state == DocumentState.OK


class AwaitedCard(models.Model):
    """The card that a claimed release's document names, while its text is not here."""

    version = models.OneToOneField(Version, on_delete=models.CASCADE, primary_key=True, related_name="+")
    cid = models.CharField(max_length=64, db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.cid
