"""What waits for a moderator: one open case a content, whoever brings it up and how often."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.locks import exclusive_until_commit
from contracts.models import address_field

from .contents import find_content
from .decisions import MOST_REASON, Action, Category, Content, ModerationDecision

MOST_SUMMARY = 200  # characters
CLAIMED_FOR = timedelta(minutes=30)


class Source(models.TextChoices):
    """What brought a case up first."""

    REPORT = "report", _("Report")
    NOTICE = "notice", _("Notice")
    ANOMALY = "anomaly", _("Anomaly")
    SCAN = "scan", _("Scan")
    APPEAL = "appeal", _("Appeal")
    MODERATOR = "moderator", _("Moderator")


class Priority(models.IntegerChoices):
    """How soon somebody has to look."""

    LOW = 1, _("Low")
    MEDIUM = 2, _("Medium")
    HIGH = 3, _("High")


class CaseQuerySet(models.QuerySet["Case"]):
    """Reads of cases."""

    def open(self) -> CaseQuerySet:
        """Keep those that are not decided."""
        return self.filter(closed_at=None)

    def claimed(self, now: datetime | None = None) -> CaseQuerySet:
        """Keep those that somebody works on now."""
        return self.exclude(claimed_by="").filter(claimed_at__gt=(now or timezone.now()) - CLAIMED_FOR)


class Case(models.Model):
    """Something about a content that a moderator has to look at. ``claimed_by`` is the address of who does, or "".

    ``summary`` says why in a line, ``facts`` holds what else brought it up. An appeal is a case of its own, against
    ``appealed``. ``author`` answers for the content, "" where nobody does; ``title`` is what it was called. ``pending``
    is what one moderator wants and a second has to agree to.
    """

    content = models.CharField(max_length=16, choices=Content)
    key = models.CharField(max_length=193)
    source = models.CharField(max_length=16, choices=Source)
    priority = models.PositiveSmallIntegerField(choices=Priority)
    category = models.CharField(max_length=16, choices=Category, blank=True)
    author = address_field(blank=True)
    title = models.CharField(max_length=MOST_SUMMARY, blank=True)
    summary = models.CharField(max_length=MOST_SUMMARY)
    facts = models.JSONField(default=dict)
    appealed = models.ForeignKey(ModerationDecision, on_delete=models.PROTECT, null=True, related_name="appeals")
    opened_at = models.DateTimeField(default=timezone.now)
    claimed_by = address_field(blank=True)
    claimed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    pending = models.OneToOneField(
        "marketplace.PendingDecision", on_delete=models.SET_NULL, null=True, related_name="+"
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["content", "key"], condition=Q(closed_at=None, appealed=None), name="case_open_once"
            ),
            models.UniqueConstraint(fields=["appealed"], name="case_appeal_once"),
        ]
        indexes = [
            models.Index(fields=["-priority", "opened_at", "id"], name="case_queue", condition=Q(closed_at=None)),
            models.Index(fields=["content", "key"], name="case_content"),
            models.Index(fields=["author", "-id"], name="case_author", condition=~Q(author="")),
            models.Index(
                fields=["content", "category", "-closed_at"], name="case_alike", condition=Q(closed_at__isnull=False)
            ),
            models.Index(fields=["claimed_by"], name="case_claimed", condition=Q(closed_at=None) & ~Q(claimed_by="")),
            models.Index(
                fields=["-priority", "opened_at", "id"],
                name="case_waiting",
                condition=Q(closed_at=None, pending__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}: {self.summary}"

    @property
    def holder(self) -> str:
        """The address of who works on it now; "" where nobody does, or has for too long."""
        is_held = self.claimed_at and self.claimed_at > timezone.now() - CLAIMED_FOR
        return self.claimed_by if is_held else ""


class Answer(models.TextChoices):
    """What became of a decision that a second moderator was asked about."""

    CONFIRMED = "confirmed", _("Confirmed")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class PendingDecision(models.Model):
    """What one moderator wants to decide with high impact. Nothing of it is done until a second one confirms it.

    ``meanwhile`` is the decision that hides the content for a day until then. ``days`` is how long it is to last, 0
    for ever.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="asked")
    action = models.CharField(max_length=8, choices=Action)
    category = models.CharField(max_length=16, choices=Category, blank=True)
    rule = models.CharField(max_length=16, blank=True)
    reason = models.TextField(max_length=MOST_REASON)
    scopes = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    days = models.PositiveSmallIntegerField(default=0)
    asked_by = address_field()
    asked_at = models.DateTimeField(default=timezone.now)
    meanwhile = models.OneToOneField(ModerationDecision, on_delete=models.PROTECT, null=True, related_name="+")
    answer = models.CharField(max_length=16, choices=Answer, blank=True)
    answered_by = address_field(blank=True)
    answered_at = models.DateTimeField(null=True)
    said = models.TextField(max_length=MOST_REASON, blank=True)
    decision = models.OneToOneField(ModerationDecision, on_delete=models.PROTECT, null=True, related_name="asked_as")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(answer=Answer.CONFIRMED) | ~Q(answered_by=models.F("asked_by")), name="pending_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} wanted in case {self.case_id}"


class Step(models.TextChoices):
    """What moderators did with a case besides deciding."""

    CLAIMED = "claimed", _("Claimed")
    RELEASED = "released", _("Released")
    ASKED = "asked", _("Sent to a second moderator")
    CONFIRMED = "confirmed", _("Confirmed by a second moderator")
    DECLINED = "declined", _("Declined by a second moderator")
    WITHDRAWN = "withdrawn", _("Taken back before a second moderator answered")
    REOPENED = "reopened", _("Opened again")


class CaseStep(models.Model):
    """One step in the work on a case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="steps")
    step = models.CharField(max_length=16, choices=Step)
    by = address_field()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_step_display()}, case {self.case_id}"


@transaction.atomic
def open_case(
    *,
    content: Content,
    key: str,
    source: Source,
    priority: Priority,
    summary: str,
    facts: Mapping[str, Any] | None = None,
    appealed: ModerationDecision | None = None,
    category: str = "",
) -> Case:
    """Return the open case about a content, a new one if there is none; a case that is joined can only rise.

    Each decision is appealed in one case, ever. ``category`` is what it is thought to be, "" where nobody says; a case
    keeps the first that is said.
    """
    exclusive_until_commit(f"case:{content}:{key}")
    joined = Case.objects.filter(appealed=appealed) if appealed else Case.objects.open().filter(appealed=None)
    # Locked: what joins a case that is being closed would wait for ever.
    case = joined.select_for_update(no_key=True).filter(content=content, key=key).first()
    if case is None:
        given = {"source": source, "summary": summary[:MOST_SUMMARY], "facts": dict(facts or {}), "appealed": appealed}
        subject = find_content(content, key)
        about = {"author": subject.author, "title": subject.title[:MOST_SUMMARY]} if subject else {}
        return Case.objects.create(content=content, key=key, priority=priority, category=category, **about, **given)
    if priority > case.priority or (category and not case.category):
        case.priority, case.category = max(priority, case.priority), case.category or category
        case.save(update_fields=["priority", "category"])
    return case
