"""What leads from a receipt to its day's root, of days of any size."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from eth_utils.crypto import keccak

from inference.ledger.models import ReceiptTree
from inference.ledger.trees import NODE, keep_tree, path_of, tree_of

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 1)


def leaves(number: int) -> list[str]:
    return [f"0x{keccak(each.to_bytes(8, 'big')).hex()}" for each in range(number)]


def led(leaf: str, path: list[str]) -> str:
    node = bytes.fromhex(leaf[2:])
    for each in path:
        node = keccak(b"".join(sorted((node, bytes.fromhex(each[2:])))))
    return f"0x{node.hex()}"


@pytest.mark.parametrize("number", [1, 2, 3, 4, 7, 33])
def test_each_leaf_leads_to_the_root(number: int) -> None:
    own = leaves(number)
    root = keep_tree(DAY, own)
    assert root == f"0x{tree_of(own)[0].hex()}"
    for leaf in own:
        path = path_of(DAY, leaf)
        assert path is not None
        assert led(leaf, path) == root


def test_what_is_not_in_it_has_no_path() -> None:
    own = leaves(20)
    assert path_of(DAY, own[3]) is None
    keep_tree(DAY, own[:3])
    assert [path_of(DAY, leaf) for leaf in (*own[3:], "0x" + "00" * 32, "0x" + "ff" * 32)] == [None] * 19
    assert path_of(date(2026, 3, 2), own[0]) is None


def test_a_tree_stays_as_it_was_kept() -> None:
    root = keep_tree(DAY, leaves(5))
    assert keep_tree(DAY, leaves(6)) == root
    assert ReceiptTree.objects.values_list("nodes", flat=True)[0][:NODE].hex() == root[2:]


@pytest.mark.parametrize("number", [50, 5_000])
def test_a_proof_reads_as_little_of_a_large_day(number: int) -> None:
    own = leaves(number)
    keep_tree(DAY, own)
    with CaptureQueriesContext(connection) as seen:
        path = path_of(DAY, own[-1])
    assert path is not None
    assert len(seen) == 2
    assert len(path) <= number.bit_length()
