"""What a listing names on chain: a document in canonical JSON (RFC 8785), found by its content's own address.

The address is a CIDv1, raw, sha2-256, as ``ipfs add --cid-version=1 --raw-leaves`` gives one block: it can be computed
without a node, and anybody who has the bytes can check them.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785

from .models import Listing

MOST_BYTES = 262_144
CID = r"b[a-z2-7]{58}"
PREFIX = bytes((0x01, 0x55, 0x12, 0x20))  # version 1, raw bytes, sha2-256, 32 bytes of it
FAIR_USE = {"tokens": 1_000_000, "days": 30, "streams": 2}


def canonical(document: Mapping[str, Any]) -> bytes:
    """Return a document's one form as bytes: the same content gives the same bytes everywhere."""
    return rfc8785.dumps(dict(document))


def cid_of(content: bytes) -> str:
    """Return the CID of at most one block of bytes."""
    digest = PREFIX + hashlib.sha256(content).digest()
    return "b" + base64.b32encode(digest).decode().rstrip("=").lower()


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
