"""Runs the demo's chain: `python -m stack.chain FOLDER PORT SOCKETS`, with `--prepare` while it is being made.

Starts anvil with the chain's own beginning, sets its clock before anything else is mined, opens the gate on the port,
mines, and keeps the state (docs/decisions/0130). A chain that nobody uses has a block a minute; it is awake, with a
block every two seconds, while a transaction waits or somebody follows one.
"""

import asyncio
import gzip
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import uvicorn

from . import anvil, tether
from .gate import Node, guarded
from .places import exclusive
from .ports import is_free
from .trouble import Trouble

AWAKE_SECONDS = 30.0  # after what woke it
STATES = 24  # the last blocks whose state can be asked for; each copies the hashes of all blocks, and none is written
SAVE_SECONDS = 5.0  # at least, between two saves of a chain that is awake; what came after is lost in a kill
IDLE_SAVE_SECONDS = 600.0  # the same asleep, where a kill loses empty blocks
SAVE_SHARE = 0.05  # of the time, at most, goes into saving
STARTING_SECONDS = 30
SOCKET = "anvil.sock"
LOADED = "state.json"  # the state as anvil reads it, there only while it starts
GONE = "The chain has ended by itself; what it said stands above."
NOBODY = "127.255.255.255"  # Linux listens on a broadcast address, but nothing can connect to one
BARRED = (6665, 6666, 6667, 6668, 6669, 10080)  # ports that no browser connects to, for systems that refuse NOBODY


class Keeper:
    """Mines the chain's blocks and writes its state. ``node`` is the chain, ``folder`` where the state lies."""

    def __init__(self, node: Node, folder: Path) -> None:
        """Begin awake: what was sent before a restart is confirmed soon after it."""
        self.node, self.folder = node, folder
        self.awake_until = time.monotonic() + AWAKE_SECONDS
        self.mined = self.saved = float("-inf")  # when, on the monotonic clock
        self.cost = 0.0  # seconds that the last save took
        self._asleep, self._kept = False, ""  # whether it was so at the last beat; the block that was saved

    def wake(self) -> None:
        """Mine every two seconds for a while."""
        self.awake_until = time.monotonic() + AWAKE_SECONDS

    async def run(self, ended: asyncio.Event) -> None:
        """Beat until ``ended`` is set; a save that has begun is finished."""
        while not ended.is_set():
            await self.beat()
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), anvil.BLOCK_SECONDS)

    async def beat(self) -> None:
        """Mine a block if it is time for one, and save if there is something to save."""
        if (await self.node.ask("txpool_status"))["pending"] != "0x0":
            self.wake()
        now = time.monotonic()
        asleep = now >= self.awake_until
        is_time = not asleep or now - self.mined >= anvil.IDLE_BLOCK_SECONDS
        if is_time and not await self.node.ask("anvil_getIntervalMining"):  # else somebody has it mine, or stand still
            await self.node.ask("evm_mine")
            self.mined = now
        if self._is_due(asleep, now - self.saved):
            await self.save()
        self._asleep = asleep

    def _is_due(self, asleep: bool, since: float) -> bool:
        """Whether to save now: with a pause that grows with the state, and once more before falling asleep."""
        if asleep and not self._asleep:
            return True
        return since >= max(IDLE_SAVE_SECONDS if asleep else SAVE_SECONDS, self.cost / SAVE_SHARE)

    async def save(self) -> None:
        """Write the state, whole or not at all, unless it is that of the block that was saved last."""
        started = time.monotonic()
        head = (await self.node.ask("eth_getBlockByNumber", "latest", False))["hash"]
        if head != self._kept:
            dumped = await self.node.ask("anvil_dumpState", False)  # without the states of earlier blocks
            await asyncio.to_thread(_write, anvil.state_of(self.folder), bytes.fromhex(dumped[2:]))
            self._kept = head
        self.saved = time.monotonic()
        self.cost = self.saved - started


def _write(state: Path, packed: bytes) -> None:
    unfinished = state.with_suffix(".new")
    with unfinished.open("wb") as file:
        file.write(packed)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(state)


async def serve(folder: Path, port: int, sockets: Path, *, preparing: bool = False) -> None:
    """Run the chain of a folder until told to end. Raises Trouble where it cannot start, or ends by itself."""
    with exclusive(folder) as lock, _bound(port) as door:  # an anvil whose keeper was killed may yet have to end
        async with running(folder, sockets, lock, preparing=preparing) as (child, node):
            keeper = Keeper(node, folder)
            if not preparing:
                await _set_clock(node)
            await _open(child, keeper, door, mining=not preparing)
            await keeper.save()


