"""Deletes what nobody needs: uploads that stand still, blobs that nothing refers to, files that no row knows."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import structlog
from django.db.models import Exists, OuterRef
from django.utils import timezone

from . import parts, stores
from .blobs import SHA256, Blob, Upload
from .errors import UploadBusyError
from .storing import forget_blob, referring, remove_bytes
from .uploading import UNTOUCHED

UNNEEDED = timedelta(hours=1)  # how old a blob is that may go: whoever has just brought it will say what for
STRAY = 86_400  # seconds since anybody wrote a file that no row knows
AT_ONCE = 1_000  # of each kind, in one run

log = structlog.get_logger(__name__)


def tidy_all() -> None:
    """Look at everything once."""
    counts = {"uploads": forget_still(), "blobs": forget_unneeded(), "strays": remove_strays()}
    if any(counts.values()):
        log.info("model files were tidied", **counts)


def forget_still() -> int:
    """Delete uploads that were not touched for long, finished or not; return how many."""
    gone = 0
    for upload in Upload.objects.filter(touched_at__lt=timezone.now() - UNTOUCHED).order_by("touched_at")[:AT_ONCE]:
        with suppress(UploadBusyError):
            parts.drop(upload.pk)
            # Nobody has begun to send again since.
            gone += Upload.objects.filter(pk=upload.pk, touched_at=upload.touched_at).delete()[0]
    return gone


def forget_unneeded() -> int:
    """Delete blobs that nothing refers to; return how many."""
    old = Blob.objects.filter(created_at__lt=timezone.now() - UNNEEDED)
    for model, column in referring():
        old = old.exclude(Exists(model._default_manager.filter(**{column: OuterRef("pk")})))
    return sum(forget_blob(sha256=each) for each in old.order_by("created_at").values_list("pk", flat=True)[:AT_ONCE])


def remove_strays() -> int:
    """Delete files that no row knows: what was being made when a process was killed, or stands behind a deleted row."""
    before = time.time() - STRAY
    gone = 0
    for name in list(parts.all_names(before))[:AT_ONCE]:
        gone += _remove_part(name)
    for name in list(stores.stray_blobs(before)):
        if re.fullmatch(SHA256, name) and not Blob.objects.filter(pk=name).exists():
            remove_bytes(name)
            gone += 1
    return gone


def _remove_part(name: str) -> bool:
    if name.startswith(stores.COPY):
        (stores.parts_folder() / name).unlink(missing_ok=True)
        return True
    try:
        upload = UUID(name)
        if Upload.objects.filter(pk=upload, blob=None).exists():
            return False
        parts.drop(upload)
    except (ValueError, UploadBusyError):
        return False
    return True
