"""A holder passes a lasting pass on, on the real chain: what is checked before the wallet opens, and what it costs."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import User
from contracts.chain import codec
from contracts.currencies import ERC20
from contracts.models import AcceptedToken, Chain
from contracts.names import COIN
from marketplace.ground.decisions import Category
from marketplace.moderation.hiding import hide_listing, show_listing
from marketplace.money.credits import balance_of, credits_of
from marketplace.onchain.entitlements import pass_balance
from marketplace.onchain.models.resale import OnchainOffer, ResaleFact
from marketplace.selling.pass_state import passes_now
from tests.marketplace.money.story import DAY, balance_in, buy
from tests.marketplace.returns.story import posted
from tests.marketplace.shop import BUYER, OTHER, SELLER, Shop
from tests.marketplace.tokens import approve, odd_token
from tests.moderators import make_moderator

ROYALTY = 700  # of 1/10,000
FEE = 250  # in 1/10,000, as the contracts are deployed
ASKED = 5 * 10**15  # for one


@pytest.fixture
def held(shop: Shop) -> Shop:
    """The buyer has two passes that can move; the seller allows everything."""
    buy(shop, quantity=2)
    shop.send(SELLER, "AccessPass", "allowTransfers", shop.model_id, True)
    shop.send(SELLER, "AccessPass", "allowResale", shop.model_id, True, ROYALTY)
    shop.rpc.call("evm_increaseTime", 9 * DAY)
    shop.index(1)
    return shop


def post(shop: Shop, who: int, what: str, **fields: Any) -> Any:
    return posted(shop, who, f"/passes/anvil/{shop.model_id}/{what}", **fields)


def sign(shop: Shop, who: int, answer: Any) -> None:
    """Have somebody's wallet send what the page gave it, with its value."""
    assert answer.status_code == 200, answer.content
    call = answer.json()
    value = hex(int(call["value"]))
    sent = {"from": shop.address(who), "to": call["to"], "data": call["data"], "value": value}
    shop.submit({**sent, "gas": hex(1_000_000)})
    shop.index(3)


def code(answer: Any) -> str:
    return str(answer.json()["code"])


def page(shop: Shop, who: int) -> str:
    browser = Browser()
    browser.force_login(User.objects.get_or_create(address=shop.address(who))[0])
    return " ".join(browser.get(f"/passes/anvil/{shop.model_id}/").content.decode().split())


def test_a_pass_moves_to_another_wallet_and_only_where_it_may(held: Shop) -> None:
    other = held.address(OTHER)
    seen = page(held, BUYER)
    assert "data-held>2<" in seen
    assert "data-free>2<" in seen
    assert "Before you pass it on" in seen
    for recipient, quantity, wanted in (
        (held.address(BUYER), 1, "own-address"),
        (held.chain.deployment["AccessPass"], 1, "no-holder"),
        (COIN, 1, "form-refused"),
        ("0x1234", 1, "form-refused"),
        (other[:-1] + "g", 1, "form-refused"),
        (other, 0, "form-refused"),
        (other, 3, "too-few-passes"),
    ):
        assert code(post(held, BUYER, "transfer", recipient=recipient, quantity=quantity)) == wanted, recipient
    # A contract that does not take passes: the token that the shop knows.
    token = AcceptedToken.objects.get(accepted=True).address
    assert code(post(held, BUYER, "transfer", recipient=token, quantity=1)) in ("no-holder", "contract-refused")
    sign(held, BUYER, post(held, BUYER, "transfer", recipient=other, quantity=1))
    assert (pass_balance(other, held.chain, held.model_id), passes_now(held.chain, other, held.model_id).free) == (1, 1)
    assert passes_now(held.chain, held.address(BUYER), held.model_id).balance == 1
    held.send(SELLER, "AccessPass", "allowTransfers", held.model_id, False)
    refused = post(held, OTHER, "transfer", recipient=held.address(BUYER), quantity=1)
    assert (code(refused), "does not allow" in refused.json()["detail"]) == ("contract-refused", True)
    assert "does not allow its passes to be given away" in page(held, OTHER)
    held.send(SELLER, "AccessPass", "allowResale", held.model_id, False, 0)
    assert "Before you pass it on" not in page(held, OTHER)  # nobody may


