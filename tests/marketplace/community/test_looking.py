"""What has become final is told to those who follow it: each thing once, nothing of what was before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import User
from accounts.notifications.models import Notice
from contracts.models import Chain, Cursor, Event
from contracts.names import COIN, MARKET, PRICING
from marketplace.community import tasks
from marketplace.community.following import follow
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption, MetadataDocument, Version
from marketplace.onchain.models.listings import NOT_OFFERED, OnchainListing

from .talk import NAME, owned, person

pytestmark = pytest.mark.django_db
MODEL, SELLER = "0x" + "5e" * 32, "0x" + "5e" * 20
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def chain() -> Chain:
    """A chain whose hundredth block is its last; ninety-seven are final."""
    about = {"short_name": "anvil", "name": "Anvil", "coin": "ETH", "confirmations": 3, "reorg_window": 64}
    made = Chain.objects.create(pk=31_337, deployment={MARKET: "0x" + "1" * 40}, **about)
    move(made, 100)
    return made


@pytest.fixture
def listing() -> Listing:
    """A listing with two versions."""
    made = owned(person(1))
    for number in ("1.0.0", "1.1.0"):
        document = MetadataDocument.objects.create(cid=f"cid-{number}", content=b"{}")
        Version.objects.create(listing=made, number=number, metadata=document)
    return made


def move(chain: Chain, head: int) -> None:
    Cursor.objects.update_or_create(chain=chain, defaults={"number": head, "hash": f"0x{head:064x}"})


def event(chain: Chain, block: int, name: str, contract: str = MARKET, index: int = 0, **args: Any) -> None:
    move(chain, block)
    Event.objects.create(
        chain=chain, block_number=block, log_index=index, index=index, tx_hash=f"0x{block:064x}", address=COIN,
        time=NOW, contract=contract, name=name, args={"modelId": MODEL, **args},
    )  # fmt: skip


def adopted(chain: Chain, listing: Listing, block: int) -> None:
    about = {"seller": SELLER, "category": 0, "metadata": "ipfs://cid-1.0.0", "state": 1, "changed_block": block}
    OnchainListing.objects.create(chain=chain, model_id=MODEL, listed_block=block, listed_at=NOW, **about)
    Adoption.objects.create(chain=chain, listing=listing, model_id=MODEL)


def told(user: User) -> list[str]:
    tasks.look()
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


def test_a_new_listing_is_told_at_final_to_those_who_follow_its_seller(chain: Chain, listing: Listing) -> None:
    user = person(5)
    follow(user=user, what="seller", key="acme")
    assert told(user) == []
    move(chain, 102)
    adopted(chain, listing, 102)
    assert told(user) == []
    move(chain, 105)
    assert told(user) == ["followed-seller"]
    assert told(user) == ["followed-seller"]


def test_versions_and_prices_are_told_at_final_to_those_who_follow_the_model(chain: Chain, listing: Listing) -> None:
    user, other = person(5), person(6)
    adopted(chain, listing, 50)
    follow(user=user, what="model", key=NAME)
    assert told(user) == []
    event(chain, 101, "ModelListed", metadata="ipfs://cid-1.0.0")  # the first version is no new one
    event(chain, 102, "ModelListed", metadata="ipfs://cid-1.1.0")
    event(chain, 103, "PlanSet", plan=0, token=COIN, price=10**17, period=0)
    event(chain, 103, "PlanSet", index=1, plan=1, token=COIN, price=NOT_OFFERED, period=0)
    event(chain, 103, "CallPriceSet", PRICING, index=2, token=COIN, price=1)
    event(chain, 103, "SplitSet", "RevenueSplitter", index=3)
    move(chain, 105)
    assert told(user) == ["followed-version"]
    move(chain, 106)
    assert told(user) == ["followed-version", "followed-price", "followed-price", "followed-price"]
    assert told(other) == []
    facts = list(Notice.objects.filter(kind="followed-price").order_by("pk").values_list("data", flat=True))
    assert [(each["plan"], each["price"], each["is_sold"]) for each in facts] == [
        (0, "0.1 ETH", True), (1, "", False), (2, "", True)]  # fmt: skip


def test_a_chain_that_is_begun_anew_is_looked_at_from_there(chain: Chain, listing: Listing) -> None:
    user = person(5)
    adopted(chain, listing, 50)
    follow(user=user, what="model", key=NAME)
    move(chain, 500)
    assert told(user) == []
    event(chain, 60, "PlanSet", plan=0, token=COIN, price=1, period=0)
    move(chain, 58)
    assert told(user) == []
    move(chain, 70)
    assert told(user) == ["followed-price"]


def test_words_that_are_due_to_go_go(listing: Listing) -> None:
    tasks.forget()
