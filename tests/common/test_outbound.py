"""A request to others ends in time and in size, however the other side behaves."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from common.outbound import Answer, Outbound, OutboundError, TooLargeError, TooSlowError, UnreachableError
from tests.ports import free_port

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
SECONDS = 0.5
Speech = Callable[[socket.socket, threading.Event], None]


@contextmanager
def speaking(speech: Speech) -> Iterator[str]:
    """Give the address of a server that answers each connection with the speech, until the block ends."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            while not done.is_set():
                try:
                    line, _ = door.accept()
                except OSError:
                    return
                threading.Thread(target=talk, args=[line], daemon=True).start()

        def talk(line: socket.socket) -> None:
            with line:
                try:
                    line.recv(65_536)
                    speech(line, done)
                except OSError:
                    return  # the other side has had enough

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}/"
        finally:
            done.set()


def drip(text: bytes) -> Speech:
    """Return a speech of a byte now and then, each well within the limit."""

    def speech(line: socket.socket, done: threading.Event) -> None:
        for byte in text * 100:
            line.sendall(bytes([byte]))
            if done.wait(SECONDS / 5):
                return

    return speech


def silence(line: socket.socket, done: threading.Event) -> None:
    done.wait(60)


def dripping_body(line: socket.socket, done: threading.Event) -> None:
    line.sendall(HEAD)
    drip(b"x")(line, done)


def dripping_chunks(line: socket.socket, done: threading.Event) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    drip(b"1\r\nx\r\n")(line, done)


SLOW = {
    "silence": silence,
    "a status line that drips": drip(b"HTTP/1.1 200 OK"),
    "headers that drip": drip(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n"),
    "a body that drips": dripping_body,
    "a body that drips in chunks": dripping_chunks,
    "a body that drips to the end of the connection": drip(b"HTTP/1.0 200 OK\r\n\r\nx"),
}


@pytest.mark.parametrize("speech", SLOW.values(), ids=SLOW)
def test_a_request_ends_in_time(speech: Speech) -> None:
    with speaking(speech) as url:
        outbound = Outbound(1)
        started = time.monotonic()
        with pytest.raises(TooSlowError):
            outbound.post(url, {}, seconds=SECONDS, most_bytes=10_000)
        assert time.monotonic() - started < 2 * SECONDS
        outbound.close()


def test_who_waits_for_a_connection_waits_within_the_time(request: pytest.FixtureRequest) -> None:
    with speaking(silence) as url:
        outbound = Outbound(1)
        errors: list[float] = []

        def ask() -> None:
            started = time.monotonic()
            with pytest.raises(OutboundError):
                outbound.post(url, {}, seconds=SECONDS, most_bytes=10)
            errors.append(time.monotonic() - started)

        askers = [threading.Thread(target=ask) for _ in range(3)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        assert len(errors) == 3
        assert max(errors) < 4 * SECONDS
        outbound.close()


def endless(line: socket.socket, done: threading.Event) -> None:
    line.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
    while not done.is_set():
        line.sendall(b"x" * 65_536)


def test_an_answer_that_never_ends_is_not_read_to_its_end() -> None:
    with speaking(endless) as url, pytest.raises(TooLargeError):
        Outbound(1).post(url, {}, seconds=10, most_bytes=100_000)


def nothing(line: socket.socket, done: threading.Event) -> None:
    line.sendall(b"nothing that HTTP knows\r\n\r\n")


def cut_short(line: socket.socket, done: threading.Event) -> None:
    line.sendall(HEAD + b"x")


@pytest.mark.parametrize("speech", [nothing, cut_short])
def test_what_is_no_whole_answer_is_none(speech: Speech) -> None:
    with speaking(speech) as url, pytest.raises(OutboundError):
        Outbound(1).post(url, {}, seconds=5, most_bytes=10_000)


def twice(line: socket.socket, done: threading.Event) -> None:
    while True:
        line.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok")
        if not line.recv(65_536):
            return


def test_a_connection_serves_again_with_its_whole_time() -> None:
    with speaking(twice) as url:
        outbound = Outbound(1)
        for _ in range(3):
            assert outbound.post(url, {"a": 1}, seconds=5, most_bytes=2) == Answer(201, b"ok")
        outbound.close()


def test_what_is_there_is_got_without_a_body() -> None:
    with speaking(twice) as url:
        outbound = Outbound(1)
        assert outbound.get(url, seconds=5, most_bytes=2, headers={"Authorization": "Bearer a"}) == Answer(201, b"ok")
        outbound.close()


def test_where_nobody_listens_that_is_the_error() -> None:
    with pytest.raises(UnreachableError):
        Outbound(1).get(f"http://127.0.0.1:{free_port()}", seconds=2, most_bytes=1)
