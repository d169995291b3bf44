"""The desk says what to do next: what presses first, four things at most, and only what can be done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import User
from contracts.models import AcceptedToken
from marketplace.ground.decisions import Category
from marketplace.listings.runtime import ListingRuntime, RuntimeState
from marketplace.listings.versions import Adoption
from marketplace.moderation.hiding import hide_listing
from marketplace.onchain.models.listings import OnchainListing, Plan
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.onchain.models.sales import PurchaseFact
from marketplace.returns.saying import send_statement
from marketplace.selling.next_steps import why_unsold
from marketplace.selling.own_models import owned_by
from tests.marketplace.money.story import buy
from tests.marketplace.returns.story import bought, disputed, moderator
from tests.marketplace.shop import BUYER, PERIOD, SELLER, Shop

NOBODY = "0x" + "e" * 64


@pytest.fixture
def seller(shop: Shop) -> User:
    return User.objects.get(address=shop.address(SELLER))


def titles(browser: Browser, seller: User) -> list[str]:
    browser.force_login(seller)
    return [step.title for step in browser.get("/sell/").context["steps"]]


def why(seller: User) -> str:
    (model,) = owned_by(seller).models
    return why_unsold(model)


def test_what_presses_comes_first_and_what_is_done_is_gone(shop: Shop, seller: User, client: Browser) -> None:
    assert titles(client, seller) == []
    dispute = disputed(shop, bought(shop))
    buy(shop)
    shop.index(3)
    first, *_rest = titles(client, seller)
    assert first.startswith("Answer a dispute, ")
    assert first.endswith(" days left")
    page = client.get("/sell/").content.decode()
    assert f'href="/disputes/{dispute.receipt}"' in page
    assert "0.02 ETH paid for chat is held until a moderator rules." in page
    PurchaseFact.objects.update(maturity_day=1)  # long over, and nobody has distributed it
    assert titles(client, seller)[1] == "Distribute 1 day of sales"
    send_statement(user=seller, receipt=dispute.receipt, text="It answers in English here.", once="a")
    assert titles(client, seller) == ["Distribute 1 day of sales"]
    PurchaseReturn.objects.update(rule_by=dispute.taken_at - timedelta(days=1))  # a test's chain is ahead of our clock
    assert titles(client, seller)[0] == "Close a dispute: nobody ruled in time"


def test_a_sale_that_cannot_be_made_says_why(shop: Shop, seller: User, client: Browser) -> None:
    assert why(seller) == ""
    ListingRuntime.objects.update(state=RuntimeState.DOWN)
    assert "is not answering" in why(seller)
    assert titles(client, seller)[0] == "chat cannot be bought"
    fold = OnchainListing.objects.get()
    OnchainListing.objects.update(access_list=NOBODY)
    assert "not kept here" in why(seller)
    dollar = AcceptedToken.objects.get(accepted=True).address
    month = {"plan": Plan.SUBSCRIPTION, "token": dollar, "price": 5, "period": PERIOD}
    shop.send(SELLER, "ModelMarketplace", "setPlan", shop.model_id, month)
    shop.index()
    assert "is not answering" in why(seller)
    AcceptedToken.objects.update(accepted=False)
    assert "no longer accepts" in why(seller)
    fold = OnchainListing.objects.get()
    fold.plans.all().delete()
    assert why(seller) == "It offers no plan."
    hide_listing(moderator=moderator(shop), name="corner/chat", category=Category.SPAM, reason="So it is.")
    assert why(seller) == "A moderator has hidden it."
    Adoption.objects.all().delete()
    assert "in no catalogue" in why(seller)
    for state, said in ((2, "You paused its sale."), (4, "")):
        OnchainListing.objects.update(state=state)
        assert why(seller) == said


def test_there_are_at_most_four(shop: Shop, seller: User, client: Browser) -> None:
    for number in range(6):
        fold: Any = OnchainListing.objects.first()
        fold.pk, fold.model_id = None, f"{shop.address(SELLER)}{number + 2:024x}"
        fold.save(force_insert=True)
    listed = titles(client, seller)
    assert len(listed) == 4
    assert all(title.endswith("cannot be bought") for title in listed)
    client.force_login(User.objects.get_or_create(address=shop.address(BUYER))[0])
    assert client.get("/sell/").context["steps"] == []
