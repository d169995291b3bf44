"""What the demo's node of IPFS does: one child serves and pins, another one fetches and may be ended any time."""

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .ipfs_blocks import RAW, Blocks, MissingError, read_cid
from .ipfs_node import Node, SilentError

MIB, GIB = 2**20, 2**30
MOST = int(os.environ.get("IPFS_STORAGE", 8 * GIB))  # bytes of blocks
MOST_FETCHED = GIB  # bytes of one fetch, whatever is asked for
KEPT_FETCHED = GIB // 4  # bytes in the repository of the child that fetches, beyond which it begins anew
FETCHES, GIVEN_UP = 8, 16  # at once; and how many nobody waits for any more, beyond which they are ended
IDLE = 120.0  # seconds after which the child that fetches is ended
CALL_SECONDS, PIN_SECONDS, PIN_MIB_SECONDS, CONNECT_SECONDS = 10.0, 8.0, 0.2, 15.0
PEERS, MEET_SECONDS, AGAIN = 16, 2.0, 60.0  # whom the child that fetches asks, and how soon again where it failed
LATE = "context deadline exceeded"  # Kubo's words


class RefusedError(Exception):
    """What is asked for cannot be had; the message says why, as Kubo's ``Message``."""


class Keeper:
    """The calls of Kubo's RPC that the marketplace makes."""

    def __init__(self, home: Path, most: int = MOST) -> None:
        """Take the repository as it is; its child is started when it is needed, or by ``warm_up``."""
        self._serving = Node(home / "repository")
        self.blocks = Blocks(home / "repository" / "blocks", most)
        self._fetcher = Fetcher(home)
        self._known: dict[str, None] = {}  # peers that somebody named

    def warm_up(self) -> None:
        """Open the node, so that others can connect."""
        with contextlib.suppress(SilentError):
            self._serving.open()

    def id(self) -> dict[str, Any]:
        """Return who the node is and where it listens."""
        addresses = self._ask("addresses")
        return {"ID": self._serving.id, "Addresses": addresses, "AgentVersion": "citrate/libkubo"}

    def put(self, codec: int, block: bytes) -> dict[str, Any]:
        """Keep a block."""
        return {"Key": self.blocks.put(codec, block), "Size": len(block)}

    def pin(self, cid: str) -> dict[str, Any]:
        """Pin a tree whose blocks are all here."""
        seconds = PIN_SECONDS + PIN_MIB_SECONDS * self.blocks.walk(cid).size / MIB
        if not self._pinned(cid, seconds):
            # Asked by a peer before, the node remembers a block as missing, and would wait for it for ever.
            self._serving.end()
            if not self._pinned(cid, 3 * seconds):
                raise RefusedError("The node does not pin it.")
        return {"Pins": [cid]}

    def _pinned(self, cid: str, seconds: float) -> bool:
        try:
            return bool(self._serving.ask("pin", cid, seconds=seconds))
        except SilentError:
            return False

    def pins(self, cid: str = "") -> dict[str, Any]:
        """Return what is pinned, or whether one address is."""
        found = self._ask("pins")
        if cid and cid not in found:
            raise RefusedError(f"path '{cid}' is not pinned")
        return {"Keys": {each: {"Type": "recursive"} for each in ([cid] if cid else found)}}

    def unpin(self, cid: str) -> dict[str, Any]:
        """Take a pin away; its blocks stay until they are swept."""
        if not self._ask("unpin", cid):
            raise RefusedError("not pinned or pinned indirectly")
        return {"Pins": [cid]}

    def stat(self, cid: str) -> dict[str, Any]:
        """Return how much lies below an address, if all of it is here."""
        found = self.blocks.walk(cid)
        return {"DagStats": [{"Cid": cid, "Size": found.size, "NumBlocks": found.blocks}], "TotalSize": found.size}

    def sweep(self) -> dict[str, Any]:
        """Forget blocks that no pin needs."""
        return {"Freed": self.blocks.sweep(self._ask("pins"))}

    def room(self) -> dict[str, Any]:
        """Return how much is kept, and how much may be."""
        return {"RepoSize": self.blocks.size, "StorageMax": self.blocks.most}

    def connect(self, address: str) -> dict[str, Any]:
        """Connect to a peer, and ask it when something is fetched."""
        if not self._ask("connect", address, seconds=CONNECT_SECONDS):
            raise RefusedError(f"connect {address[:200]} failure")
        self._known[address] = None
        return {"Strings": [f"connect {address} success"]}

    def cat(self, cid: str, most: int, seconds: float) -> Iterator[bytes]:
        """Yield the first ``most`` bytes of a file that is here or at a peer. Raises RefusedError, also by its time."""
        most = min(most, MOST_FETCHED)
        try:
            self.blocks.walk(cid)
        except MissingError:
            yield self._fetcher.fetch(cid, most, seconds, self._peers())
        else:
            yield from cut(self.blocks.content(cid), most)

    def _peers(self) -> list[str]:
        """Return whom to ask: who was named, and who has come by itself."""
        came = [address.rpartition("/") for address in self._ask("peers")]
        return list(dict.fromkeys([*list(self._known)[-PEERS:], *(f"{at}/p2p/{who}" for at, _slash, who in came)]))

    def _ask(self, call: str, *arguments: str, seconds: float = CALL_SECONDS) -> Any:
        try:
            answer = self._serving.ask(call, *arguments, seconds=seconds)
        except SilentError as error:
            if call != "connect":  # that one waits for others
                self._serving.end()
            raise RefusedError(f"The node does not answer ({call}).") from error
        if answer is None:
            raise RefusedError(f"The node cannot say ({call}).")
        return answer

    def rest(self) -> None:
        """Do what is to be done now and then."""
        self._fetcher.rest()

    def close(self) -> None:
        """End both children."""
        self._serving.end()
        self._fetcher.close()


