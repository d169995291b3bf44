"""Addresses as people read them."""

from functools import lru_cache


@lru_cache(maxsize=4096)
def checksum(address: str) -> str:
    """Return the address with its checksum in the case of its letters (EIP-55)."""
    from eth_utils.address import to_checksum_address  # not before the first address is shown: it loads slowly

    return str(to_checksum_address(address))
