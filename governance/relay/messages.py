"""What people sign, as typed data (EIP-712): OpenZeppelin's ballots and delegations, in the contracts' own domains."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.cache import cache

from contracts.chain import codec
from contracts.chain.permissions import Question, ask
from contracts.models import Chain
from contracts.names import DAO, TOKEN
from governance.ground.signed_kinds import BALLOT, DELEGATION, EXTENDED_BALLOT

MOST_REASON = 500  # characters
KEY_BITS = 64  # a proposal's nonces begin at its number shifted by so many (NoncesKeyed)
DOMAIN = {"name": "string", "version": "string", "chainId": "uint256", "verifyingContract": "address"}


def ballot_typed(chain: Chain, account: str, proposal: int, support: int, reason: str = "") -> dict[str, Any]:
    """Return the ballot to sign; one with a reason is of another type. Raises RetryableChainError."""
    said: dict[str, Any] = {
        "proposalId": str(proposal),
        "support": support,
        "voter": account,
        "nonce": str(ballot_nonce(proposal)),
    }
    if not reason:
        return _typed(chain, DAO, "Ballot", BALLOT, said)
    return _typed(chain, DAO, "ExtendedBallot", EXTENDED_BALLOT, {**said, "reason": reason, "params": "0x"})


def ballot_nonce(proposal: int) -> int:
    """Return the nonce of whoever has not voted on a proposal: the first, because a signature that counts is a vote."""
    return proposal << KEY_BITS


def delegation_typed(chain: Chain, delegatee: str, nonce: int, expiry: datetime) -> dict[str, Any]:
    """Return the delegation to sign. Raises RetryableChainError."""
    said = {"delegatee": delegatee, "nonce": str(nonce), "expiry": str(int(expiry.timestamp()))}
    return _typed(chain, TOKEN, "Delegation", DELEGATION, said)


def exact(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return typed data with its numbers as such, as what verifies wants them."""
    kinds = {each["name"]: each["type"] for each in typed["types"][typed["primaryType"]]}
    said = {name: int(value) if kinds[name].startswith("uint") else value for name, value in typed["message"].items()}
    return {**typed, "message": {**said, **({"params": b""} if "params" in said else {})}}


def _typed(
    chain: Chain, contract: str, kind: str, fields: Mapping[str, str], message: Mapping[str, Any]
) -> dict[str, Any]:
    parts = {"EIP712Domain": DOMAIN, kind: fields}
    types = {name: [{"name": field, "type": of} for field, of in part.items()] for name, part in parts.items()}
    return {"domain": _domain(chain, contract), "types": types, "primaryType": kind, "message": message}


def _domain(chain: Chain, contract: str) -> dict[str, Any]:
    """Return a contract's domain as it tells it itself (EIP-5267); neither part of it ever changes."""
    address = chain.deployment[contract]
    key = f"domain:{chain.genesis_hash}:{address}"
    named: tuple[str, str] | None = cache.get(key)
    if named is None:
        _fields, name, version, *_rest = ask(chain, [Question(contract, "eip712Domain")])[0]
        named = (str(name), str(version))
        cache.set(key, named, None)
    return {"name": named[0], "version": named[1], "chainId": chain.pk, "verifyingContract": address}


def normal_signature(signature: str) -> str:
    """Return a signature as contracts take it: some wallets give the last byte as 0 or 1, and it has to be 27 or 28.

    Raises ValueError for what is no hexadecimal text.
    """
    made = codec.to_bytes(signature)
    if len(made) == 65 and made[64] < 2:
        made = made[:64] + bytes([made[64] + 27])
    return f"0x{made.hex()}"
