"""A WSGI application in threads: what it makes arrives whole, however long, and nothing of it is kept open."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
from django.core.cache import caches
from django.core.signals import request_finished, request_started
from django.db import connection

from common.database import keep_connection, renew_connection
from config.guard import Threads
from config.guard.threads import HELD

from .driver import Answer, ask, http


class Parts:
    """What an application gives, in parts; it notes whether it was closed."""

    def __init__(self, *parts: bytes) -> None:
        self.parts = parts
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield from self.parts

    def close(self) -> None:
        self.is_closed = True


def answered(parts: Parts) -> Answer:
    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Parts:
        start_response("404 Not Found", [("Content-Type", "text/plain"), ("X-Method", environ["REQUEST_METHOD"])])
        return parts

    return asyncio.run(ask(Threads(app, 1), http()))


@pytest.mark.parametrize("parts", [(), (b"a",), (b"a", b"", b"b"), (b"x" * HELD, b"y"), (b"x" * HELD,) * 3])
def test_an_answer_arrives_as_it_was_made(parts: tuple[bytes, ...]) -> None:
    made = Parts(*parts)
    given = answered(made)
    assert (given.status, given.body) == (404, b"".join(parts))
    assert (given.headers["content-type"], given.headers["x-method"]) == ("text/plain", "GET")
    assert made.is_closed


def test_an_error_is_passed_on_and_what_was_opened_is_closed() -> None:
    class Failing(Parts):
        def __iter__(self) -> Iterator[bytes]:
            yield b"a"
            raise ZeroDivisionError

    made = Failing()
    with pytest.raises(ZeroDivisionError):
        answered(made)
    assert made.is_closed


@pytest.mark.django_db
def test_a_thread_keeps_its_connection_to_the_cache() -> None:
    clients: list[object] = []

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Parts:
        caches["default"].get("anything")
        clients.append(cast(Any, caches["default"])._cache)
        return Parts()

    async def scene() -> None:
        threads = Threads(app, 1)
        for _ in range(2):
            await ask(threads)

    asyncio.run(scene())
    assert clients[0] is clients[1]


@pytest.mark.django_db
def test_the_thread_of_a_page_keeps_its_connection_and_renews_a_broken_one() -> None:
    def asked() -> int:
        with connection.cursor() as cursor:
            cursor.execute("select pg_backend_pid()")
            (pid,) = cursor.fetchone() or (0,)
        return int(pid)

    def page() -> int:
        renew_connection()
        request_started.send(None, environ={})
        try:
            return asked()
        finally:
            request_finished.send(None)

    with ThreadPoolExecutor(1, initializer=keep_connection) as thread:
        first, second = thread.submit(page).result(), thread.submit(page).result()
        with connection.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(%s, 5000)", [first])
        third = thread.submit(page).result()
        thread.submit(lambda: connection.close()).result()
    assert first == second != third
