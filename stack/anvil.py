"""The demo's own chain: anvil, its state, and its clock (docs/mechanisms/indexer.md).

The chain begins sixty days ago, so that sixty days of sales are there; from then on its clock is this machine's.
Anvil knows neither across a restart: it makes a new first block, and its clock from its command line. So this module
runs as a process of its own (`python -m stack.anvil FOLDER PORT`), which starts anvil with the chain's own beginning,
sets its clock before it mines a first block, and keeps a whole copy of its state while anvil overwrites its own.
"""

import json
import platform
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import tether
from .places import ROOT, exclusive
from .trouble import Trouble

DAYS = 60
ACCOUNTS = 30
BLOCK_SECONDS = 2
STATE_SECONDS = 5  # anvil writes its state this often; a kill loses what came after
STATES = 64  # the last blocks that can be asked about; each is 160 kB in the file that is written so often
STARTING_SECONDS = 30
PACKAGES = ROOT / "contracts" / "node_modules"
FOUNDRY = PACKAGES / "@foundry-rs"


def program() -> Path:
    """Return anvil for this machine: the program itself, without the script around it."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    found = FOUNDRY / f"anvil-{sys.platform}-{machine}" / "bin" / "anvil"
    if not found.exists():
        raise Trouble(f"There is no anvil for this machine ({sys.platform}, {machine}) among the packages of npm.")
    return found


def url(port: int) -> str:
    """Return the chain's endpoint."""
    return f"http://127.0.0.1:{port}"


def command(folder: Path, port: int) -> list[str]:
    """Return the command that runs the chain of a folder in the foreground."""
    return tether.command(sys.executable, "-m", "stack.anvil", str(folder), str(port))


def answers(port: int) -> bool:
    """Return whether the chain answers and its clock runs."""
    try:
        return bool(rpc(port, "anvil_getIntervalMining") == BLOCK_SECONDS)
    except OSError:
        return False


def wait_for_end(folder: Path) -> None:
    """Return when no chain runs in ``folder`` any more: one whose demo was killed still writes its state."""
    if folder.exists():
        with exclusive(folder):
            return


def prepare(folder: Path, port: int, seed: Callable[[], object]) -> None:
    """Make the chain in ``folder`` unless it is there: from its beginning, and what ``seed`` does to it.

    A kill half-way leaves nothing that looks like a chain; the next one has the same first block.
    """
    if folder.exists():
        return
    unfinished = folder.with_suffix(".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    with running(port, unfinished, _beginning(folder)):
        seed()
    unfinished.rename(folder)


@contextmanager
def running(
    port: int, folder: Path, began: int, *options: str, lock: tuple[int, ...] = ()
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run anvil while the block lasts, and end it so that it writes its state; it inherits the descriptor ``lock``."""
    where = ("--host", "127.0.0.1", "--port", str(port), "--no-cors", "--quiet")
    what = ("--accounts", str(ACCOUNTS), "--timestamp", str(began), "--state", str(folder / "state.json"))
    states = ("--preserve-historical-states", "--prune-history", str(STATES))
    argv = tether.command(str(program()), *where, *what, *states, *options)
    child = subprocess.Popen(argv, env=tether.environment(), pass_fds=lock)
    try:
        _wait(child, port)
        yield child
    finally:
        child.terminate()
        child.wait(STARTING_SECONDS)


def serve(folder: Path, port: int) -> int:
    """Run the chain of a folder until it ends or is told to end; return its exit code."""
    state, options = folder / "state.json", ("--no-mining", "--state-interval", str(STATE_SECONDS))
    with exclusive(folder) as lock:  # an anvil whose keeper was killed writes its state, and ends after that
        _mend(state)
        with running(port, folder, _beginning(folder), *options, lock=(lock,)) as child:
            signal.signal(signal.SIGTERM, lambda number, frame: child.terminate())
            last = int(rpc(port, "eth_getBlockByNumber", "latest", False)["timestamp"], 16)
            rpc(port, "evm_setTime", max(int(time.time()), last + 1))
            rpc(port, "evm_setIntervalMining", BLOCK_SECONDS)
            seen = 0.0
            while child.poll() is None:
                seen = _keep(state, seen)
                time.sleep(1)
    return child.returncode


def rpc(port: int, method: str, *params: object) -> Any:
    """Return what the chain answers to one call."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(url(port), body, {"Content-Type": "application/json"})  # noqa: S310  our own
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310  our own
        answer = json.load(response)
    if "error" in answer:
        raise Trouble(f"The demo's chain refused {method}: {answer['error'].get('message')}.")
    return answer["result"]


def _beginning(folder: Path) -> int:
    """Return when the chain begins, in seconds since 1970; it is decided once and never again."""
    kept = folder.with_suffix(".began")
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(str(int(time.time()) - DAYS * 86_400))
    return int(kept.read_text())


def _keep(state: Path, seen: float) -> float:
    """Copy the state once anvil has stopped writing it; return its time, which has to be the same twice."""
    written = state.stat().st_mtime if state.exists() else 0.0
    copy = state.with_suffix(".kept")
    if written and written == seen and not (copy.exists() and copy.stat().st_mtime == written):
        unfinished = state.with_suffix(".copy")
        shutil.copy2(state, unfinished)
        unfinished.replace(copy)
    return written


def _mend(state: Path) -> None:
    """Go back to the copy where anvil was killed while it wrote."""
    try:
        with state.open("rb") as file:
            json.load(file)
    except (OSError, ValueError) as error:
        copy = state.with_suffix(".kept")
        if not copy.exists():
            raise Trouble(f"The demo's chain cannot be read: {state}. Remove its folder to begin anew.") from error
        shutil.copy2(copy, state)


def _wait(child: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while True:
        try:
            rpc(port, "eth_chainId")
            return
        except OSError as error:
            if child.poll() is not None or time.monotonic() > deadline:
                raise Trouble(f"Anvil does not start on port {port}; another program may use it.") from error
            time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1]), int(sys.argv[2])))
