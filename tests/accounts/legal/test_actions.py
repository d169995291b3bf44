"""Signing in accepts the documents that the message names, once a version."""

import threading
from collections.abc import Iterator

import pytest
from django.contrib.sessions.models import Session
from django.db import connections
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.legal.documents import current, label
from accounts.legal.models import Acceptance
from accounts.models import User
from contracts.models import Chain
from tests.accounts.conftest import CHAIN
from tests.accounts.signing import Person


def test_signing_in_accepts_what_the_message_names(client: Client, person: Person) -> None:
    person.sign_in(client)
    rows = list(Acceptance.objects.filter(address=person.address.lower()))
    assert {(row.document, row.version, row.digest) for row in rows} == {
        (each.document, each.version, each.digest) for each in current()
    }
    assert all(row.digest in row.message and row.signature == person.sign(row.message) for row in rows)
    assert User.objects.get(address=person.address.lower()).accepted == label()


def test_what_was_accepted_keeps_its_first_signature(client: Client, person: Person) -> None:
    person.sign_in(client)
    before = list(Acceptance.objects.order_by("pk").values())
    person.sign_in(client)
    assert list(Acceptance.objects.order_by("pk").values()) == before


def test_a_refused_message_accepts_nothing(client: Client, person: Person) -> None:
    person.sign_in(client, person.message(resources=None))
    assert not Acceptance.objects.exists()


@pytest.fixture
def committed_chain(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        made = Chain.objects.create(pk=31337, **CHAIN)
        yield
        for model in (Session, Acceptance, User):
            model.objects.all().delete()
        made.delete()


def test_two_sign_ins_at_once_accept_once(committed_chain: None) -> None:
    person, barrier, answers = Person(), threading.Barrier(2), []

    def use() -> None:
        client, message = Client(), person.message()
        barrier.wait()
        answers.append(person.sign_in(client, message).status_code)
        connections.close_all()

    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200, 200]
    assert Acceptance.objects.filter(address=person.address.lower()).count() == len(current())
