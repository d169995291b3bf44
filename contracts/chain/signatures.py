"""Who signed: by the key first (ECDSA), then by asking the account's own contract (EIP-1271).

Key first, because an account may have both: a key whose address carries delegated code (EIP-7702) signs as a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eth_account import Account
from eth_account.messages import SignableMessage, encode_defunct, encode_typed_data
from eth_utils.crypto import keccak

from contracts.errors import PermanentChainError
from contracts.models import Chain

from .client import client
from .codec import to_bytes

IS_VALID_SIGNATURE = "0x1626ba7e"  # the selector, and the answer that means yes
MOST_BYTES = 8_192  # of a signature; smart accounts' are long, but not longer

Signed = str | Mapping[str, Any]  # the text of a message (EIP-191), or typed data (EIP-712)


def recover(signed: Signed, signature: str) -> str | None:
    """Return the address whose key made the signature, lower-case; None where no key did."""
    try:
        return str(Account.recover_message(_message(signed), signature=to_bytes(signature))).lower()
    except Exception:  # whatever the decoder makes of hostile bytes, no key made that signature
        return None


def verify(address: str, signed: Signed, signature: str, chain: Chain | None = None) -> bool:
    """Return whether the account made the signature; without a chain, only whether its key did.

    Raises RetryableChainError where the chain has to be asked and does not answer.
    """
    if recover(signed, signature) == address.lower():
        return True
    return chain is not None and _contract_accepts(address, digest(signed), signature, chain)


def digest(signed: Signed) -> bytes:
    """Return the 32 bytes that are signed."""
    message = _message(signed)
    return keccak(b"\x19" + message.version + message.header + message.body)


def _message(signed: Signed) -> SignableMessage:
    if isinstance(signed, str):
        return encode_defunct(text=signed)
    return encode_typed_data(full_message=dict(signed))


def _contract_accepts(address: str, hashed: bytes, signature: str, chain: Chain) -> bool:
    signed = to_bytes(signature) if _is_hexadecimal(signature) else b""
    if not 0 < len(signed) <= MOST_BYTES:
        return False
    padding = bytes(-len(signed) % 32)
    arguments = hashed + (64).to_bytes(32, "big") + len(signed).to_bytes(32, "big") + signed + padding
    try:
        answer = client(chain).eth_call(address, IS_VALID_SIGNATURE + arguments.hex())
    except PermanentChainError:
        return False
    return len(answer) == 66 and answer.startswith(IS_VALID_SIGNATURE)


def _is_hexadecimal(text: str) -> bool:
    try:
        to_bytes(text)
    except ValueError:
        return False
    return True
