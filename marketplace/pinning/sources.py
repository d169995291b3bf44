"""Where the bytes of a pin are, besides the node: each kind of content registers how it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from marketplace.files.blobs import Blob

from .models import PinSource

PIECE = 2**20  # bytes that are read at once
Pieces = Callable[[str], Iterator[bytes] | None]
_sources: dict[str, Pieces] = {}


def register(source: PinSource, pieces: Pieces) -> None:
    """Have the contents of a source read by ``pieces``: from a key to its bytes, None where they are gone."""
    _sources[source] = pieces


def pieces_of(source: str, key: str) -> Iterator[bytes] | None:
    """Return the bytes of a content in pieces; None where they are gone."""
    return _sources[source](key)


def pieces_of_blob(key: str) -> Iterator[bytes] | None:
    """Return the bytes of a model file, by its sha256."""
    blob = Blob.objects.filter(pk=key).first()
    return _read(blob) if blob else None


def _read(blob: Blob) -> Iterator[bytes]:
    with blob.open() as file:
        while piece := file.read(PIECE):
            yield piece


register(PinSource.BLOB, pieces_of_blob)
