"""What an order is paid with: tokens by signature or approval, referrers, access lists, and the quote's parts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client as Browser
from eth_account import Account as Keys
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak
from pytest_django import Settings

from accounts.models import User
from contracts.chain import codec
from contracts.currencies import ERC20, currency_of
from contracts.errors import RevertedError, TooLittleBalanceError
from contracts.names import COIN
from marketplace.buying.errors import (
    AccessListUnknownError,
    NotOnAccessListError,
    PriceMovedError,
    PromptOpenError,
    ReferrerRefusedError,
    SignatureRefusedError,
)
from marketplace.buying.order_view import OrderView
from marketplace.buying.ordering import Batch, Payment, open_order
from marketplace.buying.orders import Order
from marketplace.buying.paying import Permission, payment_call, permission_for
from marketplace.buying.states import State
from marketplace.listings.access_lists import AccessList, root_of
from marketplace.onchain.models.listings import Plan
from marketplace.onchain.models.sales import PurchaseFact
from tests.contracts.node import between
from tests.marketplace.shop import BUYER, OTHER, PERIOD, PRICE, SELLER, Shop
from tests.marketplace.tokens import approve, odd_token

DOLLAR = 10**6
IN_DOLLARS = 40 * DOLLAR
Keys.enable_unaudited_hdwallet_features()
BUYERS_KEY = Keys.from_mnemonic("test " * 11 + "junk", account_path=f"m/44'/60'/0'/0/{BUYER}")


def sell_in_dollars(shop: Shop, rich: bool = True) -> str:
    """Price a pass in the demo dollar, and give the buyer some; return the token."""
    token = str(shop.chain.deployment["DemoDollar"])
    terms = {"plan": Plan.LASTING, "token": token, "price": IN_DOLLARS, "period": 0}
    shop.send(SELLER, "ModelMarketplace", "setPlan", shop.model_id, terms)
    if rich:
        shop.send(BUYER, "DemoDollar", "faucet")
    shop.index()
    return token


def signed(permission: Permission, key: Any = BUYERS_KEY) -> str:
    assert permission.typed
    return str(key.sign_message(encode_typed_data(full_message=dict(permission.typed))).signature.to_0x_hex())


def opened(shop: Shop, order: Any, **options: Any) -> Payment | Permission:
    return open_order(user=shop.buyer, ref=order.ref, **options)


def test_a_token_is_paid_with_one_signature_and_one_transaction(shop: Shop) -> None:
    token = sell_in_dollars(shop)
    order = shop.prepare()
    assert (order.token, order.price) == (token, IN_DOLLARS)
    permission = opened(shop, order)
    assert isinstance(permission, Permission)
    assert "sign" in permission.for_wallet()
    payment = opened(shop, order, signature=signed(permission))
    assert isinstance(payment, Payment)
    assert payment.value == 0
    shop.pay(payment)
    shop.index(3)
    assert shop.progress(order).state is State.FINAL
    assert (PurchaseFact.objects.get(ref=order.ref).token, currency_of(shop.chain, token).text(IN_DOLLARS)) == (
        token,
        "40 DEMOUSD",
    )


def test_a_wallet_that_sends_calls_as_one_gets_permission_and_payment_together(shop: Shop) -> None:
    sell_in_dollars(shop)
    order = shop.prepare()
    batch = opened(shop, order, batch=True)
    assert isinstance(batch, Batch)
    asked = batch.for_wallet()
    assert (asked["id"], asked["prompt"]) == (order.ref, Order.objects.get().prompt)
    assert [call["to"] for call in asked["calls"]] == [order.token, shop.chain.deployment["ModelMarketplace"]]
    with pytest.raises(PromptOpenError):
        opened(shop, order, batch=True)
    for call in (*batch.before, batch):
        shop.pay(replace(call, nonce=None))
    shop.index(3)
    assert shop.progress(order).state is State.FINAL


def test_what_is_sent_as_one_is_refused_before_where_the_price_has_moved(shop: Shop) -> None:
    token = sell_in_dollars(shop)
    order = shop.prepare()
    terms = {"plan": Plan.LASTING, "token": token, "price": IN_DOLLARS + 1, "period": 0}
    shop.send(SELLER, "ModelMarketplace", "setPlan", shop.model_id, terms)
    with pytest.raises(PriceMovedError):
        opened(shop, order, batch=True)
    shop.send(SELLER, "ModelMarketplace", "pauseListing", shop.model_id)
    with pytest.raises(RevertedError, match="paused by its seller"):
        opened(shop, order, batch=True)
    assert shop.progress(order).state is State.PREPARED


def test_coin_needs_nothing_before_it_in_any_wallet(shop: Shop) -> None:
    assert type(opened(shop, shop.prepare(), batch=True)) is Payment


def test_a_signature_of_somebody_else_or_over_something_else_is_refused(shop: Shop) -> None:
    sell_in_dollars(shop)
    order = shop.prepare()
    permission = opened(shop, order)
    assert isinstance(permission, Permission)
    assert permission.typed
    more = {**permission.typed, "message": {**permission.typed["message"], "value": str(IN_DOLLARS + 1)}}
    forged = [signed(permission, Keys.create()), signed(Permission(permission.approval, more)), "0x" + "00" * 65]
    for signature in forged:
        with pytest.raises(SignatureRefusedError):
            opened(shop, order, signature=signature)
    assert shop.progress(order).state is State.PREPARED


def test_what_was_approved_before_needs_no_signature(shop: Shop) -> None:
    sell_in_dollars(shop)
    order = shop.prepare()
    permission = opened(shop, order)
    assert isinstance(permission, Permission)
    shop.pay(permission.approval)
    payment = opened(shop, order)
    assert isinstance(payment, Payment)
    shop.pay(payment)
    shop.index(3)
    assert shop.progress(order).state is State.FINAL


def test_a_wallet_that_is_a_contract_approves_by_a_transaction(shop: Shop) -> None:
    sell_in_dollars(shop)
    order = shop.prepare()
    shop.rpc.call("anvil_setCode", shop.buyer.address, "0x00")
    permission = permission_for(order)
    assert permission
    assert permission.typed is None
    assert "approve" in permission.for_wallet()


def test_too_little_of_the_token_is_told_before_the_wallet_opens(shop: Shop) -> None:
    sell_in_dollars(shop, rich=False)
    order = shop.prepare()
    with pytest.raises(TooLittleBalanceError, match="has 0 DEMOUSD on Anvil, and this needs 40 DEMOUSD"):
        opened(shop, order)
    assert shop.progress(order).state is State.PREPARED
    assert OrderView(shop.progress(order)).takes_demo_dollars  # its page says where there are more


def test_another_currency_stops_the_order(shop: Shop) -> None:
    order = shop.prepare()
    sell_in_dollars(shop)
    with pytest.raises(PriceMovedError, match=r"from 0\.02 ETH to 40 DEMOUSD"):
        opened(shop, order)


def test_a_token_that_does_not_answer_is_shown_by_its_address(shop: Shop) -> None:
    cache.clear()
    nothing = "0x" + "12" * 20
    assert currency_of(shop.chain, nothing).symbol == "0x1212…1212"
    assert currency_of(shop.chain, COIN).text(PRICE) == "0.02 ETH"


def test_who_buys_or_sells_is_not_the_referrer(shop: Shop) -> None:
    for who in (BUYER, SELLER):
        with pytest.raises(ReferrerRefusedError):
            shop.prepare(referrer=shop.address(who))
    order = shop.prepare(referrer=shop.address(OTHER))
    assert order.pk != shop.prepare().pk
    shop.pay(payment_call(order))
    shop.index()
    assert PurchaseFact.objects.get().referrer == shop.address(OTHER)


MISTYPED = "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def test_a_referrer_with_a_wrong_checksum_is_refused_in_a_sentence(shop: Shop) -> None:
    browser = Browser()
    browser.force_login(shop.buyer)
    for referrer in (MISTYPED, "0x12", f"{shop.address(OTHER)}0", "0X" + shop.address(OTHER)[2:]):
        bought = browser.post("/models/corner/chat/buy", {"plan": "0", "accept": "yes", "referrer": referrer})
        quoted = browser.get("/models/corner/chat/quote", {"plan": "0", "referrer": referrer})
        for answer in (bought, quoted):
            assert answer.status_code == 422
            assert "The referrer in the link is not an address" in answer.content.decode()
    assert not Order.objects.exists()
    right = User(address=MISTYPED.lower()).checksum
    browser.post("/models/corner/chat/buy", {"plan": "0", "accept": "yes", "referrer": right})
    assert Order.objects.get().referrer == MISTYPED.lower()


def test_a_left_over_allowance_is_taken_back_first_where_the_token_wants_it(shop: Shop) -> None:
    token = odd_token(shop, b"USDX", 6)
    plan = {"plan": Plan.LASTING, "token": token, "price": 2_500_000, "period": 0}
    shop.send(SELLER, "ModelMarketplace", "setPlan", shop.model_id, plan)
    shop.index()
    approve(shop, token, 1)
    order = shop.prepare()
    assert quoted_text(order) == "2.5 USDX"
    browser = Browser()
    browser.force_login(shop.buyer)
    page = browser.post(f"{order.get_absolute_url()}/open").content.decode()
    assert "First take back the allowance that is left" in page
    amounts = []
    for _ in range(2):
        permission = opened(shop, order)
        assert isinstance(permission, Permission)
        amounts.append((codec.decode_call(ERC20, permission.approval.data)[1]["value"], permission.resets))
        assert permission.for_wallet()["resets"] == permission.resets
        shop.pay(permission.approval)
    assert amounts == [(0, True), (2_500_000, False)]
    payment = opened(shop, order)
    assert isinstance(payment, Payment)
    shop.pay(payment)
    shop.index(3)
    assert shop.progress(order).state is State.FINAL


def test_a_token_that_takes_a_new_allowance_over_an_old_one_is_asked_once(shop: Shop) -> None:
    token = sell_in_dollars(shop)
    approve(shop, token, 1)
    shop.rpc.call("anvil_setCode", shop.buyer.address, "0x00")  # so that nothing is signed
    permission = permission_for(shop.prepare())
    assert permission
    assert not permission.resets
    assert codec.decode_call(ERC20, permission.approval.data)[1]["value"] == IN_DOLLARS


def quoted_text(order: Order) -> str:
    return currency_of(order.chain, order.token).text(order.price)


def limit(shop: Shop, root: str) -> None:
    shop.send(SELLER, "ModelMarketplace", "setAccessList", shop.model_id, root)
    shop.index()


@pytest.mark.parametrize("others", range(6))
def test_who_is_on_the_list_buys_with_the_proof(shop: Shop, others: int) -> None:
    members = [shop.address(BUYER), *(f"0x{number:040x}" for number in range(1, others + 1))]
    limit(shop, root_of(members))
    with pytest.raises(AccessListUnknownError):
        shop.prepare()
    AccessList.objects.create(root=root_of(members), members=members, kept_by=shop.address(SELLER))
    payment = shop.open(shop.prepare())
    assert codec.decode_call("ModelMarketplace", payment.data)[0].startswith("purchaseWithProof")
    shop.pay(payment)
    shop.index()
    assert PurchaseFact.objects.count() == 1


def test_who_is_not_on_the_list_is_told_before_an_order_is_made(shop: Shop) -> None:
    members = [shop.address(OTHER)]
    limit(shop, root_of(members))
    AccessList.objects.create(root=root_of(members), members=members, kept_by=shop.address(SELLER))
    with pytest.raises(NotOnAccessListError):
        shop.prepare()
    browser = Browser()
    browser.force_login(shop.buyer)
    page = browser.get("/models/corner/chat").content.decode()
    assert "yours is not on it" in page
    assert "Buy access" not in page
    limit(shop, "0x" + "0" * 64)
    assert shop.prepare()


def test_the_root_is_that_of_openzeppelins_tree() -> None:
    members = ["0x" + "1" * 40, "0x" + "2" * 40]
    leaves = sorted(codec.to_bytes(each) for each in map(leaf, members))
    assert root_of(members) == "0x" + keccak(b"".join(leaves)).hex()
    assert root_of(members[:1]) == leaf(members[0])


def leaf(address: str) -> str:
    return "0x" + keccak(keccak(bytes(12) + codec.to_bytes(address))).hex()


def test_whoever_asks_for_a_quote_the_node_is_asked_once_a_block(shop: Shop, settings: Settings) -> None:
    (node,) = shop.chain.endpoints
    asked: list[str] = []
    market = shop.chain.deployment["ModelMarketplace"]

    def hear(request: dict[str, Any], answer: Any) -> Any:
        asked.extend([market] if request["method"] == "eth_call" and request["params"][0]["to"] == market else [])
        return answer

    with between(node) as listening:
        listening.lie = hear
        settings.RPC_URLS = {shop.chain.short_name: [listening.url]}
        for number in range(5):
            referrer = "0x" + f"{number + 1:040x}"
            page = Browser().get(f"/models/corner/chat/quote?plan=0&referrer={referrer}&x={number}")
            assert page.status_code == 200
        assert len(asked) == 1
        for path in ("corner/chat/quote?plan=1&periods=2", "corner/chat/quote?plan=0&passes=2"):
            assert Browser().get(f"/models/{path}").status_code == 200
        assert len(asked) == 3
        none = {"plan": Plan.SUBSCRIPTION, "token": COIN, "price": 2**256 - 1, "period": PERIOD}
        shop.send(SELLER, "ModelMarketplace", "setPlan", shop.model_id, none)
        shop.index()
        asked.clear()
        for path in ("corner/chat/quote?plan=1", "corner/nothing/quote?plan=0", "nobody/chat/quote?plan=0"):
            assert Browser().get(f"/models/{path}").status_code in (404, 422)
        assert asked == []


def test_a_forged_referrer_is_said_on_the_page(shop: Shop) -> None:
    browser = Browser()
    browser.force_login(User.objects.get(address=shop.buyer.address))
    sent = {"plan": "0", "accept": "yes", "referrer": shop.address(SELLER)}
    answer = browser.post("/models/corner/chat/buy", sent)
    assert answer.status_code == 422
    assert "Neither you, who gets the access, nor the seller can be the referrer." in answer.content.decode()
