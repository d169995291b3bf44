"""The bytes of an action, read by the ABIs of our contracts and of ERC-20. Nothing here raises on any bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.chain import codec
from contracts.currencies import ERC20
from contracts.models import Chain

# What any ERC-20 has, of the interface that stands for all of them.
ERC20_FUNCTIONS = ("transfer", "transferFrom", "approve", "permit")
ADDRESS = re.compile(r"0x[0-9a-f]{40}")
# Bytes of a call that are read: parts may all point to the same bytes, so what is read grows with the square.
MOST_READ = 32_768


@dataclass(frozen=True)
class Call:
    """One call. ``contract`` is ours by name, or ERC20 for a token; empty where nobody knows it.

    ``target`` is lower-case. ``function`` is empty where the bytes are no call of the contract.
    """

    target: str
    value: int
    data: str
    contract: str = ""
    signature: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)
    is_ours: bool = False

    @property
    def label(self) -> str:
        """The contract's name where it is ours, ``ERC-20`` for any other token, empty where nobody knows it."""
        return self.contract if self.is_ours else "ERC-20" if self.contract else ""

    @property
    def function(self) -> str:
        """The function's name."""
        return self.signature.partition("(")[0]

    @property
    def is_plain(self) -> bool:
        """Whether it calls no function: a payment of the coin."""
        return self.data in ("", "0x")

    @property
    def is_address(self) -> bool:
        """Whether the target is an address at all."""
        return bool(ADDRESS.fullmatch(self.target))


def read(chain: Chain, target: str, value: int, data: str) -> Call:
    """Read a call as far as anybody can."""
    to, said = target.lower(), data.lower()
    ours = next((name for name, place in chain.deployment.items() if place == to), "")
    # A token that nobody knows is read as one all the same: what it is asked to do is as dangerous.
    contract = ours or ERC20
    signature, args = _decoded(contract, said)
    if not ours and signature.partition("(")[0] not in ERC20_FUNCTIONS:
        contract, signature, args = "", "", {}
    return Call(to, value, said, contract, signature, args, bool(ours))


def _decoded(contract: str, data: str) -> tuple[str, dict[str, Any]]:
    if len(data) > 2 * MOST_READ:
        return "", {}
    try:
        return codec.decode_call(contract, data)
    # Anybody can propose any bytes; KeyError: one of our names without an ABI here.
    except (ValueError, OSError):
        return "", {}
