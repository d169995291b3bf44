"""Encrypts what has to be used again but never read by people: AES-256-GCM, by the newest of several keys.

What is sealed names the key that sealed it, so that keys can be rotated: put a new one first in SEALING_KEYS, run
``manage.py reseal``, and take the old one away. It is bound to what it belongs to, and opens nowhere else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

FORM = b"\x01"  # of what is sealed: this byte, the key's name, the nonce, the ciphertext
KEY_BYTES, NAME_BYTES, NONCE_BYTES = 32, 8, 12


class SealedError(Exception):
    """It cannot be opened: its key is gone, it was changed, or it belongs to something else."""


def seal(text: str, *, bound_to: str) -> bytes:
    """Return a text encrypted with the newest key."""
    name, key = next(iter(_keys().items()))
    # By chance, which is safe for 2**32 texts under one key (NIST SP 800-38D, 8.3).
    nonce = os.urandom(NONCE_BYTES)
    return FORM + name + nonce + AESGCM(key).encrypt(nonce, text.encode(), _bound(bound_to))


def unseal(sealed: bytes | memoryview, *, bound_to: str) -> str:
    """Return the text that was sealed. Raises SealedError, which says nothing of it."""
    whole = bytes(sealed)
    name, rest = whole[1 : 1 + NAME_BYTES], whole[1 + NAME_BYTES :]
    key = _keys().get(name)
    if whole[:1] != FORM or key is None:
        raise SealedError("It was sealed with a key that is not among SEALING_KEYS.")
    try:
        return AESGCM(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], _bound(bound_to)).decode()
    # From None: a traceback of what lies below would show the pieces.
    except (InvalidTag, ValueError):
        raise SealedError("It was changed, or belongs to something else.") from None


def is_newest(sealed: bytes | memoryview) -> bool:
    """Whether it was sealed with the key that seals now."""
    return bytes(sealed)[1 : 1 + NAME_BYTES] == next(iter(_keys()))


def read_key(text: str) -> bytes:
    """Return the key that a setting holds: 32 bytes in base64. Raises ImproperlyConfigured."""
    try:
        key = base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    # Fewer than eight different bytes among 32 are a placeholder and not chance.
    if len(key) != KEY_BYTES or len(set(key)) < KEY_BYTES // 4:
        raise ImproperlyConfigured(
            "SEALING_KEYS has to hold 32 bytes by chance in base64, such as those of `openssl rand -base64 32`, the "
            "newest first, with a comma between two."
        )
    return key


def _keys() -> dict[bytes, bytes]:
    """Return the keys by the names that stand in what they sealed, the newest first."""
    keys = [read_key(text) for text in settings.SEALING_KEYS]
    if not keys:
        raise ImproperlyConfigured("SEALING_KEYS is empty: nothing can be encrypted.")
    # By a digest: what is sealed tells which key opens it, and nothing about that key.
    return {hashlib.sha256(b"name of a sealing key" + key).digest()[:NAME_BYTES]: key for key in keys}


def _bound(bound_to: str) -> bytes:
    return b"citrate " + bound_to.encode()