class Fetcher:
    """Fetches from peers within a time and a size, which the library itself knows nothing of."""

    def __init__(self, home: Path) -> None:
        """Nothing is started yet."""
        self._node, self._files = Node(home / "fetching"), home / "fetched"
        self._seats = threading.BoundedSemaphore(FETCHES)
        self._given_up = self._active = 0
        self._lock = threading.Lock()
        self._tried: dict[str, float] = {}

    def fetch(self, cid: str, most: int, seconds: float, peers: list[str]) -> bytes:
        """Return the first ``most`` bytes of a file that a peer has. Raises RefusedError."""
        until = time.monotonic() + seconds
        if not self._seats.acquire(timeout=seconds):
            raise RefusedError(LATE)
        to = self._files / f"{threading.get_ident()}-{time.monotonic_ns()}"
        try:
            with self._lock:
                self._active += 1
            self._files.mkdir(parents=True, exist_ok=True)
            self._meet(peers)
            return self._download(cid, to, most, until)
        except SilentError as error:
            raise RefusedError(LATE) from error
        finally:
            shutil.rmtree(to, ignore_errors=True)
            to.unlink(missing_ok=True)
            with self._lock:
                self._active -= 1
                begins_anew = not self._active and (self._given_up > GIVEN_UP or self._taken() > KEPT_FETCHED)
                if begins_anew:
                    self._begin_anew()
            self._seats.release()

    def _download(self, cid: str, to: Path, most: int, until: float) -> bytes:
        outcome: list[bool] = []
        ended = threading.Event()

        def ask() -> None:
            with contextlib.suppress(SilentError):
                left = max(until - time.monotonic(), 0.1)
                outcome.append(bool(self._node.ask("download", cid, str(to), seconds=left)))
            ended.set()

        threading.Thread(target=ask, daemon=True).start()
        # One raw block is small; of a tree the child's repository grows first, and would without end.
        before = 0 if read_cid(cid)[0] == RAW else self._taken()
        while not ended.wait(0.02):
            grown = self._taken() - before if before or read_cid(cid)[0] != RAW else 0
            if _size(to) > most or grown > most + 16 * MIB:
                self._begin_anew()  # others that are under way fail with it, and are asked for again
        if outcome == [True] or _size(to) > most:
            return _read(to, most)
        if outcome == [False]:
            raise RefusedError("block was not found")
        with self._lock:
            self._given_up += 1
        raise RefusedError(LATE)

    def _meet(self, peers: list[str]) -> None:
        """Have the child connected to those who may have it; who cannot be reached is not waited for."""
        met = {each.rpartition("/")[2] for each in self._node.ask("peers", seconds=CALL_SECONDS)}
        now = time.monotonic()
        new = [peer for peer in peers if peer.rpartition("/")[2] not in met and now - self._tried.get(peer, -AGAIN) > 5]
        self._tried |= dict.fromkeys(new, now)
        threads = [threading.Thread(target=self._connect, args=(peer,), daemon=True) for peer in new[:PEERS]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(now + MEET_SECONDS - time.monotonic(), 0))

    def _connect(self, peer: str) -> None:
        with contextlib.suppress(SilentError):
            self._node.ask("connect", peer, seconds=CONNECT_SECONDS)

    def _taken(self) -> int:
        return sum(map(_size, (self._node.repository / "blocks").glob("*/*")))

    def _begin_anew(self) -> None:
        self._node.end(forget=True)
        self._given_up = 0
        self._tried.clear()

    def rest(self) -> None:
        """End the child once nobody asks it any more, or where what nobody waits for still grows."""
        with self._lock:
            is_idle = not self._active and time.monotonic() - self._node.asked_at > IDLE
            if self._node.is_open and (is_idle or self._taken() > MOST_FETCHED):
                self._begin_anew()
                shutil.rmtree(self._files, ignore_errors=True)

    def close(self) -> None:
        """End the child."""
        self._node.end(forget=True)


def cut(parts: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Yield the first ``most`` bytes."""
    for part in parts:
        yield part[:most]
        most -= len(part)
        if most <= 0:
            return


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def _read(path: Path, most: int) -> bytes:
    """Return the beginning of what was fetched, if that is a plain file: a tree may name links and folders as well."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:  # noqa: PTH123  by its descriptor
            return file.read(most)
    except OSError as error:
        raise RefusedError("this dag node is a directory") from error
