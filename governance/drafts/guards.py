"""The calls that come before a draft's own: each contract's code has to be the one that was voted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eth_utils.crypto import keccak

from contracts.chain import codec
from contracts.chain.client import client
from contracts.models import Chain

from .action_forms import Built

CODE_GUARD = "CodeGuard"
DELEGATED = bytes.fromhex("ef0100")  # begins the code of a key's account that runs a contract's (EIP-7702)


@dataclass(frozen=True)
class Batch:
    """What is proposed; the first ``guards`` calls are the guards."""

    targets: list[str]
    values: list[int]
    calldatas: list[str]
    guards: int = 0


def unguarded(calls: Sequence[Built]) -> Batch:
    """Return a draft's own calls."""
    return Batch([each.target for each in calls], [each.value for each in calls], [each.data for each in calls])


def guarded(chain: Chain, calls: Sequence[Built]) -> Batch:
    """Return the calls behind a guard for each contract that they call. One request. Raises ChainError."""
    guards = [_guard(chain, target, code) for target, code in _codes(chain, calls) if _is_contract(code)]
    batch = unguarded([*guards, *calls])
    return Batch(batch.targets, batch.values, batch.calldatas, len(guards))


def _codes(chain: Chain, calls: Sequence[Built]) -> list[tuple[str, bytes]]:
    own = chain.deployment[CODE_GUARD]
    targets = list(dict.fromkeys(each.target for each in calls if each.target != own))
    answers = client(chain).batch([("eth_getCode", [target, "latest"]) for target in targets]) if targets else []
    return [(target, codec.to_bytes(answer)) for target, answer in zip(targets, answers, strict=True)]


def _is_contract(code: bytes) -> bool:
    # A key's account has no code, or its owner changes it at will: a guard there could only stop a payment.
    return bool(code) and not code.startswith(DELEGATED)


def _guard(chain: Chain, target: str, code: bytes) -> Built:
    data = codec.call_data(CODE_GUARD, "requireHash", [target, "0x" + keccak(code).hex()])
    return Built(chain.deployment[CODE_GUARD], 0, data)
