"""The demo's node of IPFS: `python -m stack.ipfs_server HOME SOCKET`, in the engines' environment.

It speaks the part of Kubo's RPC that the marketplace uses, over a Unix socket that its folder protects, so that
production can name a real Kubo instead. Standard library only.
"""

import contextlib
import fcntl
import json
import re
import shutil
import signal
import socketserver
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from .ipfs_blocks import LONGEST, NODE, RAW, FullError, MissingError, NotAnAddressError
from .ipfs_keeper import IDLE, MOST_FETCHED, Keeper, RefusedError
from .ipfs_node import SilentError

CODECS = {"raw": RAW, "dag-pb": NODE}
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}
BOUNDARY = re.compile(r'boundary="?([\w\'()+,./:=?-]{1,70})"?')


def seconds_of(text: str, usual: float = 60.0) -> float:
    """Return how long a call may take, as Kubo's ``timeout`` says it: 500ms, 20s, 1m."""
    read = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)(ms|s|m)", text)
    return float(read[1]) * UNITS[read[2]] if read else usual


def file_in(body: bytes, content_type: str) -> bytes:
    """Return the one file of a form (multipart), as Kubo takes a block. Raises RefusedError."""
    boundary = BOUNDARY.search(content_type)
    start, end = body.find(b"\r\n\r\n"), body.rfind(f"\r\n--{boundary[1] if boundary else ''}--".encode())
    if not boundary or start < 0 or end < start:
        raise RefusedError("A block is sent as a form with one file.")
    return body[start + 4 : end]


Call = Callable[[Keeper, dict[str, str], bytes], dict[str, Any]]
CALLS: dict[str, Call] = {
    "/api/v0/id": lambda keeper, asked, block: keeper.id(),
    "/api/v0/block/put": lambda keeper, asked, block: keeper.put(CODECS[asked.get("cid-codec", "raw")], block),
    "/api/v0/pin/add": lambda keeper, asked, block: keeper.pin(asked["arg"]),
    "/api/v0/pin/ls": lambda keeper, asked, block: keeper.pins(asked.get("arg", "")),
    "/api/v0/pin/rm": lambda keeper, asked, block: keeper.unpin(asked["arg"]),
    "/api/v0/dag/stat": lambda keeper, asked, block: keeper.stat(asked["arg"]),
    "/api/v0/repo/gc": lambda keeper, asked, block: keeper.sweep(),
    "/api/v0/repo/stat": lambda keeper, asked, block: keeper.room(),
    "/api/v0/swarm/connect": lambda keeper, asked, block: keeper.connect(asked["arg"]),
}
REFUSALS = (RefusedError, MissingError, NotAnAddressError, FullError, SilentError, KeyError)


class Handler(BaseHTTPRequestHandler):
    """One connection of the control socket."""

    protocol_version = "HTTP/1.1"
    keeper: ClassVar[Keeper]
    timeout = 60

    def do_POST(self) -> None:
        """Answer one call."""
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        try:
            block = self._block()
            if url.path == "/api/v0/cat":
                self._stream(asked)
            elif call := CALLS.get(url.path):
                self._say(200, call(self.keeper, asked, block))
            else:
                self._say(404, {"Message": "There is no such call."})
        except REFUSALS as error:
            is_missing = isinstance(error, MissingError)
            said = f"block was not found locally (offline): could not find {error}" if is_missing else str(error)
            self._say(500, {"Message": said, "Code": 0, "Type": "error"})

    def _block(self) -> bytes:
        length = int(self.headers.get("Content-Length") or 0)
        if length > 2 * LONGEST:
            self.close_connection = True
            raise RefusedError("produced block is over 1MiB")
        return file_in(self.rfile.read(length), self.headers.get("Content-Type", "")) if length else b""

    def _stream(self, asked: dict[str, str]) -> None:
        most = int(asked["length"]) if asked.get("length", "").isdigit() else MOST_FETCHED
        parts = self.keeper.cat(asked["arg"], most, seconds_of(asked.get("timeout", "")))
        first = next(parts, b"")
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._send_part(first)
        for part in parts:
            self._send_part(part)
        self.wfile.write(b"0\r\n\r\n")

    def _send_part(self, part: bytes) -> None:
        if part:  # an empty one would end the answer
            self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")

    def _say(self, status: int, said: dict[str, Any]) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        """Say who asks: over a Unix socket there is no address."""
        return "local"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing a call: blocks come by the thousand."""


class Server(socketserver.ThreadingUnixStreamServer):
    """The control socket."""

    daemon_threads = True
    request_queue_size = 32


def main(home: str, socket: str) -> None:
    """Serve until told to end; then end both children by force."""
    folder, path = Path(home), Path(socket)
    folder.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another one of the same folder ends first
        shutil.rmtree(folder / "fetched", ignore_errors=True)
        path.unlink(missing_ok=True)
        Handler.keeper = keeper = Keeper(folder)
        with contextlib.closing(keeper), Server(str(path), Handler) as server:
            path.chmod(0o600)
            threading.Thread(target=keeper.warm_up, daemon=True).start()
            threading.Thread(target=_rest, args=(keeper,), daemon=True).start()
            server.serve_forever()


def _rest(keeper: Keeper) -> None:
    while True:
        time.sleep(IDLE / 4)
        keeper.rest()


if __name__ == "__main__":
    main(*sys.argv[1:])
