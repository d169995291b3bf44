"""Requests for access to gated models."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.models import address_field
from marketplace.listings.gates import MOST_REASON, MOST_TERMS

MOST_TEXT = 1_000


class RequestState(models.TextChoices):
    """Where a request stands."""

    WAITING = "waiting", _("Waiting for the seller")
    APPROVED = "approved", _("Approved")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class AccessRequest(models.Model):
    """Somebody asks the seller of a listing for access: one row each, which asking again opens anew.

    ``terms`` and ``license`` are what was agreed to, as it stood then; ``answer`` is what the seller said to it.
    """

    listing = models.CharField(max_length=193)
    asker = address_field()
    text = models.TextField(max_length=MOST_TEXT)
    terms = models.TextField(blank=True, max_length=MOST_TERMS)
    license = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=9, choices=RequestState, default=RequestState.WAITING)
    answer = models.CharField(max_length=MOST_REASON, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("asker", Lower("listing"), name="access_request_unique")]
        indexes = [
            models.Index(fields=["listing", "state", "-asked_at", "-id"], name="access_request_queue"),
            models.Index(fields=["listing"], condition=Q(state="waiting"), name="access_request_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.listing} {self.asker}"
