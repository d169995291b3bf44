"""What somebody sends is looked at before anything is kept: by its name, and then by its content."""

from __future__ import annotations

import re
from dataclasses import dataclass

from common.text import clean_line, has_text

from .cids import cid_of
from .errors import FileKindError, FileMissingError, FileTooLargeError, NotATextError
from .images import encode_anew
from .models import MOST_BYTES, Kind

MOST_NAME = 60  # characters, before the ending
IMAGES = frozenset({"png", "jpg", "jpeg", "webp", "gif"})
TEXTS = frozenset({"txt", "log", "md", "csv", "json"})
ENDINGS = {Kind.PNG: "png", Kind.JPEG: "jpg", Kind.TEXT: "txt"}
ACCEPT = ",".join(f".{ending}" for ending in sorted(IMAGES | TEXTS))

# Escape sequences would act in the terminal of whoever reads a log there.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Upload:
    """A file as it may be kept, with a name that can be shown."""

    name: str
    kind: Kind
    content: bytes

    @property
    def cid(self) -> str:
        """The address of its content."""
        return cid_of(self.content)


def read_upload(name: str, content: bytes) -> Upload:
    """Return what may be kept of a file: an image encoded anew, or a text as it is.

    Raises a FileRefusedError that says why not, or ImagesBusyError.
    """
    if not content:
        raise FileMissingError
    if len(content) > MOST_BYTES:
        raise FileTooLargeError
    stem, ending = _parts(name)
    if ending in IMAGES:
        kind, content = encode_anew(content)
    elif ending in TEXTS:
        kind = Kind.TEXT
        _check_text(content)
        stem += "" if ending == "txt" else f".{ending}"
    else:
        raise FileKindError
    return Upload(f"{stem}.{ENDINGS[kind]}", kind, content)


def _parts(name: str) -> tuple[str, str]:
    """Return the stem and the ending of a name, in one line in which nothing is hidden or turned around."""
    line = clean_line(re.split(r"[/\\]", name)[-1])
    stem, _dot, ending = line.rpartition(".")
    return stem.strip(" .")[:MOST_NAME].strip() or "file", ending.lower()


def _check_text(content: bytes) -> None:
    """Raises NotATextError unless the bytes are UTF-8 in which something can be read."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise NotATextError from error
    if _CONTROLS.search(text) or not has_text(text):
        raise NotATextError
