"""Uploads: begun, gone on with, kept or given up. The bytes themselves go past here, into ``parts``."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.restrictions import Scope, refuse_restricted
from common import queue
from common.limits import limit
from common.locks import exclusive_until_commit

from . import parts, stores
from .blobs import SHA256, Failure, Upload
from .digests import Digested
from .errors import BadDigestError, OffsetError, UploadBusyError, UploadNotFoundError
from .paths import clean_path
from .quotas import check_quota, check_size
from .storing import keep_part

PER_MINUTE = 300  # uploads that an account may begin
UNTOUCHED = timedelta(days=7)  # how long one may stand still, or be kept without anything that refers to its blob
TASK = "marketplace.files.tasks.keep_upload"
SECONDS = 3_600  # for the task, which may have to read 30 GB
Kept = Callable[[Upload], object]
_kept: list[Kept] = []


def on_kept(function: Kept) -> None:
    """Have a function called with each upload that gets its blob, within that transaction."""
    _kept.append(function)


@transaction.atomic
def begin_upload(*, user: User, path: str, size: int, expected: str = "") -> Upload:
    """Return a new upload of so many bytes. Raises what says why there is none."""
    refuse_restricted(user.address, Scope.PUBLISHING)
    path = clean_path(path)
    if expected and not re.fullmatch(SHA256, expected):
        raise BadDigestError
    check_size(size)
    limit(f"uploads:{user.pk}", PER_MINUTE, 60)
    exclusive_until_commit(f"uploads of {user.pk}")
    check_quota(user, size)
    stores.check_room(size)
    return Upload.objects.create(user=user, path=path, size=size, expected=expected)


def own_upload(user: User, upload_id: UUID) -> Upload:
    """Return a user's own upload. Raises UploadNotFoundError."""
    if found := Upload.objects.filter(user=user, pk=upload_id).select_related("blob").first():
        return found
    raise UploadNotFoundError


def offset_of(upload: Upload) -> int:
    """Return how many bytes are here: what the disk was seen to have, and still has."""
    return upload.offset if upload.blob_id else min(upload.offset, parts.size_of(upload.pk))


def check_offset(upload: Upload, offset: int) -> None:
    """Raise OffsetError unless bytes go on at ``offset``."""
    if (here := offset_of(upload)) != offset:
        raise OffsetError(offset=here)


def note_offset(*, upload_id: UUID, offset: int) -> bool:
    """Note how many bytes the disk has; whoever calls holds the part. Say whether the upload is there still."""
    arriving = Upload.objects.filter(pk=upload_id, blob=None, user__is_active=True)
    return bool(arriving.update(offset=offset, hashed=0, failure="", touched_at=timezone.now()))


def finish_upload(*, upload_id: UUID, found: Digested | None) -> None:
    """Keep an upload that is whole; whoever calls holds the part. Where nobody knows what its bytes come to, or they
    have to go to another machine, a task keeps it."""
    if found is None or stores.folder() is None:
        with transaction.atomic():
            queue.enqueue(TASK, str(upload_id), seconds=SECONDS)
    else:
        keep_upload(upload_id=upload_id, found=found)


def keep_upload(*, upload_id: UUID, found: Digested) -> None:
    """Give an upload its blob, or note that it is not the file that was announced. Once, however often it is asked."""
    upload = Upload.objects.filter(pk=upload_id, blob=None, size=found.size).first()
    if upload is None:
        return
    if upload.expected not in ("", found.sha256):
        _fail(upload, Failure.ANOTHER)
    else:
        # The lock on the blob lasts until something refers to it.
        with transaction.atomic():
            blob = keep_part(part=parts.path_of(upload_id), found=found)
            locked = Upload.objects.select_for_update().filter(pk=upload_id, blob=None).first()
            if locked:
                locked.blob, locked.offset, locked.hashed, locked.touched_at = blob, found.size, 0, timezone.now()
                locked.failure = ""
                locked.save()
                for function in _kept:
                    function(locked)
    parts.path_of(upload_id).unlink(missing_ok=True)


def rehash_upload(*, upload_id: UUID) -> None:
    """Read an upload that is whole, and keep it; its row tells how far that is. Raises UploadBusyError."""
    row = Upload.objects.filter(pk=upload_id, blob=None, failure="")
    upload = row.first()
    if upload is None or upload.offset < upload.size:
        return
    with parts.opened_part(upload_id) as part:
        digest = part.digest(upload.size, lambda done: row.update(hashed=done))
        if digest.size < upload.size:
            _fail(upload, Failure.LOST)
        else:
            keep_upload(upload_id=upload_id, found=digest.finish())


def cancel_upload(*, user: User, upload_id: UUID) -> None:
    """Give up an upload; a blob that it has already stays for what else refers to it. Raises UploadBusyError."""
    upload = own_upload(user, upload_id)
    parts.drop(upload_id)
    upload.delete()


def forget_uploads(address: str) -> int:
    """Delete all uploads of an address, and what has arrived of them."""
    own = list(Upload.objects.filter(user__address=address))
    for upload in own:
        with suppress(UploadBusyError):  # its row goes, and so whoever writes it stops
            parts.drop(upload.pk)
    return Upload.objects.filter(pk__in=[upload.pk for upload in own]).delete()[0]


def _fail(upload: Upload, failure: Failure) -> None:
    """Note why a whole upload came to nothing. Sent again, it begins at nothing."""
    Upload.objects.filter(pk=upload.pk).update(failure=failure, offset=0, hashed=0, touched_at=timezone.now())
