"""The keeper gives fees on once it is worth it, each release once, and counts what the treasury holds."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from accounts.models import User
from contracts.chain.client import Client
from contracts.chain.transactions import account_of
from contracts.errors import RevertedError
from contracts.indexer import lead
from contracts.models import Chain, SentTransaction
from contracts.names import COIN, DEMO_DOLLAR, FEE_VAULT, TOKEN, TREASURY
from governance.onchain.models.treasury import AssetFact, FeeReleaseFact
from governance.treasury.actions import prepare_release
from governance.treasury.books import books_of
from governance.treasury.keeper import RELEASE_GAS, _tokens, read_treasury, release_fees
from governance.treasury.models import TreasuryReading
from marketplace.onchain.models.listings import Plan
from tests.contracts.node import DAY, Market
from tests.factories.governance import NOW, _record, address
from tests.factories.rules import released
from tests.marketplace.money.story import KEEPER_KEY

Alone = tuple[Chain, Client, Market]
PRICE = 10**19


def earn(alone: Alone) -> None:
    """Sell something, and let its fee come into the vault."""
    chain, rpc, market = alone
    model = market.list_model(2, "chat", price=PRICE)
    market.send(3, "ModelMarketplace", "purchase", [market.order(3, model, Plan.LASTING)], PRICE)
    day = int(rpc.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16) // DAY + 7
    rpc.call("evm_increaseTime", hex(9 * DAY))
    market.mine()
    market.send(4, "RevenueSplitter", "distribute", [model, COIN, day, [market.accounts[2]], [10_000]])
    market.mine(4)
    lead.catch_up(chain, rpc)


@pytest.mark.long(60)
def test_a_release_is_sent_once_and_only_where_it_is_worth_its_gas(
    alone: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain, rpc, market = alone
    keeper = account_of(KEEPER_KEY)
    assert release_fees(chain, keeper) == 0  # nothing there
    earn(alone)
    assert release_fees(chain, None) == 0  # no key
    # Anybody can do the same with a wallet.
    call = prepare_release(user=User(address=market.accounts[5]), chain=chain, token=COIN)
    assert (call.to, call.value) == (chain.deployment[FEE_VAULT], 0)
    with pytest.raises(RevertedError, match="no fees to release"):
        prepare_release(user=User(address=market.accounts[5]), chain=chain, token=chain.deployment[DEMO_DOLLAR])
    with monkeypatch.context() as dear:
        dear.setattr("governance.treasury.keeper.WORTH", 10**9)
        assert release_fees(chain, keeper) == 0
    assert release_fees(chain, keeper) == 1
    assert release_fees(chain, keeper) == 1  # not indexed yet: the very same one
    assert SentTransaction.objects.filter(business_id__startswith="release:").count() == 1
    market.mine(4)
    lead.catch_up(chain, rpc)
    sent = SentTransaction.objects.get(business_id__startswith="release:")
    gas = int(rpc.call("eth_getTransactionReceipt", sent.hash)["gasUsed"], 16)
    assert RELEASE_GAS * 3 // 4 < gas <= RELEASE_GAS, gas
    (fact,) = FeeReleaseFact.objects.all()
    assert fact.amount == PRICE * 250 // 10_000
    assert release_fees(chain, keeper) == 0
    # What the treasury got is what it is counted to have, and what came besides is told apart.
    rpc.call("anvil_setBalance", chain.deployment[TREASURY], hex(int(fact.treasury) + 5))
    market.mine(4)
    lead.catch_up(chain, rpc)
    assert read_treasury(chain, None) == 2
    coin = books_of(chain, chain.head_time(), chain.head()).holding(COIN)
    assert coin is not None
    assert (coin.held, coin.unrecorded, coin.vault) == (int(fact.treasury) + 5, 5, 0)
    assert read_treasury(chain, None) == 2  # again, in the place of the first
    assert TreasuryReading.objects.count() == 2
    # A token that answers nothing leaves the others counted; one that somebody sent and released is not asked.
    rpc.call("anvil_setCode", address(0x66), "0x00")
    AssetFact.objects.create(**_record(chain, NOW), asset=address(0x66), is_listed=True)
    released(chain, 5, token=address(0x67))
    assert read_treasury(chain, None) == 2
    assert _tokens(chain) == {COIN, chain.deployment[TOKEN], address(0x66)}
    assert {each.asset for each in TreasuryReading.objects.all()} == {COIN, chain.deployment[TOKEN]}
    call_command("keep_payouts", "--once")  # which does both
    assert rpc.quantity("eth_getBalance", chain.deployment[FEE_VAULT], "latest") == 0
