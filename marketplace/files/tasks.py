"""What the queue does with uploads and blobs."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from django.db.models import F

from common.queue import alone

from .blobs import Upload
from .errors import UploadBusyError
from .tidying import tidy_all
from .uploading import rehash_upload


def keep_upload(upload_id: str) -> None:
    """Hash an upload that is whole, and keep it.

    It may take longer than the queue waits before it gives a task to another worker, which finds that this one has it.
    """
    with alone(f"upload {upload_id}") as is_first:
        if is_first:
            with suppress(UploadBusyError):  # it is being received: whoever does that finishes it
                rehash_upload(upload_id=UUID(upload_id))


def keep_waiting() -> None:
    """Keep what is whole and was left by a task that died."""
    for upload in Upload.objects.filter(blob=None, failure="", offset=F("size")).order_by("touched_at")[:20]:
        keep_upload(str(upload.pk))


def tidy() -> None:
    """Delete what nobody needs any more."""
    with alone("tidy model files") as is_first:
        if is_first:
            tidy_all()
