"""An account is what the chain says: deposits once they are final, what goes out at first sight, reorgs included."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoDbBlocker

from contracts.names import COIN
from inference.actions import start_call
from inference.ledger.errors import NotFundedError
from inference.ledger.following import follow_account, follow_chain, spendable_now
from inference.ledger.models import Account, Movement
from tests import databases, services

from .books import NAME, Books, finished, is_balanced, open_books


@pytest.fixture
def books(db: None) -> Books:
    return open_books(balance=0)


def follow(books: Books) -> Account:
    return follow_account(chain=books.chain, payer=books.user.address, token=COIN)


def test_a_deposit_counts_when_it_is_final_and_a_reorg_takes_it_back(books: Books) -> None:
    first = books.deposit(1_000, block=98)
    assert follow(books).spendable == 0
    with pytest.raises(NotFundedError):
        start_call(visitor=books.visitor, listing=NAME, texts=["", "Hello"])
    books.deposit(500, block=97)
    assert follow(books).spendable == 500
    books.take_back(first)
    assert follow(books).spendable == 500
    second = books.deposit(300)
    assert follow(books).spendable == 800
    books.take_back(second)
    assert (follow(books).spendable, books.account.deposited) == (500, 500)
    assert is_balanced()


def test_a_deposit_that_was_used_and_is_taken_back_leaves_nothing_to_spend(books: Books) -> None:
    gone = books.deposit(1_000)
    finished(start_call(visitor=books.visitor, listing=NAME, texts=["", "Hello"], max_tokens=100), 50)
    books.take_back(gone)
    account = follow(books)
    assert (account.available, account.spendable) == (-account.charged, 0)
    assert is_balanced()


def test_what_is_asked_back_is_not_available_from_the_first_sight_on(books: Books) -> None:
    books.deposit(1_000)
    call = start_call(visitor=books.visitor, listing=NAME, texts=["", "Hello"], max_tokens=100)
    held = books.account.held
    books.ask_back(1_000)
    account = follow(books)
    assert (account.withdrawing, account.available, account.held) == (1_000 - held, 0, held)
    assert spendable_now(chain=books.chain, payer=books.user.address, token=COIN) == 0
    finished(call, 10)
    charged = books.account.charged
    assert follow(books).withdrawing == 1_000 - charged  # what the call did not need goes back too
    books.withdrawn(1_000 - charged)
    account = follow(books)
    assert (account.withdrawn, account.withdrawing, account.available) == (1_000 - charged, 0, 0)
    assert account.in_escrow == account.charged == charged
    assert is_balanced()


def test_a_charge_on_chain_is_taken_from_what_was_charged_here_and_comes_back_with_a_reorg(books: Books) -> None:
    books.deposit(1_000)
    finished(start_call(visitor=books.visitor, listing=NAME, texts=["", "Hello"], max_tokens=100), 10)
    charged, available = books.account.charged, books.account.available
    books.settled(charged)
    account = follow(books)
    assert (account.charged, account.settled, account.available) == (0, charged, available)
    books.settled(-charged)
    account = follow(books)
    assert (account.charged, account.settled, account.available) == (charged, 0, available)
    books.settled(charged + 5)  # more than we know of
    account = follow(books)
    assert (account.charged, account.spendable) == (-5, available - 5)
    assert is_balanced()


def test_looking_again_changes_nothing_and_everybody_is_looked_at(books: Books) -> None:
    books.deposit(1_000)
    assert (follow_chain(chain=books.chain), follow_chain(chain=books.chain)) == (1, 1)
    assert Movement.objects.count() == 1


def test_the_database_keeps_what_does_not_sum_up_out(books: Books) -> None:
    books.deposit(1_000)
    account = follow(books)
    for wrong in ({"available": 5}, {"held": -1, "available": 1_001}, {"deposited": 1_001}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Account.objects.filter(pk=account.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Movement.objects.create(account=account, kind="chain", available=1)


def test_many_at_once_count_a_deposit_once(migrated_database: str, django_db_blocker: DjangoDbBlocker) -> None:
    own = f"following_{services.WORKER}"
    with django_db_blocker.unblock(), databases.copied(migrated_database, own) as name, databases.named(name):
        books = open_books(balance=1_000)

        def work(_number: int) -> int:
            try:
                return follow(books).available
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as threads:
            assert {*threads.map(work, range(24))} == {1_000}
        assert Movement.objects.count() == 1
