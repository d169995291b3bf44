"""What a seller has earned adds up to the smallest unit, and is what the ledger and the contracts say."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.models import Chain, Cursor
from contracts.money import BPS, shares
from contracts.names import COIN, DAY
from marketplace.money.buckets import undistributed
from marketplace.money.ledger import BucketKey, ledger_of, today
from marketplace.money.takings import Royalty, Stand, Takings, own_part, takings_of
from marketplace.onchain.models.escrow import ChargeFact
from marketplace.onchain.models.listings import Plan
from marketplace.onchain.models.returns import PurchaseReturn, Stage
from marketplace.onchain.models.sales import CreditFact, DistributionFact, PurchaseFact, SplitFact, WithdrawalFact
from tests.marketplace.money.story import DAY as A_DAY
from tests.marketplace.money.story import buy, split_in_three
from tests.marketplace.shop import BUYER, SELLER, Shop

OWN, FRIEND, BUYS = f"0x{7:040x}", f"0x{8:040x}", f"0x{9:040x}"
DOLLAR = f"0x{5:040x}"
MODELS = [OWN + f"{number:024x}" for number in (1, 2)]
ROYALTY = Royalty(FRIEND + "0" * 24, 700)
SPLITS = {"0x" + "a" * 64: ([OWN, FRIEND], [6_667, 3_333]), "0x" + "b" * 64: ([FRIEND, OWN], [9_999, 1])}
ALONE = "0x" + "c" * 64
HEAD, CONFIRMATIONS = 100_000, 3


@given(
    left=st.integers(0, 10**24),
    royalty=st.integers(0, 2_000),
    parts=st.lists(st.integers(1, BPS), min_size=1, max_size=8),
)
def test_a_sellers_part_is_what_the_splitter_leaves_of_everybody_elses(
    left: int, royalty: int, parts: list[int]
) -> None:
    others = [f"0x{number:040x}" for number in range(20, 20 + len(parts) - 1)]
    _fee, owed, amounts = shares(left, 0, royalty, parts)
    assert own_part(left, OWN, Royalty(FRIEND, royalty), [OWN, *others], parts) == left - owed - sum(amounts[1:])
    assert own_part(left, OWN, Royalty(OWN, royalty), [OWN, *others], parts) == left - sum(amounts[1:])
    assert own_part(left, OWN, Royalty(FRIEND, royalty), [FRIEND, *others], parts) == 0


class Story:
    """Facts of a seller's life, made up at random; what the chain would credit it with is reckoned beside."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311  the same story each time is the point
        self.chain = Chain.objects.create(
            id=1_000 + seed, short_name=f"made-{seed}", name="Made", coin="ETH", confirmations=3, reorg_window=64,
            deployment={"ModelMarketplace": COIN},
        )  # fmt: skip
        Cursor.objects.create(chain=self.chain, number=HEAD, hash="0x" + "1" * 64)
        self.places = count(1)
        self.credited: dict[str, int] = defaultdict(int)

    def where(self, block: int, moment: datetime) -> dict[str, Any]:
        number = next(self.places)
        same = {"tx_hash": f"0x{number:064x}", "index": 0, "log_index": number, "time": moment}
        return {"chain": self.chain, "block_number": block, **same}

    def tell(self) -> None:
        for model in MODELS:
            for split_hash, (recipients, bps) in SPLITS.items():
                place = self.where(1, datetime.now(UTC))
                SplitFact.objects.create(**place, model_id=model, split_hash=split_hash, recipients=recipients, bps=bps)
        for number in range(120):
            self._sell(number)
        self._give()

    def _sell(self, number: int) -> None:
        back = self.random.randrange(0, 40)
        moment = datetime.now(UTC) - timedelta(days=back)
        paid = self.random.choice([1, 2, 3, 7, 999, 10**18 + 7, self.random.randrange(10**21)])
        # The last ones are not final yet, and nothing of them may count.
        block = HEAD - 1 if number >= 115 else 100 + number
        terms: dict[str, Any] = {
            "model_id": self.random.choice(MODELS),
            "token": self.random.choice([COIN, DOLLAR]),
            "split_hash": self.random.choice([*SPLITS, ALONE]),
            "fee": paid * 250 // BPS,
        }
        if not number % 10:
            ChargeFact.objects.create(
                **self.where(block, moment), **terms, payer=BUYS, key_id="0x" + "0" * 64, amount=paid,
                day=int(moment.timestamp()) // DAY,
            )  # fmt: skip
            return
        fact = PurchaseFact.objects.create(
            **self.where(block, moment), **terms, paid=paid, buyer=BUYS, recipient=BUYS, referrer=COIN, quantity=1,
            ref=f"0x{number:064x}", plan=self.random.choice([Plan.LASTING, Plan.SUBSCRIPTION]),
            maturity_day=int(moment.timestamp()) // DAY + 7,
        )  # fmt: skip
        if self.random.random() < 0.3:
            self._take_back(fact)

    def _take_back(self, fact: PurchaseFact) -> None:
        stage = self.random.choice(list(Stage))
        same = ("chain", "ref", "model_id", "buyer", "recipient", "plan", "quantity", "token", "paid", "split_hash",
                "maturity_day")  # fmt: skip
        ruled: dict[str, Any] = {}
        if stage in (Stage.FOR_BUYER, Stage.FOR_SELLER):
            ruled = {"ruled_block": fact.block_number + 1, "ruled_at": fact.time + timedelta(days=1)}
        PurchaseReturn.objects.create(
            **{name: getattr(fact, name) for name in same}, **ruled, purchase_tx=fact.tx_hash, purchase_index=0,
            stage=stage, taken_tx=fact.tx_hash, taken_block=fact.block_number, taken_log=1, taken_at=fact.time,
        )  # fmt: skip

    def _give(self) -> None:
        """Distribute half of what has matured at final blocks, and withdraw between two of them."""
        ready = [each for each in undistributed(ledger_of(self.chain, HEAD - 3)) if each.day < today()]
        some = self.random.sample(ready, len(ready) // 2)
        for number, bucket in enumerate(some):
            key = BucketKey(bucket.model_id, bucket.token, bucket.split_hash, bucket.day)
            DistributionFact.objects.create(
                **self.where(1_000 + number, datetime.now(UTC)), **key._asdict(), amount=bucket.gross
            )
            recipients, bps = SPLITS.get(bucket.split_hash, ([OWN], [BPS]))
            part = own_part(bucket.gross - bucket.fee, OWN, ROYALTY, recipients, bps)
            self.credited[bucket.token] += part
            if part:
                place = self.where(1_000 + number, datetime.now(UTC))
                CreditFact.objects.create(**place, account=OWN, token=bucket.token, amount=part)
            if number == len(some) // 2:
                for token, amount in self.credited.items():
                    place = self.where(1_000 + number, datetime.now(UTC))
                    WithdrawalFact.objects.create(**place, account=OWN, token=token, amount=amount)


def read(story: Story) -> Takings:
    return takings_of(OWN, {(story.chain.pk, model): ROYALTY for model in MODELS})


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(5))
def test_what_was_earned_adds_up_to_the_ledger_and_to_the_balance(seed: int) -> None:
    story = Story(seed)
    story.tell()
    takings = read(story)
    ledger = ledger_of(story.chain, HEAD - CONFIRMATIONS, MODELS)
    waiting: dict[str, int] = defaultdict(int)
    for bucket in undistributed(ledger):
        recipients, bps = SPLITS.get(bucket.split_hash, ([OWN], [BPS]))
        waiting[bucket.token] += own_part(bucket.gross - bucket.fee, OWN, ROYALTY, recipients, bps)
    for token in (COIN, DOLLAR):
        found: dict[Stand, int] = defaultdict(int)
        for each in takings.kept:
            if each.token == token:
                found[each.stand] += each.net
        balance = takings.balances[story.chain.pk, token]
        assert found[Stand.MATURED] + found[Stand.MATURING] == waiting[token]
        assert found[Stand.READY] + found[Stand.WITHDRAWN] == balance.credited == story.credited[token]
        assert found[Stand.WITHDRAWN] == balance.withdrawn
        assert found[Stand.READY] == balance.available
    assert {each.stand for each in takings.kept} == set(Stand)
    assert sum(each.sales for each in takings.kept) == sum(kept.sales for kept in ledger.buckets.values())


