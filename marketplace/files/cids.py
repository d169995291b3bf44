"""Content's own address: a CIDv1, raw, sha2-256, as ``ipfs add --cid-version=1 --raw-leaves`` gives one block.

It can be computed without a node, and anybody who has the bytes can check them.
"""

from __future__ import annotations

import base64
import hashlib
import re

CID = r"b[a-z2-7]{58}"
PREFIX = bytes((0x01, 0x55, 0x12, 0x20))  # version 1, raw bytes, sha2-256, 32 bytes of it


def cid_of(content: bytes) -> str:
    """Return the CID of at most one block of bytes."""
    digest = PREFIX + hashlib.sha256(content).digest()
    return "b" + base64.b32encode(digest).decode().rstrip("=").lower()


def is_cid(text: str) -> bool:
    """Say whether a text has the form of such an address."""
    return bool(re.fullmatch(CID, text))
