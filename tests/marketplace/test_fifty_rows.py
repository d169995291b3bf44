"""What members read costs at most eight trips to the database, and no more of them with fifty rows than with one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from marketplace.buying.account_page import PAGE
from marketplace.buying.orders import Order
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.listings import OnchainListing
from marketplace.onchain.models.passes import PassTransferFact
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.onchain.models.sales import CreditFact, PurchaseFact
from marketplace.returns.actions import prepare_refund
from tests.marketplace.returns.story import bought, disputed
from tests.marketplace.shop import SELLER, Shop

ROWS, MOST = 50, 8


def many(row: Model, **changed: Callable[[int], Any]) -> None:
    """Add fifty copies of a row, each with values of its own."""
    model: Any = type(row)
    copies = [model.objects.get(pk=row.pk) for _ in range(ROWS)]
    for number, copy in enumerate(copies):
        copy.pk = None
        for name, value in changed.items():
            setattr(copy, name, value(number))
    model.objects.bulk_create(copies)


def hashed(beginning: str = "") -> Callable[[int], str]:
    """Return what makes a hash of a number, which begins with those digits."""
    return lambda number: f"0x{beginning}{number + 0xABC:0{64 - len(beginning)}x}"


def signed_in_as(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


@contextmanager
def as_many_as_before(read: Callable[[], str]) -> Iterator[None]:
    """Let rows be added, and see that a page of them takes as many queries as of one, and at most eight."""

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            read()
        return len(found)

    read()  # what is kept in the process
    before = queries()
    yield
    assert queries() <= before <= MOST


@pytest.fixture
def order(shop: Shop) -> Order:
    return bought(shop)


def page(browser: Browser, address: str) -> Callable[[], str]:
    def read() -> str:
        answer = browser.get(address)
        assert answer.status_code == 200
        return answer.content.decode()

    return read


def test_the_account(shop: Shop, order: Order) -> None:
    read = page(signed_in_as(shop.buyer), "/account/")
    with as_many_as_before(read):
        many(order, ref=hashed(), is_reusable=lambda _: False)
        fact = PurchaseFact.objects.get(ref=order.ref)
        many(fact, ref=hashed(), tx_hash=hashed(), model_id=hashed(shop.model_id[2:42]))
        passed = PassTransferFact.objects.get(recipient=shop.buyer.address)
        many(passed, tx_hash=hashed(), model_id=hashed(shop.model_id[2:42]))
        for number in range(3):  # currencies
            token = f"0x{number + 1:040x}"
            CreditFact.objects.create(
                **{name: getattr(fact, name) for name in ("chain", "block_number", "log_index", "index", "time")},
                tx_hash=hashed()(number), account=shop.buyer.address, token=token, amount=5,
            )  # fmt: skip
    text = read()
    assert text.count("Lasting access") == ROWS + 1
    assert text.count('href="/orders/') >= PAGE


def test_an_order_in_each_of_its_states(shop: Shop, order: Order) -> None:
    browser, unpaid = signed_in_as(shop.buyer), shop.prepare(quantity=2)
    with as_many_as_before(page(browser, order.get_absolute_url())):
        many(order, ref=hashed(), is_reusable=lambda _: False)
    fact = PurchaseFact.objects.get(ref=order.ref)
    with as_many_as_before(page(browser, unpaid.get_absolute_url())):
        # Bought before it: only the last of all can be refunded.
        many(fact, ref=hashed(), tx_hash=hashed(), block_number=lambda _: fact.block_number - 1)
    shop.pay(prepare_refund(user=shop.buyer, ref=order.ref))
    shop.index(3)
    with as_many_as_before(page(browser, order.get_absolute_url())):
        many(PurchaseReturn.objects.get(ref=order.ref), ref=hashed(), purchase_tx=hashed())


def test_disputes_and_one_of_them(shop: Shop, order: Order) -> None:
    made = disputed(shop, order)
    for user in (shop.buyer, User.objects.get(address=shop.address(SELLER))):
        browser = signed_in_as(user)
        read = page(browser, "/disputes/")
        with as_many_as_before(read), as_many_as_before(page(browser, f"/disputes/{made.receipt}")):
            many(made, ref=hashed(), purchase_tx=hashed(user.address[2:]), receipt=hashed(user.address[2:]))
        assert read().count('href="/disputes/0x') >= ROWS


def test_the_sellers_desk(shop: Shop, order: Order) -> None:
    read = page(signed_in_as(User.objects.get(address=shop.address(SELLER))), "/sell/")
    own = hashed(shop.model_id[2:42])
    with as_many_as_before(read):
        many(OnchainListing.objects.get(model_id=shop.model_id), model_id=own)
        many(shop.listing, name=lambda number: f"corner/other-{number}")
        for number in range(ROWS):
            made = Listing.objects.get(name=f"corner/other-{number}")
            Adoption.objects.create(listing=made, chain=shop.chain, model_id=own(number))
        many(PurchaseFact.objects.get(ref=order.ref), ref=hashed(), tx_hash=hashed(), model_id=own)
    assert read().count("other-") >= ROWS
