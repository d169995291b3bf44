"""The head of the log is anchored once a day, and the script compares it with a node of one's own choice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone
from eth_account import Account as Keys

from contracts.chain.client import Client
from contracts.chain.transactions import account_of
from contracts.indexer import lead
from contracts.models import AnchorFact, Chain, SentTransaction
from contracts.names import ANCHORS
from marketplace.ground.log import LogEntry, write_entry
from marketplace.money.keeping import keepers
from marketplace.reports import verify_log as script
from marketplace.reports.anchoring import PURPOSE, anchor_log
from marketplace.reports.anchors import KIND
from marketplace.reports.verification import verify_log
from tests.contracts.node import Market, running
from tests.deploying import KEEPER, deploy
from tests.factories.reports import decide

Keys.enable_unaudited_hdwallet_features()
KEEPER_KEY = Keys.from_mnemonic("test " * 11 + "junk", account_path=f"m/44'/60'/0'/0/{KEEPER}").key.to_0x_hex()
Alone = tuple[Chain, Client, Market]


@pytest.fixture
def alone(db: None) -> Iterator[Alone]:
    with running() as address, Client([address]) as rpc:
        chain, _ = deploy(address)
        lead.check(chain, rpc)
        yield chain, rpc, Market(rpc, chain.deployment)


def sent() -> list[str]:
    made = SentTransaction.objects.filter(business_id__startswith=PURPOSE).order_by("pk")
    return list(made.values_list("business_id", flat=True))


def read(alone: Alone) -> None:
    chain, rpc, market = alone
    market.mine(4)
    lead.catch_up(chain, rpc)


@pytest.mark.long(60)
def test_the_head_is_anchored_once_a_day_and_compared_with_any_node(alone: Alone, client: Browser) -> None:
    chain, rpc, _market = alone
    keeper = account_of(KEEPER_KEY)
    assert anchor_log in list(keepers())
    assert anchor_log(chain, keeper) == 0  # nothing to anchor
    entries = [write_entry(decide()) for _ in range(3)]
    assert anchor_log(chain, None) == 0  # no key
    assert anchor_log(chain, keeper) == 1
    assert anchor_log(chain, keeper) == 1  # the same again, until it is in a block
    assert sent() == [f"{PURPOSE}3"]
    read(alone)
    fact = AnchorFact.objects.get()
    assert (fact.anchored, fact.epoch, fact.root) == (KIND, 3, entries[2].hash)
    entries.append(write_entry(decide()))
    assert anchor_log(chain, keeper) == 0  # no day has passed
    SentTransaction.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert anchor_log(chain, keeper) == 1
    read(alone)
    assert sent() == [f"{PURPOSE}3", f"{PURPOSE}4"]
    SentTransaction.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert anchor_log(chain, keeper) == 0  # nothing was decided since
    found = verify_log()
    assert (found.faults, found.anchors) == ([], 2)

    page = client.get("/moderation/log").content.decode()
    assert "Entry 4, in block" in page
    assert page.count("on chain in block") == 2

    hashes = {entry.number: entry.hash for entry in LogEntry.objects.all()}
    asked: dict[str, Any] = {"rpc": rpc.endpoints[0].url, "anchors": chain.deployment[ANCHORS]}
    assert script.check_anchor(hashes, **asked) == (4, [])
    assert script.check_anchor({1: hashes[1]}, **asked)[1] == [
        "Entry 4 is anchored on chain, and missing in the export."
    ]
    [fault] = script.check_anchor(hashes | {4: hashes[3]}, **asked)[1]
    assert fault.startswith("Entry 4 has another hash than the one anchored on chain")
    # What the indexer has not read yet is asked of the contract.
    AnchorFact.objects.all().delete()
    assert verify_log().anchors == 1
    assert verify_log(asks_chain=False).anchors == 0
