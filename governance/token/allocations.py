"""Who may claim how much of LATTICE: the list behind the root of LatticeClaim, and the proof of each claim.

The list is a file of the operator's: JSON, an object by address of decimal strings in the smallest unit. The index of a
claim is its place among the addresses in order. Leaves and pairs are hashed as OpenZeppelin's MerkleProof checks them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from eth_abi import abi as eth_abi
from eth_utils.crypto import keccak

from accounts.addresses import parse_address
from accounts.errors import InvalidAddressError

from .errors import ClaimListError


@dataclass(frozen=True)
class Allocation:
    """What an address may claim: its index in the list, an amount in the smallest unit, and the proof."""

    index: int
    account: str
    amount: int
    proof: list[str]


@dataclass(frozen=True)
class ClaimList:
    """The whole list: addresses in order, each with its amount, and the nodes of the tree, the root first."""

    amounts: dict[str, int]
    nodes: list[bytes]

    @property
    def root(self) -> str:
        """The root that the contract was deployed with."""
        return f"0x{self.nodes[0].hex()}"

    def of(self, account: str) -> Allocation | None:
        """Return what an address may claim, or None where it is not on the list."""
        if account not in self.amounts:
            return None
        index, amount = list(self.amounts).index(account), self.amounts[account]
        at, proof = self.nodes.index(_leaf(index, account, amount)), []
        while at:
            proof.append(f"0x{self.nodes[at + 1 if at % 2 else at - 1].hex()}")
            at = (at - 1) // 2
        return Allocation(index, account, amount, proof)


def claim_list() -> ClaimList | None:
    """Return the operator's list, or None where none is configured. Raises ClaimListError."""
    if not settings.CLAIM_LIST:
        return None
    path = Path(settings.CLAIM_LIST)
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, TypeError, AttributeError, InvalidAddressError) as error:
        raise ClaimListError from error


@lru_cache(maxsize=2)
def _read(path: Path, changed: int) -> ClaimList:
    said: dict[str, str] = json.loads(path.read_text())
    return list_of({parse_address(account): int(amount) for account, amount in said.items()})


def list_of(amounts: dict[str, int]) -> ClaimList:
    """Return the list with its tree. Raises ValueError for an empty one."""
    if not amounts:
        raise ValueError("nobody may claim")
    ordered = dict(sorted(amounts.items()))
    leaves = sorted(_leaf(index, *each) for index, each in enumerate(ordered.items()))
    nodes = [b""] * (len(leaves) - 1) + leaves[::-1]
    for place in range(len(leaves) - 2, -1, -1):
        nodes[place] = keccak(b"".join(sorted(nodes[2 * place + 1 : 2 * place + 3])))
    return ClaimList(ordered, nodes)


def _leaf(index: int, account: str, amount: int) -> bytes:
    return keccak(keccak(eth_abi.encode(["uint256", "address", "uint256"], [index, account, amount])))
