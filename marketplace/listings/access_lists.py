"""Access lists: who may buy a model, kept by the root that its listing names on chain, with the proofs.

Leaves and tree are those of OpenZeppelin's StandardMerkleTree over one address, so that its root is the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.postgres.fields import ArrayField
from django.db import models
from eth_abi import abi as eth_abi
from eth_utils.crypto import keccak

from contracts.models import address_field, hash_field


class AccessList(models.Model):
    """Who may buy: addresses, sorted. ``kept_by`` is the address of the seller who left it here."""

    root = hash_field(primary_key=True)
    members = ArrayField(address_field())
    kept_by = address_field()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.root

    def proof_for(self, address: str) -> list[str] | None:
        """Return the hashes that lead from an address's leaf to the root, or None if it is not on the list."""
        if address not in self.members:
            return None
        tree = _tree(self.members)
        place = tree.index(_leaf(address))
        proof = []
        while place:
            proof.append("0x" + tree[place + 1 if place % 2 else place - 1].hex())
            place = (place - 1) // 2
        return proof


def root_of(members: Sequence[str]) -> str:
    """Return the root of a list of at least one address."""
    return "0x" + _tree(members)[0].hex()


def _leaf(address: str) -> bytes:
    # Twice, as OpenZeppelin does it, so that no inner node can be passed off as a leaf.
    return keccak(keccak(eth_abi.encode(["address"], [address])))


def _tree(members: Sequence[str]) -> list[bytes]:
    """Return the nodes, the root first; node n's children are 2n + 1 and 2n + 2."""
    # Sorted, so that the order in which a seller typed them does not change the root.
    leaves = sorted(map(_leaf, set(members)))
    nodes = [b""] * (len(leaves) - 1) + leaves[::-1]
    for place in range(len(leaves) - 2, -1, -1):
        # Sorted pairs: a proof then need not say which side it comes from.
        nodes[place] = keccak(b"".join(sorted(nodes[2 * place + 1 : 2 * place + 3])))
    return nodes
