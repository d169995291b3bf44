"""A sale is suspended on chain, by nobody who has a part in it, and ends by itself."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from accounts.models import User
from marketplace.ground.decisions import Category
from marketplace.ground.errors import NotAModeratorError, OwnCaseError
from marketplace.moderation.hiding import hide_listing, show_listing
from marketplace.moderation.suspending import prepare_suspension
from marketplace.money.verification import money_at
from marketplace.onchain.models.listings import ListingState
from tests.marketplace.returns.story import DAY, MODERATOR, moderator, posted, view
from tests.marketplace.shop import SELLER, Shop


def test_a_moderator_suspends_the_sale_and_it_ends_by_itself(shop: Shop) -> None:
    with pytest.raises(NotAModeratorError):
        prepare_suspension(user=shop.buyer, listing=shop.listing, days=7)
    shop.pay(prepare_suspension(user=moderator(shop), listing=shop.listing, days=30))
    shop.index()
    listing = shop.listing
    assert listing.offer
    assert listing.offer.onchain.state_now == ListingState.SUSPENDED
    assert listing.state == "suspended"
    assert "“Suspended”" in listing.purchase_refusal
    shop.pay(prepare_suspension(user=moderator(shop), listing=shop.listing, days=0))
    shop.index()
    assert shop.listing.purchase_refusal == ""


def test_a_suspension_differs_from_the_chain_at_no_time(shop: Shop) -> None:
    def differences() -> object:
        shop.index(1)
        return money_at(chain=shop.chain, number=shop.chain.head())[1].differences

    shop.send(SELLER, "ModelMarketplace", "pauseListing", shop.model_id)  # which stays so beneath it
    shop.pay(prepare_suspension(user=moderator(shop), listing=shop.listing, days=1))
    assert differences() == []
    assert shop.listing.state == "suspended"
    suspended = shop.chain.head()
    shop.rpc.call("evm_increaseTime", DAY + 60)
    assert differences() == []  # it ended, and no event says so
    assert view(shop, "ModelMarketplace", "stateOf", shop.model_id) == ListingState.PAUSED
    assert money_at(chain=shop.chain, number=suspended)[1].differences == []  # as of a block before its end
    shop.send(SELLER, "ModelMarketplace", "resumeListing", shop.model_id)
    shop.pay(prepare_suspension(user=moderator(shop), listing=shop.listing, days=7))
    assert differences() == []
    shop.pay(prepare_suspension(user=moderator(shop), listing=shop.listing, days=0))
    assert differences() == []


@pytest.mark.parametrize("days", ["0", "31", "-1", "x", "", "1.5", "٣"])
def test_a_suspension_for_no_known_time_is_refused_and_ends_none(shop: Shop, days: str) -> None:
    refused = posted(shop, MODERATOR, "/models/corner/chat/suspension", days=days)
    assert (refused.status_code, refused.json()["code"]) == (422, "suspension-days")


def test_nobody_suspends_or_shows_their_own_listing(shop: Shop) -> None:
    shop.send(SELLER, "RevenueSplitter", "setSplit", shop.model_id, [shop.address(5)], [10_000])
    shop.index(1)
    hide_listing(moderator=moderator(shop), name="corner/chat", category=Category.BROKEN, reason="It is silent.")
    for number in (SELLER, 5):
        User.objects.get_or_create(address=shop.address(number))
        User.objects.filter(address=shop.address(number)).update(is_staff=True)
        user = User.objects.get(address=shop.address(number))
        with pytest.raises(OwnCaseError):
            show_listing(moderator=user, name="corner/chat", reason="It is mine.")
        for days in (0, 7):
            with pytest.raises(OwnCaseError):
                prepare_suspension(user=user, listing=shop.listing, days=days)
        browser = Browser()
        browser.force_login(user)
        assert "another moderator has to decide" in browser.get("/models/corner/chat/suspension").content.decode()
    assert shop.listing.suspension
    show_listing(moderator=moderator(shop), name="corner/chat", reason="It speaks.")
    with pytest.raises(OwnCaseError):
        hide_listing(moderator=user, name="corner/chat", category=Category.OTHER, reason="To show it again later.")
