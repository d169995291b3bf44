"""Who may run what, compared with what the contracts themselves say at the same block."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from contracts.chain.client import Client
from contracts.indexer import lead
from contracts.models import Chain
from marketplace.onchain.entitlements import Entitlement, Kind, entitlement, pass_balance, subscription_expiry
from marketplace.onchain.models.listings import Plan

from .node import DAY, MONTH, Market


def _now(rpc: Client, block: int) -> datetime:
    return datetime.fromtimestamp(int(rpc.call("eth_getBlockByNumber", hex(block), False)["timestamp"], 16), UTC)


def test_what_is_bought_counts_when_it_is_final(chain: Chain, rpc: Client, market: Market) -> None:
    model = market.list_model(1, "bought")
    market.buy(3, model)
    market.mine(2)
    lead.catch_up(chain, rpc)
    assert entitlement(market.accounts[3], chain, model) == Entitlement(Kind.NONE)
    assert not entitlement(market.accounts[3], chain, model)
    market.mine()
    lead.catch_up(chain, rpc)
    assert entitlement(market.accounts[3].upper().replace("X", "x"), chain, model) == Entitlement(Kind.PASS)
    assert entitlement(market.accounts[1], chain, model).kind is Kind.OWNER
    assert entitlement(market.accounts[4], chain, model).kind is Kind.NONE


def test_a_pass_that_is_given_away_is_gone(chain: Chain, rpc: Client, market: Market) -> None:
    model = market.list_model(1, "moved")
    market.send(1, "AccessPass", "allowTransfers", [model, True])
    market.buy(3, model, recipient=market.accounts[4])
    rpc.call("evm_increaseTime", 9 * DAY)
    gift = [market.accounts[4], market.accounts[5], int(model, 16), 1, "0x"]
    market.send(4, "AccessPass", "safeTransferFrom", gift)
    market.mine(3)
    lead.catch_up(chain, rpc)
    assert [pass_balance(market.accounts[who], chain, model) for who in (3, 4, 5)] == [0, 0, 1]


def test_a_subscription_ends_when_the_contract_says(chain: Chain, rpc: Client, market: Market) -> None:
    model = market.list_model(1, "monthly")
    market.buy(3, model, Plan.SUBSCRIPTION, 2)
    market.mine(3)
    lead.catch_up(chain, rpc)
    now = _now(rpc, chain.head())
    held = entitlement(market.accounts[3], chain, model, now)
    assert held.kind is Kind.SUBSCRIPTION
    assert held.until is not None
    assert held.until.timestamp() == market.view("ModelMarketplace", "subscriptionExpiry", [model, market.accounts[3]])
    assert entitlement(market.accounts[3], chain, model, held.until).kind is Kind.NONE
    assert entitlement(market.accounts[3], chain, model, held.until - timedelta(seconds=1)).kind is Kind.SUBSCRIPTION
    assert subscription_expiry(market.accounts[4], chain, model) is None


@pytest.mark.parametrize("seed", range(3))
def test_after_random_purchases_everybody_has_what_the_contracts_say(
    chain: Chain, rpc: Client, market: Market, seed: int
) -> None:
    random = Random(seed)  # noqa: S311  the same tests each time
    models = [market.list_model(seller, "random") for seller in (1, 2)]
    for _ in range(25):
        rpc.call("evm_increaseTime", random.choice((1, DAY, 20 * DAY, 2 * MONTH)))
        plan, recipient = random.choice((Plan.LASTING, Plan.SUBSCRIPTION)), market.accounts[random.randint(3, 6)]
        market.buy(random.randint(3, 6), random.choice(models), plan, random.randint(1, 4), recipient=recipient)
    lead.catch_up(chain, rpc)
    block = chain.final_block()
    assert block == rpc.block_number() - 3
    for model in models:
        for account in market.accounts[3:7]:
            ends = market.view("ModelMarketplace", "subscriptionExpiry", [model, account], block)
            passes = market.view("AccessPass", "balanceOf", [account, int(model, 16)], block)
            derived = subscription_expiry(account, chain, model)
            assert (derived.timestamp() if derived else 0) == ends
            assert pass_balance(account, chain, model) == passes
