"""From nonce to session and back, over HTTP."""

import threading
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connections
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.legal.models import Acceptance
from accounts.models import User
from contracts.models import Chain

from .conftest import CHAIN
from .signing import Person
from .test_addresses import WRONG

JSON = {"accept": "application/json"}
ELSEWHERE = {
    "another port": {"wsgi.url_scheme": "http", "HTTP_HOST": "testserver:8001"},
    "another scheme": {"wsgi.url_scheme": "https"},
    "another allowed host": {"wsgi.url_scheme": "http", "HTTP_HOST": "localhost:9000"},
}


def ask_nonce(client: Client, person: Person, **changes: str) -> object:
    sent = {"address": person.address.lower(), "chain_id": "31337", **changes}
    return client.post("/sign-in/nonce", sent, headers=JSON, REMOTE_ADDR=person.ip)


def test_the_whole_way_with_csrf_enforced(person: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    start = client.get("/sign-in/start")
    assert start.json()["chains"][0]["id"] == 31337
    assert "no-store" in start["Cache-Control"]
    headers = {**JSON, "X-CSRFToken": start.json()["csrf_token"]}
    asked = {"address": person.address, "chain_id": 31337}
    message = client.post("/sign-in/nonce", asked, headers=headers).json()["message"]
    assert message.splitlines()[1] == person.address
    sent = {"message": message, "signature": person.sign(message)}
    assert client.post("/sign-in", sent, headers=JSON).json()["code"] == "stale-form"
    assert client.post("/sign-in", sent, headers=headers).json() == {"address": person.address, "chain_id": 31337}
    assert client.session["chain_id"] == 31337
    assert person.address in client.get("/about").content.decode()


@pytest.mark.parametrize("elsewhere", ELSEWHERE.values(), ids=ELSEWHERE)
def test_nobody_signs_in_at_another_port_or_scheme_of_the_host(
    client: Client, person: Person, elsewhere: dict[str, Any]
) -> None:
    asked = {"address": person.address, "chain_id": "31337"}
    refused = client.post("/sign-in/nonce", asked, headers=JSON, **elsewhere)
    assert (refused.status_code, refused.json()["reason"]) == (HTTPStatus.UNPROCESSABLE_ENTITY, "origin")
    scheme, host = elsewhere["wsgi.url_scheme"], elsewhere.get("HTTP_HOST", "testserver")
    message = person.message(domain=host, uri=f"{scheme}://{host}")
    sent = {"message": message, "signature": person.sign(message)}
    refused = client.post("/sign-in", sent, headers=JSON, **elsewhere)
    assert (refused.status_code, refused.json()["reason"]) == (HTTPStatus.UNPROCESSABLE_ENTITY, "origin")
    assert "sessionid" not in client.cookies


def test_endpoints_of_the_server_are_not_given_away(client: Client, chain: Chain) -> None:
    Chain.objects.filter(pk=chain.pk).update(rpc_urls=["https://rpc.example/secret-key"])
    assert client.get("/sign-in/start").json()["chains"][0]["rpc_urls"] == []


def test_the_first_sign_in_makes_the_user_and_the_second_finds_it(client: Client, person: Person) -> None:
    for _ in range(2):
        assert person.sign_in(client).status_code == HTTPStatus.OK
    user = User.objects.get(address=person.address.lower())
    assert not user.has_usable_password()
    assert user.last_login is not None


def test_signing_in_gives_the_session_a_new_key(client: Client, person: Person) -> None:
    planted = client.session
    planted["theirs"] = "yes"
    planted.save()
    client.cookies["sessionid"] = str(planted.session_key)
    person.sign_in(client)
    assert client.cookies["sessionid"].value != planted.session_key
    assert not Session.objects.filter(session_key=planted.session_key).exists()


def test_signing_in_as_another_leaves_nothing_of_the_first(client: Client, person: Person) -> None:
    person.sign_in(client)
    session = client.session
    session["cart"] = "theirs"
    session.save()
    Person().sign_in(client)
    assert "cart" not in client.session


def test_signing_out_ends_the_session(client: Client, person: Person) -> None:
    person.sign_in(client)
    key = client.session.session_key
    assert client.post("/sign-out", headers=JSON).status_code == HTTPStatus.NO_CONTENT
    assert not Session.objects.filter(session_key=key).exists()
    assert person.address not in client.get("/about").content.decode()


def test_the_form_of_signing_out_leads_home(client: Client, person: Person) -> None:
    person.sign_in(client)
    assert client.post("/sign-out").headers["Location"] == "/"


@pytest.mark.parametrize("path", ["/sign-out", "/sign-in/nonce"])
def test_what_changes_something_takes_no_link(client: Client, path: str) -> None:
    assert client.get(path).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_a_closed_account_stays_out(client: Client, person: Person) -> None:
    User.objects.create(address=person.address.lower(), is_active=False)
    response = person.sign_in(client)
    assert (response.status_code, response.json()["code"]) == (HTTPStatus.FORBIDDEN, "account-closed")
    assert "sessionid" not in client.cookies


@pytest.fixture
def committed_chain(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The chain, in a row that other threads see; what they write is taken back with it."""
    with django_db_blocker.unblock():
        made = Chain.objects.create(pk=31337, **CHAIN)
        yield
        for model in (Session, Acceptance, User):
            model.objects.all().delete()
        made.delete()


def test_of_two_uses_of_a_nonce_at_once_one_opens_a_session(committed_chain: None) -> None:
    person = Person()
    message = person.message()
    barrier, answers = threading.Barrier(2), []

    def use() -> None:
        client = Client()
        barrier.wait()
        answers.append(person.sign_in(client, message).status_code)
        connections.close_all()

    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY]
    assert Session.objects.count() == 1


def test_the_eleventh_try_in_five_minutes_waits(client: Client, person: Person) -> None:
    statuses = [person.sign_in(client, person.message(uri="http://evil.example")).status_code for _ in range(11)]
    assert statuses == [HTTPStatus.UNPROCESSABLE_ENTITY] * 10 + [HTTPStatus.TOO_MANY_REQUESTS]
    last = person.sign_in(client)
    assert 0 < int(last.headers["Retry-After"]) <= 300
    assert "Try again in" in last.json()["detail"]
    assert Person(keys=person.keys).sign_in(client).status_code == HTTPStatus.OK  # from elsewhere


def test_a_client_with_many_addresses_waits_too(client: Client, person: Person) -> None:
    answers = [ask_nonce(client, Person(ip=person.ip)).status_code for _ in range(101)]  # type: ignore[attr-defined]
    assert answers == [HTTPStatus.OK] * 100 + [HTTPStatus.TOO_MANY_REQUESTS]


@pytest.mark.parametrize(
    "changes",
    [
        *({"address": address} for address in WRONG.values()),
        *(
            {"chain_id": number}
            for number in ("one", "0", "9" * 30, "31_337", " 31337", "31337\n", "+1", "٣١٣٣٧", "31337.0")
        ),
    ],
    ids=repr,
)
def test_a_nonce_is_given_for_an_address_and_a_chain(client: Client, person: Person, changes: dict[str, str]) -> None:
    response = ask_nonce(client, person, **changes)
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY  # type: ignore[attr-defined]
    assert response.json()["fields"] == list(changes)  # type: ignore[attr-defined]


def test_no_nonce_for_a_chain_that_we_do_not_know(client: Client, person: Person) -> None:
    assert ask_nonce(client, person, chain_id="5").json()["reason"] == "chain"  # type: ignore[attr-defined]


@pytest.mark.parametrize("signature", ["", "0x1", "0xzz", "0x" + "00" * 10_001, "0x12\n", "0x１２"])
def test_a_signature_has_its_form(client: Client, person: Person, signature: str) -> None:
    sent = {"message": person.message(), "signature": signature}
    response = client.post("/sign-in", sent, headers=JSON, REMOTE_ADDR=person.ip)
    assert response.json()["fields"] == ["signature"]


NEXT = {
    "/account/?a=b": "/account/?a=b",
    "//evil.example/": "/",
    "https://evil.example/": "/",
    "/\\evil.example": "/",
    "javascript:alert(1)": "/",
    "": "/",
}


@pytest.mark.parametrize(("wanted", "given"), NEXT.items())
def test_the_way_on_stays_on_this_site(client: Client, db: None, wanted: str, given: str) -> None:
    page = client.get("/sign-in", {"next": wanted})
    assert page.context["next"] == given


def test_an_anonymous_page_carries_no_cookie_and_asks_no_session(client: Client, db: None) -> None:
    response = client.get("/about")
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert "s-maxage" in response["Cache-Control"]
