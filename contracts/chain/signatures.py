"""Who signed: by the key first (ECDSA), else by the account's own contract (EIP-1271), deployed or not (ERC-6492).

Key first, because an account may have both: a key whose address carries delegated code (EIP-7702) signs as a key.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from eth_abi import abi as eth_abi
from eth_abi.exceptions import DecodingError
from eth_account import Account
from eth_account.messages import SignableMessage, encode_defunct, encode_typed_data
from eth_utils.crypto import keccak

from contracts.errors import PermanentChainError
from contracts.models import Chain

from .client import GAS_OF_OTHERS, client
from .codec import to_bytes

NOT_DEPLOYED = bytes.fromhex("6492" * 16)  # ends what an account signs that may not be deployed yet (ERC-6492)
WRAPPING = ("address", "bytes", "bytes")  # before it: the factory, the call that deploys, the signature
ASKED = ("address", "bytes32", "bytes", "address", "bytes")  # of the constructor of SignatureCheck
NOBODY = "0x" + "00" * 20
YES = b"\x01"
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

    Raises RetryableChainError where the chain has to be asked and does not answer. Whatever the account's contract
    does, or the one that would deploy it, is its answer.
    """
    if recover(signed, signature) == address.lower():
        return True
    made = _bytes_of(signature)
    if chain is None or not 0 < len(made) <= MOST_BYTES:
        return False
    try:
        return _accepts(address, digest(signed), made, chain)
    except PermanentChainError:
        return False


def spelled(signature: str) -> str:
    """Return a signature in the one spelling to keep it in: 0x and lower case; "" for what is no bytes."""
    made = _bytes_of(signature)
    return f"0x{made.hex()}" if made else ""


def digest(signed: Signed) -> bytes:
    """Return the 32 bytes that are signed."""
    message = _message(signed)
    return keccak(b"\x19" + message.version + message.header + message.body)


def _message(signed: Signed) -> SignableMessage:
    if isinstance(signed, str):
        return encode_defunct(text=signed)
    return encode_typed_data(full_message=dict(signed))


def _accepts(address: str, hashed: bytes, made: bytes, chain: Chain) -> bool:
    """Ask the account's contract, in a call that deploys it first if it has to, and leaves nothing behind."""
    factory, deployment = NOBODY, b""
    if made.endswith(NOT_DEPLOYED):
        try:
            factory, deployment, made = eth_abi.decode(WRAPPING, made.removesuffix(NOT_DEPLOYED))
        except (DecodingError, ValueError, OverflowError):
            return False
    question = _check() + eth_abi.encode(ASKED, [address, hashed, made, factory, deployment])
    return to_bytes(client(chain).eth_call(None, f"0x{question.hex()}", gas=GAS_OF_OTHERS)) == YES


@cache
def _check() -> bytes:
    """Return the creation code of contracts/src/offchain/SignatureCheck.sol; a test compares it with the compiler's."""
    return bytes.fromhex(Path(__file__).with_name("SignatureCheck.hex").read_text())


def _bytes_of(signature: str) -> bytes:
    try:
        return to_bytes(signature)
    except ValueError:
        return b""
