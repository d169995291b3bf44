"""A refusal is friendly to people and exact for programs."""

import asyncio
import base64
import hashlib
import re

import pytest

from common import metrics
from config.guard.protocol import Receive, Scope, Send
from config.guard.refusals import BUSY, MALFORMED, TOO_LARGE, TOO_SLOW, Refusal, refuse

from .driver import Answer, ask, http

EVERY = pytest.mark.parametrize("refusal", [MALFORMED, TOO_SLOW, TOO_LARGE, BUSY], ids=lambda refusal: refusal.code)
BROWSER = (b"accept", b"text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")


def refused(refusal: Refusal, scope: Scope) -> Answer:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await refuse(refusal, scope, send)

    return asyncio.run(ask(app, scope))


@EVERY
def test_a_program_gets_problem_json(refusal: Refusal) -> None:
    given = refused(refusal, http())
    assert given.problem["status"] == given.status == refusal.status
    assert given.problem["code"] == refusal.code
    assert given.problem["detail"].endswith(".")


@EVERY
def test_a_browser_gets_a_page_that_says_the_same(refusal: Refusal) -> None:
    given = refused(refusal, http(headers=[BROWSER]))
    assert given.headers["content-type"] == "text/html; charset=utf-8"
    assert int(given.headers["content-length"]) == len(given.body)
    assert str(refusal.detail) in given.body.decode()


def test_the_page_allows_itself_its_own_style_and_nothing_else() -> None:
    given = refused(BUSY, http(headers=[BROWSER]))
    (style,) = re.findall(r"<style>(.*)</style>", given.body.decode())
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = dict(part.split(" ", 1) for part in given.headers["content-security-policy"].split("; "))
    assert policy["style-src"] == f"'sha256-{digest}'"
    assert {policy[name] for name in policy if name != "style-src"} == {"'none'"}
    assert not re.search(r"style=|<script|\son\w+=", given.body.decode())


def test_only_the_busy_site_says_when_to_come_back() -> None:
    assert refused(BUSY, http()).headers["retry-after"] == "5"
    assert "retry-after" not in refused(TOO_LARGE, http()).headers


def test_head_gets_no_body() -> None:
    given = refused(BUSY, http("HEAD"))
    assert (given.status, given.body) == (503, b"")


def test_no_cache_keeps_a_refusal_and_the_connection_ends() -> None:
    headers = refused(TOO_SLOW, http()).headers
    assert (headers["cache-control"], headers["connection"]) == ("no-store", "close")


def test_refusals_are_counted_by_reason() -> None:
    counter = metrics.REFUSALS.labels("body-too-slow")
    before = counter._value.get()
    refused(TOO_SLOW, http())
    assert counter._value.get() == before + 1
