"""Bytes that a row is about to refer to must not be collected meanwhile."""

from __future__ import annotations

from marketplace.files.blobs import Blob

from .errors import DraftRefusedError


def hold_blob(sha256: str) -> Blob:
    """Lock a content until the transaction ends. Raises DraftRefusedError where it is gone."""
    found = Blob.objects.select_for_update(no_key=True).filter(pk=sha256).first()
    if found is None:
        raise DraftRefusedError
    return found
