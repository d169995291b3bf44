"""A node of IPFS, asked by Kubo's RPC: the demo's own over a Unix socket, or a Kubo at an address (``IPFS_API``).

Each call ends in time and in size. What the node says is not believed where it can be checked: a block has to come
back under its own address, and what is fetched is hashed again by who asked for it.
"""

from __future__ import annotations

import http.client
import json
import secrets
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings

CALL_SECONDS, PIN_SECONDS = 20.0, 60.0
MOST_SAID = 2**20  # bytes of an answer that is not a file
PART = 2**16
MISSING = ("not found", "not pinned", "could not find")
LATE = ("deadline", "timeout", "timed out")


class NodeError(Exception):
    """The node does not do what it is asked. The message is for the log."""


class NodeAwayError(NodeError):
    """Nobody answers where the node is to be."""


class NotThereError(NodeError):
    """Neither the node nor its peers have it."""


class TooSlowError(NodeError):
    """It was not there in time."""


class NobodyInTimeError(TooSlowError):
    """The node asked, and gave up: so far nobody has offered it."""


class TooLargeError(NodeError):
    """It is larger than it may be."""


class NodeFullError(NodeError):
    """The node has no room for it."""


@dataclass(frozen=True)
class Room:
    """How many bytes a node keeps, and how many it may."""

    used: int
    most: int

    @property
    def left(self) -> int:
        """What fits."""
        return max(self.most - self.used, 0)


