"""What lets a contract of ours take a token by a signature (EIP-2612): typed data made here, and checked when signed.

Amounts are smallest units of the token, deadlines seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .allowances import ask_token
from .chain import codec, signatures
from .chain.client import client
from .errors import PermanentChainError
from .models import Chain

SIGNATURE_BYTES = 65
DOMAIN_FIELDS = (
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
    ("salt", "bytes32"),
)  # EIP-712's, in the order of the bits of EIP-5267
PERMIT = [
    {"name": name, "type": kind}
    for name, kind in (
        ("owner", "address"),
        ("spender", "address"),
        ("value", "uint256"),
        ("nonce", "uint256"),
        ("deadline", "uint256"),
    )
]


def permit_of(
    chain: Chain, owner: str, token: str, *, spender: str, amount: int, deadline: int
) -> dict[str, Any] | None:
    """Return the typed data that allows an amount; None where the token or the wallet has no such way.

    A token that does not tell its EIP-712 domain (EIP-5267) is not guessed at, and a contract has no key to sign with.
    """
    if client(chain).call("eth_getCode", owner, "latest") != "0x":
        return None
    try:
        fields, *values, _extensions = ask_token(chain, token, "eip712Domain")
        nonce = ask_token(chain, token, "nonces", owner)
    except PermanentChainError:
        return None
    # By its bit and not by its value: an empty name can be part of a domain.
    used = [place for place in range(len(DOMAIN_FIELDS)) if int(fields, 16) >> place & 1]
    return {
        "domain": {DOMAIN_FIELDS[place][0]: values[place] for place in used},
        "types": {
            "EIP712Domain": [dict(zip(("name", "type"), DOMAIN_FIELDS[place], strict=True)) for place in used],
            "Permit": PERMIT,
        },
        "primaryType": "Permit",
        "message": {
            "owner": owner,
            "spender": spender,
            # As text: JavaScript's numbers lose digits beyond 2**53.
            "value": str(amount),
            "nonce": str(nonce),
            "deadline": str(deadline),
        },
    }


def signed_parts(owner: str, typed: Mapping[str, Any] | None, signature: str) -> tuple[int, bytes, bytes] | None:
    """Return (v, r, s) of a signature if it is the owner's over exactly this typed data; None where it is not."""
    signed = codec.to_bytes(signature)
    if typed is None or len(signed) != SIGNATURE_BYTES or not signatures.verify(owner, _exact(typed), signature):
        return None
    # Some wallets give v as 0 or 1, and ecrecover takes 27 or 28.
    v = signed[64]
    return (v if v >= 27 else v + 27), signed[:32], signed[32:64]


def _exact(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return typed data with its numbers as numbers: as text they are for JSON."""
    numbers = {name: int(typed["message"][name]) for name in ("value", "nonce", "deadline")}
    return {**typed, "message": {**typed["message"], **numbers}}
