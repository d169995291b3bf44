"""What a paid call reserves, costs and releases; and that not one unit more can be spent, however many ask at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from common.errors import DomainError
from contracts.names import COIN
from inference.access import Visitor
from inference.actions import finish_call, journal_call, start_call, sweep_calls
from inference.answers import Usage
from inference.keys.actions import revoke_key
from inference.keys.errors import CapReachedError, KeyRevokedError
from inference.keys.models import ApiKey, KeyDay
from inference.ledger.acting import charge, release, reserve
from inference.ledger.errors import CeilingReachedError, NotAuthorisedError, NotFundedError
from inference.ledger.finding import balances, cost_of, statement
from inference.ledger.models import Account, Charge, Movement
from inference.ledger.prices import Price
from inference.models import Call, CallState, Kind, Upstream, UsageWindow
from marketplace.onchain.models.escrow import EscrowKey
from marketplace.onchain.models.listings import ListingState, OnchainListing
from tests import databases, services

from .books import NAME, Books, finished, is_balanced, open_books


@pytest.fixture
def books(db: None) -> Books:
    return open_books()


def start(books: Books, max_tokens: int = 100, visitor: Visitor | None = None) -> Call:
    return start_call(
        visitor=visitor or books.visitor, listing=NAME, texts=["Be kind.", "Hello"], max_tokens=max_tokens
    )


def test_a_call_reserves_its_worst_case_and_costs_what_was_delivered(books: Books) -> None:
    call = start(books)
    most = call.prompt_tokens + 2 * call.max_tokens
    assert (call.access, call.api_key, call.max_tokens) == ("metered", books.key.pk, 100)
    assert not UsageWindow.objects.exists()
    assert (books.account.held, books.account.available) == (most, 10**9 - most)
    running = cost_of(call.pk)
    assert running
    assert (running.amount, running.is_final) == (most, False)
    finished(call, 7)
    finished(call, 0)  # closing it again changes nothing
    cost = call.prompt_tokens + 14
    account = books.account
    assert (account.held, account.charged, account.available) == (0, cost, 10**9 - cost)
    ended = cost_of(call.pk)
    assert ended
    assert (ended.amount, ended.is_final, ended.token) == (cost, True, COIN)
    assert [each.amount for each in statement(books.user.address)] == [cost]
    assert list(balances(books.user.address)) == [account]
    assert ApiKey.objects.get(pk=books.key.pk).spent == cost
    assert KeyDay.objects.get().tokens == call.prompt_tokens + 7
    assert is_balanced()


def test_nothing_sent_costs_nothing(books: Books) -> None:
    call = start(books)
    finish_call(call_id=call.pk, state=CallState.FAILED, error="gone")
    assert (books.account.available, books.account.held, books.account.charged) == (10**9, 0, 0)
    assert Charge.objects.get().amount == 0
    assert release(call=call) is None
    assert is_balanced()


def test_the_price_is_that_of_the_reservation_and_is_rounded_up_once(books: Books) -> None:
    books.rates(0, 1)
    call = start(books)
    books.rates(0, 10**9)
    finished(call, 3)
    assert Charge.objects.get().amount == 1
    assert Price(1, COIN, "", 3, 7).cost(1, 1) == 1
    assert Price(1, COIN, "", 10**6, 0).cost(5, 1) == 5


def test_a_price_a_call_is_charged_whole(books: Books) -> None:
    books.by_call(10**7)
    finished(start(books), 1)
    assert books.account.charged == 10**7
    finish_call(call_id=start(books).pk, state=CallState.STOPPED)
    assert books.account.charged == 10**7


def test_the_answer_is_as_long_as_the_balance_is_enough_for(db: None) -> None:
    books = open_books(balance=200)
    call = start(books, 500)
    assert books.account.available < 2
    assert call.prompt_tokens + 2 * call.max_tokens <= 200
    finish_call(call_id=call.pk, state=CallState.FAILED)
    books.rates(1_000_000, 20_000_000)
    with pytest.raises(NotFundedError) as refused:
        start(books, 500)
    assert refused.value.status == 402


def test_a_key_pays_only_once_its_authorisation_is_final_and_while_it_holds(db: None) -> None:
    books = open_books(ceiling=0)
    with pytest.raises(NotAuthorisedError):
        start(books)
    books.authorise(10**6, block=99)
    with pytest.raises(NotAuthorisedError):
        start(books)
    books.authorise(10**6, block=97)
    finished(start(books), 1)
    EscrowKey.objects.update(is_revoked=True)
    with pytest.raises(NotAuthorisedError):
        start(books)
    EscrowKey.objects.update(is_revoked=False, valid_until=1)
    with pytest.raises(NotAuthorisedError):
        start(books)
    assert not Charge.objects.filter(ended_at=None).exists()
    assert is_balanced()


def test_a_ceiling_is_never_passed_and_what_the_chain_charged_counts_to_it(db: None) -> None:
    books = open_books(ceiling=300)
    finished(start(books), 90)
    with pytest.raises(CeilingReachedError):
        start(books)
    books.authorise(10**6, block=91)
    finished(start(books), 1)
    books.tally("spent", f"{books.user.address}:{books.key.key_id}", 10**6)
    with pytest.raises(CeilingReachedError):
        start(books)


def test_caps_and_revocation_are_checked_under_the_lock(db: None) -> None:
    books = open_books(total=150)
    with pytest.raises(CapReachedError):
        start(books)
    call = start(books, 20)
    revoke_key(user=books.user, pk=books.key.pk)
    with pytest.raises(KeyRevokedError):
        journal_call(call_id=call.pk, tokens=4, characters=9, first_token_ms=9)
    finish_call(call_id=call.pk, state=CallState.FAILED)
    assert books.account.charged == call.prompt_tokens + 8  # what was sent before is paid
    with pytest.raises(KeyRevokedError):
        start(books, 20)


def test_a_listing_that_is_not_metered_or_not_listed_is_free_for_a_key(books: Books) -> None:
    OnchainListing.objects.update(state=ListingState.PAUSED)
    call = start(books)
    assert call.access == "free"
    finished(call, 3)
    assert not Charge.objects.exists()
    assert KeyDay.objects.get().calls == 1


def test_a_seller_who_counts_more_than_was_sent_is_not_believed(books: Books) -> None:
    Upstream.objects.update(kind=Kind.URL, engine="sellers", base_url="https://example.com", state="healthy")
    call = start(books)
    ended = finished(call, 5, usage=Usage(3 * call.prompt_tokens, 20))
    assert (ended.prompt_tokens, ended.completion_tokens) == (call.prompt_tokens, 5)
    assert books.account.charged == call.prompt_tokens + 10


def test_a_server_that_died_is_swept_and_pays_no_more_than_was_journaled(books: Books) -> None:
    call = start(books)
    journal_call(call_id=call.pk, tokens=16, characters=64, first_token_ms=9)
    Call.objects.update(journaled_at=timezone.now() - timedelta(hours=1))
    assert (sweep_calls(), sweep_calls()) == (1, 0)
    assert books.account.charged == call.prompt_tokens + 32
    assert books.account.held == 0
    assert is_balanced()


def test_reserving_and_charging_twice_is_refused_or_does_nothing(books: Books) -> None:
    call = start(books)
    price = Price(books.chain.pk, COIN, "0x" + "0" * 64, 1, 1)
    with pytest.raises(Exception, match="ledger_movement_once"), transaction.atomic():
        reserve(call=call, key=books.key, price=Price(**{**vars(price), "in_per_m": 10**6}))
    assert charge(call=call, delivered=True)
    assert charge(call=call, delivered=True) is None
    assert Movement.objects.filter(call=call.pk).count() == 2


@pytest.fixture
def shared(migrated_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A database that other threads see."""
    own = f"ledger_{services.WORKER}"
    with django_db_blocker.unblock(), databases.copied(migrated_database, own) as name, databases.named(name):
        yield


def test_of_many_at_once_none_goes_over_the_cap_or_the_balance(shared: None) -> None:
    books = open_books(balance=10_000, total=5_000)
    price = Price(books.chain.pk, COIN, "0x" + "0" * 64, per_call=7)

    def attempt(number: int) -> str:
        call = Call(listing=NAME, engine="smollm2", prompt_tokens=1, max_tokens=1, started_at=timezone.now())
        try:
            with transaction.atomic():
                reserve(call=call, key=books.key, price=price)
            if number % 3 == 0:
                with transaction.atomic():
                    charge(call=call, delivered=number % 2 == 0)
            return "paid"
        except DomainError as error:
            return error.code

    def attempts(first: int) -> list[str]:
        """Make every eighth attempt, on one connection."""
        try:
            return [attempt(number) for number in range(first, 900, 8)]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        outcomes = [each for made in threads.map(attempts, range(8)) for each in made]
    key, account = ApiKey.objects.get(), Account.objects.get()
    assert {*outcomes} == {"paid", "cap-reached"}
    assert 5_000 - 7 < key.spent + key.reserved <= 5_000
    assert (account.held, account.charged) == (key.reserved, key.spent)
    assert is_balanced()
