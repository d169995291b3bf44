"""What waits for a moderator: one open case a content, whoever brings it up and how often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.locks import exclusive_until_commit
from contracts.models import address_field

from .decisions import Content, ModerationDecision

MOST_SUMMARY = 200  # characters


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


class Case(models.Model):
    """Something about a content that a moderator has to look at. ``claimed_by`` is the address of who does, or "".

    ``summary`` says why in a line, ``facts`` holds what else brought it up. An appeal is a case of its own, against
    ``appealed``.
    """

    content = models.CharField(max_length=16, choices=Content)
    key = models.CharField(max_length=193)
    source = models.CharField(max_length=16, choices=Source)
    priority = models.PositiveSmallIntegerField(choices=Priority)
    summary = models.CharField(max_length=MOST_SUMMARY)
    facts = models.JSONField(default=dict)
    appealed = models.ForeignKey(ModerationDecision, on_delete=models.PROTECT, null=True, related_name="appeals")
    opened_at = models.DateTimeField(default=timezone.now)
    claimed_by = address_field(blank=True)
    claimed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

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
        ]

    def __str__(self) -> str:
        return f"case {self.pk}: {self.summary}"


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
) -> Case:
    """Return the open case about a content, a new one if there is none; a case that is joined can only rise.

    Each decision is appealed in one case, ever.
    """
    exclusive_until_commit(f"case:{content}:{key}")
    joined = Case.objects.filter(appealed=appealed) if appealed else Case.objects.open().filter(appealed=None)
    case = joined.filter(content=content, key=key).first()
    if case is None:
        given = {"source": source, "summary": summary[:MOST_SUMMARY], "facts": dict(facts or {}), "appealed": appealed}
        return Case.objects.create(content=content, key=key, priority=priority, **given)
    if priority > case.priority:
        case.priority = priority
        case.save(update_fields=["priority"])
    return case
