"""Very many reservations at once on one cap. ``CHAOS=yes`` is the long form: 10,000 by 32 workers."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from common.errors import DomainError
from contracts.names import COIN
from inference.keys.models import ApiKey, KeyDay
from inference.ledger.acting import charge, reserve
from inference.ledger.auditing import COMPARED
from inference.ledger.models import Account, Charge
from inference.ledger.prices import Price
from inference.models import Call
from tests import databases, services

from .books import NAME, Books, is_balanced, open_books

LONG = "CHAOS" in os.environ
WORKERS, EACH = 32, 313 if LONG else 16  # 10,016 of them, or 512
PRICE = 7
FITS = WORKERS * EACH * 2 // 5  # reservations

pytestmark = pytest.mark.long(300 if LONG else 30)


@pytest.fixture
def books(migrated_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Books]:
    """A payer with more than enough, and a key with a cap, in a database that other threads see."""
    own = f"many_{services.WORKER}"
    with django_db_blocker.unblock(), databases.copied(migrated_database, own) as name, databases.named(name):
        yield open_books(balance=10**9, day=FITS * PRICE + PRICE - 1)


def test_not_one_unit_over_the_cap(books: Books) -> None:
    start = Barrier(WORKERS)
    price = Price(books.chain.pk, COIN, "0x" + "0" * 64, per_call=PRICE)

    def attempt(number: int) -> str:
        call = Call(listing=NAME, engine="smollm2", prompt_tokens=1, max_tokens=1, started_at=timezone.now())
        try:
            with transaction.atomic():
                reserve(call=call, key=books.key, price=price)
        except DomainError as error:
            return error.code
        if number % 4 == 0:  # some end meanwhile, and of half of these nothing was delivered
            with transaction.atomic():
                charge(call=call, delivered=number % 8 == 0)
        return "reserved"

    def work(worker: int) -> Counter[str]:
        try:
            connection.ensure_connection()
            start.wait(60)
            return Counter(attempt(number) for number in range(worker, worker + EACH))
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as threads:
        outcomes = sum(threads.map(work, range(WORKERS)), start=Counter[str]())
    key, day, account = ApiKey.objects.get(), KeyDay.objects.get(), Account.objects.get()
    assert outcomes.keys() == {"reserved", "cap-reached"}
    assert outcomes.total() == WORKERS * EACH
    used = key.spent + key.reserved
    # Each worker may have freed one more when all others were through.
    assert (FITS - WORKERS) * PRICE < used <= FITS * PRICE
    assert (day.spent, day.reserved) == (key.spent, key.reserved) == (account.charged, account.held)
    assert Charge.objects.count() == outcomes["reserved"]
    assert is_balanced()
    with connection.cursor() as cursor:
        for name, query in COMPARED.items():
            if name == "what calls have journaled":
                continue  # these reservations are of no call that was written down
            cursor.execute(query, {"chain": books.chain.pk})
            assert all(str(ours) == str(theirs) for _whose, ours, theirs in cursor)
