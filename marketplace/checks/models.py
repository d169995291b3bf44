"""What was checked, and what was found."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.models import address_field


class CheckState(models.TextChoices):
    """Where a check stands. A warning is told to buyers; what failed is not listed."""

    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    PASSED = "passed", _("passed")
    WARNED = "warned", _("look at it")
    FAILED = "failed", _("failed")


ENDED = (CheckState.PASSED, CheckState.WARNED, CheckState.FAILED)


class CheckQuerySet(models.QuerySet["Check"]):
    """Reads of checks."""

    def of(self, *subjects: str) -> CheckQuerySet:
        """Return the checks of these subjects, in the order of their names."""
        return self.filter(subject__in=subjects).order_by("subject", "name")


class Check(models.Model):
    """One check of one subject: ``blob:<sha256>``, ``draft:<uuid>`` or ``version:<owner>/<name>@<number>``.

    What is found about bytes holds for whoever brings them, so a file is checked once. ``found`` holds the facts that
    the check read (JSON), ``says`` a sentence for people, ``done`` of ``todo`` is its progress in any unit.
    """

    subject = models.CharField(max_length=240)
    name = models.SlugField(max_length=32)
    rules = models.PositiveSmallIntegerField(default=1)  # the version of the check's rules: newer ones run again
    state = models.CharField(max_length=8, choices=CheckState, default=CheckState.WAITING)
    says = models.TextField(blank=True)
    found = models.JSONField(default=dict, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    todo = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = CheckQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "name"], name="check_key_unique"),
            models.CheckConstraint(
                condition=Q(state__in=ENDED, ended_at__isnull=False) | ~Q(state__in=ENDED) & Q(ended_at=None),
                name="check_ended_when_closed",
            ),
        ]
        indexes = [models.Index(fields=["created_at"], condition=~Q(state__in=ENDED), name="check_open")]

    def __str__(self) -> str:
        return f"{self.name} of {self.subject}"


class Inspection(models.Model):
    """What is checked: a subject's files and its manifest (the shape of citrate.toml), as they were last given.

    ``files`` are ``[path, sha256, size]`` each, ``blobs`` the sha256 of them all. ``key`` is a digest of everything
    that the checks read: what has not changed is not checked again. ``author`` is the address of who publishes.
    """

    subject = models.CharField(max_length=240, primary_key=True)
    files = models.JSONField(default=list, blank=True)
    blobs = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    manifest = models.JSONField(default=dict, blank=True)
    author = address_field(blank=True)
    key = models.CharField(max_length=64)
    asked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [GinIndex(fields=["blobs"], name="inspection_blobs")]

    def __str__(self) -> str:
        return self.subject

    @property
    def paths(self) -> dict[str, str]:
        """The sha256 of each file by its path."""
        return {path: sha256 for path, sha256, _size in self.files}

    def said(self, *keys: str, default: Any = "") -> Any:
        """Return what the manifest says under a key in a key; the default where it says nothing."""
        value: Any = self.manifest
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return default if value is None else value
