"""What people are told, how they want to be told, and the mail that tells them."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

MOST_KEY = 160


class Channel(models.TextChoices):
    """A way in which somebody is told. The feeds show what the app does."""

    APP = "app"
    MAIL = "mail"


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Reads of notices."""

    def shown_to(self, user: int) -> NoticeQuerySet:
        """Keep a user's that the app shows, the newest first."""
        return self.filter(user=user, in_app=True).order_by("-pk")

    def unread(self) -> NoticeQuerySet:
        """Keep those that were not read."""
        return self.filter(read_at=None)

    def due(self, now: datetime) -> NoticeQuerySet:
        """Keep those that wait to go into a mail."""
        return self.filter(mail_due_at__lte=now)


class Mailing(models.Model):
    """One mail to one user about some notices, and what became of it.

    It is sent until it was, with longer and longer pauses: ``due_at`` is the next time. Whatever it was made of stays,
    so that each attempt is the same mail with the same Message-ID.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="mailing_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"mail {self.pk}"


class Notice(models.Model):
    """One thing that one user is told, once: ``key`` names the thing among those of its ``kind``.

    ``data`` are facts, of which the kind makes text when it is shown. ``happened_at`` is the time of what it tells;
    ``mail_due_at`` when it may go into a mail, None where the user wants none or it is in one. No text is kept.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=MOST_KEY)
    data = models.JSONField()
    happened_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)
    in_app = models.BooleanField()
    read_at = models.DateTimeField(null=True)
    mail_due_at = models.DateTimeField(null=True)
    mailing = models.ForeignKey(Mailing, on_delete=models.SET_NULL, null=True, related_name="notices")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind", "key"], name="notice_once")]
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_shown", condition=Q(in_app=True)),
            models.Index(fields=["user"], name="notice_unread", condition=Q(in_app=True, read_at=None)),
            models.Index(fields=["mail_due_at"], name="notice_due", condition=Q(mail_due_at__isnull=False)),
            models.Index(fields=["created_at"], name="notice_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


def unread_of(user: OuterRef) -> Coalesce:
    """Return how many notices a user has not read, as SQL."""
    counted = Notice.objects.filter(user=user, in_app=True).unread().values("user").annotate(all=Count("pk"))
    return Coalesce(Subquery(counted.values("all")), 0)


def standing_of(user: int) -> tuple[int, int]:
    """Return a user's newest notice (0 for none) and how many are unread: both of one moment, by one statement."""
    newest = Subquery(Notice.objects.shown_to(OuterRef("pk")).values("pk")[:1])  # type: ignore[arg-type]
    asked = get_user_model().objects.filter(pk=user).values_list(Coalesce(newest, 0), unread_of(OuterRef("pk")))
    return asked.first() or (0, 0)


class Preference(models.Model):
    """Whether a user is told of a kind on a channel, where that is not the kind's own default."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=8, choices=Channel)
    is_on = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind", "channel"], name="preference_once")]

    def __str__(self) -> str:
        return f"{self.kind} by {self.channel}: {self.is_on}"


class MailAddress(models.Model):
    """Where a user gets mail; nothing goes there until whoever reads it has said so (``verified_at``)."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail_address")
    address = models.EmailField(max_length=254)
    verified_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.address


class FeedKey(models.Model):
    """The secret addresses of a user's feeds. They are signed, not kept: another ``generation`` ends those before."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="feed_key")
    generation = models.PositiveIntegerField(default=1)
    is_on = models.BooleanField(default=True)
    changed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"feeds, generation {self.generation}"
