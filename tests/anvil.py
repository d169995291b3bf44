"""A real chain for a test: anvil on a free loopback port."""

import json
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from tests.waiting import until

from .ports import free_port


def binary() -> str:
    """Return the program itself: a killed npm wrapper leaves its child behind."""
    packages = settings.BASE_DIR / "contracts" / "node_modules" / "@foundry-rs"
    found = sorted(packages.glob("anvil-*/bin/anvil")) or [Path(shutil.which("anvil") or "")]
    assert found[0].is_file(), "Install the contracts' tools first: npm ci in contracts/."
    return str(found[0])


@contextmanager
def running(*flags: str) -> Iterator[str]:
    """Run a chain until the block ends, and give the address of its JSON-RPC."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="citrate-anvil-") as states:  # else it leaves them in the home folder
        chain = subprocess.Popen(
            [binary(), "--port", str(port), "--silent", "--no-cors", "--cache-path", states, *flags]
        )
        try:
            _wait(address, chain)
            yield address
        finally:
            chain.terminate()
            chain.wait(60)  # it may have its state to write


def call(address: str, method: str, *params: Any) -> Any:
    """Return the result of one JSON-RPC call."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})  # noqa: S310  our own
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310  our own
        answer = json.load(response)
    assert "error" not in answer, answer
    return answer["result"]


def receipt(address: str, tx_hash: str) -> Any:
    """Return the receipt of a transaction as soon as it is mined, which anvil does a moment after it was sent."""
    return until(lambda: call(address, "eth_getTransactionReceipt", tx_hash), f"{tx_hash} is mined")


def _wait(address: str, chain: "subprocess.Popen[bytes]") -> None:
    def answers() -> bool:
        assert chain.poll() is None, "anvil has ended."
        try:
            return bool(call(address, "eth_chainId"))
        except OSError:
            return False

    until(answers, "anvil answers")
