"""The demo's own chain, seen from outside: how it is started, made, and asked (docs/mechanisms/indexer.md).

The chain begins sixty days ago, so that sixty days of sales are there; from then on its clock is this machine's. What
runs is `stack.chain`, which keeps anvil.
"""

import json
import platform
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from . import tether
from .places import ROOT, exclusive
from .trouble import Trouble

DAYS = 60
ACCOUNTS = 39
BLOCK_SECONDS = 2  # while somebody uses the chain
IDLE_BLOCK_SECONDS = 60  # else; as far as pages that show the chain's time may lag behind
STARTING_SECONDS = 60
PACKAGES = ROOT / "contracts" / "node_modules"
CONTRACTS = "contracts.sha256"  # beside the state: what the contracts on the chain were made of
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


def command(folder: Path, port: int, sockets: Path, *options: str) -> list[str]:
    """Return the command that runs the chain of a folder in the foreground; ``sockets`` is private to this user."""
    return tether.command(sys.executable, "-m", "stack.chain", str(folder), str(port), str(sockets), *options)


def answers(port: int) -> bool:
    """Return whether the chain answers, which it does as soon as its clock runs."""
    try:
        return bool(rpc(port, "eth_chainId"))
    except OSError:
        return False


def wait_for_end(folder: Path) -> None:
    """Return when no chain runs in ``folder`` any more: one whose demo was killed still writes its state."""
    if folder.exists():
        with exclusive(folder):
            return


def state_of(folder: Path) -> Path:
    """Return the file of the chain's state: JSON, packed by gzip."""
    return folder / "state.json.gz"


def check_made_with(folder: Path, contracts: str) -> None:
    """Raise Trouble where the chain in ``folder`` was made with other contracts than these, by their fingerprint."""
    kept = folder / CONTRACTS
    if folder.exists() and not (kept.exists() and kept.read_text() == contracts):
        raise Trouble(
            f"The chain of the demo in {folder.parent} was made with other contracts than the ones here. Remove that "
            "folder to begin anew, or choose another one by setting DEMO_DIR."
        )


def prepare(folder: Path, port: int, sockets: Path, seed: Callable[[], object], contracts: str = "") -> None:
    """Make the chain in ``folder`` unless it is there: from its beginning, and what ``seed`` does to it.

    A kill half-way leaves nothing that looks like a chain; the next one has the same first block. ``contracts`` is the
    fingerprint of those that ``seed`` puts there.
    """
    if folder.exists():
        return
    unfinished = folder.with_suffix(".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    with running(unfinished, port, sockets, "--prepare"):
        seed()
    (unfinished / CONTRACTS).write_text(contracts)
    unfinished.rename(folder)


@contextmanager
def running(folder: Path, port: int, sockets: Path, *options: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the chain of a folder while the block lasts, and end it so that its state is written."""
    child = subprocess.Popen(command(folder, port, sockets, *options), cwd=ROOT, env=tether.environment())
    try:
        _wait(child, port)
        yield child
    finally:
        child.terminate()
        code = child.wait(STARTING_SECONDS)
    if code:
        raise Trouble("The demo's chain has failed; the reason stands above.")


def rpc(port: int, method: str, *params: object) -> Any:
    """Return what the chain answers to one call."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(url(port), body, {"Content-Type": "application/json"})  # noqa: S310  our own
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310  our own
        answer = json.load(response)
    if "error" in answer:
        raise Trouble(f"The demo's chain refused {method}: {answer['error'].get('message')}.")
    return answer["result"]


def beginning(folder: Path) -> int:
    """Return when the chain begins, in seconds since 1970; it is decided once and never again."""
    kept = folder.with_suffix(".began")
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(str(int(time.time()) - DAYS * 86_400))
    return int(kept.read_text())


def _wait(child: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while not answers(port):
        if child.poll() is not None or time.monotonic() > deadline:
            raise Trouble("The demo's chain does not start; the reason stands above.")
        time.sleep(0.05)
