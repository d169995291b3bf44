"""Each page has the policy of the settings, and each line of the log its request's id."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from common.middleware import ContentSecurityPolicyMiddleware, RequestMiddleware
from common.session_store import SessionStore


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/about", "/models", "/nowhere", "/api/v1/listings"])
def test_the_policy_is_that_of_the_settings(path: str) -> None:
    policy = Client().get(path)["Content-Security-Policy"]
    told = dict(part.split(" ", 1) for part in policy.split("; "))
    stated = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert told == {name: " ".join(values) for name, values in stated.items()}


def test_a_view_may_state_its_own_policy() -> None:
    own = HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"})
    given = ContentSecurityPolicyMiddleware(lambda _: own)(RequestFactory().get("/"))
    assert given["Content-Security-Policy"] == "default-src 'none'"


@pytest.mark.parametrize("sent", ["edge-0123", ""])
def test_lines_have_the_id_while_the_request_lasts(sent: str) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse(structlog.contextvars.get_contextvars()["request_id"])

    given = RequestMiddleware(answer)(RequestFactory().get("/", headers={"X-Request-ID": sent}))
    assert isinstance(given, HttpResponse)
    assert given.content.decode() == sent or len(given.content) == 32
    assert not structlog.contextvars.get_contextvars()


ERRORS: dict[str, Callable[[Client], Any]] = {
    "a method that is not taken": lambda client: client.delete("/api/v1/listings"),
    "the same without a body": lambda client: client.options("/api/v1/listings"),
    "an address that is none": lambda client: client.get("/api/v1/nowhere"),
    "too many parameters": lambda client: client.get(f"/api/v1/listings?{'&' * 1_001}"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("ask", ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_an_error_of_the_api_is_measured_as_it_is_sent(ask: Callable[[Client], Any], coding: str) -> None:
    given = ask(Client(headers={"Accept-Encoding": coding}))
    assert given["Content-Type"] == "application/problem+json"
    assert int(given["Content-Length"]) == len(given.content)
    text = gzip.decompress(given.content) if given.get("Content-Encoding") == "gzip" else given.content
    assert json.loads(text)["status"] == given.status_code


COOKIES = ['"abcdefgh\\000aaaaaaaa"', "../../../etc", "a" * 33, "A" * 32, "\xff" * 32, "' or 1=1 --------", "a" * 9_000]


@pytest.mark.django_db
@pytest.mark.parametrize("cookie", COOKIES, ids=ascii)
def test_a_cookie_that_is_no_key_of_a_session_opens_none(cookie: str) -> None:
    client = Client(headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"})
    assert client.get("/sell/").status_code == 302
    assert SessionStore(cookie).session_key is None