def test_what_can_still_be_refunded_cannot_move_and_says_from_when_it_can(shop: Shop) -> None:
    shop.send(SELLER, "AccessPass", "allowTransfers", shop.model_id, True)
    buy(shop)
    now = passes_now(shop.chain, shop.address(BUYER), shop.model_id)
    assert (now.balance, now.locked, now.free) == (1, 1, 0)
    assert now.unlocks
    assert f'datetime="{now.unlocks.isoformat()}"' in page(shop, BUYER)
    assert "None of your passes can move yet." in page(shop, BUYER)
    refused = post(shop, BUYER, "transfer", recipient=shop.address(OTHER), quantity=1)
    assert (code(refused), refused.json()["data"]["free"] if "data" in refused.json() else 0) == ("too-few-passes", 0)


def test_a_pass_is_offered_and_bought_for_coin_to_the_wei(held: Shop) -> None:
    assert code(post(held, BUYER, "offer", quantity=3, token=COIN, price="0.005", days=7)) == "too-few-passes"
    assert code(post(held, BUYER, "offer", quantity=1, token=COIN, price="", days=7)) == "form-refused"
    assert code(post(held, BUYER, "offer", quantity=1, token=COIN, price="0.005", days=366)) == "form-refused"
    sign(held, BUYER, post(held, BUYER, "offer", quantity=2, token=COIN, price="0.005", days=7))
    offer = OnchainOffer.objects.get()
    assert (offer.quantity, offer.unit_price, offer.royalty_bps) == (2, ASKED, ROYALTY)
    assert "You offer 2 passes for 0.005 ETH each" in page(held, BUYER)
    assert "0.004525 ETH comes to you, 0.00035 ETH goes to" in page(held, BUYER)
    assert "Buy one" in page(held, OTHER)
    terms = {"holder": held.address(BUYER), "quantity": 1, "token": COIN, "unit_price": ASKED}
    assert code(post(held, OTHER, "accept", **{**terms, "unit_price": ASKED - 1})) == "offer-gone"
    assert code(post(held, OTHER, "accept", **{**terms, "quantity": 3})) == "offer-gone"
    assert code(post(held, BUYER, "accept", **terms)) == "own-address"
    moderator = make_moderator()
    hide_listing(moderator=moderator, name="corner/chat", category=Category.DECEPTIVE, reason="It writes nothing.")
    assert code(post(held, OTHER, "accept", **terms)) == "listing-hidden"
    show_listing(moderator=moderator, name="corner/chat", reason="It does now.")
    sign(held, OTHER, post(held, OTHER, "accept", **terms))
    fact = ResaleFact.objects.get()
    assert (fact.price, fact.royalty) == (ASKED, ASKED * ROYALTY // 10_000)
    assert pass_balance(held.address(OTHER), held.chain, held.model_id) == 1
    assert balance_of(held.address(BUYER), held.chain).available == ASKED - fact.royalty - ASKED * FEE // 10_000
    assert balance_of(held.address(SELLER), held.chain).available == fact.royalty
    sign(held, BUYER, post(held, BUYER, "withdraw-offer"))
    assert not OnchainOffer.objects.exists()
    assert code(post(held, BUYER, "withdraw-offer")) == "contract-refused"


def test_a_price_in_a_token_is_allowed_first_and_then_paid(held: Shop) -> None:
    dollar = AcceptedToken.objects.get(accepted=True).address
    sign(held, BUYER, post(held, BUYER, "offer", quantity=1, token=dollar, price="2.5", days=1))
    held.send(OTHER, "DemoDollar", "faucet")
    terms = {"holder": held.address(BUYER), "quantity": 1, "token": dollar, "unit_price": 2_500_000}
    assert "Allow the price first" in page(held, OTHER)
    first = post(held, OTHER, "accept", **terms)
    assert first.json()["to"] == dollar
    sign(held, OTHER, first)
    had = balance_in(held, dollar, held.address(OTHER))
    assert "Buy one" in page(held, OTHER)
    sign(held, OTHER, post(held, OTHER, "accept", **terms))
    assert had - balance_in(held, dollar, held.address(OTHER)) == 2_500_000
    own = {each.token: each.balance.available for each in credits_of(held.address(BUYER), held.chain)}
    assert own[dollar] == 2_500_000 - 2_500_000 * (ROYALTY + FEE) // 10_000


def test_a_left_over_allowance_is_taken_back_first_where_the_token_wants_it(held: Shop) -> None:
    token = odd_token(held, b"USDX", 6)
    sign(held, BUYER, post(held, BUYER, "offer", quantity=1, token=token, price="2.5", days=1))
    terms = {"holder": held.address(BUYER), "quantity": 1, "token": token, "unit_price": 2_500_000}
    assert code(post(held, OTHER, "accept", **terms)) == "balance-too-low"
    data = codec.call_data(ERC20, "transfer", [held.address(OTHER), 2_500_000])
    held.submit({"from": held.address(BUYER), "to": token, "data": data, "gas": hex(100_000)})
    approve(held, token, 1, OTHER)
    amounts = []
    for _ in range(2):
        answer = post(held, OTHER, "accept", **terms)
        assert answer.json()["to"] == token, answer.json()
        amounts.append(codec.decode_call(ERC20, answer.json()["data"])[1]["value"])
        sign(held, OTHER, answer)
    assert amounts == [0, 2_500_000]
    sign(held, OTHER, post(held, OTHER, "accept", **terms))
    assert pass_balance(held.address(OTHER), held.chain, held.model_id) == 1


def test_an_offer_that_is_over_or_not_allowed_any_more_is_not_sold(held: Shop) -> None:
    sign(held, BUYER, post(held, BUYER, "offer", quantity=1, token=COIN, price="0.005", days=30))
    terms = {"holder": held.address(BUYER), "quantity": 1, "token": COIN, "unit_price": ASKED}
    held.send(SELLER, "AccessPass", "allowResale", held.model_id, False, 0)
    held.index(1)
    assert code(post(held, OTHER, "accept", **terms)) == "contract-refused"
    assert "Buy one" not in page(held, OTHER)
    OnchainOffer.objects.update(deadline=1)
    assert code(post(held, OTHER, "accept", **terms)) == "offer-gone"
    assert "Offered by other holders" not in page(held, OTHER)


def test_the_page_says_so_where_the_chain_does_not_answer_and_knows_only_what_is_listed(held: Shop) -> None:
    browser = Browser()
    address = f"/passes/anvil/{held.model_id}/"
    assert browser.get(address).status_code == 302
    browser.force_login(held.buyer)
    assert f'href="{address}"' in browser.get("/account/").content.decode()
    assert browser.get(f"/passes/anvil/0x{'9' * 64}/").status_code == 404
    form = browser.post(f"{address}transfer", {"recipient": "0x12", "quantity": 1})
    assert form.status_code == 422
    assert 'aria-describedby="recipient-error"' in form.content.decode()
    copied = browser.post(f"{address}transfer", {"recipient": held.address(OTHER), "quantity": 1}).content.decode()
    assert "safeTransferFrom(address,address,uint256,uint256,bytes)" in copied
    Chain.objects.update(rpc_urls=["http://127.0.0.1:1"])
    answer = browser.get(address)
    assert (answer.status_code, "The chain is not answering" in answer.content.decode()) == (200, True)
