"""Model files: bytes of any size in a storage of their own, each kept once under its sha256, and their uploads."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

STORAGE = "model_files"
MOST_PATH = 255
SHA256 = r"^[0-9a-f]{64}$"


def storage() -> Storage:
    """Return where the bytes are: a folder, or S3 where it is configured (django-storages)."""
    return storages[STORAGE]


class Blob(models.Model):
    """One content, whoever sent it. ``cid`` is its UnixFS root (CIDv1, raw leaves, 256 KiB chunks). Size in bytes."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    cid = models.CharField(max_length=64, db_index=True)
    size = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(sha256__regex=SHA256), name="blob_sha256_form")]

    def __str__(self) -> str:
        return self.sha256

    @property
    def key(self) -> str:
        """Its name in the storage."""
        return f"{self.sha256[:2]}/{self.sha256}"

    def open(self) -> File[bytes]:
        """Return a seekable reader of its bytes."""
        return storage().open(self.key, "rb")


class Upload(models.Model):
    """A file on its way (tus 1.0): ``offset`` of ``size`` bytes are here. When all are, and hashed, it has a blob."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=MOST_PATH)
    size = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    touched_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(offset__lte=F("size")), name="upload_within_size")]
        indexes = [models.Index(fields=["touched_at"], condition=Q(blob=None), name="upload_unfinished")]

    def __str__(self) -> str:
        return str(self.id)
