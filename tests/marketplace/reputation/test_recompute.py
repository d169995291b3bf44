"""The script, as a stranger runs it: without Django, from the export and a node of the chain alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contracts.chain import abi
from contracts.names import COIN, MARKET, PARAMETERS, SPLITTER
from marketplace.listings.performance import Performance
from marketplace.onchain.models.listings import Plan
from marketplace.reputation import recompute
from marketplace.reputation.models import Reputation, Role
from marketplace.reputation.reckoning import reckon
from marketplace.scores.models import Review, Standing
from tests.marketplace.money.story import buy
from tests.marketplace.returns.story import bought, disputed, rule
from tests.marketplace.shop import BUYER, OTHER, SELLER, Shop

from .test_reckoning import exported

FOLDER = Path(recompute.__file__).parent
CROWD = range(7, 12)  # of anvil's accounts


def run(folder: Path, export: dict[str, Any], node: str) -> subprocess.CompletedProcess[str]:
    """Run the script in a folder where nothing else is, with an interpreter that sees no packages."""
    for name in ("recompute.py", "formulas.py"):
        shutil.copy(FOLDER / name, folder)
    (folder / "export.json").write_text(json.dumps(export))
    command = [sys.executable, "-I", "-S", "-c", LAUNCH, str(folder), "export.json", "--rpc", node]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


# -I leaves the script's own folder out of the path, which is all that it may have.
LAUNCH = """
import runpy, sys
folder = sys.argv.pop(1)
sys.path.insert(0, folder)
sys.argv[0] = folder + "/recompute.py"
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture
def market(shop: Shop) -> Shop:
    """A model that was sold to many, returned by one and disputed by another, shared, checked and reviewed."""
    for who in CROWD:
        buy(shop, who)
    back = buy(shop, OTHER)
    shop.send(OTHER, MARKET, "refund", shop.model_id, shop.address(OTHER), back, 0, 0)
    rule(shop, disputed(shop, bought(shop)), for_buyer=True)
    rule(shop, disputed(shop, bought(shop, Plan.SUBSCRIPTION)), for_buyer=False)
    shop.send(SELLER, SPLITTER, "setSplit", shop.model_id, [shop.address(SELLER), shop.address(11)], [9_000, 1_000])
    shop.rpc.call("evm_increaseTime", 9 * 86_400)
    shop.index(5)
    until = shop.chain.head_time()
    Performance.objects.create(
        listing=shop.listing, engine="smollm2", since=until, until=until, asked=400, answered=399, calls=0,
        succeeded=0, measured=0, written=0, formula=1,
    )  # fmt: skip
    for number, who in enumerate(CROWD):
        Review.objects.create(
            listing=shop.listing, chain=shop.chain, model_id=shop.model_id, author=shop.address(who), number=1,
            rating=1 + number, cid=f"cid-{who}", version="", standing=Standing.COUNTED,
        )  # fmt: skip
    return shop


def test_a_stranger_reckons_the_same_from_the_export_and_the_chain(market: Shop, tmp_path: Path) -> None:
    made = reckon(chain=market.chain)
    assert made
    seller = Reputation.objects.get(role=Role.SELLER, address=market.address(SELLER))
    counted = ("sales", "buyers", "returned", "upheld", "asked", "answered", "reviews", "age_days")
    # Of the five, one shares the sales by now; the sixth is whose second dispute was lost.
    assert [seller.facts[name] for name in counted] == [5, 5, 1, 1, 400, 399, 4, 9]
    assert seller.score
    export, node = exported(made), market.rpc.endpoints[0].url
    answer = run(tmp_path, export, node)
    assert answer.stderr == ""
    assert answer.stdout == (
        f"{len(export['results'])} of {len(export['results'])} reputations at block {made.block_number} are what was "
        "recomputed.\n"
    )
    assert answer.returncode == 0


def test_a_changed_result_and_another_chain_are_told(market: Shop, tmp_path: Path) -> None:
    made = reckon(chain=market.chain)
    assert made
    export, node = exported(made), market.rpc.endpoints[0].url
    whose = next(each for each in export["results"] if each["role"] == "seller")
    whose["score"] += 1
    answer = run(tmp_path, export, node)
    assert answer.returncode == 1
    assert (
        f"seller {whose['address']}: score is said to be {whose['score']}, and is {whose['score'] - 1}" in answer.stdout
    )
    export["block"]["hash"] = "0x" + "0" * 64
    answer = run(tmp_path, export, node)
    assert (answer.returncode, answer.stdout[:6]) == (2, "Block ")
    answer = run(tmp_path, export, "file:///etc/passwd")
    assert answer.returncode == 1
    assert "http" in answer.stderr


def test_the_topics_are_the_contracts_own() -> None:
    events = {
        "0x" + abi.digest(entry).hex(): entry["name"]
        for contract in (MARKET, SPLITTER, PARAMETERS)
        for entry in abi.entries(contract, "event")
    }
    assert {topic: events.get(topic) for topic in recompute.TOPICS} == recompute.TOPICS
    assert recompute.COIN == COIN


def test_a_buyer_has_been_here_since_the_first_purchase(market: Shop) -> None:
    reckon(chain=market.chain)
    said = Reputation.objects.get(role=Role.REVIEWER, address=market.address(min(CROWD)))
    assert (said.facts["age_days"], said.facts["weight"], said.n, said.score) == (9, 250_000, 1, None)
    assert not Reputation.objects.filter(address=market.address(BUYER), role=Role.REVIEWER).exists()
