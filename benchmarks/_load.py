"""What the benchmarks share: the real server over the real catalogue, and a small HTTP client. Loopback only."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stack.services import Services

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "marketplace" / "data" / "open-models.jsonl"
HOST = "127.0.0.1"
SITE = "config.serve:application"
PATIENCE = 30.0  # seconds until a server must answer


@contextmanager
def prepared() -> Iterator[dict[str, str]]:
    """Give the environment of a site with its catalogue and static files, as in production but for TLS.

    ``DATABASE_URL`` names a database that has the catalogue; without it a temporary one is started and filled.
    """
    with tempfile.TemporaryDirectory(prefix="citrate-bench-") as folder, _services() as addresses:
        home = {"DEMO_DIR": folder, "STATIC_ROOT": f"{folder}/static", "DJANGO_SETTINGS_MODULE": "config.settings.demo"}
        # All of the load comes from one address, and more of it than one visitor is allowed.
        crowd = {"CONNECTIONS_PER_NETWORK": "1000", "SEARCH_RATE": "100000"}
        variables = {**os.environ, **home, **addresses, **crowd}
        _manage(variables, "collectstatic", "--noinput", "--verbosity=0")
        if addresses:
            _manage(variables, "migrate", "--verbosity=0")
            _manage(variables, "import_catalogue", str(CATALOGUE), "--verbosity=0")
        yield variables


@contextmanager
def _services() -> Iterator[dict[str, str]]:
    """Give the addresses of a temporary database and Redis; of none where the environment names a database."""
    if "DATABASE_URL" in os.environ:
        yield {}
        return
    services = Services()
    try:
        services.start_database()
        yield services.addresses
    finally:
        services.stop()


def _manage(variables: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=ROOT, env=variables, check=True, stdout=subprocess.DEVNULL)


@dataclass(frozen=True)
class Served:
    """A server: its port, and its process."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Return what all its threads have used so far, user and system (clock_getcpuclockid of Linux)."""
        return time.clock_gettime((~self.pid << 3) | 2)


@contextmanager
def served(application: str, variables: dict[str, str], port: int = 0) -> Iterator[Served]:
    """Serve the site, as it is deployed, or another ASGI application by uvicorn, in a process of its own."""
    port = port or free_port()
    options = ["--host", HOST, "--port", str(port), "--timeout-keep-alive", "600"]
    bare = ["uvicorn", application, "--no-access-log", "--loop", "uvloop", "--http", "httptools"]
    command = [sys.executable, "-m", *(["config.serve"] if application == SITE else bare), *options]
    server = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port, server)
        yield Served(port, server.pid)
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait(port: int, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("The server does not start; run `make demo` to see why.")


@dataclass
class Reply:
    """One answer and how long it took, in seconds."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


class Line:
    """One kept connection; as little client as possible, so that it is the server that is measured."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, port: int) -> "Line":
        """Connect to the server at ``port``."""
        return cls(*await asyncio.open_connection(HOST, port))

    async def get(self, path: str, **headers: str) -> Reply:
        """Ask for a page; header names are written with underscores for dashes."""
        more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        started = time.perf_counter()
        self.writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode())
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin1").split("\r\n")
        kept = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
        body = await self.reader.readexactly(int(kept["content-length"]))
        return Reply(int(head[0].split()[1]), kept, body, time.perf_counter() - started)

    def close(self) -> None:
        """Hang up."""
        self.writer.close()
