"""Quotes, fees, buckets, splits and refunds on a real chain are what ``contracts.money`` reckons, to the wei."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from eth_abi import abi as eth_abi
from eth_utils.crypto import keccak
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts import money
from contracts.chain.client import Client
from contracts.models import Chain
from contracts.money import BPS, ONE, Demand, Terms, Tier
from contracts.names import COIN
from marketplace.onchain.models.listings import Plan

from .node import DAY, Market
from .simulation import Outcome, Step, simulate

FEE_BPS, REFERRAL_BPS, STEP_BPS, PREMIUM_CAP = 250, 50, 1_250, 2_500
WINDOW = DAY
REFUND_WINDOW = 7 * DAY
SELLER, BUYER, REFERRER, PARENT = 1, 3, 5, 2
NOBODY = "0x" + "0" * 64
QUIETLY = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

PRICE = st.one_of(st.integers(1, 1_000), st.integers(1, 2**88 - 1))
QUANTITY = st.one_of(st.integers(1, 50), st.integers(1, 2**32 - 1))


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    """Draw pricing terms that the contract takes."""
    starts = draw(st.lists(st.integers(2, 100), unique=True, max_size=5).map(sorted))
    discounts = draw(st.lists(st.integers(1, 9_000), unique=True, min_size=len(starts), max_size=len(starts)))
    tiers = tuple(map(Tier, starts, sorted(discounts)))
    target = draw(st.one_of(st.just(0), st.integers(1, 40), st.integers(1, 2**32 - 1)))
    bounds = (draw(st.integers(5_000, BPS)), draw(st.integers(BPS, 40_000))) if target else (0, 0)
    return Terms(target, *bounds, draw(st.integers(0, PREMIUM_CAP)), tiers)


@st.composite
def splits(draw: st.DrawFn) -> list[int]:
    """Draw the parts of a split of one to twenty."""
    cuts = draw(st.lists(st.integers(1, BPS - 1), unique=True, max_size=19).map(sorted))
    return [end - start for start, end in zip([0, *cuts], [*cuts, BPS], strict=True)]


@dataclass
class Shop:
    """A parent model on a chain; each scenario lists a model derived from it, for itself alone."""

    market: Market
    parent: str

    def __post_init__(self) -> None:
        self.model = self.market.model(SELLER, "drawn")
        self.now = int(self.market.rpc.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16) + 10

    def by(self, who: int, contract: str, function: str, *args: Any, time: int, value: int = 0) -> Step:
        return Step(time, self.market.accounts[who], contract, function, args, value)

    def listing(self, price: int, royalty_bps: int = 0, bps: list[int] | None = None) -> list[Step]:
        """Return the step that lists the model at the scenario's beginning."""
        terms = {
            "modelId": self.model, "category": 0, "free": False, "metadata": "ipfs://drawn",
            "plans": [[Plan.LASTING, COIN, price, 0]],
            "recipients": self.market.accounts[10 : 10 + len(bps or [])], "bps": bps or [],
            "parent": self.parent if royalty_bps else NOBODY, "royaltyBps": royalty_bps,
            "searchTerms": [], "rates": [],
        }  # fmt: skip
        return [self.by(SELLER, "ModelMarketplace", "list", terms, time=self.now)]

    def pricing(self, terms: Terms, time: int) -> Step:
        tiers = [[tier.start, tier.discount_bps] for tier in terms.tiers]
        given = [terms.target, terms.floor_bps, terms.cap_bps, terms.premium_bps, tiers]
        return self.by(SELLER, "ModelMarketplace", "setPricing", self.model, given, time=time)

    def quote(self, quantity: int, time: int) -> Step:
        return self.by(BUYER, "ModelMarketplace", "quote", self.model, Plan.LASTING, quantity, time=time)

    def purchase(self, quantity: int, value: int, time: int, who: int = BUYER, referrer: str = COIN) -> Step:
        order = self.market.order(who, self.model, Plan.LASTING, quantity, maxPrice=2**255, referrer=referrer)
        return self.by(who, "ModelMarketplace", "purchase", order, time=time, value=value)

    def run(self, steps: list[Step]) -> list[Outcome]:
        outcomes = simulate(self.market.rpc, self.market.deployment, steps)
        assert [outcome.error for outcome in outcomes] == [""] * len(steps)
        return outcomes


@pytest.fixture
def shop(chain: Chain, rpc: Client, market: Market) -> Shop:
    return Shop(market, market.list_model(PARENT, "parent"))


@QUIETLY
@given(price=PRICE, drawn=terms(), sales=st.lists(st.tuples(st.integers(1, 5 * DAY), QUANTITY), min_size=1, max_size=8))
def test_quotes_and_demand_to_the_wei(shop: Shop, price: int, drawn: Terms, sales: list[tuple[int, int]]) -> None:
    time = shop.now + 1
    steps, expected = [*shop.listing(price), shop.pricing(drawn, time)], []
    demand = Demand(ONE, time)
    for wait, quantity in sales:
        time += wait + 1
        demand = money.demand_at(drawn, demand, time, WINDOW, STEP_BPS)
        expected.append(money.quote(drawn, price, quantity, demand.multiplier))
        steps.append(shop.quote(quantity, time))
        time += 1
        demand = money.demand_at(drawn, demand, time, WINDOW, STEP_BPS)
        paid = money.quote(drawn, price, quantity, demand.multiplier).total
        steps.append(shop.purchase(quantity, paid, time))
        demand = money.sell(drawn, demand, quantity)
    for parts, outcome in zip(expected, shop.run(steps)[2::2], strict=True):
        asked = outcome.returned
        assert (asked["demand"], asked["premiumBps"], asked["unitPrice"], asked["discountBps"], asked["total"]) == (
            parts.demand, parts.premium_bps, parts.unit_price, parts.discount_bps, parts.total
        )  # fmt: skip
        assert asked["fee"] == money.fee_of(parts.total, FEE_BPS)
        assert asked["referral"] == money.fee_of(parts.total, REFERRAL_BPS)


