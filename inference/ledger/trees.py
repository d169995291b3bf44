"""The tree of a day's receipts, as it was when the day was closed: a proof reads a few of its nodes, however many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from django.db import connection
from eth_utils.crypto import keccak

from .models import ReceiptTree

NODE, TREES = 32, ReceiptTree._meta.db_table  # bytes of a node, the table
# ruff: noqa: S608  the name is of a model's table
# Leaves are the last nodes, the greatest first; each step halves what is left of them.
FIND = f"""
with recursive search (low, high) as (
    select (octet_length(nodes) / {NODE} - 1) / 2, octet_length(nodes) / {NODE} - 1 from {TREES} where day = %(day)s
    union all
    select case when node > %(leaf)s then middle + 1 else low end, case when node > %(leaf)s then high else middle end
    from search
        cross join lateral (select (low + high) / 2 as middle) half
        join lateral (
            select substring(nodes from middle * {NODE} + 1 for {NODE}) as node from {TREES} where day = %(day)s
        ) met on low < high
)
select low from search where low = high
"""
READ = f"""
select substring(nodes from place * {NODE} + 1 for {NODE})
from {TREES}, unnest(%(places)s::int[]) with ordinality as asked (place, turn) where day = %(day)s order by turn
"""


def keep_tree(day: date, leaves: Sequence[str]) -> str:
    """Keep the tree of a day; return its root. The root of what is kept already stays."""
    ReceiptTree.objects.get_or_create(day=day, defaults={"nodes": b"".join(tree_of(leaves))})
    (root,) = _nodes(day, [0])
    return _text(root)


def path_of(day: date, leaf: str) -> list[str] | None:
    """Return the hashes that lead from a leaf to its day's root; None where there is no tree, or it is not in it.

    Two queries.
    """
    wanted = bytes.fromhex(leaf.removeprefix("0x"))
    with connection.cursor() as cursor:
        cursor.execute(FIND, {"day": day, "leaf": wanted})
        found = cursor.fetchone()
    if found is None:
        return None
    own, *others = _nodes(day, [found[0], *_siblings(found[0])])
    return list(map(_text, others)) if own == wanted else None


def _siblings(place: int) -> Iterator[int]:
    while place:
        # The root is 0, so left children are odd: a left one's sibling follows it, a right one's comes before it.
        yield place + 1 if place % 2 else place - 1
        place = (place - 1) // 2


def _nodes(day: date, places: list[int]) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(READ, {"day": day, "places": places})
        return [bytes(node) for (node,) in cursor]


def _text(node: bytes) -> str:
    return f"0x{node.hex()}"


def tree_of(leaves: Sequence[str]) -> list[bytes]:
    """Return the nodes, the root first; node n's children are 2n + 1 and 2n + 2. Pairs are in the order of bytes.

    A leaf is the digest of 66 bytes and a node that of 64, so that none can be passed off as the other.
    """
    # The greatest first, as in OpenZeppelin's StandardMerkleTree: what knows the one can check the other.
    last = [bytes.fromhex(each.removeprefix("0x")) for each in sorted(set(leaves), reverse=True)]
    nodes = [b""] * (len(last) - 1) + last
    for place in range(len(last) - 2, -1, -1):
        # In the order of bytes, so that a proof need not say on which side its hashes stand.
        nodes[place] = keccak(b"".join(sorted(nodes[2 * place + 1 : 2 * place + 3])))
    return nodes
