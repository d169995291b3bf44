"""Addresses as people read them."""

import re
from functools import lru_cache


@lru_cache(maxsize=4096)
def checksum(address: str) -> str:
    """Return the address with its checksum in the case of its letters (EIP-55)."""
    from eth_utils.address import to_checksum_address  # not before the first address is shown: it loads slowly

    return str(to_checksum_address(address))


def is_address(text: str) -> bool:
    """Say whether the text is an address; where it has letters of both cases, whether its checksum is right."""
    if not re.fullmatch(r"0x[0-9a-fA-F]{40}", text):
        return False
    return text[2:] in (text[2:].lower(), text[2:].upper()) or text == checksum(text)
