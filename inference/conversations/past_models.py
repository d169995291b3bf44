"""Conversations of the playground that somebody wishes to have kept, sealed; nothing is kept of who does not."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from common.sealing import unseal


class HistoryChoice(models.Model):
    """Somebody whose conversations are kept, because they said so. Where there is no row nothing is kept."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", primary_key=True)
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"history of {self.user_id}"


class PastConversation(models.Model):
    """One conversation with one model. Its words are encrypted and bound to this row, figures beside them are not.

    ``sealed_turns`` are ``{"role", "content"}``, an answer's with its ``proof`` and what it proves (``told``).
    ``version`` counts how often it was kept: a page that goes on with another one than it knows is told so.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    listing = models.CharField(max_length=193)
    sealed_title = models.BinaryField()
    sealed_turns = models.BinaryField()
    version = models.PositiveIntegerField(default=0)
    answers = models.PositiveSmallIntegerField()
    read = models.PositiveBigIntegerField()
    written = models.PositiveBigIntegerField()
    paid_by: models.JSONField[list[str], list[str]] = models.JSONField()
    began_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-changed_at", "id"], name="past_newest_first")]

    def __str__(self) -> str:
        return f"{self.listing} {self.pk}"

    @property
    def bound_to(self) -> str:
        """What its words are bound to: in another row, or as another's, they open nothing."""
        return f"conversation {self.pk} of {self.user_id}"

    @property
    def title(self) -> str:
        """How it begins. Raises SealedError."""
        return unseal(self.sealed_title, bound_to=self.bound_to)

    @property
    def turns(self) -> list[dict[str, Any]]:
        """What was said. Raises SealedError."""
        return list(json.loads(unseal(self.sealed_turns, bound_to=self.bound_to)))

    @property
    def owner_name(self) -> str:
        """The first part of the listing's name."""
        return self.listing.partition("/")[0]

    @property
    def model_name(self) -> str:
        """The second part of the listing's name."""
        return self.listing.partition("/")[2]
