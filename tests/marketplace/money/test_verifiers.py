"""What is compared with the contracts is what pages show."""

from __future__ import annotations

from marketplace.money.credits import credits_of
from marketplace.money.verification import money_at
from marketplace.money.verifiers import balances
from marketplace.onchain.models.sales import CreditFact
from marketplace.returns.actions import prepare_refund
from tests.marketplace.returns.story import bought
from tests.marketplace.shop import PRICE, Shop


def test_a_credit_that_a_page_shows_wrong_is_found_by_the_comparison(shop: Shop) -> None:
    for _ in range(2):
        shop.pay(prepare_refund(user=shop.buyer, ref=bought(shop).ref))
        shop.index(3)
    (claim,) = balances(shop.chain, shop.chain.head())  # an account once, however often it was credited
    (credit,) = credits_of(shop.buyer.address, shop.chain)
    assert claim.value == credit.balance.available == 2 * PRICE
    assert money_at(chain=shop.chain, number=shop.chain.head())[1].differences == []
    CreditFact.objects.filter(pk=CreditFact.objects.earliest("block_number").pk).update(amount=1)
    (credit,) = credits_of(shop.buyer.address, shop.chain)
    (difference,) = money_at(chain=shop.chain, number=shop.chain.head())[1].differences
    assert (difference["stored"], difference["chain"]) == (str(credit.balance.available), str(2 * PRICE))
