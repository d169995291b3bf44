"""The secret of a key: how it is made, told from what is none, and kept."""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib

PREFIX = "ctr_"
BITS = 256
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = 43  # digits of base 62 that hold 256 bits
CHECK = 6  # that hold the CRC of what is before them, so that a slip of the pen asks no database
SHOWN = 4  # characters of each end that are shown again
FORM = re.compile(rf"\b{PREFIX}[0-9A-Za-z]{{{LENGTH + CHECK}}}\b")


def new_secret() -> str:
    """Return a secret that nobody can guess."""
    body = PREFIX + _digits(secrets.randbits(BITS), LENGTH)
    return body + _check(body)


def looks_like(secret: str) -> bool:
    """Whether it can be a secret: of its form, and without a slip."""
    return bool(FORM.fullmatch(secret)) and secret.endswith(_check(secret[:-CHECK]))


def digest_of(secret: str) -> str:
    """Return what is kept of a secret. A plain hash is enough, since 256 random bits cannot be tried."""
    return hashlib.sha256(secret.encode()).hexdigest()


def shown_of(secret: str) -> str:
    """Return what of a secret is shown again, so that its owner knows which it is."""
    return f"{secret[: len(PREFIX) + SHOWN]}…{secret[-SHOWN:]}"


def _check(body: str) -> str:
    return _digits(zlib.crc32(body.encode()), CHECK)


def _digits(number: int, length: int) -> str:
    found = []
    for _place in range(length):
        number, digit = divmod(number, len(DIGITS))
        found.append(DIGITS[digit])
    return "".join(reversed(found))
