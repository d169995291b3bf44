"""The door to the engines that sleep, on this machine alone: who knows the key asks, waits a little, and looks again.

``POST /v1/answers`` with ``id``, ``kind``, ``asked`` and ``wait`` (seconds), ``GET /v1/answers/<id>?wait=``, and
``GET /health``. 200 is an answer, 202 that it is still to come, 429 that too many wait.
"""

from __future__ import annotations

import hmac
import json
import logging
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .running import FullError, Question, Senses

log = logging.getLogger(__name__)

MOST_BODY = 12_000_000  # bytes
MOST_WAIT = 10.0  # seconds
SILENT = 30.0  # seconds until a connection that says nothing is closed


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = SILENT
    server: Door

    def do_GET(self) -> None:
        """Say how things stand."""
        url = urlsplit(self.path)
        if not self._may():
            self._say(HTTPStatus.UNAUTHORIZED, {})
        elif url.path == "/health":
            self._say(HTTPStatus.OK, {"status": "ok", "awake": self.server.senses.awake()})
        elif url.path.startswith("/v1/answers/"):
            question = self.server.senses.find(url.path.rpartition("/")[2])
            wait = parse_qs(url.query).get("wait", ["0"])[0]
            self._tell(question, wait) if question else self._say(HTTPStatus.NOT_FOUND, {})
        else:
            self._say(HTTPStatus.NOT_FOUND, {})

    def do_POST(self) -> None:
        """Take a question."""
        length = int(self.headers.get("Content-Length") or 0)
        if not self._may() or not 0 < length <= MOST_BODY:
            self.close_connection = True  # the body stays unread
            self._say(HTTPStatus.UNAUTHORIZED if not self._may() else HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {})
            return
        try:
            said = json.loads(self.rfile.read(length))
            question = self.server.senses.ask(str(said["id"]), str(said["kind"]), said["asked"])
        except FullError:
            self._say(HTTPStatus.TOO_MANY_REQUESTS, {})
        except (ValueError, KeyError, TypeError):
            self._say(HTTPStatus.BAD_REQUEST, {})
        else:
            self._tell(question, said.get("wait", 0))

    def _tell(self, question: Question, wait: Any) -> None:
        question.done.wait(min(max(float(wait), 0.0), MOST_WAIT))
        if question.told is not None:
            self._say(HTTPStatus.OK, question.told)
            return
        senses = self.server.senses
        told = {"before": senses.waiting(question.kind), "starting": not senses.is_awake(question.kind)}
        self._say(HTTPStatus.ACCEPTED, told)

    def _may(self) -> bool:
        said = self.headers.get("Authorization", "")
        return hmac.compare_digest(said.encode(), f"Bearer {self.server.key}".encode())

    def _say(self, status: HTTPStatus, value: dict[str, Any]) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Keep no line for each request."""


class Door(ThreadingHTTPServer):
    """Listens on the loopback, in threads of its own."""

    daemon_threads = True

    def __init__(self, port: int, key: str, senses: Senses) -> None:
        if not key:
            raise ValueError("The engines that sleep are not served without a key.")
        super().__init__(("127.0.0.1", port), _Handler)
        self.key, self.senses = key, senses

    def open(self) -> None:
        """Let in who comes, until ``close``."""
        threading.Thread(target=self.serve_forever, name="senses-door", daemon=True).start()
        log.info("The engines that sleep are asked at port %s.", self.server_port)

    def close(self) -> None:
        """Let nobody in any more, and end what is awake."""
        self.shutdown()
        self.server_close()
        self.senses.close()
