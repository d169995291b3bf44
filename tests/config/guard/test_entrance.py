"""Every request has an id and one line in the log; deceptive ones go no further."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, cast

import pytest
import structlog

from config.guard import Entrance, Threads
from config.guard.protocol import App, Receive, Scope, Send, answer, header

from .driver import Answer, ask, http, replying


def environ_of(scope: Scope) -> dict[str, Any]:
    """Return what a WSGI application behind the entrance sees of a request."""
    seen: dict[str, Any] = {}

    def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        seen.update(environ)
        start_response("200 OK", [])
        return [b""]

    async def scene() -> None:
        await ask(Entrance(Threads(cast(Any, wsgi), 1)), scope)

    asyncio.run(scene())
    return seen


def enter(*headers: tuple[bytes, bytes], path: str = "/", app: App | None = None) -> Answer:
    return asyncio.run(ask(Entrance(app or replying()), http(path=path, headers=headers)))


def test_a_header_cannot_pass_itself_off_as_another() -> None:
    seen = environ_of(http(headers=[(b"x_forwarded-proto", b"https"), (b"x-real-ip", b"1.2.3.4")]))
    assert "HTTP_X_FORWARDED_PROTO" not in seen
    assert seen["HTTP_X_REAL_IP"] == "1.2.3.4"


@pytest.mark.parametrize("name", [b"host", b"content-length", b"cookie", b"authorization", b"content-type"])
def test_a_header_that_must_stand_once_may_not_stand_twice(name: bytes) -> None:
    given = enter((name, b"1"), (name, b"1"))
    assert (given.status, given.problem["code"]) == (400, "malformed-request")


def test_other_headers_may_stand_twice() -> None:
    assert enter((b"accept", b"a/b"), (b"accept", b"c/d")).status == 200


@pytest.mark.parametrize("path", ["/models?q=%00", "/mod\0els"])
def test_a_nul_that_postgresql_could_not_store_is_refused(path: str) -> None:
    assert enter(path=path).status == 400


def test_a_query_beyond_ascii_reaches_django_encoded() -> None:
    assert environ_of(http(path="/?q=é&p=%20+1"))["QUERY_STRING"] == "q=%E9&p=%20+1"


async def telling_its_id(scope: Scope, receive: Receive, send: Send) -> None:
    bound = structlog.contextvars.get_contextvars()["request_id"].encode()
    await answer(send, 200, [], header(scope["headers"], b"x-request-id") + b" " + bound)


def test_an_id_from_a_proxy_goes_all_the_way_and_back() -> None:
    given = enter((b"x-request-id", b"edge-0123.a_B"), app=telling_its_id)
    assert given.body == b"edge-0123.a_B edge-0123.a_B"
    assert given.headers["x-request-id"] == "edge-0123.a_B"


@pytest.mark.parametrize(
    "bad", [b"", b"short", b"-leading-dash", b"x" * 65, b"with space 1", b"line\nbreak", b"\xe9" * 9]
)
def test_an_id_that_could_deceive_is_replaced(bad: bytes) -> None:
    given = enter((b"x-request-id", bad), app=telling_its_id)
    own = given.headers["x-request-id"]
    assert len(own) == 32
    assert given.body.decode() == f"{own} {own}"


def test_each_request_has_its_own_id() -> None:
    assert enter().headers["x-request-id"] != enter().headers["x-request-id"]


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_line_says_what_was_asked_and_how_it_went_but_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    given = enter((b"cookie", b"sessionid=secret"), path="/models?q=secret", app=replying(status=404))
    (line,) = lines(capsys)
    assert (line.pop("ms") >= 0, line.pop("timestamp") > "2026") == (True, True)
    told = {"event": "request", "level": "info", "logger": "web", "request_id": given.headers["x-request-id"]}
    assert line == {**told, "method": "GET", "path": "/models", "status": 404}


def test_the_line_tells_what_the_page_cache_did(capsys: pytest.CaptureFixture[str]) -> None:
    enter(app=replying(headers=[(b"cache-status", b"citrate; hit; ttl=3")]))
    assert lines(capsys)[0]["cache"] == "citrate; hit; ttl=3"


def test_a_failure_has_its_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        enter(app=failing)
    assert lines(capsys)[0]["status"] == 500


def test_a_client_that_left_before_an_answer_has_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        return

    enter(app=silent)
    assert lines(capsys)[0]["status"] == 499


def test_the_line_cannot_be_forged(capsys: pytest.CaptureFixture[str]) -> None:
    enter(path="/a\nb")
    assert lines(capsys)[0]["path"] == r"/a\nb"
