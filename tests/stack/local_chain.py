"""A chain of the demo's kind in a folder of its own, and what tests ask of processes."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stack import anvil, tether
from stack.places import ROOT
from tests.ports import free_port
from tests.waiting import until

from .usage import children


@dataclass
class Local:
    """Where a chain lies, and where it answers."""

    folder: Path
    port: int
    sockets: Path

    def rpc(self, method: str, *params: object) -> Any:
        """Ask the chain."""
        return anvil.rpc(self.port, method, *params)

    def head(self) -> int:
        """Return the number of the last block."""
        return int(self.rpc("eth_blockNumber"), 16)

    def made(self) -> Path:
        """Make the folder; return it."""
        self.folder.mkdir()
        return self.folder

    def prepare(self) -> None:
        """Make the chain, with three blocks in sixty days."""
        every = hex(anvil.DAYS * 28_000)
        anvil.prepare(self.folder, self.port, self.sockets, lambda: self.rpc("anvil_mine", "0x3", every))

    @contextmanager
    def started(self) -> Iterator["subprocess.Popen[bytes]"]:
        """Run the chain; whoever asks for it may kill it."""
        command = anvil.command(self.folder, self.port, self.sockets)
        child = subprocess.Popen(command, cwd=ROOT, env=tether.environment())
        try:
            until(lambda: child.poll() is not None or anvil.answers(self.port))
            assert child.poll() is None
            yield child
        finally:
            child.terminate()
            child.wait()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Local]:
    """A place for a chain; its sockets lie in a folder with a short name, as their paths have to."""
    with tempfile.TemporaryDirectory(prefix="citrate-sockets-") as folder:
        yield Local(tmp_path / "chain", free_port(), Path(folder))


def child_of(process: "subprocess.Popen[bytes]") -> int:
    """Return the process id of the one child."""
    (child,) = children(process.pid)
    return child


def runs(pid: int) -> bool:
    """Whether a process lives."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
