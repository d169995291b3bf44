"""The address of a file as IPFS keeps it: CIDv1, UnixFS, chunks of 256 KiB as raw leaves, 174 links a node, balanced.

``ipfs add --cid-version=1 --raw-leaves`` and Helia's defaults with these settings give the same. A file of one chunk
has that chunk's own address, as ``cids.cid_of`` gives it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

CHUNK = 256 * 1024  # bytes
LINKS = 174  # of one node
RAW, NODE = 0x55, 0x70  # codecs: bytes as they are, dag-pb
FILE = b"\x08\x02"  # UnixFS's type of a file
Keep = Callable[[str, bytes], object]


class Link(NamedTuple):
    """A block: its address in bytes, what it and all below it take up, and how much of the file they hold."""

    cid: bytes
    total: int
    content: int


class Tree:
    """The tree of one file, from bytes in pieces of any size. It holds links, and less than a chunk.

    ``keep`` is given each block under its CID, children before their parents.
    """

    def __init__(self, keep: Keep | None = None) -> None:
        self._keep = keep
        self._levels: list[list[Link]] = [[]]
        self._begin_leaf()

    def update(self, data: bytes | bytearray | memoryview) -> None:
        """Take the next bytes of the file."""
        view = memoryview(data)
        while view:
            piece = view[: CHUNK - self._size]
            self._leaf.update(piece)
            if self._keep:
                self._block += piece
            self._size += len(piece)
            if self._size == CHUNK:
                self._end_leaf()
            view = view[len(piece) :]

    def finish(self) -> str:
        """Return the CID of all bytes. The tree takes no more of them."""
        if self._size or not any(self._levels):
            self._end_leaf()
        for level, links in enumerate(self._levels):
            is_top = level == len(self._levels) - 1
            if is_top and len(links) == 1:
                return text_of(links[0].cid)
            if links:
                self._close(level)
        raise AssertionError("the last level always ends in one link")

    def _begin_leaf(self) -> None:
        # A leaf is hashed as it comes, so that no byte is copied; whole blocks are for who keeps them.
        self._leaf, self._size, self._block = hashlib.sha256(), 0, bytearray()

    def _end_leaf(self) -> None:
        size = self._size
        link = Link(self._kept(RAW, self._leaf.digest(), self._block), size, size)
        self._begin_leaf()
        self._add(0, link)

    def _add(self, level: int, link: Link) -> None:
        if level == len(self._levels):
            self._levels.append([])
        self._levels[level].append(link)
        if len(self._levels[level]) == LINKS:
            self._close(level)

    def _close(self, level: int) -> None:
        """Make a node of the links of a level, and link to it from the one above."""
        links, self._levels[level] = self._levels[level], []
        block = node_of(links)
        total = len(block) + sum(link.total for link in links)
        cid = self._kept(NODE, hashlib.sha256(block).digest(), block)
        self._add(level + 1, Link(cid, total, sum(link.content for link in links)))

    def _kept(self, codec: int, digest: bytes, block: bytes | bytearray) -> bytes:
        cid = bytes((1, codec, 0x12, 0x20)) + digest
        if self._keep:
            self._keep(text_of(cid), bytes(block))
        return cid


def blocks_of(source: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """Yield all blocks of a file under their CIDs, children before their parents; the last is the root."""
    found: list[tuple[str, bytes]] = []
    tree = Tree(lambda cid, block: found.append((cid, block)))
    while piece := source.read(CHUNK):
        tree.update(piece)
        yield from found
        found.clear()
    tree.finish()
    yield from found


def node_of(links: list[Link]) -> bytes:
    """Return the block (dag-pb) that joins blocks of a file."""
    sizes = b"".join(b"\x20" + _varint(link.content) for link in links)
    data = FILE + b"\x18" + _varint(sum(link.content for link in links)) + sizes
    named = (b"\x0a" + _sized(link.cid) + b"\x12\x00\x18" + _varint(link.total) for link in links)
    return b"".join(b"\x12" + _sized(link) for link in named) + b"\x0a" + _sized(data)


def text_of(cid: bytes) -> str:
    """Return an address as people write it."""
    return "b" + base64.b32encode(cid).decode().rstrip("=").lower()


def _sized(content: bytes) -> bytes:
    return _varint(len(content)) + content


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)
