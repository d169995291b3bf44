"""Files that people sent, each kept once under its content's own address."""

from __future__ import annotations

import structlog
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .cids import cid_of
from .errors import FileDamagedError

MOST_BYTES = 5_000_000

log = structlog.get_logger(__name__)


class Kind(models.TextChoices):
    """What the bytes are, and so as what they are given out."""

    PNG = "image/png", "PNG"
    JPEG = "image/jpeg", "JPEG"
    TEXT = "text/plain", "text"


class StoredFile(models.Model):
    """One file. PostgreSQL lets nobody change it: its key is what its content hashes to."""

    cid = models.CharField(max_length=64, primary_key=True)
    content = models.BinaryField()
    kind = models.CharField(max_length=16, choices=Kind)
    size = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(size__gt=0, size__lte=MOST_BYTES), name="file_size")]

    def __str__(self) -> str:
        return self.cid

    @property
    def is_image(self) -> bool:
        """Whether a page may show it."""
        return self.kind != Kind.TEXT

    @property
    def mebibytes(self) -> float:
        """Its size, as the look's filter of sizes takes it."""
        return self.size / 2**20

    def read(self) -> bytes:
        """Return the bytes once they are known to be those that were kept. Raises FileDamagedError."""
        content = bytes(self.content)
        if cid_of(content) != self.cid:
            log.error("a stored file does not hash to its name", cid=self.cid)
            raise FileDamagedError
        return content
