"""Keeping model files by what is in them, and deleting those that nothing refers to."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

from django.db import transaction
from django.db.models import ForeignObjectRel, Model

from common.locks import exclusive_until_commit

from . import stores
from .blobs import Blob
from .digests import Digest, Digested

PIECE = 1024 * 1024  # bytes read at once
Forgotten = Callable[[str, str], object]
_forgotten: list[Forgotten] = []


def on_forgotten(function: Forgotten) -> None:
    """Have a function called with sha256 and CID of each blob that is deleted, within that transaction."""
    _forgotten.append(function)


def keep_blob(*, source: BinaryIO | Path) -> Blob:
    """Return the blob of these bytes, kept once whoever brings them. The source stays as it is.

    It is read once. Killed in the middle, it leaves a file that ``tidying`` finds, and never half a blob.
    Raises DiskFullError.
    """
    if isinstance(source, Path):
        with source.open("rb") as file:
            return keep_blob(source=file)
    stores.check_room(0)
    part, digest = stores.new_copy(), Digest()
    try:
        with part.open("xb") as copy:
            while piece := source.read(PIECE):
                copy.write(piece)
                digest.update(piece)
            copy.flush()
            os.fsync(copy.fileno())
        return keep_part(part=part, found=digest.finish())
    finally:
        part.unlink(missing_ok=True)


def keep_part(*, part: Path, found: Digested) -> Blob:
    """Return the blob of a file in the folder of parts that is whole, hashed and on the disk.

    The file's name stays, for the caller to delete once this is committed; nobody may write to it any more.
    """
    blob = Blob(sha256=found.sha256, cid=found.cid, size=found.size)
    if stores.folder() is None and not stores.is_there(blob):
        stores.put(part, blob)  # takes long: nobody waits for it with a lock
    with transaction.atomic():
        _lock(blob.sha256)
        if not stores.is_there(blob):
            stores.put(part, blob)
        values = {"cid": blob.cid, "size": blob.size}
        return Blob.objects.select_for_update(no_key=True).get_or_create(pk=blob.pk, defaults=values)[0]


@transaction.atomic
def forget_blob(*, sha256: str) -> bool:
    """Delete a blob that nothing refers to; one that something does stays. Say whether it was deleted.

    Bytes go after the commit. The row is locked first and then looked at by a new statement, so that whoever holds it
    (``Blob.objects.hold``) has written what refers to it, or is told that it is gone.
    """
    _lock(sha256)
    blob = Blob.objects.select_for_update().filter(pk=sha256).first()
    if blob is None or is_needed(blob):
        return False
    for function in _forgotten:
        function(blob.sha256, blob.cid)
    blob.delete()
    transaction.on_commit(partial(remove_bytes, sha256))
    return True


@transaction.atomic
def remove_bytes(sha256: str) -> None:
    """Delete bytes from the store, unless a blob has them."""
    _lock(sha256)
    if not Blob.objects.filter(pk=sha256).exists():
        stores.remove(sha256)


def is_needed(blob: Blob) -> bool:
    """Say whether any row of any table refers to a blob."""
    return any(model._default_manager.filter(**{column: blob}).exists() for model, column in referring())


def referring() -> list[tuple[type[Model], str]]:
    """Return the tables and columns that refer to blobs."""
    relations = [each for each in Blob._meta.get_fields(include_hidden=True) if isinstance(each, ForeignObjectRel)]
    return [(each.related_model, each.field.name) for each in relations if isinstance(each.related_model, type)]


def _lock(sha256: str) -> None:
    exclusive_until_commit(f"blob {sha256}")
