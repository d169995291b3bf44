"""Ports for what the tests start."""

import fcntl
import os
import secrets
import socket
import tempfile
from pathlib import Path

# Below those that the system gives to whoever asks for any: between the choice of a port and the start of its server
# lie seconds, in which other tests make hundreds of connections.
OWN = range(20_000, 32_000)
_claims: list[int] = []  # open files, whose locks end with this process


def free_port() -> int:
    """Return a port of the loopback that nobody listens on, and that no other process of tests is given meanwhile."""
    claims = Path(tempfile.gettempdir()) / f"citrate-ports-{os.getuid()}"
    claims.mkdir(exist_ok=True)
    while True:
        port = secrets.choice(OWN)
        if _is_free(port) and _claim(claims / str(port)):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _claim(path: Path) -> bool:
    claim = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(claim)
        return False
    _claims.append(claim)
    return True