class Node:
    """One node. Keeps a connection while it is used in a ``with``; not to be shared between threads."""

    def __init__(self, url: str) -> None:
        """Take ``unix:///path`` or ``http://host:port``; nothing is asked yet."""
        self._url = url
        self._connection: http.client.HTTPConnection | None = None
        self._keeps = False

    def __enter__(self) -> Node:
        self._keeps = True
        return self

    def __exit__(self, *error: object) -> None:
        self._keeps = False
        self.close()

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def put(self, cid: str, block: bytes) -> None:
        """Bring a block. Raises NodeError, also where the node keeps it under another address."""
        codec = "dag-pb" if cid.startswith("bafy") else "raw"
        boundary = secrets.token_hex(16)
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="block"\r\n\r\n'
        form = head.encode() + block + f"\r\n--{boundary}--\r\n".encode()
        kind = f"multipart/form-data; boundary={boundary}"
        said = self._call("block/put", {"cid-codec": codec, "mhtype": "sha2-256", "pin": "false"}, body=form, kind=kind)
        if said.get("Key") != cid:
            raise NodeError(f"The node keeps {cid} as {str(said.get('Key'))[:80]}.")

    def pin(self, cid: str) -> None:
        """Have everything below an address kept, all of which is there. Raises NodeError."""
        self._call("pin/add", {"arg": cid, "recursive": "true", "progress": "false"}, seconds=PIN_SECONDS)

    def unpin(self, cid: str) -> None:
        """Have it kept no more; that it was not is all the same."""
        try:
            self._call("pin/rm", {"arg": cid})
        except NotThereError:
            return

    def holds(self, cid: str, *, seconds: float = PIN_SECONDS) -> bool:
        """Say whether it is pinned and every block of it is at the node itself. Raises NodeAwayError, TooSlowError."""
        try:
            self._call("pin/ls", {"arg": cid, "type": "recursive"})
            self._call("dag/stat", {"arg": cid, "progress": "false", "offline": "true"}, seconds=seconds)
        except (NodeAwayError, TooSlowError):
            raise
        except NodeError:
            return False
        return True

    def fetch(self, cid: str, *, seconds: float, most: int) -> bytes:
        """Return the bytes of a file from the node or its peers; the caller sees whether they are what was asked.

        Raises NotThereError, TooSlowError, TooLargeError or another NodeError.
        """
        query = {"arg": cid, "length": str(most + 1), "timeout": f"{max(seconds, 0.1):.1f}s"}
        content = self._bytes("cat", query, seconds=seconds + 2, most=most + 1)
        if len(content) > most:
            raise TooLargeError(cid)
        return content

    def room(self) -> Room:
        """Return how much it keeps."""
        said = self._call("repo/stat", {"size-only": "true"})
        return Room(int(said.get("RepoSize", 0)), int(said.get("StorageMax", 0)))

    def sweep(self) -> None:
        """Have it forget what no pin needs."""
        self._bytes("repo/gc", {"quiet": "true"}, seconds=600.0, most=2**26)

    def addresses(self) -> list[str]:
        """Return where its peers reach it."""
        return [str(each) for each in self._call("id", {}).get("Addresses") or []]

    def connect(self, address: str) -> None:
        """Connect it to a peer. Raises NodeError."""
        self._call("swarm/connect", {"arg": address})

    def _call(
        self, name: str, query: dict[str, str], *, body: bytes = b"", kind: str = "", seconds: float = CALL_SECONDS
    ) -> dict[str, Any]:
        if seconds != CALL_SECONDS:
            query = {**query, "timeout": f"{seconds:.0f}s"}
        said = self._bytes(name, query, body=body, kind=kind, seconds=seconds + 5, most=MOST_SAID)
        try:
            read = json.loads(said.splitlines()[-1]) if said.strip() else {}
        except (ValueError, RecursionError) as error:
            raise NodeError(f"{name}: the answer is no JSON") from error
        return read if isinstance(read, dict) else {}

    def _bytes(
        self, name: str, query: dict[str, str], *, seconds: float, most: int, body: bytes = b"", kind: str = ""
    ) -> bytes:
        until = time.monotonic() + seconds
        try:
            answer = self._asked(f"/api/v0/{name}?{urlencode(query)}", body, kind, seconds)
            with answer:
                content = self._read(answer, most, until)
                is_whole = answer.isclosed()
        except TimeoutError as error:
            self.close()
            raise TooSlowError(name) from error
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise NodeAwayError(f"{name}: {type(error).__name__}") from error
        if not (self._keeps and is_whole):  # the rest of it would be read as the next answer
            self.close()
        if answer.status != http.client.OK:
            raise refusal(name, content)
        return content

    def _asked(self, path: str, body: bytes, kind: str, seconds: float) -> http.client.HTTPResponse:
        headers = {"Content-Type": kind} if kind else {}
        for is_again in (False, True):
            is_new = self._connection is None
            connection = self._connection = self._connection or connection_to(self._url, seconds)
            try:
                if connection.sock:
                    connection.sock.settimeout(seconds)
                connection.request("POST", path, body or None, headers)
                return connection.getresponse()
            except (ConnectionError, http.client.BadStatusLine):
                self.close()
                if is_new or is_again:  # one that was kept may have been closed meanwhile
                    raise
        raise AssertionError("the second try returns or raises")

    @staticmethod
    def _read(answer: http.client.HTTPResponse, most: int, until: float) -> bytes:
        content = bytearray()
        while len(content) < most and (part := answer.read(min(PART, most - len(content)))):
            content += part
            if time.monotonic() > until:
                raise TimeoutError
        return bytes(content)


def refusal(name: str, content: bytes) -> NodeError:
    """Return what the node's refusal means."""
    try:
        said = str(json.loads(content).get("Message", ""))
    except (ValueError, AttributeError):
        said = content[:200].decode(errors="replace")
    text = f"{name}: {said[:300]}"
    kinds = ((LATE, NobodyInTimeError), (MISSING, NotThereError), (("at most", "no space", "full"), NodeFullError))
    return next((kind(text) for words, kind in kinds if any(word in said for word in words)), NodeError(text))


def connection_to(url: str, seconds: float) -> http.client.HTTPConnection:
    """Return a connection to a node's RPC that is not open yet."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return _UnixConnection(parts.path, seconds)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname or "", parts.port or 5001, timeout=seconds)


class _UnixConnection(http.client.HTTPConnection):
    """Speaks HTTP over a Unix socket."""

    def __init__(self, path: str, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        """Open it."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def our_node() -> Node | None:
    """Return the node that this marketplace keeps things at; None where none is configured."""
    return Node(settings.IPFS_API) if settings.IPFS_API else None
