"""The ports that the processes of a demo listen on."""

import fcntl
import os
import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from .places import private_dir
from .trouble import Trouble

_claimed: dict[int, int] = {}  # open files, whose locks end with this process


@dataclass(frozen=True)
class Ports:
    """Where the processes of a demo listen, all of them on loopback."""

    web: int
    chain: int
    chat: int
    embeddings: int
    senses: int


def free_ports(patience: float = 0) -> Ports:
    """Return the ports of the demo. Raises Trouble where another program listens on that of the web, and goes on to.

    ``PORT`` (8000) is the web's. The others give way: each takes the next port that nobody listens on.
    All are claimed until this process ends: two demos that start at once choose different ones.
    """
    web = _port("PORT", 8000)
    until = time.monotonic() + patience
    while not (is_free(web) and claim(web)):
        if time.monotonic() > until:
            raise _taken(web)
        time.sleep(0.2)
    chain = _next_free(_port("CHAIN_PORT", 8545))
    chat = _next_free(web + 1)
    embeddings = _next_free(chat + 1)
    return Ports(web, chain, chat, embeddings, _next_free(embeddings + 1))


def check_given() -> None:
    """Raise Trouble where ``PORT`` or ``CHAIN_PORT`` is no port, or that of the web is taken."""
    check_free(_port("PORT", 8000))
    _port("CHAIN_PORT", 8545)


def check_free(port: int) -> None:
    """Raise Trouble where another program listens on the web's port: its site would be taken for ours."""
    if not is_free(port):
        raise _taken(port)


def _taken(port: int) -> Trouble:
    return Trouble(f"Port {port} is taken; choose another one, for example: make demo PORT={port + 1}")


def _next_free(first: int) -> int:
    return next(port for port in range(first, 65536) if is_free(port) and claim(port))


def _port(name: str, usual: int) -> int:
    given = os.environ.get(name, str(usual))
    if not (given.isdigit() and 0 < int(given) < 65536):
        raise Trouble(f"{name} is {given}; it has to be a number from 1 to 65535.")
    return int(given)


def is_free(port: int) -> bool:
    """Whether nobody listens on a port of the loopback."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def claim(port: int) -> bool:
    """Keep a port for this process until it ends; False where another one has claimed it.

    Between the choice of a port and the start of its server lie seconds, of a new demo's chain a minute.
    """
    claims = private_dir(Path(tempfile.gettempdir()) / f"citrate-ports-{os.geteuid()}")
    if port in _claimed:
        return False
    held = os.open(claims / str(port), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return False
    _claimed[port] = held
    return True
