"""Ports of a demo: chosen once, kept until it ends."""

import os
import socket
import subprocess
import sys

import pytest

from stack.places import ROOT
from stack.ports import check_free, claim
from stack.trouble import Trouble
from tests.ports import free_port

CHOOSE = """from dataclasses import astuple
from stack.ports import free_ports
print(*astuple(free_ports()), flush=True)
input()"""


def test_a_port_that_was_taken_meanwhile_is_trouble() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Trouble, match=f"Port {port} is taken"):
            check_free(port)
    check_free(port)


def choosing(web: int, chain: int) -> subprocess.Popen[str]:
    """Choose a demo's ports in a process of its own, and keep them until it ends."""
    variables = {**os.environ, "PORT": str(web), "CHAIN_PORT": str(chain)}
    command = (sys.executable, "-c", CHOOSE)
    return subprocess.Popen(command, cwd=ROOT, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_demos_that_start_at_once_choose_different_ports() -> None:
    web, chain = free_port() + 1, free_port() + 1
    chosen: list[str] = []
    with choosing(web, chain) as one, choosing(web + 10, chain) as other:
        for each in (one, other):
            assert each.stdout
            chosen += each.stdout.readline().split()
        one.kill()
        other.kill()
    assert len(chosen) == len(set(chosen)) == 10


def test_a_port_is_claimed_once() -> None:
    port = free_port()
    assert not claim(port)
