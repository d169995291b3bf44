"""Addresses of files are those that other makers of UnixFS give: recorded ones, and a second implementation's."""

import hashlib
from collections.abc import Iterator
from io import BytesIO

import pytest
from aleph_cid import CidHasher
from hypothesis import given
from hypothesis import strategies as st

from marketplace.files.cids import cid_of
from marketplace.files.unixfs import CHUNK, LINKS, Tree, blocks_of

# Of so many zero bytes, by Helia's ipfs-unixfs-importer 17 with these settings, on Node 20.
RECORDED = {
    0: "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
    1: "bafkreidogqfzz75tpkmjzjke425xqcrmpcib2p5tg44hnbirumdbpl5adu",  # pragma: allowlist secret
    CHUNK: "bafkreiekhhjkxu4ztk3tyng3er3ijhg56mb44oe3gwbgquhzu4afrg2ksa",
    CHUNK + 1: "bafybeigllfqgfpqydppr6cmv56g7ax4wyhruzswvcefv6j5kj77nzttfki",  # pragma: allowlist secret
    LINKS * CHUNK: "bafybeibxsa3ioclowpaq7b6gxl65gzqneopfr3fnhedak6sqr4bjz5lnyq",  # pragma: allowlist secret
    LINKS * CHUNK + 1: "bafybeihqwzd3o6q6v3pmwhzjy22vokhr767burokmqemg63hptx2nqd7ym",  # pragma: allowlist secret
    2 * LINKS * CHUNK + 7: "bafybeieluemx6fadlgx6b5mdtsfanqz47f3hph2siwezo2acc4mr2sh3kq",  # pragma: allowlist secret
}


def address(content: bytes, *cuts: int) -> str:
    tree = Tree()
    for begin, end in zip((0, *cuts), (*cuts, len(content)), strict=True):
        tree.update(content[begin:end])
    return tree.finish()


def pieces(size: int) -> Iterator[bytes]:
    """Yield that many bytes, in pieces that fit no chunk."""
    piece = hashlib.sha256(b"piece").digest() * 10_000
    for begin in range(0, size, len(piece)):
        yield piece[: size - begin]


@pytest.mark.parametrize("content", [b"", b"abc", b"\0" * CHUNK])
def test_one_chunk_has_its_own_address(content: bytes) -> None:
    assert address(content) == cid_of(content)


@pytest.mark.parametrize("size", RECORDED)
def test_recorded_addresses(size: int) -> None:
    assert address(b"\0" * size) == RECORDED[size]


@pytest.mark.parametrize("size", [CHUNK + 1, LINKS * CHUNK, LINKS * CHUNK + 1, 2 * LINKS * CHUNK + 7])
def test_a_second_implementation_agrees_where_levels_begin(size: int) -> None:
    tree, other = Tree(), CidHasher.for_ipfs_v1_raw_leaves()
    for piece in pieces(size):
        tree.update(piece)
        other.update(piece)
    assert tree.finish() == other.finalize()


@given(st.integers(0, 5 * CHUNK), st.lists(st.integers(0, 5 * CHUNK), max_size=6))
def test_pieces_do_not_matter(size: int, cuts: list[int]) -> None:
    content = b"".join(pieces(size))
    other = CidHasher.for_ipfs_v1_raw_leaves()
    other.update(content)
    assert address(content, *sorted(min(cut, size) for cut in cuts)) == other.finalize()


def test_blocks_come_before_those_that_name_them() -> None:
    content = bytes(range(256)) * 1024 + bytes(CHUNK) + b"end"
    seen = dict(blocks_of(BytesIO(content)))
    root = address(content)
    assert list(seen)[-1] == root
    assert b"".join(block for cid, block in seen.items() if cid != root) == content
    assert dict(blocks_of(BytesIO(b""))) == {cid_of(b""): b""}
