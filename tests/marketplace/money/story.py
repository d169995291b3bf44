"""Sales, and figures that the contracts agree with."""

from __future__ import annotations

from io import StringIO
from typing import Any

from django.core.management import call_command
from eth_account import Account as Keys

from contracts.chain import codec
from contracts.names import COIN
from marketplace.money.verification import totals_at
from marketplace.onchain.models.listings import Plan
from marketplace.onchain.models.sales import PurchaseFact
from tests.marketplace.shop import BUYER, OTHER, SELLER, Shop

DAY = 86_400
OWNER, REFERRER = 5, 6
Keys.enable_unaudited_hdwallet_features()
KEEPER_KEY = Keys.from_mnemonic("test " * 11 + "junk", account_path="m/44'/60'/0'/0/1").key.to_0x_hex()


def buy(shop: Shop, who: int = BUYER, token: str = COIN, referred: bool = False, **changes: Any) -> dict[str, Any]:
    """Buy by an order of one's own, and return the purchase as a refund names it."""
    order = {
        "modelId": shop.model_id, "plan": Plan.LASTING, "quantity": 1, "recipient": shop.address(who), "token": token,
        "maxPrice": 10**20, "deadline": 2**60, "referrer": shop.address(REFERRER) if referred else COIN,
        "ref": "0x" + "5" * 64, **changes,
    }  # fmt: skip
    data = data_of("ModelMarketplace", "purchase", order)
    sent = {"from": shop.address(who), "to": shop.chain.deployment["ModelMarketplace"], "data": data}
    value = 0 if token != COIN else 10**18
    shop.submit({**sent, "value": hex(value), "gas": hex(900_000)})
    shop.index(1)
    fact = PurchaseFact.objects.latest("block_number")
    return {
        "recipient": fact.recipient, "token": fact.token, "referrer": fact.referrer, "plan": fact.plan,
        "quantity": fact.quantity, "maturityDay": fact.maturity_day, "paid": fact.paid, "fee": fact.fee,
        "splitHash": fact.split_hash,
    }  # fmt: skip


def matches(shop: Shop) -> None:
    """Assert that every figure is the contracts', and that the splitter has what it owes and nothing else."""
    said = StringIO()
    call_command("verify_money", "--at", str(shop.chain.head()), stdout=said)
    assert "values compared" in said.getvalue()
    for total in totals_at(shop.chain, shop.chain.head()):
        assert total.balance == total.owed


def split_in_three(shop: Shop) -> None:
    recipients = [shop.address(number) for number in (SELLER, OTHER, OWNER)]
    shop.send(SELLER, "RevenueSplitter", "setSplit", shop.model_id, recipients, [3_334, 3_333, 3_333])


def chain_day(shop: Shop) -> int:
    return int(shop.rpc.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16) // DAY


def data_of(contract: str, function: str, *args: Any) -> str:
    return codec.call_data(contract, function, args)


def balance_in(shop: Shop, token: str, address: str) -> int:
    return int(shop.rpc.eth_call(token, data_of("DemoDollar", "balanceOf", address)), 16)
