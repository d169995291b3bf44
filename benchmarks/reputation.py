"""What does it cost to reckon all reputations of a chain with 100,000 sales (SALES), a tenth of them returned?

Compared in one run: the task, with its scores and its export, beside the peer that strangers run, ``recompute.py``,
which goes through the same events one by one in memory and writes nothing; and beside its limit, a hundredth of the
twenty minutes that lie between two runs. CPU seconds, the database's connection's included; the median of three.
Prints how many times the peer's CPU the task takes (<= 10), and how much of its limit (<= 1).
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any

from ._load import ROOT, _services
from .growth import cpu

if TYPE_CHECKING:
    from contracts.models import Chain
    from marketplace.reputation.recompute import Happened

SALES = int(os.environ.get("SALES", "100000"))
SELLERS, BUYERS, REVIEWS, ROUNDS = 500, 20_000, 20_000, 3
DEAREST, LIMIT = 10.0, 20 * 60 / 100
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
DAY = 86_400


def sales() -> Iterator[tuple[int, dict[str, Any], bool]]:
    """Yield each sale's number, what it says, and whether it was returned: the same in each run."""
    random = Random(7)  # noqa: S311  the same sales each time are the point
    for number in range(SALES):
        seller, buyer = random.randrange(SELLERS), random.randrange(BUYERS)
        fee = random.randrange(10**14, 2 * 10**15)
        said = {"model": model_of(seller), "buyer": address(10_000 + buyer), "fee": fee, "paid": 40 * fee}
        yield number, said, random.random() < 0.1


def address(number: int) -> str:
    return f"0x{number:040x}"


def model_of(seller: int) -> str:
    return address(seller + 1) + "0" * 24


def fill(chain: Chain) -> list[Happened]:
    """Write the facts of the chain, and return the events that they are of."""
    from contracts.models import Block, Cursor
    from contracts.names import COIN
    from marketplace.onchain.models.listings import OnchainListing
    from marketplace.onchain.models.returns import PurchaseReturn
    from marketplace.onchain.models.sales import PurchaseFact
    from marketplace.reputation.recompute import Happened

    time = int(BEGAN.timestamp())
    day, rest = time // DAY, {"recipient": "", "token": COIN, "maturity_day": time // DAY + 7}
    facts, returns = [], []
    told = [Happened("ModelListed", time, {"model": model_of(seller)}) for seller in range(SELLERS)]
    OnchainListing.objects.bulk_create(
        OnchainListing(chain=chain, model_id=model_of(seller), seller=address(seller + 1), category=0, metadata="",
                       state=1, listed_block=1, listed_at=BEGAN, changed_block=1)
        for seller in range(SELLERS)
    )  # fmt: skip
    for number, said, is_back in sales():
        told.append(Happened("AccessPurchased", time, {**said, **rest, "recipient": said["buyer"]}))
        whose = {"model_id": said["model"], "buyer": said["buyer"], "recipient": said["buyer"]}
        same = {"chain": chain, **whose, "ref": "", "plan": 0,
                "quantity": 1, "token": COIN, "paid": said["paid"], "split_hash": "",
                "maturity_day": day + 7}  # fmt: skip
        tx = f"0x{number:064x}"
        facts.append(PurchaseFact(**same, fee=said["fee"], referrer=COIN, block_number=2, tx_hash=tx, index=0,
                                  log_index=number, time=BEGAN))  # fmt: skip
        if is_back:
            told.append(Happened("PurchaseRefunded", time, {"model": said["model"], "buyer": said["buyer"]}))
            returns.append(PurchaseReturn(**same, purchase_tx=tx, purchase_index=0, stage="refunded", taken_tx=tx,
                                          taken_block=3, taken_log=0, taken_at=BEGAN))  # fmt: skip
    PurchaseFact.objects.bulk_create(facts, 5_000)
    PurchaseReturn.objects.bulk_create(returns, 5_000)
    end = BEGAN + timedelta(days=60)
    Block.objects.create(chain=chain, number=10, hash="0x" + "1" * 64, parent_hash="0x" + "2" * 64, time=end)
    Cursor.objects.create(chain=chain, number=12, hash="0x" + "3" * 64)
    return told


def review(chain: Chain) -> None:
    """Write a review of one model by each of many buyers."""
    from accounts.models import Account
    from marketplace.listings.models import Listing
    from marketplace.scores.models import Review

    owner = Account.objects.create(name="bench")
    listing = Listing.objects.create(name="bench/sold", owner=owner, task="text-generation")
    Review.objects.bulk_create(
        [
            Review(listing=listing, chain=chain, model_id=model_of(number % SELLERS), author=address(10_000 + number),
                   rating=1 + number % 5, number=1, version="", cid=f"cid-{number}", standing="counted")
            for number in range(REVIEWS)
        ],
        5_000,
    )  # fmt: skip


def main() -> int:
    """Measure, print, and return 1 where a target is missed."""
    with _services() as addresses:
        os.environ.update(addresses, DJANGO_SETTINGS_MODULE="tests.contracts.apart")
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, check=True)
        import django

        django.setup()
        return measure()


def measure() -> int:
    """Fill the database, compare, and return 1 where a target is missed or the two differ."""
    from contracts.models import Chain
    from marketplace.reputation.models import Reckoning
    from marketplace.reputation.reckoning import reckon
    from marketplace.reputation.recompute import Market, differences, recompute

    from .growth import analyze

    named = {"short_name": "bench", "name": "Bench", "coin": "ETH", "confirmations": 2, "reorg_window": 64}
    chain = Chain.objects.create(id=9_100, **named, deployment={"ModelMarketplace": address(1)})
    told = fill(chain)
    review(chain)
    analyze()
    ours, peers, made = [], [], None
    for _ in range(ROUNDS):
        began = cpu()
        made = reckon(chain=chain)
        ours.append(cpu() - began)
        pieces = Reckoning.objects.latest("pk").pieces.order_by("number")
        export = json.loads(b"".join(gzip.decompress(bytes(piece.content)) for piece in pieces))
        began = cpu()
        found = recompute(Market().tell(told), export)
        peers.append(cpu() - began)
    wrong = list(differences(export, found))
    print(f"{SALES:,} sales, {REVIEWS:,} reviews: {made and made.counts}, {len(wrong)} differences")
    print(f"the task {median(ours):.2f} s of CPU, event by event {median(peers):.2f} s", flush=True)
    beside, used = median(ours) / median(peers), median(ours) / LIMIT
    print(f"beside the peer {beside:.2f} x (<= {DEAREST})", flush=True)
    print(f"of its limit {used:.2f} (<= 1)", flush=True)
    return 0 if beside <= DEAREST and used <= 1 and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
