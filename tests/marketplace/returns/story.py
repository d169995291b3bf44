"""What a buyer, a seller and a moderator do about a purchase."""

from __future__ import annotations

from typing import Any

from django.test import Client as Browser

from accounts.models import User
from contracts.chain import codec
from marketplace.buying.orders import Order
from marketplace.buying.paying import payment_call
from marketplace.onchain.models.listings import Plan
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.returns.actions import (
    prepare_dispute,
    prepare_ruling,
)
from tests.deploying import MODERATOR as MODERATOR
from tests.marketplace.shop import Shop

DAY = 86_400


def bought(shop: Shop, plan: Plan = Plan.LASTING, quantity: int = 1, **options: Any) -> Order:
    order = shop.prepare(plan, quantity, **options)
    shop.pay(payment_call(order))
    shop.index(3)
    return order


def moderator(shop: Shop) -> User:
    return User.objects.get_or_create(address=shop.address(MODERATOR))[0]


def disputed(shop: Shop, order: Order, text: str = "It answers in another language.") -> PurchaseReturn:
    shop.pay(prepare_dispute(user=shop.buyer, ref=order.ref, text=text))
    shop.index(3)
    return PurchaseReturn.objects.get(ref=order.ref)


def rule(shop: Shop, dispute: PurchaseReturn, *, for_buyer: bool) -> None:
    """Have the moderator rule."""
    call = prepare_ruling(user=moderator(shop), receipt=dispute.receipt, for_buyer=for_buyer, reason="So it is.")
    shop.pay(call)
    shop.index(3)


def view(shop: Shop, contract: str, function: str, *args: Any) -> Any:
    answer = shop.rpc.eth_call(shop.chain.deployment[contract], codec.call_data(contract, function, args))
    return codec.decode_result(contract, function, answer)


def posted(shop: Shop, who: int, path: str, **fields: Any) -> Any:
    """Return the answer to a form of somebody's, as the page's script sends it."""
    browser = Browser()
    browser.force_login(User.objects.get_or_create(address=shop.address(who))[0])
    return browser.post(path, fields, headers={"Accept": "application/json"})


def sign(shop: Shop, who: int, answer: Any) -> None:
    """Have somebody's wallet send what the page gave it."""
    assert answer.status_code == 200, answer.content
    call = answer.json()
    shop.submit({"from": shop.address(who), "to": call["to"], "data": call["data"], "gas": hex(1_000_000)})
    shop.index(3)
