"""Odd input is answered in order, wherever it is sent: with a page or an error of the 400s, never with a failure."""

import json
import random
import re
from itertools import cycle
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.models import User
from config.api import api
from tests.factories.governance import WHOLE, address, dao_chain, power, proposal, vote

from .odd import HEADERS, PARAMETERS, VALUES, encoded, routes

pytestmark = pytest.mark.django_db
ROUTES = list(routes())
SEARCHES = ["/models", "/compare", "/feeds/models", "/api/v1/listings", "/api/v1/facets"]
SEARCHES += ["/api/v1/listings/BAAI/bge-m3/why", "/models/BAAI/bge-m3/why", "/search/suggestions"]
METHODS = ["GET", "POST", "HEAD", "PUT", "OPTIONS", "DELETE"]
FORM = "application/x-www-form-urlencoded"
ODD = st.sampled_from(VALUES) | st.text(max_size=40)
BOUNDED = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _without_limits(settings: Settings) -> None:
    settings.RATES = {"api": (10**6, 10), "search": (10**6, 10)}


@pytest.fixture
def _a_dao(db: None) -> None:
    """A DAO with a proposal that is voted on, whose chain does not answer."""
    chain = dao_chain()
    vote(proposal(chain, 1), address(5))
    power(chain, address(5), WHOLE)


@pytest.fixture
def anybody() -> Client:
    """A client that gets failures as answers."""
    return Client(raise_request_exception=False)


@pytest.fixture
def member() -> Client:
    """Somebody of the staff, so that nothing is closed."""
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create(address="0x" + "ab" * 20, is_staff=True, is_superuser=True))
    return client


def assert_in_order(answer: Any, asked: object) -> None:
    assert answer.status_code < 500, f"{answer.status_code}: {asked!r}"
    kind = answer.get("Content-Type", "").partition(";")[0]
    body = answer.getvalue() if answer.streaming else answer.content
    if answer.request["REQUEST_METHOD"] == "HEAD" or answer.status_code == 204:
        return
    if kind.endswith("json"):
        json.loads(body)
    if kind.endswith("xml"):
        ElementTree.fromstring(body)  # noqa: S314  our own
    if answer.status_code >= 400 and answer.request["PATH_INFO"].startswith("/api/"):
        assert kind == "application/problem+json", asked
        assert json.loads(body)["status"] == answer.status_code
        assert json.loads(body)["detail"].endswith(".")


def query_of(values: dict[str, str]) -> str:
    return "&".join(f"{name}={encoded(value)}" for name, value in values.items())


@pytest.mark.usefixtures("_a_dao")
@pytest.mark.parametrize("paths", ROUTES, ids=range(len(ROUTES)))
def test_every_route_takes_odd_queries_forms_and_headers(anybody: Client, member: Client, paths: list[str]) -> None:
    chance = random.Random(paths[0])  # noqa: S311  the same each time

    def query() -> str:
        return query_of({name: chance.choice(VALUES) for name in chance.sample(PARAMETERS, 6)})

    turns = [(client, method) for method in METHODS for client in (anybody, member)]
    for (client, method), path in zip(turns, cycle(paths), strict=False):
        form = query_of({name: chance.choice(VALUES) for name in PARAMETERS})
        asked = f"{path}?{query()}"
        assert_in_order(client.generic(method, asked, form, FORM), (method, asked, form))
    for path in paths:
        name, value = chance.choice(HEADERS), chance.choice(VALUES).encode("latin1", "ignore").decode("latin1")
        asked, headers = f"{path}?{query()}", {"HX-Request": "true", name: value}
        assert_in_order(chance.choice([anybody, member]).get(asked, headers=headers), (asked, headers))


@pytest.mark.parametrize("path", SEARCHES)
@given(values=st.dictionaries(st.sampled_from(PARAMETERS[:20]), ODD, max_size=4), htmx=st.booleans())
@BOUNDED
def test_a_search_takes_whatever_is_typed(path: str, values: dict[str, str], htmx: bool) -> None:
    client = Client(raise_request_exception=False)
    headers = {"HX-Request": "true", "HX-Target": "div#catalogue"} if htmx else {}
    assert_in_order(client.get(f"{path}?{query_of(values)}", headers=headers), (path, values))


@pytest.mark.parametrize("path", ["/", "/models", "/api/v1/listings", "/feeds/models", "/sign-in", "/admin/"])
@given(query=st.binary(max_size=60))
@settings(BOUNDED, max_examples=15)
def test_a_query_may_be_any_bytes(path: str, query: bytes) -> None:
    client = Client(raise_request_exception=False)
    assert_in_order(client.get(path, QUERY_STRING=query.decode("latin1")), (path, query))


