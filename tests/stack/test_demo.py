"""What stops a demo from opening is one sentence, which says what to do."""

import fcntl
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from stack.demo import Demo
from stack.places import ROOT
from stack.ports import Ports


def demo(home: Path, port: int | str) -> "subprocess.CompletedProcess[str]":
    """Try to open a demo inside this very environment."""
    variables = {**os.environ, "DEMO_DIR": str(home), "PORT": str(port), "STACK_ENTERED": "yes"}
    command = [sys.executable, "-m", "stack", "demo"]
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=60)


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        tried = demo(tmp_path, port)
    assert tried.returncode == 1
    assert tried.stderr.strip() == (f"Port {port} is taken; choose another one, for example: make demo PORT={port + 1}")


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", ""])
def test_a_port_that_is_none(tmp_path: Path, port: str) -> None:
    tried = demo(tmp_path, port)
    assert tried.returncode == 1
    assert tried.stderr.strip() == f"PORT is {port}; it has to be a number from 1 to 65535."


def test_a_folder_that_another_demo_holds(tmp_path: Path) -> None:
    with (tmp_path / "runner.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        tried = demo(tmp_path, 65001)
    assert tried.returncode == 1
    assert tried.stderr.strip() == (
        f"Another demo runs in {tmp_path}; stop it, or choose another folder by setting DEMO_DIR."
    )


def test_a_folder_with_other_contracts(tmp_path: Path) -> None:
    (tmp_path / "chain").mkdir()
    tried = demo(tmp_path, 65001)
    assert tried.returncode == 1
    assert tried.stderr.strip() == (
        f"The chain of the demo in {tmp_path} was made with other contracts than the ones here. Remove that folder to "
        "begin anew, or choose another one by setting DEMO_DIR."
    )


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    tried = demo(tmp_path / "file" / "demo", 65001)
    assert tried.returncode == 1
    assert "Traceback" not in tried.stderr
    assert str(tmp_path / "file") in tried.stderr


def test_people_may_use_it_at_the_addresses_that_it_prints(tmp_path: Path) -> None:
    made = Demo(tmp_path, Ports(web=8123, chain=8124, chat=8125, embeddings=8126, senses=8127))
    assert made.origins == ("http://localhost:8123", "http://127.0.0.1:8123")
    assert made.variables()["ORIGINS"] == "http://localhost:8123,http://127.0.0.1:8123"