@pytest.mark.django_db
def test_nothing_of_somebody_elses_counts_and_no_sale_before_it_is_final() -> None:
    story = Story(9)
    story.tell()
    assert takings_of(FRIEND, {}).kept == []
    assert takings_of(FRIEND, {}).shared == len(MODELS)
    made = {each.made for each in read(story).kept}
    Cursor.objects.filter(chain=story.chain).update(number=CONFIRMATIONS)
    assert made
    assert read(story).kept == []


def test_the_contracts_credit_what_was_said_to_be_ready(shop: Shop) -> None:
    split_in_three(shop)
    for plan, quantity in ((Plan.LASTING, 1), (Plan.SUBSCRIPTION, 3), (Plan.LASTING, 7)):
        buy(shop, plan=plan, quantity=quantity, referred=True)
    shop.index(3)
    seller = shop.address(SELLER)
    said = sum(each.net for each in takings_of(seller, {}).kept)
    assert {each.stand for each in takings_of(seller, {}).kept} == {Stand.MATURING}
    shop.rpc.call("evm_increaseTime", 9 * A_DAY)
    shop.index(1)
    split = SplitFact.objects.get()
    for day in {each.day for each in takings_of(seller, {}).kept}:
        shop.send(BUYER, "RevenueSplitter", "distribute", shop.model_id, COIN, day, split.recipients, split.bps)
    shop.index(3)
    takings = takings_of(seller, {})
    assert {each.stand for each in takings.kept} == {Stand.READY}
    assert takings.balances[shop.chain.pk, COIN].available == said == sum(each.net for each in takings.kept)
    shop.send(SELLER, "RevenueSplitter", "withdraw", COIN)
    shop.index(1)
    assert {each.stand for each in takings_of(seller, {}).kept} == {Stand.WITHDRAWN}
