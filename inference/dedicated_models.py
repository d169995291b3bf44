"""Engines of one's own: what a holder has asked for, and what became of it.

The process that owns them reads it here.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class EngineState(models.TextChoices):
    """Where a dedicated engine stands."""

    QUEUED = "queued", _("In the queue")
    STARTING = "starting", _("Starting")
    HEALTHY = "healthy", _("Running")
    STOPPING = "stopping", _("Stopping")
    STOPPED = "stopped", _("Stopped")
    FAILED = "failed", _("Failed")


RUNNING = (EngineState.STARTING, EngineState.HEALTHY, EngineState.STOPPING)  # those that have the machine
LIVE = (EngineState.QUEUED, *RUNNING)


class Why(models.TextChoices):
    """Why an engine has stopped, or could not start."""

    NONE = "", ""
    ASKED = "asked", _("You stopped it.")
    IDLE = "idle", _("It was idle for 10 minutes, so it was stopped. Start it again whenever you need it.")
    ACCESS = "access", _("Your access to the model has ended, and the engine with it.")
    DENIED = "denied", _("The seller has closed the model to your address, and the engine was stopped.")
    HIDDEN = "hidden", _("A moderator has hidden the model, and nobody may run it.")
    GONE = "gone", _("The files of this version are not here any more.")
    MEMORY = "memory", _("The model needed more memory than an engine may have on this machine.")
    BROKEN = "broken", _("The model could not be loaded: its files do not fit together.")
    CRASHED = "crashed", _("The engine broke off. Start it again; if that repeats, the model does not run here.")
    SLOW = "slow", _("The engine was not ready within 3 minutes, so it was stopped.")
    TURN = (
        "turn",
        _("It had run for an hour while others waited, so it was stopped. You can wait for another turn."),
    )
    UNFENCED = "unfenced", _("This machine cannot shut an engine off as its operator demands, so none is started here.")
    RESTARTED = "restarted", _("The machine’s engines were restarted, and this one was ended. Start it again.")


class DedicatedEngine(models.Model):
    """One start of a release's own engine by a holder. ``key_digest`` is the sha256 of the key that calls carry.

    ``wanted`` is what its owner wants; ``state`` what the process that owns the engines has made of it. That process
    writes ``pid`` with ``born`` (when the kernel says that the process began), so that a pid of another life is told.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    chain_id = models.PositiveBigIntegerField(null=True)
    listing = models.CharField(max_length=193)
    version = models.CharField(max_length=32)
    key_digest = models.CharField(max_length=64)
    key_hint = models.CharField(max_length=8)
    state = models.CharField(max_length=8, choices=EngineState, default=EngineState.QUEUED)
    why = models.CharField(max_length=16, choices=Why, blank=True)
    wanted = models.BooleanField(default=True)
    slot = models.PositiveSmallIntegerField(default=1)
    pid = models.PositiveIntegerField(null=True)
    born = models.PositiveBigIntegerField(null=True)
    port = models.PositiveIntegerField(null=True)
    calls = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    healthy_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(state__in=LIVE), name="engine_one_each"),
            models.UniqueConstraint(fields=["slot"], condition=Q(state__in=RUNNING), name="engine_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(state__in=LIVE, ended_at=None) | ~Q(state__in=LIVE) & Q(ended_at__isnull=False),
                name="engine_ended_when_over",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(state="queued"), name="engine_queue"),
            models.Index(fields=["user", "-created_at"], name="engine_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.listing}@{self.version} {self.state}"
