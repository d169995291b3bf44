"""Calls of an engine of one's own: only with its key, only while access lasts, passed on without what is not its."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, cast

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.test import AsyncClient

from accounts.models import User
from inference import dedicated_proxy
from inference.dedicated import Started, inner_key, request_engine
from inference.dedicated_models import DedicatedEngine, EngineState
from marketplace.listings.models import Listing

from .test_dedicated import NAME, kept, seller

__all__ = ["kept", "seller"]  # fixtures of the engines' tests

CHAT = {"messages": [{"role": "user", "content": "Hello"}]}
ANSWER = b'data: {"choices": [{"delta": {"content": "Hi"}}]}\n\ndata: [DONE]\n\n'


class Engine(BaseHTTPRequestHandler):
    """What stands in for an engine, and keeps what it was asked."""

    heard: list[tuple[str, dict[str, str], Any]] = []
    status = 200

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.heard.append((self.path, dict(self.headers), body))
        self.send_response(self.status)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    async def here(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return await sync_to_async(function)(*args, **kwargs)  # in the thread that has the test's transaction

    monkeypatch.setattr(dedicated_proxy, "in_database", here)
    monkeypatch.setattr(Engine, "heard", [])
    monkeypatch.setattr(Engine, "status", 200)
    with ThreadingHTTPServer(("127.0.0.1", 0), Engine) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def started(seller: User, port: int) -> Started:
    made = request_engine(user=seller, chain_id=None, listing=Listing.objects.get(name=NAME), number="1.0.0")
    DedicatedEngine.objects.update(state=EngineState.HEALTHY, port=port)
    return made


def call(engine: DedicatedEngine, key: str, path: str = "chat/completions", body: Any = CHAT) -> tuple[int, bytes]:
    async def asked() -> tuple[int, bytes]:
        address, headers = f"/engines/{engine.pk}/v1/{path}", {"Authorization": f"Bearer {key}"}
        client = AsyncClient()
        if path == "models":
            answer = await client.get(address, headers=headers)
        else:
            answer = await client.post(address, json.dumps(body), content_type="application/json", headers=headers)
        if not answer.streaming:
            return answer.status_code, answer.content
        return answer.status_code, b"".join([piece async for piece in cast(Any, answer).streaming_content])

    return async_to_sync(asked)()


def code_of(answer: tuple[int, bytes]) -> tuple[int, str]:
    return answer[0], json.loads(answer[1])["error"]["code"]


def test_a_call_with_the_key_is_passed_on_as_it_is_written(started: Started) -> None:
    asked = {**CHAT, "model": NAME, "max_tokens": 10**9, "stream": True, "stream_options": {"include_usage": True}}
    assert call(started.engine, started.key, body=asked) == (200, ANSWER)
    [(path, headers, body)] = Engine.heard
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == f"Bearer {inner_key(started.engine.pk)}"
    assert started.key not in str(headers)
    assert body == {**CHAT, "max_tokens": dedicated_proxy.MOST_TOKENS, "stream": True}
    engine = DedicatedEngine.objects.get()
    assert engine.calls == 1
    assert engine.used_at
    status, models = call(started.engine, started.key, "models")
    assert (status, json.loads(models)["data"][0]["id"]) == (200, NAME)


def test_nobody_else_gets_through(started: Started) -> None:
    engine = started.engine
    assert code_of(call(engine, "eng-wrong")) == (401, "invalid_api_key")
    assert code_of(call(engine, inner_key(engine.pk))) == (401, "invalid_api_key")
    assert code_of(call(engine, started.key, "files")) == (404, "not_found")
    assert code_of(call(engine, started.key, body=[])) == (400, "invalid_body")
    assert code_of(call(engine, started.key, body={**CHAT, "model": "another"})) == (404, "model_not_found")
    assert Engine.heard == []


def test_states_and_ends_are_told_in_words(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = started.engine
    monkeypatch.setattr(Engine, "status", 500)
    assert code_of(call(engine, started.key)) == (502, "engine_failed")
    DedicatedEngine.objects.update(state=EngineState.STARTING)
    assert code_of(call(engine, started.key)) == (503, "not_ready")
    DedicatedEngine.objects.update(state=EngineState.HEALTHY, wanted=False)
    assert code_of(call(engine, started.key)) == (503, "stopping")
    DedicatedEngine.objects.update(wanted=True, port=9)
    assert code_of(call(engine, started.key)) == (502, "engine_away")
    # Its owner has sold the name meanwhile: access has ended, and the next call says so.
    other = User.objects.create(address="0x" + "c" * 40)
    Listing.objects.get(name=NAME).owner.__class__.objects.filter(listings__name=NAME).update(user=other)
    assert code_of(call(engine, started.key)) == (403, "access_ended")
