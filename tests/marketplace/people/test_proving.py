"""A domain proves a name: its file names the address, is looked at again, and no server can do harm by it."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from socket import create_server
from threading import Thread

import certifi
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.restrictions import Scope, restrict
from common import pinned
from common.limits import TooManyError
from common.outbound import UnreachableError
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.people import proving, tasks
from marketplace.people.errors import DomainRefusedError
from marketplace.people.models import DomainProof, Profile, Refusal
from marketplace.people.proving import check_domain, domain_of, due, forget_domain, look, prove_domain
from tests import databases
from tests.common.certificates import certified
from tests.factories.reviews import address, person
from tests.hostile import answer

DOMAIN = "maker.example"
WHO = 5
Say = Callable[[list[bytes]], None]


def naming(*addresses: object) -> list[bytes]:
    return answer(json.dumps({"addresses": addresses}).encode())


@pytest.fixture
def domain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Say]:
    """Let the domain lead to a server of ours with a certificate for it; gives what lets it say something."""
    trusted, context = certified(tmp_path, DOMAIN)
    monkeypatch.setattr(certifi, "where", lambda: str(trusted))
    monkeypatch.setattr(pinned, "lookup", lambda _host, _port: ["127.0.0.1"])
    monkeypatch.setattr(proving, "LOOPBACK", True)
    monkeypatch.setattr(proving, "SECONDS", 2)
    said: list[list[bytes]] = [answer(b"", "404 Not Found")]
    with secure(context, said) as port:
        monkeypatch.setattr(proving, "PORT", port)
        yield lambda parts: said.__setitem__(0, parts)


@contextmanager
def secure(context: ssl.SSLContext, said: list[list[bytes]]) -> Iterator[int]:
    with create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            while True:
                try:
                    line, _ = door.accept()
                except OSError:
                    return
                with suppress(OSError), context.wrap_socket(line, server_side=True) as told:
                    told.recv(65_536)
                    for part in said[0]:
                        told.sendall(part)

        Thread(target=serve, daemon=True).start()
        yield door.getsockname()[1]


@pytest.mark.django_db
def test_a_file_proves_a_domain_and_taking_it_away_ends_that(domain: Say, client: Client) -> None:
    proof = prove_domain(user=person(WHO), domain=f"https://{DOMAIN}/")
    assert (proof.domain, proof.is_waiting) == (DOMAIN, True)
    page = f"/u/{address(WHO)}"
    assert DOMAIN not in client.get(page).text
    tasks.check_domain(proof.pk)
    proof.refresh_from_db()
    assert (proof.refusal, proof.proven_at) == (Refusal.MISSING, None)
    domain(naming("0x" + "1" * 40, person(WHO).checksum))
    checked = check_domain(pk=proof.pk)
    assert checked is not None
    assert (checked.refusal, checked.is_waiting) == ("", False)
    assert f'href="https://{DOMAIN}/"' in client.get(page).text
    assert "names this address" in client.get(page).text
    domain(naming("0x" + "1" * 40))
    check_domain(pk=proof.pk)
    assert DOMAIN not in client.get(page).text


HOSTILE = {
    "no json": (answer(b"<html>"), Refusal.UNREAD),
    "half a letter": (answer(b'{"addresses": ["\\ud800"]}'), Refusal.UNREAD),
    "no text": (answer(b"\xff\xfe"), Refusal.UNREAD),
    "a key twice": (answer(b'{"addresses": [], "addresses": []}'), Refusal.UNREAD),
    "a list": (answer(b"[]"), Refusal.UNREAD),
    "a word": (answer(b'{"addresses": "0x"}'), Refusal.UNREAD),
    "nothing": (answer(b""), Refusal.UNREAD),
    "too deep": (answer(b'{"addresses": ' + b"[" * 8_000 + b"]" * 8_000 + b"}"), Refusal.UNREAD),
    "numbers": (naming(1, None, {}, "0x12"), Refusal.UNNAMED),
    "too many": (naming(*["0x0"] * 201), Refusal.UNREAD),
    "a redirect": (answer(b"", "302 Found", more="location: https://other.example/\r\n"), Refusal.ELSEWHERE),
    "a ban": (answer(b"", "403 Forbidden"), Refusal.MISSING),
    "an error": (answer(b"", "500 Oh"), Refusal.SILENT),
    "no http": ([b"SSH-2.0-OpenSSH\r\n\r\n"], Refusal.SILENT),
    "too long": (answer(b" " * 20_000), Refusal.SILENT),
    "a lie about its length": ([b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{}"], Refusal.SILENT),
    "silence": ([], Refusal.SILENT),
}


@pytest.mark.parametrize(("parts", "why"), HOSTILE.values(), ids=HOSTILE)
def test_what_a_server_says_proves_nothing_and_harms_nobody(domain: Say, parts: list[bytes], why: str) -> None:
    domain(parts)
    assert look(DOMAIN, address(WHO)) == why


def test_a_certificate_for_another_name_is_none(domain: Say) -> None:
    domain(naming(address(WHO)))
    assert look(DOMAIN, address(WHO)) == ""
    assert look("other.example", address(WHO)) == Refusal.SILENT


def test_inside_of_a_network_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for inside in (["10.0.0.7"], ["8.8.8.8", "127.0.0.1"], ["169.254.169.254"], ["::1"]):
        monkeypatch.setattr(pinned, "lookup", lambda _host, _port, found=inside: found)
        assert look(DOMAIN, address(WHO)) == Refusal.PRIVATE

    def nowhere(_host: str, _port: int) -> list[str]:
        raise UnreachableError("gaierror")

    monkeypatch.setattr(pinned, "lookup", lambda _host, _port: [])
    assert look(DOMAIN, address(WHO)) == Refusal.SILENT


@pytest.mark.parametrize(
    "text",
    [
        *("", "localhost", "maker", "127.0.0.1", "8.8.8.8", "[::1]", "a.local", "maker.example:8443", "maker.123"),
        *("http://maker.example", "user@maker.example", "maker..example", "-a.example", "a b.example", "0x7f.1", ".."),
        *("maker.example/path", "maker.example?x=1", "maker.example#x", "x" * 64 + ".example", "\ud800.example"),
        ".".join(["a" * 60] * 5),
    ],
)
def test_what_is_no_public_domain_is_refused(text: str) -> None:
    with pytest.raises(DomainRefusedError):
        domain_of(text)


def test_a_domain_is_kept_in_ascii() -> None:
    assert domain_of(" https://MAKER.Example./ ".replace("./", "/")) == DOMAIN
    assert domain_of("b\u00fccher.example") == "xn--bcher-kva.example"
    assert domain_of("\u0430pple.example").startswith("xn--")  # a Cyrillic letter is seen to be none of Latin


@pytest.mark.django_db
def test_silence_takes_nothing_for_two_weeks(domain: Say) -> None:
    proof = prove_domain(user=person(WHO), domain=DOMAIN)
    domain(naming(address(WHO)))
    check_domain(pk=proof.pk)
    domain(answer(b"", "503 Away"))
    kept = check_domain(pk=proof.pk)
    assert kept is not None
    assert (kept.refusal, bool(kept.proven_at)) == (Refusal.SILENT, True)
    DomainProof.objects.update(proven_at=timezone.now() - timedelta(days=15))
    lost = check_domain(pk=proof.pk)
    assert lost is not None
    assert lost.proven_at is None


@pytest.mark.django_db
def test_each_week_it_is_looked_at_again_and_each_day_where_nobody_answered() -> None:
    now = timezone.now()
    for who, (days, refusal) in enumerate([(8, ""), (6, ""), (2, Refusal.SILENT), (2, Refusal.MISSING)]):
        old = {"checked_at": now - timedelta(days=days), "refusal": refusal}
        DomainProof.objects.create(address=address(who), domain=DOMAIN, **old)
    assert [DomainProof.objects.get(pk=pk).address for pk in due()] == [address(0), address(2)]


@pytest.mark.django_db
def test_another_domain_begins_anew_and_what_was_looked_at_meanwhile_says_nothing(
    domain: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = prove_domain(user=person(WHO), domain=DOMAIN)
    domain(naming(address(WHO)))
    check_domain(pk=proof.pk)

    def meanwhile(_domain: str, _address: str) -> str:
        prove_domain(user=person(WHO), domain="other.example")
        return ""

    monkeypatch.setattr(proving, "look", meanwhile)
    assert check_domain(pk=proof.pk) is None
    kept = DomainProof.objects.get()
    assert (kept.domain, kept.proven_at, kept.is_waiting) == ("other.example", None, True)
    assert forget_domain(user=person(WHO)) == 1
    assert check_domain(pk=proof.pk) is None


@pytest.mark.django_db
def test_hidden_with_the_profile_and_not_for_who_is_paused(client: Client) -> None:
    DomainProof.objects.create(address=address(WHO), domain=DOMAIN, proven_at=timezone.now())
    hidden = ModerationDecision.objects.create(
        content=Content.PROFILE, key=address(WHO), action=Action.HIDE, category=Category.SPAM, reason="r"
    )
    Profile.objects.create(address=address(WHO), decision=hidden)
    assert DOMAIN not in client.get(f"/u/{address(WHO)}").text
    restrict(address=address(WHO), scopes=[Scope.WRITING], decision=hidden.pk, until=None)
    client.force_login(person(WHO))
    assert client.post("/account/profile/domain", {"domain": DOMAIN}).status_code == 403


@pytest.mark.django_db
def test_the_form_says_what_to_do_and_what_is_wrong(client: Client) -> None:
    path = "/account/profile/domain"
    assert client.get(path).status_code == 302  # to sign in
    client.force_login(person(WHO))
    assert person(WHO).checksum in client.get(path).text
    refused = client.post(path, {"domain": "127.0.0.1"})
    assert refused.status_code == 422
    assert "That is no public domain" in refused.text
    assert client.post(path, {"domain": ""}).status_code == 422
    assert client.post(path, {"domain": DOMAIN})["Location"] == path
    assert "We are looking at maker.example" in client.get(path).text
    DomainProof.objects.update(checked_at=timezone.now(), refusal=Refusal.UNNAMED)
    assert "The file does not name your address." in client.get(path).text
    assert client.post(path, {"forget": "1"})["Location"] == path
    assert not DomainProof.objects.exists()


@pytest.mark.django_db
def test_somebody_asks_so_often_and_no_more() -> None:
    for _ in range(proving.ASKED_A_DAY):
        prove_domain(user=person(WHO), domain=DOMAIN)
    with pytest.raises(TooManyError):
        prove_domain(user=person(WHO), domain=DOMAIN)


def test_two_presses_at_once_are_one(migrated_database: str, django_db_blocker: DjangoDbBlocker) -> None:
    name = "domains_race"
    with django_db_blocker.unblock(), databases.copied(migrated_database, name), databases.named(name):
        user = person(WHO)

        def press(_n: int) -> int:
            try:
                return prove_domain(user=user, domain=DOMAIN).pk
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            assert len(set(pool.map(press, range(4)))) == 1
