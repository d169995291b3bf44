"""What a request says, in tus's own headers."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import NamedTuple
from uuid import UUID

from config.guard.protocol import Headers, Scope, header

from .errors import BadHeaderError

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,checksum"
ALGORITHMS = {"sha256": hashlib.sha256, "sha1": hashlib.sha1}
ROOT = "/uploads/"
KIND = b"application/offset+octet-stream"
MOST_DIGITS = 18
MOST_METADATA = 4096  # bytes

_ITEM = re.compile(r"/uploads/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")
_NUMBER = re.compile(rb"[0-9]{1,%d}" % MOST_DIGITS)


class Checksum(NamedTuple):
    """What a request's bytes come to."""

    algorithm: str
    digest: bytes


def upload_of(path: str) -> UUID | None:
    """Return the upload that an address names."""
    return UUID(found[1]) if (found := _ITEM.fullmatch(path)) else None


def is_root(path: str) -> bool:
    """Say whether an address is the one where uploads begin."""
    return path in (ROOT, ROOT.rstrip("/"))


def method_of(scope: Scope) -> str:
    """Return what is to be done: a client that can only POST may say so in a header (tus 1.0, core)."""
    override = header(scope["headers"], b"x-http-method-override").decode("latin1").upper()
    return override if scope["method"] == "POST" and override in ("PATCH", "DELETE") else str(scope["method"])


def number_in(headers: Headers, name: str) -> int:
    """Return a number of bytes. Raises BadHeaderError."""
    value = header(headers, name.lower().encode())
    if not _NUMBER.fullmatch(value):
        raise BadHeaderError(name)
    return int(value)


def metadata_in(headers: Headers) -> dict[str, str]:
    """Return what is said about a file. Raises BadHeaderError where it is not UTF-8 in base64."""
    value = header(headers, b"upload-metadata")
    found: dict[str, str] = {}
    if len(value) > MOST_METADATA:
        raise BadHeaderError("Upload-Metadata")
    for pair in filter(None, (each.strip() for each in value.split(b","))):
        name, _, encoded = pair.partition(b" ")
        try:
            key, text = name.decode("ascii"), base64.b64decode(encoded.strip(), validate=True).decode()
        except (UnicodeDecodeError, binascii.Error) as error:
            raise BadHeaderError("Upload-Metadata") from error
        if key in found:
            raise BadHeaderError("Upload-Metadata")
        found[key] = text
    return found


def checksum_in(headers: Headers) -> Checksum | None:
    """Return the checksum of a request's bytes, if one is given. Raises BadHeaderError."""
    value = header(headers, b"upload-checksum")
    if not value:
        return None
    name, _, encoded = value.decode("latin1").partition(" ")
    try:
        digest = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error) as error:
        raise BadHeaderError("Upload-Checksum") from error
    if name not in ALGORITHMS or len(digest) != ALGORITHMS[name](usedforsecurity=False).digest_size:
        raise BadHeaderError("Upload-Checksum")
    return Checksum(name, digest)


def has_body(headers: Headers) -> bool:
    """Say whether bytes come with a request."""
    return header(headers, b"content-length") not in (b"", b"0") or bool(header(headers, b"transfer-encoding"))
