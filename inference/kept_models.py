"""Answers that are kept for a day because who asked gave their question a name (``Idempotency-Key``)."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

KEPT = timedelta(days=1)


class KeptAnswer(models.Model):
    """What became of one named question: by that name it is asked once, however often it is sent.

    ``name_digest`` is sha256 of the API key and the name, ``body_digest`` of what was asked. ``call_id`` is the call,
    None before it began. ``sealed`` is the answer, encrypted and bound to this row, None while it is written.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name_digest = models.CharField(max_length=64, unique=True)
    body_digest = models.CharField(max_length=64)
    call_id = models.UUIDField(null=True)
    sealed = models.BinaryField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.name_digest

    @property
    def bound_to(self) -> str:
        """What its answer is bound to: in another row it opens nothing."""
        return f"kept answer {self.name_digest}"
