"""What of listings our node is to keep: the documents that versions name, the cards that those name, and the files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Length

from marketplace.files.blobs import Blob
from marketplace.files.cids import is_cid
from marketplace.files.storing import on_forgotten
from marketplace.pinning import metrics
from marketplace.pinning.actions import Wanted, release_pin, want_pins
from marketplace.pinning.models import Pin, PinSource, PinState
from marketplace.pinning.sources import register as register_source

from .versions import MetadataDocument, Version, VersionFile

MOST = 200  # of each kind that are wanted at once


def want_listings(*, most: int = MOST) -> int:
    """Have kept what versions name and is not wanted yet; return how many contents that were.

    Where nothing is new it costs two queries, whatever the number of versions.
    """
    documents = _documents(most)
    named = [Wanted(each.cid, PinSource.DOCUMENT, each.cid, len(each.content)) for each in documents]
    # The cards first: once a document is wanted nobody looks at it again.
    return want_pins(wanted=[*_cards(documents), *_files(most), *named])


def _documents(most: int) -> list[MetadataDocument]:
    named = Version.objects.filter(metadata=OuterRef("pk"))
    return list(MetadataDocument.objects.filter(Exists(named), ~Exists(_wanted()))[:most])


def _wanted() -> QuerySet[Pin]:
    return Pin.objects.exclude(state=PinState.RELEASED).filter(pk=OuterRef("cid"))


def named_cards(documents: Iterable[MetadataDocument]) -> list[str]:
    """Return the CIDs of the cards that documents name."""
    return list(dict.fromkeys(card for each in documents if (card := _card_named(bytes(each.content)))))


def _cards(documents: Sequence[MetadataDocument]) -> Iterator[Wanted]:
    cids = named_cards(documents)
    kept = MetadataDocument.objects.filter(pk__in=cids).annotate(size=Length("content"))
    for cid, size in kept.values_list("cid", "size") if cids else ():
        yield Wanted(cid, PinSource.CARD, cid, size)


def _card_named(content: bytes) -> str:
    try:
        said = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    card = said.get("card") if isinstance(said, dict) else None
    return card if isinstance(card, str) and is_cid(card) else ""


def _files(most: int) -> Iterator[Wanted]:
    used = VersionFile.objects.filter(blob=OuterRef("pk"))
    missing = Blob.objects.filter(Exists(used), ~Exists(_wanted()))
    for blob in missing[:most]:
        yield Wanted(blob.cid, PinSource.BLOB, blob.sha256, blob.size)


def _pieces(key: str) -> Iterator[bytes] | None:
    found = MetadataDocument.objects.filter(pk=key).first()
    return iter([bytes(found.content)]) if found else None


def register() -> None:
    """Say how documents and cards are read, let a file go with its bytes, and have the pins counted."""
    register_source(PinSource.DOCUMENT, _pieces)
    register_source(PinSource.CARD, _pieces)
    metrics.register()
    on_forgotten(_release)


def _release(sha256: str, cid: str) -> None:
    release_pin(cid=cid)
