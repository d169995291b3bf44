"""The page that says whether the books agree."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from contracts.models import Chain
from inference.actions import start_call
from inference.ledger.auditing import audit_chain
from inference.ledger.models import Line, Movement
from inference.ledger.settling import gather_lines
from inference.ledger.standing import standings

from .books import NAME, finished, open_books


@pytest.fixture
def chain(db: None) -> Chain:
    """A chain on which somebody has used a model, and what waits for it was refused once."""
    books = open_books()
    finished(start_call(visitor=books.visitor, listing=NAME, texts=["", "Hello"]), 3)
    gather_lines(chain=books.chain)
    Line.objects.update(refusal="BalanceExceeded")
    audit_chain(chain=books.chain)
    Chain.objects.update(deployment={"InferenceEscrow": "0x" + "e" * 40})
    return books.chain


def test_it_says_that_the_books_agree_and_that_they_differ(chain: Chain, client: Client, settings: Any) -> None:
    settings.CALL_PAYMENT_GAS_A_DAY = 5_000_000
    page = client.get("/status").content.decode()
    assert "The books agree" in page
    assert "1 charge is refused" in page
    assert "paid on their own" not in page
    Movement.objects.first().delete()  # type: ignore[union-attr]
    audit_chain(chain=Chain(pk=chain.pk, short_name="anvil"))
    fragment = client.get("/status", headers={"HX-Request": "true", "HX-Target": "div#status"}).content.decode()
    assert "The books differ" in fragment
    assert "<html" not in fragment


def test_seven_queries_whatever_there_is(chain: Chain, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(7):
        assert standings()[0].agrees


def test_a_site_without_a_chain_says_so(db: None, client: Client) -> None:
    assert "There is no chain with an escrow here." in client.get("/status").content.decode()
