"""What a listing names on chain: a document in canonical JSON (RFC 8785), found by its content's own address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import rfc8785

from .models import Listing

MOST_BYTES = 262_144
FAIR_USE = {"tokens": 1_000_000, "days": 30, "streams": 2}


def canonical(document: Mapping[str, Any]) -> bytes:
    """Return a document's one form as bytes: the same content gives the same bytes everywhere."""
    return rfc8785.dumps(dict(document))


def address_of(cid: str) -> str:
    """Return what a listing on chain names: ``ipfs://<CID>``."""
    return f"ipfs://{cid}"


def document_of(listing: Listing, version: str, summary: str, terms: str) -> dict[str, Any]:
    """Return the metadata of one version of a listing that runs here and offers no files."""
    return {
        "name": listing.name,
        "slug": listing.model_name,
        "version": version,
        "summary": summary,
        "task": listing.task,
        "license": listing.license,
        "adapted_from": listing.adapted_from,
        "files": [],
        "terms": terms,
        "fair_use": FAIR_USE,
    }