@asynccontextmanager
async def running(
    folder: Path, sockets: Path, lock: int, *, preparing: bool
) -> AsyncIterator[tuple["subprocess.Popen[bytes]", Node]]:
    """Run anvil on the state of a folder while the block lasts; it inherits the descriptor ``lock``."""
    child, node = _start(folder, sockets, lock, preparing=preparing)
    try:
        await _wait(child, node)
        if anvil.state_of(folder).exists():
            (folder / LOADED).unlink(missing_ok=True)
        yield child, node
    finally:
        child.terminate()
        child.wait(STARTING_SECONDS)


def _start(folder: Path, sockets: Path, lock: int, *, preparing: bool) -> tuple["subprocess.Popen[bytes]", Node]:
    path = sockets / SOCKET
    path.unlink(missing_ok=True)
    host, port = address()
    where = ("--host", host, "--port", str(port), "--no-cors", "--ipc", str(path), "--quiet")
    what = ("--accounts", str(anvil.ACCOUNTS), "--timestamp", str(anvil.beginning(folder)))
    how = () if preparing else ("--no-mining", "--load-state", str(_unpacked(folder)))
    argv = tether.command(str(anvil.program()), *where, *what, "--prune-history", str(STATES), *how)
    return subprocess.Popen(argv, env=tether.environment(), pass_fds=(lock,)), Node(path)


def address() -> tuple[str, int]:
    """Return where anvil may listen, which it insists on, without being reached by a browser."""
    with socket.socket() as trial:
        try:
            trial.bind((NOBODY, 0))
        except OSError:
            return "127.0.0.1", next(port for port in BARRED if is_free(port))
    return NOBODY, 0


def _unpacked(folder: Path) -> Path:
    """Return the state as anvil reads it; one that anvil itself had written, in a demo of before, is there already."""
    packed, loaded = anvil.state_of(folder), folder / LOADED
    try:
        if packed.exists():
            with gzip.open(packed) as state, loaded.open("wb") as file:
                shutil.copyfileobj(state, file)
        with loaded.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            if file.read() != b"}":
                raise EOFError
    except (OSError, EOFError, zlib.error) as error:
        raise Trouble(f"The demo's chain cannot be read: {packed}. Remove its folder to begin anew.") from error
    return loaded


async def _wait(child: "subprocess.Popen[bytes]", node: Node) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while True:
        try:
            await node.ask("eth_chainId")
            return
        except OSError as error:
            if child.poll() is not None or time.monotonic() > deadline:
                raise Trouble("Anvil does not start; what it says stands above.") from error
            await asyncio.sleep(0.05)


async def _set_clock(node: Node) -> None:
    """Let the chain's clock be this machine's from now on: anvil makes its own from its command line."""
    last = int((await node.ask("eth_getBlockByNumber", "latest", False))["timestamp"], 16)
    await node.ask("evm_setTime", max(int(time.time()), last + 1))


@contextmanager
def _bound(port: int) -> Iterator[socket.socket]:
    """Take the port; nobody can connect until the server listens on it."""
    # With its protocol named, or asyncio leaves Nagle's algorithm on: each answer waits 40 ms for an acknowledgement.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", port))
        except OSError as error:
            raise Trouble(f"The chain does not start on port {port}; another program uses it.") from error
        yield door


async def _open(child: "subprocess.Popen[bytes]", keeper: Keeper, door: socket.socket, *, mining: bool) -> None:
    """Serve until told to end. Raises Trouble where anvil has ended by itself."""
    gate = guarded(keeper.node, keeper.wake)
    server = uvicorn.Server(uvicorn.Config(gate, lifespan="off", ws="none", log_level="error", access_log=False))
    signal.signal(signal.SIGTERM, lambda number, frame: None)  # uvicorn sends it again when it has ended: that is late
    ended = asyncio.Event()
    serving = asyncio.create_task(server.serve([door]))
    beating = asyncio.create_task(keeper.run(ended) if mining else ended.wait())
    dying = asyncio.create_task(asyncio.to_thread(child.wait))
    await asyncio.wait({serving, beating, dying}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    ended.set()
    try:
        await asyncio.gather(serving, beating)
    except OSError as error:
        raise Trouble(GONE) from error
    if dying.done():
        raise Trouble(GONE)


def main(folder: str, port: str, sockets: str, *options: str) -> int:
    """Run the chain; say what is wrong in one sentence."""
    try:
        asyncio.run(serve(Path(folder), int(port), Path(sockets), preparing="--prepare" in options))
    except Trouble as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
