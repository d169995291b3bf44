"""Offers on the catalogue's pages: what they cost, and that what changes is seen at once, whatever is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.statements import NEXT
from contracts.models import AcceptedToken, Chain, Parameter
from contracts.names import COIN
from marketplace.files.cids import cid_of
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.listings.models import Listing
from marketplace.listings.offers import fair_use_of, offers_of
from marketplace.listings.runtime import ListingRuntime, RuntimeState
from marketplace.listings.versions import Adoption, MetadataDocument
from marketplace.onchain.models.listings import ListingState, OnchainListing, OnchainPlan, Plan
from marketplace.search.presenters import counts_lately
from marketplace.search.search import Search
from tests.factories.marketplace import listing, listings, record

pytestmark = pytest.mark.django_db

NAME = "acme/sold-0"
CATALOGUE, MODEL = "/models", f"/models/{NAME}"
COINS = 10**18


def chain(pk: int = 31337, **fields: object) -> Chain:
    made = Chain.objects.create(pk=pk, short_name=f"c{pk}", name="A chain", coin="ETH", confirmations=2, reorg_window=9)
    for key in ("feeBps", "refundWindow"):
        Parameter.objects.create(chain=made, key=key, value=250, block_number=1)
    return made


def sell(found: Listing, on: Chain, number: int, price: int = 3 * COINS) -> OnchainListing:
    """Give a listing a place on a chain and a lasting plan there."""
    model_id = f"0x{on.pk:032x}{number:032x}"
    Adoption.objects.create(listing=found, chain=on, model_id=model_id)
    block = {"listed_block": 1, "listed_at": timezone.now(), "changed_block": 1}
    made = OnchainListing.objects.create(
        chain=on, model_id=model_id, seller=COIN, category=0, metadata="", state=ListingState.LISTED, **block
    )
    OnchainPlan.objects.create(listing=made, plan=Plan.LASTING, token=COIN, price=price, period=0)
    return made


def on_sale(number: int) -> None:
    """Put so many listings up for sale."""
    where, at = chain(), timezone.now()
    for each, made in enumerate(listings(*(record(f"acme/sold-{each}") for each in range(number)))):
        ListingRuntime.objects.create(listing=made, state=RuntimeState.READY, state_since=at, checked_at=at)
        sell(made, where, each)


def test_the_cheapest_come_first_whatever_they_are_paid_in() -> None:
    on_sale(4)
    token = "0x" + "dd" * 20
    AcceptedToken.objects.create(chain_id=31337, address=token, accepted=True, weight=4 * 10**26, block_number=1)
    prices = {"acme/sold-0": (COIN, 3 * 10**15), "acme/sold-1": (token, 5 * 10**6), "acme/sold-2": (token, 10 * 10**6)}
    prices["acme/sold-3"] = ("0x" + "ee" * 20, 1)  # nobody knows what it is worth
    for name, (paid_in, price) in prices.items():
        adopted = Adoption.objects.get(listing__name=name)
        OnchainPlan.objects.filter(listing__model_id=adopted.model_id).update(token=paid_in, price=price)
    found = [each.name for each in Search(sort="cheapest").page(limit=4).items]
    assert found == ["acme/sold-1", "acme/sold-0", "acme/sold-2", "acme/sold-3"]


def queries(path: str) -> int:
    cache.clear()
    counts_lately.clear()
    with CaptureQueriesContext(connection) as made:
        assert Client().get(path).status_code == 200
    return sum(1 + each["sql"].count(NEXT) for each in made)


def shown(path: str) -> str:
    return Client().get(path).content.decode()


@pytest.mark.parametrize("number", [1, 40])
def test_with_offers_a_page_makes_no_more_queries_than_it_may(number: int) -> None:
    on_sale(number)
    assert [queries(path) for path in (CATALOGUE, "/models?view=grid")] <= [4, 4]
    assert queries(MODEL) <= 11
    # What was measured and reckoned is read for the page that is made, and not again while nothing new was.
    with CaptureQueriesContext(connection) as again:
        Client().get(MODEL)
    assert sum(1 + each["sql"].count(NEXT) for each in again) <= 7


def test_of_several_places_the_first_adopted_with_a_fold_counts() -> None:
    made = listing(NAME)
    Adoption.objects.create(listing=made, chain=chain(1), model_id="0x" + "ab" * 32)
    second, third = sell(made, chain(2), 1), sell(made, chain(3), 2)
    assert offers_of([made.pk])[made.pk].onchain == second
    OnchainPlan.objects.create(listing=second, plan=Plan.SUBSCRIPTION, token=COIN, price=10**60, period=9)
    OnchainPlan.objects.create(listing=second, plan=Plan.METERED, token=COIN, price=1, period=0)
    plans = offers_of([made.pk])[made.pk].plans
    assert [(each.plan, each.price) for each in plans] == [(Plan.LASTING, 3 * COINS), (Plan.SUBSCRIPTION, 10**60)]
    second.delete()
    assert offers_of([made.pk])[made.pk].onchain == third
    assert offers_of([]) == {}


def test_a_new_price_is_shown_at_once() -> None:
    on_sale(1)
    for _ in range(2):
        assert all('title="3 ETH"' in shown(path) for path in (CATALOGUE, MODEL))
    for price in (7, 30, 31):  # 30 and more ETH are more wei than 64 bits hold
        OnchainPlan.objects.update(price=price * COINS)
        for path in (CATALOGUE, MODEL):
            assert f'title="{price} ETH"' in shown(path)
            assert 'title="3 ETH"' not in shown(path)


def test_what_stops_or_is_suspended_is_not_for_sale_at_once_and_a_suspension_ends_by_itself() -> None:
    on_sale(1)
    lit = 'class="dot good"'
    assert lit in shown(CATALOGUE)
    ListingRuntime.objects.update(state=RuntimeState.DOWN)
    assert lit not in shown(CATALOGUE)
    ListingRuntime.objects.update(state=RuntimeState.READY)
    assert lit in shown(CATALOGUE)
    OnchainListing.objects.update(suspended_until=timezone.now() + timedelta(hours=1))
    assert lit not in shown(CATALOGUE)
    assert "Suspended" in shown(MODEL)
    OnchainListing.objects.update(suspended_until=timezone.now() - timedelta(hours=1))
    assert lit in shown(CATALOGUE)


def test_what_a_moderator_hides_is_gone_at_once() -> None:
    on_sale(2)
    assert NAME in shown(CATALOGUE)
    assert "Hidden by a moderator" not in shown(MODEL)
    decision = ModerationDecision.objects.create(
        content=Content.LISTING, key=NAME, action=Action.HIDE, category=Category.SPAM, reason="No.", moderator=COIN
    )
    Listing.objects.filter(name=NAME).update(suspension=decision)
    assert NAME not in shown(CATALOGUE)
    assert "Hidden by a moderator" in shown(MODEL)


def test_a_page_says_what_the_owners_other_models_cost_as_soon_as_it_changes() -> None:
    on_sale(2)

    def priced() -> str:
        return shown(MODEL).partition('id="siblings"')[2].partition("</section>")[0]

    assert ">3 <span" in priced()
    OnchainPlan.objects.filter(listing__model_id__endswith="1").update(price=5 * COINS)
    assert ">5 <span" in priced()
    OnchainListing.objects.filter(model_id__endswith="1").update(state=ListingState.PAUSED)
    assert "Free to try" in priced()


@pytest.mark.parametrize("content", [b"# A card", b"[1]", b"5", b'{"fair_use": [1]}', b"[" * 100_000, b"\xff"])
def test_whatever_of_ours_a_chain_names_its_page_stands(content: bytes) -> None:
    """Cards are kept beside documents, and a seller may name one on chain by any tool."""
    cid = cid_of(content)
    MetadataDocument.objects.get_or_create(cid=cid, defaults={"content": content})
    assert fair_use_of(f"ipfs://{cid}") is None
