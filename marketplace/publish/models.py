"""Drafts: what somebody is about to publish."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from contracts.models import hash_field
from marketplace.files.blobs import MOST_PATH, Blob, Upload


class Draft(models.Model):
    """A model, or a version of one, that is not published yet.

    ``manifest`` has the shape of citrate.toml, and may lack anything. ``revision`` counts its changes: who saves on top
    of an older one is told. Who has the link with ``share_key`` may read it. ``listing`` is the name that it is a new
    version of, or became; ``chain_id`` and ``model_id`` are where it is listed, once that is prepared.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    manifest = models.JSONField(default=dict, blank=True)
    revision = models.PositiveIntegerField(default=0)
    share_key = models.CharField(max_length=43, blank=True)
    listing = models.CharField(max_length=193, blank=True)
    chain_id = models.PositiveBigIntegerField(null=True, blank=True)
    model_id = hash_field(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-updated_at"], name="draft_own")]
        constraints = [
            models.UniqueConstraint(fields=["share_key"], condition=~Q(share_key=""), name="draft_share_key_unique")
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def subject(self) -> str:
        """What its checks are of."""
        return f"draft:{self.id}"


class DraftFile(models.Model):
    """A file of a draft under its path in the model's folder: on its way while it has no blob."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=MOST_PATH)
    upload = models.ForeignKey(Upload, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "path"], name="draft_file_path_unique")]
        ordering = ["path"]

    def __str__(self) -> str:
        return self.path
