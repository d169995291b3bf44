"""What our IPFS node is to keep, and whether it does."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PinState(models.TextChoices):
    """Where a pin stands. What is lost is brought again, and says so until it is; what is let go leaves the node."""

    WANTED = "wanted", _("on its way")
    PINNED = "pinned", _("pinned")
    LOST = "lost", _("lost, and brought again")
    REFUSED = "refused", _("not kept")
    RELEASED = "released", _("let go")


class PinSource(models.TextChoices):
    """Where its bytes are, besides the node."""

    DOCUMENT = "document", _("document")  # listings' MetadataDocument
    BLOB = "blob", _("model file")  # files' Blob
    CARD = "card", _("card")  # the text of a version


class PinQuerySet(models.QuerySet["Pin"]):
    """Reads of pins."""

    def due(self) -> PinQuerySet:
        """Return what is to be looked at now, the longest overdue first."""
        return self.filter(next_at__lte=timezone.now()).order_by("next_at", "cid")


class Pin(models.Model):
    """A content that our node is to keep. ``pinned_at`` is since when it does without a gap.

    ``key`` names the bytes in their source. ``checked_at`` is when the node was asked last and answered; ``says`` why
    it does not keep it. ``tries`` counts failures in a row, and ``next_at`` is when it is looked at again.
    """

    cid = models.CharField(max_length=64, primary_key=True)
    source = models.CharField(max_length=8, choices=PinSource)
    key = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    state = models.CharField(max_length=8, choices=PinState, default=PinState.WANTED)
    says = models.CharField(max_length=300, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    lost = models.PositiveIntegerField(default=0)  # how often the node had lost it
    pinned_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)

    objects = PinQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state=PinState.PINNED, pinned_at__isnull=False, checked_at__isnull=False)
                | ~Q(state=PinState.PINNED) & Q(pinned_at=None),
                name="pin_dated_while_pinned",
            )
        ]
        indexes = [
            models.Index(fields=["next_at", "cid"], name="pin_due"),
            models.Index(fields=["state"], condition=~Q(state=PinState.PINNED), name="pin_not_pinned"),
        ]

    def __str__(self) -> str:
        return self.cid
