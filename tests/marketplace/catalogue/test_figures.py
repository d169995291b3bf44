"""The front door's figures: of our own probe and of sales, each with its other half, and absent where there is none."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from contracts.models import Chain, Verification
from contracts.names import COIN
from marketplace.catalogue.figures import figures, figures_lately, last_probe
from marketplace.listings.models import Listing
from marketplace.listings.runtime import ListingRuntime, RuntimeState
from marketplace.money.ledger import today
from marketplace.onchain.models.returns import PurchaseReturn, Stage
from marketplace.onchain.models.sales import PurchaseFact
from tests.factories.marketplace import listing
from tests.marketplace.listings.test_offers import chain, sell

pytestmark = pytest.mark.django_db

SAID = {
    "question": "What is a lemon?",
    "answer": "A <b>fruit</b>, and",
    "at": "2026-01-02T03:04:05+00:00",
    "tokens": 5,
    "first_token_ms": 174,
    "tokens_per_second": 22.4,
}


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    figures_lately.clear()


def runs(name: str, **columns: Any) -> Listing:
    """Make a listing that answers."""
    made, now = listing(name, task="text-generation"), timezone.now()
    ListingRuntime.objects.create(listing=made, state=RuntimeState.READY, state_since=now, checked_at=now, **columns)
    return made


def test_what_our_probe_was_told_is_shown_of_what_is_for_sale(client: Client) -> None:
    made = runs("acme/chat", probe=SAID)
    assert last_probe() is None
    sell(made, chain(), 1)
    found = last_probe()
    assert found is not None
    assert (found.listing.name, found.tokens, found.first_token_ms, found.is_cut) == ("acme/chat", 5, 174, True)
    page = client.get("/").content.decode()
    assert "Our test question" in page
    assert "Try it</a>" in page
    assert "Why here?" not in page
    assert "A &lt;b&gt;fruit&lt;/b&gt;, and…" in page
    assert "174\N{NO-BREAK SPACE}ms" in page
    ListingRuntime.objects.update(state=RuntimeState.DOWN)
    assert last_probe() is None


def purchase(on: Chain, place: int, *, paid: int, day: int, token: str = COIN) -> PurchaseFact:
    number = PurchaseFact.objects.count() + 1
    parts = dict.fromkeys(("tx_hash", "model_id", "ref", "split_hash"), f"0x{number:064x}")
    return PurchaseFact.objects.create(
        chain=on,
        block_number=place,
        log_index=0,
        index=0,
        time=timezone.now(),
        buyer=COIN,
        recipient=COIN,
        referrer=COIN,
        plan=0,
        quantity=1,
        token=token,
        paid=paid,
        fee=0,
        maturity_day=day,
        **parts,
    )


def take_back(fact: PurchaseFact) -> None:
    columns = {
        name: getattr(fact, name) for name in ("chain", "ref", "model_id", "buyer", "recipient", "plan", "quantity")
    }
    columns |= {name: getattr(fact, name) for name in ("token", "paid", "split_hash", "maturity_day")}
    taken = {"taken_tx": fact.tx_hash, "taken_block": fact.block_number, "taken_log": 1, "taken_at": fact.time}
    key = {"purchase_tx": fact.tx_hash, "purchase_index": fact.index}
    PurchaseReturn.objects.create(stage=Stage.REFUNDED, **columns, **taken, **key)


def verified(on: Chain, block: int) -> None:
    Verification.objects.create(chain=on, block_number=block, block_hash=f"0x{block:064x}", compared=7)


def test_sales_are_counted_up_to_the_block_that_was_compared_and_say_what_may_still_go_back(client: Client) -> None:
    assert figures() is None
    on = chain()
    verified(on, 3)
    assert figures() is None
    figures_lately.clear()
    purchase(on, 1, paid=5, day=today() - 1)
    purchase(on, 2, paid=7, day=today())
    purchase(on, 3, paid=100, day=today(), token="0x" + "1" * 40)
    take_back(purchase(on, 3, paid=50, day=today()))
    purchase(on, 4, paid=1000, day=today())
    found = figures()
    assert found is not None
    assert (found.sold, found.returned, found.paid, found.refundable) == (4, 1, 12, 7)
    assert found.since is not None
    assert found.since.date() == timezone.now().date()
    assert "Block 3" in client.get("/").content.decode()
    verified(on, 4)
    later = figures()
    assert later is not None
    assert (later.sold, later.paid, later.refundable) == (5, 1012, 1007)