@QUIETLY
@given(
    price=PRICE,
    sales=st.lists(st.tuples(QUANTITY, st.booleans()), min_size=1, max_size=4),
    royalty=st.integers(0, 3_000),
    bps=splits(),
    refunded=st.booleans(),
)
def test_buckets_refunds_and_splits_to_the_wei(
    shop: Shop, price: int, sales: list[tuple[int, bool]], royalty: int, bps: list[int], refunded: bool
) -> None:
    time, day = shop.now + 1, money.maturity_day(shop.now + 1, REFUND_WINDOW)
    steps, gross, fees, referrals = shop.listing(price, royalty, bps), 0, 0, 0
    recipients = shop.market.accounts[10 : 10 + len(bps)]
    split = f"0x{keccak(eth_abi.encode(['address[]', 'uint16[]'], [recipients, bps])).hex()}"
    for quantity, referred in sales:
        paid = price * quantity
        fee, referral = money.fee_of(paid, FEE_BPS), money.fee_of(paid, REFERRAL_BPS) * referred
        referrer = shop.market.accounts[REFERRER] if referred else COIN
        steps.append(shop.purchase(quantity, paid, time, referrer=referrer))
        gross, fees, referrals = gross + paid - referral, fees + fee - referral, referrals + referral
    if refunded:
        buyer = shop.market.accounts[BUYER]
        bought = [buyer, COIN, referrer, Plan.LASTING, quantity, day, paid, fee, split]
        args = (shop.model, buyer, bought, referral, 0)
        steps.append(shop.by(BUYER, "ModelMarketplace", "refund", *args, time=time))
        gross, fees, referrals = gross - (paid - referral), fees - (fee - referral), referrals - referral
    steps = [Step(shop.now + place, *_rest(step)) for place, step in enumerate(steps)]
    after = (day + 1) * DAY
    steps.append(shop.by(SELLER, "RevenueSplitter", "bucket", shop.model, COIN, split, day, time=after))
    referrer = shop.market.accounts[REFERRER]
    steps.append(shop.by(SELLER, "RevenueSplitter", "referralBucket", referrer, COIN, day, time=after + 1))
    if gross:
        shares = (shop.model, COIN, day, recipients, bps)
        steps.append(shop.by(REFERRER, "RevenueSplitter", "distribute", *shares, time=after + 2))
    outcomes = shop.run(steps)[-3 if gross else -2 :]
    assert outcomes[0].returned == {"gross": gross, "fee": fees}
    assert outcomes[1].returned == referrals
    if gross:
        vault, parents, split_shares = money.shares(gross, fees, royalty, bps)
        credited = [args["amount"] for args in outcomes[2].event("Credited")]
        assert credited == [amount for amount in (vault, parents, *split_shares[1:], split_shares[0]) if amount]
        assert sum(credited) == gross


@settings(parent=QUIETLY, max_examples=30)
@given(
    marks=st.lists(st.integers(1, 5), min_size=9, max_size=12),
    drawn=terms(),
    quantities=st.lists(QUANTITY, min_size=1, max_size=6),
)
def test_what_quality_adds_to_the_wei(shop: Shop, marks: list[int], drawn: Terms, quantities: list[int]) -> None:
    price, raters = 10**18, range(6, 6 + len(marks))
    steps = shop.listing(price)
    steps += [shop.purchase(1, price, shop.now + 1 + place, who=who) for place, who in enumerate(raters)]
    time = shop.now + 9 * DAY
    steps += [
        shop.by(who, "ModelMarketplace", "rateModel", shop.model, mark, "", time=time + place)
        for place, (who, mark) in enumerate(zip(raters, marks, strict=True))
    ]
    time += 100
    steps += [shop.pricing(drawn, time), shop.by(BUYER, "Ratings", "scoreOf", shop.model, time=time + 1)]
    steps += [shop.quote(quantity, time + 2 + place) for place, quantity in enumerate(quantities)]
    score, *asked = (outcome.returned for outcome in shop.run(steps)[-len(quantities) - 1 :])
    added = money.premium(drawn.premium_bps, PREMIUM_CAP, score["raters"], score["weight"], score["mean"])
    assert score["mean"] == sum(mark * 10_000 for mark in marks) // len(marks)
    for quantity, quoted in zip(quantities, asked, strict=True):
        parts = money.quote(drawn, price, quantity, ONE, added)
        assert (quoted["premiumBps"], quoted["unitPrice"], quoted["total"]) == (added, parts.unit_price, parts.total)


def _rest(step: Step) -> tuple[Any, ...]:
    return step.sender, step.contract, step.function, step.args, step.value
