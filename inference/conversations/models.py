"""Conversations that somebody shares: a copy of what was said then, for whoever has its address."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from marketplace.ground.decisions import ModerationDecision

MOST_SHARED = 100  # of one account


def new_secret() -> str:
    """Return a secret that nobody guesses."""
    return secrets.token_urlsafe(24)


class SharedConversation(models.Model):
    """A snapshot of one conversation. ``id`` is public and chosen by the page that makes it, ``secret`` opens it.

    ``turns`` are ``{"role", "content"}``, an answer's with what ``proofs`` says of it. ``decision`` is the one by which
    moderators took it out, if they did. What is revoked is deleted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    secret = models.CharField(max_length=43, unique=True, default=new_secret)
    listing = models.CharField(max_length=193)
    turns: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField()
    decision = models.ForeignKey(ModerationDecision, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["user", "-created_at", "id"], name="shared_newest_first")]

    def __str__(self) -> str:
        return f"{self.listing} {self.pk}"

    def get_absolute_url(self) -> str:
        """Return the path that is shared."""
        return reverse("shared-conversation", args=[self.secret])

    @property
    def owner_name(self) -> str:
        """The first part of the listing's name."""
        return self.listing.partition("/")[0]

    @property
    def model_name(self) -> str:
        """The second part of the listing's name."""
        return self.listing.partition("/")[2]

    @property
    def gist(self) -> str:
        """How it begins."""
        return str(self.turns[0]["content"])[:120]

    @property
    def answers(self) -> int:
        """How many answers it has."""
        return sum(each["role"] == "assistant" for each in self.turns)
