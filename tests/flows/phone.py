"""A phone with a wallet, in a process of its own; what it signs is signed here."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

import pytest

from tests.waiting import PATIENCE

from .relay import Relay
from .wallet import Signer

CLIENT = Path(__file__).with_name("phone.mjs")
METHODS = ["personal_sign", "eth_signTypedData_v4", "eth_sendTransaction"]


class Phone(Signer):
    """Its person scans, approves, and answers what is asked; ``chains`` are those that it connects for."""

    def __init__(self, node: str, client: "subprocess.Popen[str]") -> None:
        super().__init__(node)
        self.client = client
        self.chains = ["eip155:31337"]
        self.topic = ""  # of the session
        self.heard: Queue[dict[str, Any]] = Queue()
        Thread(target=self._listen, daemon=True).start()
        self.wait_for("ready")

    def scan(self, uri: str) -> dict[str, Any]:
        """Read the code; return what the page proposes."""
        self._act("pair", uri=uri)
        return self.wait_for("proposal")

    def approve(self, proposal: dict[str, Any]) -> None:
        """Connect with the page."""
        accounts = [f"{chain}:{self.address}" for chain in self.chains]
        self._act("approve", id=proposal["id"], accounts=accounts, methods=METHODS)
        self.topic = str(self.wait_for("session")["topic"])

    def reject(self, proposal: dict[str, Any]) -> None:
        """Do not connect with the page."""
        self._act("reject", id=proposal["id"])

    def answer_next(self) -> dict[str, Any]:
        """Answer the next request as its person would; return it."""
        asked = self.wait_for("request")
        given = self.answer(asked["method"], asked["params"])
        self._act("answer", id=asked["id"], topic=asked["topic"], **given)
        return asked

    def leave(self) -> None:
        """End the connection."""
        self._act("leave", topic=self.topic)

    def wait_for(self, kind: str) -> dict[str, Any]:
        """Return the next of what happens; it is of this kind."""
        try:
            said = self.heard.get(timeout=PATIENCE)
        except Empty:
            pytest.fail(f"The phone has heard of no {kind} in {PATIENCE:.0f} seconds.")
        assert said["is"] == kind, said
        return said

    def _act(self, act: str, **given: Any) -> None:
        assert self.client.stdin
        self.client.stdin.write(json.dumps({"act": act, **given}) + "\n")
        self.client.stdin.flush()

    def _listen(self) -> None:
        assert self.client.stdout
        for line in self.client.stdout:
            self.heard.put(json.loads(line))


@contextmanager
def switched_on(node: str, relay: Relay) -> Iterator[Phone]:
    """Have a phone until the block ends."""
    program = shutil.which("node")
    assert program
    command = [program, str(CLIENT), relay.address, relay.project]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as client:
        try:
            yield Phone(node, client)
        finally:
            client.terminate()
