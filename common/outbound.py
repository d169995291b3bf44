"""HTTP requests to others. Each ends in time and in size, however slowly the other side speaks.

The timeout of a socket holds for one read, so a peer that sends a byte now and then would hold a call for ever. Here
the time that is left is set before each read: of the status line, of the headers and of the body.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, BinaryIO, NamedTuple, cast

import certifi
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

CONNECT_SECONDS = 5.0  # for each of a host's addresses

# Not an attribute: connections are shared, and outlive the request that set it.
_ends: ContextVar[float] = ContextVar("ends")  # of the request under way, on the monotonic clock


class OutboundError(Exception):
    """There is no whole answer. The message is for the log: it may name what nobody else should see."""


class UnreachableError(OutboundError):
    """Nobody listens there."""


class TooSlowError(OutboundError):
    """Somebody listens, and had not answered by then."""


class TooLargeError(OutboundError):
    """The answer is larger than it may be; the rest of it was not read."""


class Answer(NamedTuple):
    """A status of HTTP, and the body."""

    status: int
    body: bytes


class Outbound:
    """Keeps connections to the hosts it asks. Safe to share between threads; make it after a fork, never before.

    Neither redirects nor proxies are followed, and nothing is tried again: an address is what somebody configured.
    """

    def __init__(self, connections: int) -> None:
        """Keep so many ``connections`` to one host at most; a request beyond that waits, within its time."""
        self._pools = urllib3.PoolManager(maxsize=connections, block=True, retries=False, ca_certs=certifi.where())
        self._pools.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}

    def post(
        self, url: str, json: object, *, seconds: float, most_bytes: int, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Return what is answered to a JSON body within ``seconds`` in all.

        Raises UnreachableError, TooSlowError where no answer is whole by then, TooLargeError past ``most_bytes``, or
        another OutboundError.
        """
        return self._within(seconds, most_bytes, "POST", url, headers, json=json)

    def get(self, url: str, *, seconds: float, most_bytes: int, headers: Mapping[str, str] | None = None) -> Answer:
        """Return what is found at an address within ``seconds`` in all. Raises as ``post`` does."""
        return self._within(seconds, most_bytes, "GET", url, headers)

    def close(self) -> None:
        """Close the connections that are not in use."""
        self._pools.clear()

    def _within(
        self, seconds: float, most: int, method: str, url: str, headers: Mapping[str, str] | None, json: object = None
    ) -> Answer:
        kept = _ends.set(time.monotonic() + seconds)
        try:
            return self._request(seconds, most, method, url, dict(headers or {}), json)
        # Before timeouts, of which ConnectTimeoutError is one: nobody listening is not a slow answer.
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise UnreachableError(type(error).__name__) from error
        except (urllib3.exceptions.TimeoutError, TimeoutError) as error:
            raise TooSlowError(type(error).__name__) from error
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            # The kind alone: the text names the address, and addresses hold keys.
            raise OutboundError(type(error).__name__) from error
        finally:
            _ends.reset(kept)

    def _request(
        self, seconds: float, most: int, method: str, url: str, headers: dict[str, str], json: object
    ) -> Answer:
        timeout = urllib3.Timeout(connect=min(seconds, CONNECT_SECONDS), read=seconds)
        options: dict[str, Any] = {"preload_content": False, "timeout": timeout, "pool_timeout": seconds}
        if json is not None:
            headers["Content-Type"] = "application/json"
        with self._open(method, url, headers, json=json, **options) as response:
            read = b""
            while part := response.read(most + 1 - len(read), decode_content=False):  # the last tells what is missing
                read += part
                if len(read) > most:
                    raise TooLargeError(f"The answer is larger than {most} bytes.")
            # Only after the last byte can the connection be used again.
            response.release_conn()
            return Answer(response.status, read)

    def _open(self, method: str, url: str, headers: dict[str, str], **options: Any) -> Any:
        return self._pools.request(method, url, headers=headers, **options)


class _Timed:
    """Lets the answers of a connection be read within the time that is left."""

    def response_class(self, sock: socket.socket, **options: Any) -> http.client.HTTPResponse:
        """Return what http.client reads an answer with."""
        return http.client.HTTPResponse(cast(socket.socket, _Wire(sock)), **options)


class _Connection(_Timed, HTTPConnection):  # type: ignore[misc]  # a function stands for the class
    pass


class _TLSConnection(_Timed, HTTPSConnection):  # type: ignore[misc]  # as above
    pass


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


def pool_of(scheme: str) -> type[urllib3.HTTPConnectionPool]:
    """Return what keeps connections to one host, read within the time that is left."""
    return _TLSPool if scheme == "https" else _Pool


class _Wire:
    """What http.client wants of a socket to read from."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def makefile(self, mode: str) -> BinaryIO:
        """Return a file whose every read has the time that is left."""
        return io.BufferedReader(_Reader(self.sock))


class _Reader(io.RawIOBase):
    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.file = sock.makefile("rb", buffering=0)  # keeps the socket open until both are closed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = _ends.get() - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.sock.settimeout(left)
        return self.file.readinto(buffer)

    def close(self) -> None:
        self.file.close()
        super().close()
