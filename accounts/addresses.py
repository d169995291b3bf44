"""Addresses as people read them, and the one way to read what they typed."""

from __future__ import annotations

import re
from functools import lru_cache

from .errors import InvalidAddressError


@lru_cache(maxsize=4096)
def checksum(address: str) -> str:
    """Return the address with its checksum in the case of its letters (EIP-55)."""
    from eth_utils.address import to_checksum_address  # not before the first address is shown: it loads slowly

    return str(to_checksum_address(address))


def parse_address(text: str) -> str:
    """Return an address from outside as it is stored, in lower case.

    Raises InvalidAddressError unless it is 0x and 40 hexadecimal digits, in one case or with the right checksum: a
    wrong one means that a digit was mistyped.
    """
    if not re.fullmatch(r"0x[0-9a-fA-F]{40}", text):
        raise InvalidAddressError
    # An address in one case carries no checksum (EIP-55), and programs write it so.
    if text[2:] not in (text[2:].lower(), text[2:].upper()) and text != checksum(text):
        raise InvalidAddressError
    return text.lower()


def is_address(text: str) -> bool:
    """Say whether the text is an address; where it has letters of both cases, whether its checksum is right."""
    try:
        parse_address(text)
    except InvalidAddressError:
        return False
    return True
