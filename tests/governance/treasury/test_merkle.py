"""A root is what OpenZeppelin's library makes of the same values, and each proof leads to it."""

from __future__ import annotations

import pytest
from eth_abi import abi as eth_abi
from eth_utils.crypto import keccak

from governance.treasury.merkle import BonusTree


def leads_to(root: str, model: str, amount: int, proof: list[str]) -> bool:
    """Do as OpenZeppelin's MerkleProof does."""
    node = keccak(keccak(eth_abi.encode(["bytes32", "uint256"], [bytes.fromhex(model[2:]), amount])))
    for each in proof:
        node = keccak(b"".join(sorted((node, bytes.fromhex(each[2:])))))
    return f"0x{node.hex()}" == root


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8, 13])
def test_each_proof_leads_to_the_root_and_another_amount_does_not(count: int) -> None:
    tree = BonusTree({f"0x{model:064x}": 10**15 + model for model in range(count)})
    for model, amount in tree.amounts.items():
        assert leads_to(tree.root, model, amount, tree.proof_for(model))
        assert not leads_to(tree.root, model, amount + 1, tree.proof_for(model))
    with pytest.raises(KeyError):
        tree.proof_for("0x" + "f" * 64)


def test_nobody_gets_anything_of_an_empty_one() -> None:
    assert BonusTree({}).root == ""
