"""What moderators have decided: one row a decision, which PostgreSQL lets nobody change or delete."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.models import address_field

MOST_REASON = 2_000  # characters


class Content(models.TextChoices):
    """What kind of thing a decision is about."""

    LISTING = "listing", _("Listing")
    VERSION = "version", _("Version")
    REVIEW = "review", _("Review")
    ANSWER = "answer", _("Seller’s answer")
    COMMENT = "comment", _("Comment")
    PROFILE = "profile", _("Profile")
    ACCOUNT = "account", _("Account")


class Action(models.TextChoices):
    """What a moderator did."""

    HIDE = "hide", _("Hidden")
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


class ModerationDecision(models.Model):
    """Who hid or showed what, when and why. ``reason`` is public.

    ``key`` is the natural key of the content (a listing's ``owner/name``) and ``moderator`` an address: a decision
    outlives both. ``category`` is empty where something is shown again.
    """

    content = models.CharField(_("content"), max_length=16, choices=Content)
    # Two names of 96 characters and the slash between them.
    key = models.CharField(_("name"), max_length=193)
    action = models.CharField(_("action"), max_length=8, choices=Action)
    category = models.CharField(_("category"), max_length=16, choices=Category, blank=True)
    reason = models.TextField(_("reason"), max_length=MOST_REASON)
    moderator = address_field()
    made_at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        verbose_name = _("moderation decision")
        verbose_name_plural = _("moderation decisions")
        ordering = ["-made_at", "-pk"]
        constraints = [
            # In the database too: what is written here can never be corrected.
            models.CheckConstraint(condition=~Q(reason=""), name="decision_reason_given"),
            models.CheckConstraint(
                condition=Q(action=Action.HIDE, category__in=Category.values) | Q(action=Action.SHOW, category=""),
                name="decision_category_of_hiding",
            ),
        ]
        indexes = [models.Index(fields=["content", "key"], name="decision_content")]

    def __str__(self) -> str:
        return f"{self.key}: {self.get_action_display()}"

    @property
    def stops_use(self) -> bool:
        """Whether what was bought may not be run either."""
        return self.category in STOPPING
