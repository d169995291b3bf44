"""Model files: bytes of any size in a storage of their own, each kept once under its sha256, and their uploads."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .errors import BlobGoneError

STORAGE = "model_files"
MOST_PATH = 255
SHA256 = r"^[0-9a-f]{64}$"


def storage() -> Storage:
    """Return where the bytes are: a folder, or S3 where it is configured (django-storages)."""
    return storages[STORAGE]


class BlobQuerySet(models.QuerySet["Blob"]):
    """Reads of blobs."""

    def hold(self, sha256: str) -> Blob:
        """Return a blob that nobody deletes before the transaction ends. Raises BlobGoneError.

        Whoever writes a row that refers to a blob asks for it so, before the row.
        """
        if held := self.select_for_update(no_key=True).filter(pk=sha256).first():
            return held
        raise BlobGoneError


class Blob(models.Model):
    """One content, whoever sent it. ``cid`` is its UnixFS root (CIDv1, raw leaves, 256 KiB chunks). Size in bytes."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    cid = models.CharField(max_length=64, db_index=True)
    size = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    objects = BlobQuerySet.as_manager()

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


class Failure(models.TextChoices):
    """Why an upload came to nothing although all of it arrived."""

    ANOTHER = "another", _("What arrived is not the file that was announced: its sha256 is another one. Send it again.")
    LOST = "lost", _("What had arrived of this file was lost on our side. Send it again.")


class Upload(models.Model):
    """A file on its way (tus 1.0): ``offset`` of ``size`` bytes are here. When all are, and hashed, it has a blob.

    ``offset`` is never more than what the disk has. ``expected`` is the sha256 that the sender has announced, if any.
    ``hashed`` counts bytes, where hashing had to begin anew.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=MOST_PATH)
    size = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    hashed = models.PositiveBigIntegerField(default=0)
    expected = models.CharField(max_length=64, blank=True)
    failure = models.CharField(max_length=8, choices=Failure, blank=True)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    touched_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(offset__lte=F("size")), name="upload_within_size")]
        indexes = [
            models.Index(fields=["touched_at"], condition=Q(blob=None), name="upload_unfinished"),
            models.Index(fields=["touched_at"], name="upload_touched"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def state(self) -> str:
        """Where it stands: ``arriving``, ``checking`` (all is here), ``kept`` or ``failed``."""
        if self.failure:
            return "failed"
        if self.blob_id:
            return "kept"
        return "checking" if self.offset == self.size else "arriving"
