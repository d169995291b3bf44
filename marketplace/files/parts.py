"""The bytes of an upload that have arrived so far: a file of this machine, which one process at a time writes."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

from . import stores
from .digests import Digest
from .errors import DiskFullError, UploadBusyError

PIECE = 1024 * 1024  # bytes read at once
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
Told = Callable[[int], object]


class Part:
    """An upload's file, open and locked. Its methods may wait for the disk."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._end = 0

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return os.fstat(self._descriptor).st_size

    def go_on_at(self, offset: int) -> None:
        """Forget what stands behind ``offset``, and write there."""
        os.ftruncate(self._descriptor, offset)
        self._end = offset

    def write(self, pieces: Sequence[bytes]) -> None:
        """Add bytes at the end. Raises DiskFullError, and then has none of them."""
        end = self._end
        try:
            for piece in pieces:
                view = memoryview(piece)
                while view:
                    written = os.pwrite(self._descriptor, view, end)
                    view, end = view[written:], end + written
        except OSError as error:
            if error.errno not in FULL:
                raise
            os.ftruncate(self._descriptor, self._end)
            raise DiskFullError from error
        self._end = end

    def sync(self) -> None:
        """Wait until the disk has what was written."""
        os.fdatasync(self._descriptor)

    def digest(self, until: int, told: Told | None = None) -> Digest:
        """Return what its first bytes come to; ``told`` hears now and then how many were read."""
        digest, heard = Digest(), time.monotonic()
        while digest.size < until:
            piece = os.pread(self._descriptor, min(PIECE, until - digest.size), digest.size)
            if not piece:
                break
            digest.update(piece)
            if told and time.monotonic() - heard > 1:
                told(digest.size)
                heard = time.monotonic()
        return digest

    def close(self) -> None:
        """Let somebody else have it."""
        os.close(self._descriptor)  # and with it the lock


def path_of(upload: UUID) -> Path:
    """Return where an upload's bytes are while it is on its way."""
    return stores.parts_folder() / str(upload)


def open_part(upload: UUID) -> Part:
    """Return an upload's file, locked; an empty one where there is none. Raises UploadBusyError where it is locked.

    The kernel keeps the lock, for this machine, and gives it back however a process ends.
    """
    path = path_of(upload)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise UploadBusyError from error
        if _is_at(descriptor, path):
            return Part(descriptor)
        os.close(descriptor)  # its name went between the two


@contextmanager
def opened_part(upload: UUID) -> Iterator[Part]:
    """Hold an upload's file for a block. Raises UploadBusyError."""
    part = open_part(upload)
    try:
        yield part
    finally:
        part.close()


def size_of(upload: UUID) -> int:
    """Return how many bytes of an upload the disk has."""
    try:
        return path_of(upload).stat().st_size
    except FileNotFoundError:
        return 0


def drop(upload: UUID) -> None:
    """Delete an upload's file, once nobody writes it. Raises UploadBusyError."""
    with opened_part(upload):
        path_of(upload).unlink(missing_ok=True)


def all_names(before: float) -> Iterator[str]:
    """Yield the names of files in the folder that nobody has written since a time."""
    for path in stores.parts_folder().iterdir():
        with suppress(FileNotFoundError):  # it went meanwhile
            if path.is_file() and path.stat().st_mtime < before:
                yield path.name


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.fstat(descriptor).st_ino == path.stat().st_ino
    except FileNotFoundError:
        return False
