"""The one way in sends everything to its door."""

import asyncio
import subprocess
import sys
from collections.abc import Iterable
from io import BytesIO
from typing import cast
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from django.conf import settings

from config import asgi
from config.guard.protocol import Message, Scope
from tests.config.guard.driver import ask, http, replying
from tests.ports import free_port


def conversation(scope: Scope, *messages: str) -> list[Message]:
    """Say ``messages`` (their types) to the application and return what it says."""
    said: list[Message] = []
    waiting = iter(messages)

    async def receive() -> Message:
        return {"type": next(waiting)}

    async def send(message: Message) -> None:
        said.append(message)

    asyncio.run(asgi.site(scope, receive, send))
    return said


def test_the_server_may_start_and_stop() -> None:
    said = conversation({"type": "lifespan"}, "lifespan.startup", "lifespan.shutdown")
    assert [message["type"] for message in said] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


@pytest.mark.parametrize(("origin", "code"), [(b"http://localhost", 4404), (b"http://evil.example", 4403)])
def test_a_websocket_to_nowhere_closes_without_a_traceback(origin: bytes, code: int) -> None:
    headers = [(b"host", b"localhost"), (b"origin", origin)]
    scope = {"type": "websocket", "scheme": "ws", "path": "/ws/nothing", "headers": headers}
    (close,) = conversation(scope, "websocket.connect")
    assert (close["type"], close["code"]) == ("websocket.close", code)


@pytest.mark.parametrize(
    ("path", "door"),
    [
        ("/", "pages"),
        ("/models", "pages"),
        ("/v1", "pages"),
        ("/healthzz", "pages"),
        ("/api/v1/listings", "pages"),
        (f"/disputes/0x{'a' * 64}/say", "uploads"),
        (f"/disputes/0x{'a' * 64}/rule", "pages"),
        (f"/disputes/0x{'a' * 64}/say/", "pages"),
        ("/disputes/0xaa/say", "pages"),
        ("/models/a/b/v/1.0.0/files/x/y.bin", "files"),
        ("/models/a/b/v/1.0.0/files", "pages"),
        ("/files/token/x.bin", "files"),
        ("/uploads/", "tus"),
        ("/uploads/x", "tus"),
        ("/uploadss", "pages"),
        ("/v1/models", "gateway"),
        ("/engines/00000000-0000-0000-0000-000000000000/v1/models", "streams"),
        ("/healthz", "operators"),
        ("/readyz", "operators"),
        ("/metrics", "operators"),
    ],
)
def test_the_path_chooses_the_door(monkeypatch: pytest.MonkeyPatch, path: str, door: str) -> None:
    for name in ("pages", "uploads", "files", "tus", "streams", "gateway", "operators"):
        monkeypatch.setattr(asgi, name, replying(name.encode()))
    assert asyncio.run(ask(asgi.site, http(path=path))).body == door.encode()


def test_operators_are_answered_while_every_page_thread_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "pages", replying(status=503))
    assert asyncio.run(ask(asgi.site, http(path="/healthz"))).body == b"alive\n"


def test_files_are_read_in_large_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    def sending_a_file(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return cast(Iterable[bytes], environ["wsgi.file_wrapper"](BytesIO(b"x" * 100_000), 4096))

    monkeypatch.setattr(asgi, "django_wsgi", sending_a_file)
    assert [len(piece) for piece in asgi.wsgi({}, cast(StartResponse, None))] == [65536, 34464]


def test_no_other_server_finds_an_application() -> None:
    """By itself uvicorn bounds nothing, and believes whoever calls from this machine."""
    command = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(free_port())]
    ended = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert "python -m config.serve" in ended.stderr
