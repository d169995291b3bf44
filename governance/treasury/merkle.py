"""Merkle trees as OpenZeppelin's StandardMerkleTree builds them: an epoch's root, and the proof of each claim.

A leaf is hashed twice, so that no inner node can be passed off as one; pairs are hashed in the order of their bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from eth_abi import abi as eth_abi
from eth_utils.crypto import keccak


@dataclass(frozen=True)
class BonusTree:
    """The bonuses of an epoch, in wei by model id."""

    amounts: Mapping[str, int]

    @cached_property
    def _leaves(self) -> list[tuple[bytes, str]]:
        return sorted((_leaf(model, amount), model) for model, amount in self.amounts.items())

    @cached_property
    def _nodes(self) -> list[bytes]:
        count = len(self._leaves)
        nodes = [b""] * max(0, 2 * count - 1)
        for place, (leaf, _model) in enumerate(self._leaves):
            nodes[len(nodes) - 1 - place] = leaf
        for place in range(count - 2, -1, -1):
            nodes[place] = _pair(nodes[2 * place + 1], nodes[2 * place + 2])
        return nodes

    @property
    def root(self) -> str:
        """The root; empty where nobody gets anything."""
        return f"0x{self._nodes[0].hex()}" if self._nodes else ""

    def proof_for(self, model: str) -> list[str]:
        """Return the hashes that lead from a model's leaf to the root. Raises KeyError for a model without a bonus."""
        places = {each: place for place, (_leaf, each) in enumerate(self._leaves)}
        at, proof = len(self._nodes) - 1 - places[model], []
        while at > 0:
            proof.append(f"0x{self._nodes[at + 1 if at % 2 else at - 1].hex()}")
            at = (at - 1) // 2
        return proof


def _leaf(model: str, amount: int) -> bytes:
    return keccak(keccak(eth_abi.encode(["bytes32", "uint256"], [bytes.fromhex(model.removeprefix("0x")), amount])))


def _pair(one: bytes, other: bytes) -> bytes:
    return keccak(b"".join(sorted((one, other))))
