"""A moderator hides what is for sale: nothing new is sold, what was paid is delivered, the seller is told why."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client as Browser

from accounts.models import User
from marketplace.buying import ordering
from marketplace.buying.orders import Order
from marketplace.buying.states import State
from marketplace.ground.decisions import Category
from marketplace.listings.errors import ListingHiddenError
from marketplace.moderation.hiding import hide_listing, show_listing
from marketplace.onchain.entitlements import Kind, entitlement
from marketplace.search.search import Search
from tests.marketplace.shop import SELLER, Shop
from tests.moderators import make_moderator

PAGE = "/models/corner/chat"
WHY = "It says that it writes poems, and writes nothing."


@pytest.fixture
def moderator(shop: Shop) -> User:
    return make_moderator()


@pytest.fixture
def hide(moderator: User) -> Callable[..., object]:
    def hidden(category: Category = Category.DECEPTIVE) -> None:
        hide_listing(moderator=moderator, name="corner/chat", category=category, reason=WHY)

    return hidden


def signed_in(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def test_nothing_is_prepared_and_no_wallet_opened(shop: Shop, moderator: User, hide: Callable[..., object]) -> None:
    before = shop.prepare()
    hide()
    for attempt in (shop.prepare, lambda: shop.open(before)):
        with pytest.raises(ListingHiddenError, match="Deceptive: It says that it writes poems") as refused:
            attempt()
        assert refused.value.data == {"category": "deceptive", "reason": WHY}
    assert (shop.progress(before).state, Order.objects.count()) == (State.PREPARED, 1)
    show_listing(moderator=moderator, name="corner/chat", reason="It writes poems now.")
    assert shop.prepare() == before
    assert shop.open(before)


def test_hidden_it_is_not_for_sale_in_searches_pages_and_answers(
    shop: Shop, moderator: User, hide: Callable[..., object]
) -> None:
    def on_sale() -> list[str]:
        return [each.name for each in Search(chosen={"availability": ["for-sale"]}).page(limit=9).items]

    def answer() -> tuple[object, ...]:
        found = Browser().get("/api/v1/listings/corner/chat").json()
        return found["state"], found["purchasable"], found["price"] is None

    assert (on_sale(), shop.listing.purchasable, answer()) == (["corner/chat"], True, ("listed", True, False))
    hide()
    assert (on_sale(), shop.listing.purchasable, answer()) == ([], False, ("suspended", False, True))
    page = signed_in(shop.buyer).get(PAGE).content.decode()
    assert "A moderator has hidden this model, so it is not for sale." in page
    assert 'action="/models/corner/chat/buy"' not in page
    assert 'id="playground"' not in page  # there is no free trial either
    sent = {"plan": "0", "accept": "yes"}
    assert signed_in(shop.buyer).post(f"{PAGE}/buy", sent).status_code == 422
    assert not Order.objects.exists()
    show_listing(moderator=moderator, name="corner/chat", reason="It writes poems now.")
    assert (on_sale(), shop.listing.purchasable, answer()) == (["corner/chat"], True, ("listed", True, False))


@pytest.mark.parametrize(("category", "runs"), [(Category.DECEPTIVE, True), (Category.MALWARE, False)])
def test_what_was_sent_is_delivered(shop: Shop, hide: Callable[..., object], category: Category, runs: bool) -> None:
    order = shop.prepare()
    tx_hash = shop.pay(shop.open(order))
    hide(category)
    ordering.mark_sent(user=shop.buyer, ref=order.ref, tx_hash=tx_hash)
    shop.index(3)
    assert shop.progress(order).state == State.FINAL
    assert entitlement(shop.buyer.address, shop.chain, shop.model_id).kind == Kind.PASS
    page = signed_in(shop.buyer).get(PAGE).content.decode()
    assert ('id="playground"' in page) == runs
    assert ("It cannot be transferred." in page) == runs


def test_the_seller_reads_why(shop: Shop, hide: Callable[..., object]) -> None:
    seller = signed_in(User.objects.get(address=shop.address(SELLER)))
    assert "Hidden by a moderator" not in seller.get("/sell/").content.decode()
    hide()
    page = seller.get("/sell/").content.decode()
    assert "Hidden by a moderator on" in page
    assert WHY in page
    assert "Hidden by a moderator" not in signed_in(shop.buyer).get("/sell/").content.decode()
