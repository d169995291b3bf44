"""What moderators have decided: one row a decision, which PostgreSQL lets nobody change or delete."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.models import address_field

MOST_REASON = 2_000  # characters
TO_UNDO = timedelta(minutes=10)


class Content(models.TextChoices):
    """What kind of thing a decision is about."""

    LISTING = "listing", _("Listing")
    VERSION = "version", _("Version")
    REVIEW = "review", _("Review")
    ANSWER = "answer", _("Seller’s answer")
    COMMENT = "comment", _("Comment")
    PROFILE = "profile", _("Profile")
    ACCOUNT = "account", _("Account")
    BURST = "burst", _("Reviews at once")
    UNCLAIMED = "unclaimed", _("Unclaimed model")
    SHARED = "shared", _("Shared conversation")


class Action(models.TextChoices):
    """What a moderator did. What hides a review, an answer or a comment takes it out of its page."""

    NOTHING = "nothing", _("No action")
    LABEL = "label", _("Labelled")
    HIDE = "hide", _("Hidden")
    SUSPEND = "suspend", _("Suspended on chain")
    PAUSE = "pause", _("Account paused")
    SHOW = "show", _("Shown again")


class Category(models.TextChoices):
    """Why something is hidden, in a word or two."""

    MALWARE = "malware", _("Malware")
    UNLAWFUL = "unlawful", _("Unlawful")
    LICENCE = "licence", _("Breach of a licence")
    DECEPTIVE = "deceptive", _("Deceptive")
    BROKEN = "broken", _("Does not work")
    SPAM = "spam", _("Spam")
    OTHER = "other", _("Another reason")


STOPPING = (Category.MALWARE, Category.UNLAWFUL)  # what was bought is not run either
LIMITING = (Action.LABEL, Action.HIDE, Action.SUSPEND, Action.PAUSE)  # what is taken from somebody needs a category


class DecisionQuerySet(models.QuerySet["ModerationDecision"]):
    """Reads of decisions."""

    def about(self, content: str, key: str) -> DecisionQuerySet:
        """Keep those about one content."""
        return self.filter(content=content, key=key)


class ModerationDecision(models.Model):
    """Who decided what, when and why. ``reason`` is public.

    ``key`` is the natural key of the content (a listing's ``owner/name``) and ``moderator`` an address: a decision
    outlives both. ``category`` is empty where nothing is taken from anybody. ``rule`` is the number of the rule that
    was broken, "" where none is named.

    What was decided with high impact has a second moderator in ``confirmed_by``. It holds until ``until``, or for ever.
    ``scopes`` are what a pause of an account covers. ``undoes`` is the decision that this one takes back: at once, or
    after an appeal. One that nobody made here (``automated``, or a suspension made directly on chain, which is that of
    the transaction ``tx_hash``) has no moderator.
    """

    content = models.CharField(_("content"), max_length=16, choices=Content)
    # Two names of 96 characters and the slash between them.
    key = models.CharField(_("name"), max_length=193)
    action = models.CharField(_("action"), max_length=8, choices=Action)
    category = models.CharField(_("category"), max_length=16, choices=Category, blank=True)
    rule = models.CharField(_("rule"), max_length=16, blank=True)
    reason = models.TextField(_("reason"), max_length=MOST_REASON)
    moderator = address_field(blank=True)
    confirmed_by = address_field(blank=True)
    automated = models.BooleanField(_("automated"), default=False)
    scopes = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    made_at = models.DateTimeField(_("time"), default=timezone.now)
    case = models.ForeignKey("marketplace.Case", on_delete=models.PROTECT, null=True, related_name="decisions")
    undoes = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="undone_by")
    chain_id = models.BigIntegerField(null=True)  # of the suspension that was made directly there
    tx_hash = models.CharField(max_length=66, blank=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("moderation decision")
        verbose_name_plural = _("moderation decisions")
        ordering = ["-made_at", "-pk"]
        constraints = [
            # In the database too: what is written here can never be corrected.
            models.CheckConstraint(condition=~Q(reason=""), name="decision_reason_given"),
            models.CheckConstraint(
                condition=Q(action__in=LIMITING, category__in=Category.values)
                | Q(action__in=(Action.SHOW, Action.NOTHING), category=""),
                name="decision_category_of_limits",
            ),
            models.CheckConstraint(
                condition=~Q(moderator=F("confirmed_by")) | Q(moderator="", confirmed_by=""),
                name="decision_confirmed_by_another",
            ),
            models.UniqueConstraint(
                fields=["chain_id", "tx_hash", "key"], condition=~Q(tx_hash=""), name="decision_of_transaction_once"
            ),
        ]
        indexes = [
            models.Index(fields=["content", "key"], name="decision_content"),
            models.Index(fields=["-made_at", "-id"], name="decision_newest"),
            models.Index(fields=["until"], name="decision_until", condition=Q(until__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.get_action_display()}"

    @property
    def stops_use(self) -> bool:
        """Whether what was bought may not be run either."""
        return self.category in STOPPING

    @property
    def is_high_impact(self) -> bool:
        """Whether two moderators have to agree on it."""
        return is_high_impact(self.action, self.category)


def is_high_impact(action: str, category: str) -> bool:
    """Say whether two moderators have to agree: on suspensions, malware, what is unlawful, and pauses of accounts."""
    return action in (Action.SUSPEND, Action.PAUSE) or category in STOPPING
