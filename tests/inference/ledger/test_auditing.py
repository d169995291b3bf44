"""Whatever is changed or lost in the books is found."""

from __future__ import annotations

import pytest
from django.db import connection

from inference.actions import start_call
from inference.ledger.auditing import audit_chain, last_audit
from inference.ledger.following import follow_chain
from inference.ledger.models import Account, Audit, Charge, Line, Movement, Owed
from inference.ledger.settling import gather_lines
from inference.models import Call, CallState

from .books import NAME, Books, finished, open_books


@pytest.fixture
def books(db: None) -> Books:
    """Books with three calls that ended and one that runs."""
    made = open_books()
    for tokens in (3, 0, 9):
        finished(start_call(visitor=made.visitor, listing=NAME, texts=["", "Hello"]), tokens)
    gather_lines(chain=made.chain)
    finished(start_call(visitor=made.visitor, listing=NAME, texts=["", "Hello"]), 5)
    start_call(visitor=made.visitor, listing=NAME, texts=["", "Hello"])
    return made


def names(books: Books) -> set[str]:
    return {each["name"] for each in audit_chain(chain=books.chain).differences}


def test_books_that_are_whole_say_so(books: Books) -> None:
    assert names(books) == set()
    audit = last_audit(books.chain)
    assert audit
    assert (audit.compared, Audit.objects.count()) == (7, 1)


@pytest.mark.parametrize("kind", ["reserve", "charge", "chain"])
def test_a_movement_that_is_gone_is_found(books: Books, kind: str) -> None:
    Movement.objects.filter(kind=kind).order_by("pk")[0].delete()
    assert names(books) == {"what an account's movements come to"}


def test_a_call_that_is_gone_is_found(books: Books) -> None:
    Charge.objects.filter(owed__line=None, amount__gt=0)[0].delete()
    assert names(books) == {"what ended calls cost"}
    Charge.objects.filter(ended_at=None).delete()
    assert names(books) == {"what ended calls cost", "what running calls hold"}


@pytest.mark.parametrize("state", [CallState.DONE, CallState.STARTED])
def test_a_journal_that_is_gone_or_says_less_is_found(books: Books, state: CallState) -> None:
    call = Call.objects.filter(state=state)[0]
    Call.objects.filter(pk=call.pk).update(completion_tokens=max(call.completion_tokens - 1, 0))
    said_less = {"what calls have journaled"} if call.completion_tokens else set()
    assert names(books) == said_less
    call.delete()
    assert names(books) == {"what calls have journaled"}


def test_a_call_of_a_line_that_is_gone_is_found(books: Books) -> None:
    Charge.objects.filter(owed__line__isnull=False)[0].delete()
    assert names(books) == {"what ended calls cost", "what a line's calls come to"}


@pytest.mark.parametrize("waits", [True, False])
def test_a_call_that_nobody_would_charge_is_found(books: Books, waits: bool) -> None:
    Owed.objects.filter(line__isnull=waits)[0].delete()
    lost = {"what is to be charged on chain"}
    assert names(books) == (lost if waits else lost | {"what a line's calls come to"})


def test_a_line_that_is_gone_is_found(books: Books) -> None:
    with connection.cursor() as cursor:
        cursor.execute("delete from inference_line")
    assert names(books) == {"what a line's calls come to"}


def test_an_amount_that_was_changed_is_found(books: Books) -> None:
    with connection.cursor() as cursor:
        cursor.execute("update inference_line set amount = amount + 1")
    assert names(books) == {"what a line's calls come to"}


def test_a_line_that_claims_to_be_settled_and_is_not_on_chain_is_found(books: Books) -> None:
    from inference.ledger.models import Settlement

    line = Line.objects.get()
    made = Settlement.objects.create(chain_id=books.chain.pk, token=line.token, lines=[], gas=1)
    Line.objects.update(settlement=made, is_settled=True)
    assert names(books) == {"what a key was charged on chain, of what was sent"}


def test_an_account_below_zero_is_an_alarm(books: Books) -> None:
    books.settled(10**6)
    follow_chain(chain=books.chain)
    assert "nothing below zero" in names(books)
    assert Account.objects.get().spendable < 10**9
