"""Nodes of IPFS for tests: real ones, each in a process of its own, on the loopback alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from marketplace.pinning.node import Node, NodeError
from stack import engine, tether
from stack.places import ROOT
from tests.waiting import until

PATIENCE = 1800  # seconds: the first run on a machine installs torch


@dataclass
class IpfsProcess:
    """One node's process."""

    home: Path
    storage: int = 2**28
    socket: Path = field(init=False)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        # A socket's path has to be short, and pytest's folders are not.
        self.socket = Path(tempfile.mkdtemp(prefix="ipfs-")) / "s"

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"unix://{self.socket}"

    @property
    def node(self) -> Node:
        """It, as the marketplace asks it."""
        return Node(self.url)

    @property
    def log(self) -> str:
        """What it has printed."""
        return (self.home / "log").read_text()

    @property
    def blocks(self) -> Path:
        """The folder of its blocks."""
        return self.home / "repository" / "blocks"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(engine.PYTHON), "-m", "stack.ipfs_server", str(self.home), str(self.socket)],
                cwd=ROOT,
                env=tether.environment({**os.environ, "IPFS_STORAGE": str(self.storage)}),
                stdout=log,
                stderr=log,
            )
        until(self._answers, lambda: self.log, 60)

    def end(self, *, kill: bool = False) -> int:
        """End it politely, or not, and return its exit code."""
        if self.process is None:
            return 0
        if kill:
            self.process.kill()
        self.process.terminate()
        return self.process.wait(20)

    def _answers(self) -> bool:
        try:
            return bool(self.node.addresses())
        except NodeError:
            return False


@contextmanager
def ipfs_process(home: Path, storage: int = 2**28) -> Iterator[IpfsProcess]:
    """Run a node as long as the block lasts."""
    engine.ensure_packages()
    running = IpfsProcess(home, storage)
    try:
        running.start()
        yield running
    finally:
        running.end()
        shutil.rmtree(running.socket.parent, ignore_errors=True)
