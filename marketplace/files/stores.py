"""Where the bytes of model files are: in a folder, or in an object store that django-storages knows.

Files are made in a folder of this machine either way, and are whole before they come into the store. Where the store is
a folder too, it has to be on the same file system: a file is then linked into it in one step.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from botocore.exceptions import ClientError
from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage

from .blobs import Blob, storage
from .errors import DiskFullError

COPY = "copy-"  # how files begin that are made here and are no upload's
CLUSTER = 2  # letters of a blob's folder


def folder() -> Path | None:
    """Return the folder that the store is, None where it is elsewhere."""
    store = storage()
    return Path(store.location) if isinstance(store, FileSystemStorage) else None


def parts_folder() -> Path:
    """Return the folder where files are made."""
    parts = Path(settings.UPLOAD_PARTS)
    parts.mkdir(parents=True, exist_ok=True)
    return parts


def new_copy() -> Path:
    """Return a place for a file that is being made."""
    return parts_folder() / f"{COPY}{uuid4()}"


def check_room(size: int) -> None:
    """Raise DiskFullError where so many bytes more would leave the disk with less than its floor."""
    if shutil.disk_usage(parts_folder()).free - size < settings.UPLOAD_DISK_FLOOR:
        raise DiskFullError


def path_of(blob: Blob) -> Path | None:
    """Return where a blob's bytes are on this machine, None where they are elsewhere."""
    return found / blob.key if (found := folder()) else None


def is_there(blob: Blob) -> bool:
    """Say whether a blob's bytes are in the store, all of them."""
    try:
        return storage().size(blob.key) == blob.size
    except OSError:
        return False
    except ClientError as error:
        if _is_missing(error):
            return False
        raise


def put(source: Path, blob: Blob) -> None:
    """Let a file that is whole and on the disk be a blob's bytes. It stays where it was, too: its name is the caller's
    to delete, once a row says that the bytes are here."""
    if target := path_of(blob):
        target.parent.mkdir(parents=True, exist_ok=True)
        second = source.with_name(f"{COPY}{uuid4()}")
        source.chmod(0o440)
        second.hardlink_to(source)
        second.replace(target)
        sync_folder(target.parent)
        return
    store = storage()
    with source.open("rb") as file:
        name = store.save(blob.key, File(file))
    if name != blob.key:  # a store that keeps what it has: the same bytes are there already
        store.delete(name)


def remove(sha256: str) -> None:
    """Delete a blob's bytes."""
    storage().delete(Blob(sha256=sha256).key)


def sync_folder(path: Path) -> None:
    """Wait until the disk has what was done to the names in a folder."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def stray_blobs(before: float) -> Iterator[str]:
    """Yield the names of all files that stand in the folder since before a time. An object store is not looked through:
    its own rules for old objects, or its inventory, do that better.
    """
    found = folder()
    for path in found.glob(f"{'[0-9a-f]' * CLUSTER}/*") if found else ():
        with suppress(FileNotFoundError):  # it went meanwhile
            if path.stat().st_mtime < before:
                yield path.name


def _is_missing(error: ClientError) -> bool:
    """Say whether an object store says that there is no such object; S3 itself says "404" to what has no body."""
    return error.response.get("Error", {}).get("Code") in {"404", "NoSuchKey", "NotFound"}
