"""A server that says whatever a test has it say: real connections on the loopback, byte for byte."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

Script = Iterable[bytes] | Callable[[], Iterable[bytes]]


class Reset(bytes):
    """Breaks the connection off instead of closing it."""


class Hold(bytes):
    """Says nothing more, and keeps the connection open until the client leaves."""


RESET, HOLD = Reset(), Hold()


def answer(content: bytes, status: str = "200 OK", kind: str = "application/json", more: str = "") -> list[bytes]:
    """Return a whole answer that is no stream."""
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(content)}\r\n{more}\r\n"
    return [head.encode(), content]


@contextmanager
def hostile(script: Script, head: bytes = b"") -> Iterator[str]:
    """Open a server that says the same to whoever comes: ``head``, then the script, then the end. Gives its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = Event()
    thread = Thread(target=_serve, args=(listener, script, head, over), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(20)
        assert not thread.is_alive()


def _serve(listener: socket.socket, script: Script, head: bytes, over: Event) -> None:
    while not over.is_set():
        try:
            client, _address = listener.accept()
        except OSError:
            return
        with client, suppress(OSError):  # a client that leaves is what many tests are about
            client.settimeout(20)
            _hear(client)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _say(client, [head, *script] if isinstance(script, list) else _after(head, script), over)


def _after(head: bytes, script: Script) -> Iterator[bytes]:
    yield head
    yield from script() if callable(script) else script


def _hear(client: socket.socket) -> None:
    """Read one request to its end, so that closing does not reset what was said."""
    heard = b""
    while b"\r\n\r\n" not in heard:
        heard += _more(client)
    head, _, body = heard.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    missing = (int(lengths[0].split(b":")[1]) if lengths else 0) - len(body)
    while missing > 0:
        missing -= len(_more(client))


def _more(client: socket.socket) -> bytes:
    if part := client.recv(65_536):
        return part
    raise ConnectionResetError("The client left in the middle of its request.")


def _say(client: socket.socket, script: Iterable[bytes], over: Event) -> None:
    for part in script:
        if isinstance(part, Reset):
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        if isinstance(part, Hold):
            client.settimeout(0.1)
            while not over.is_set():
                with suppress(TimeoutError):
                    if not client.recv(1):
                        return
        if over.is_set():
            return
        client.sendall(part)
