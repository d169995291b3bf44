"""The process that reads one untrusted file: it asks for bytes on its output, and gets them on its input.

Nothing is open here but two pipes, so there is nothing to steal, and whoever takes this process over can only lie about
the file. It is started by ``apart.py``.
"""

from __future__ import annotations

import io
import json
import os
import resource
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO, cast

from . import fence
from .errors import BROKEN, LIMIT, FormatError
from .errors import marked as _
from .reading import read_file

ASK, DONE = b"R", b"D"
BLOCK = 256 * 2**10
TOO_MUCH = _("It takes more memory to read than any model does.")
UNREADABLE = _("It cannot be read: it is made in a way that no model is.")


class Remote(io.RawIOBase):
    """A file on the other side of two pipes."""

    def __init__(self, size: int, asks: BinaryIO, gets: BinaryIO) -> None:
        self.size, self.asks, self.gets = size, asks, gets
        self.place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self.place = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self.place, os.SEEK_END: self.size}[whence]
        return self.place

    def tell(self) -> int:
        return self.place

    def readinto(self, buffer: Any) -> int:
        length = min(len(buffer), max(self.size - self.place, 0))
        if not length:
            return 0
        self.asks.write(ASK + struct.pack("<QI", self.place, length))
        self.asks.flush()
        done = 0
        with memoryview(buffer) as view:
            while done < length:
                got = self.gets.readinto(view[done:length])  # type: ignore[attr-defined]
                if not got:
                    raise FormatError(_("The file could not be read to its end."))
                done += got
        self.place += length
        return length


def answer(file: BinaryIO) -> dict[str, Any]:
    """Return what the file says, or why it is refused, whatever happens while it is read."""
    try:
        return {"read": read_file(file).to_json()}
    except FormatError as error:
        return _refused(error)
    except MemoryError:
        return _refused(FormatError(TOO_MUCH, code=LIMIT))
    except Exception as error:  # nothing that a file does ends this process without an answer
        return _refused(FormatError(UNREADABLE, code=BROKEN)) | {"raised": type(error).__name__}


def _refused(error: FormatError) -> dict[str, Any]:
    said = {
        "text": error.text,
        "values": error.values,
        "code": error.code,
        "kind": error.kind,
        "hostile": error.hostile,
    }
    return {"refused": said}


def _own_status() -> BinaryIO | None:
    """Return what the kernel says of this process, opened while it still may be."""
    try:
        return Path("/proc/self/status").open("rb", buffering=0)
    except OSError:
        return None


def _peak(status: BinaryIO | None) -> int:
    """Return the most bytes of memory that were resident: here, where ``getrusage`` counts what the parent had."""
    if status is not None:
        status.seek(0)
        for line in status.read(2**16).splitlines():
            if line.startswith(b"VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Read one file between the fence's poles."""
    asks, gets = os.fdopen(1, "wb", closefd=False), os.fdopen(0, "rb", closefd=False)
    size = struct.unpack("<Q", gets.read(8))[0]
    sys.stdout = sys.stderr = io.StringIO()  # nothing else may speak on the pipe
    encoder = json.JSONEncoder(ensure_ascii=True)
    status = _own_status()
    is_fenced = fence.put_up()
    said = answer(cast("BinaryIO", io.BufferedReader(Remote(size, asks, gets), BLOCK)))
    said |= {"fenced": is_fenced, "memory": _peak(status)}
    content = encoder.encode(said).encode()
    asks.write(DONE + struct.pack("<I", len(content)) + content)
    asks.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