BODIES = [
    b"",
    b"{",
    b"null",
    b"[]",
    b"1",
    b'"x"',
    b"NaN",
    b'{"query": NaN}',
    b'{"query": 1e999}',
    b'{"query": null}',
    b'{"query": 5}',
    b'{"query": "\\ud800"}',
    b'{"query": "\\u0000"}',
    b'{"query": "q=%00"}',
    b'{"query": "q=\\u0001"}',
    b'{"query": "q=a", "query": "q=b"}',
    b'{"query": "' + b"x" * 5_000 + b'"}',
    b'{"query": ' + b"9" * 5_000 + b"}",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b"\x00",
    '{"query": "q=é"}'.encode("utf-16"),
]
KINDS = ["application/json", "text/plain", "", "application/x-www-form-urlencoded", "multipart/form-data", "x" * 300]
KINDS += ["multipart/form-data; boundary=x", "application/json; charset=utf-7", "text/html; charset=nope", "é/é"]


@pytest.mark.parametrize("kind", KINDS, ids=range(len(KINDS)))
def test_a_body_may_be_any_bytes_of_any_kind(member: Client, kind: str) -> None:
    for body in BODIES:
        for path in ("/api/v1/saved-searches", "/account/searches/save", "/sign-in"):
            assert_in_order(member.generic("POST", path, body, kind), (path, body[:80], kind))


@pytest.mark.parametrize("path", ["/models", "/api/v1/listings", "/feeds/models", "/search/suggestions", "/"])
@pytest.mark.parametrize("number", [1_001, 5_000])
def test_too_many_parameters_are_refused(anybody: Client, path: str, number: int) -> None:
    answer = anybody.get(f"{path}?" + "&".join(f"a{each}=1" for each in range(number)), headers={"Accept": "text/html"})
    assert_in_order(answer, path)
    assert answer.status_code in (200, 400)


@pytest.mark.parametrize("host", ["evil.example", "localhost:80:80", "a b", "[::1", "localhost/", "é", "x" * 300, "@"])
@pytest.mark.parametrize("path", ["/", "/models?q=x", "/api/v1/listings", "/nowhere", "/sign-in", "/static/x.css"])
def test_a_host_that_is_not_ours_is_refused_in_order(anybody: Client, path: str, host: str) -> None:
    for headers in ({}, {"Accept": "text/html"}, {"HX-Request": "true"}):
        answer = anybody.get(path, headers={"Host": host, **headers})
        assert_in_order(answer, (path, host))


FORMS = {
    "fields": b"&".join(b"a%d=1" % number for number in range(1_001)),
    "files": b"".join(
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="%d"\r\n\r\nx\r\n' % number for number in range(101)
    )
    + b"--x--\r\n",
    "parts that do not end": b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n' + b"x" * 1_000,
    "no parts": b"--y--",
    "a part without a name": b"--x\r\n\r\nx\r\n--x--\r\n",
    "a part of bad base64": b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\n!!!!=\r\n--x--\r\n",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("path", ["/sign-in", "/account/searches/save", "/api/v1/saved-searches", "/models", "/demo"])
@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
def test_odd_forms_are_refused(path: str, form: bytes, kind: str) -> None:
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    answer = client.post(path, form, content_type=kind)
    assert_in_order(answer, path)
    assert answer.status_code >= 400


COOKIES = ["sessionid=", "sessionid=x", "sessionid=" + "x" * 4_000, "sessionid=" + "\x01" * 9, "=;=;", "a"]
COOKIES += ["csrftoken=x", 'theme="', "theme=\\", "sessionid=é" * 10, "sessionid=../../../../etc", "; ;", "messages=x"]


@pytest.mark.parametrize("cookie", COOKIES)
@pytest.mark.parametrize("path", ["/", "/models", "/account/", "/sign-in", "/api/v1/saved-searches", "/admin/"])
def test_odd_cookies_are_nobodys(anybody: Client, cookie: str, path: str) -> None:
    assert_in_order(anybody.get(path, headers={"Cookie": cookie}), (path, cookie))


PLACES = ["bge-m3", "nothing", "1", "x", "0", "9" * 30, "0x" + "ab" * 20, "%00"]


def completed(path: str, chance: random.Random) -> str:
    """Return an address of the API with something in each of its places."""
    return re.sub(r"{(\w+)}", lambda name: "BAAI" if name[1] == "owner" else chance.choice(PLACES), path)


@pytest.mark.usefixtures("_a_dao")
def test_every_error_of_the_api_is_in_its_document(anybody: Client, member: Client) -> None:
    """What the API answers to odd input is what its document says that it can answer."""
    document = api.get_openapi_schema(path_prefix="api/v1/")
    chance, seen = random.Random(1), set()  # noqa: S311  the same each time
    for path, methods in document["paths"].items():
        for method, details in methods.items():
            known = {str(status) for status in details["responses"]}
            for number in range(30):
                asked = [each["name"] for each in details["parameters"] if chance.random() < 0.3]
                query = query_of({each: chance.choice(VALUES) for each in asked})
                target = f"{completed(path, chance)}?{query}"
                body, kind = (chance.choice(BODIES), chance.choice(KINDS)) if method == "post" else (b"", "")
                answer = (member if number % 2 else anybody).generic(method.upper(), target, body, kind)
                assert_in_order(answer, (method, target))
                assert str(answer.status_code) in known, (method, target, answer.content)
                seen.add(answer.status_code)
    assert {200, 400, 401, 404, 415, 422} <= seen
