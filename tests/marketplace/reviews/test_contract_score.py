"""The contract's score is read from the ratings given on chain, as the contract itself reckons it."""

from __future__ import annotations

from contracts.chain.fees import about_fee
from marketplace.onchain.models.ratings import RatingFact
from marketplace.reviews.contract_score import contract_score_of
from marketplace.reviews.own import RATE_GAS
from tests.factories.reviews import Model, _place, address
from tests.marketplace.returns.story import bought
from tests.marketplace.shop import BUYER, Shop


def rate(made: Model, who: int, rating: int, weight: int, block: int) -> None:
    place = _place(made.chain, block)
    given = {"rater": address(who), "rating": rating, "weight": weight, "review": ""}
    RatingFact.objects.create(**place, model_id=made.model_id, **given)


def test_the_last_rating_of_each_counts_with_its_fees(made: Model) -> None:
    rate(made, 2, 1, 10, 800)
    rate(made, 2, 5, 30, 801)
    rate(made, 3, 2, 10, 802)
    rate(made, 4, 1, 0, 803)
    rate(made, 5, 1, 90, 804)
    rate(made, 5, 0, 0, 805)
    score = contract_score_of(made.chain, made.model_id)
    assert score is not None
    assert (score.raters, score.ratings, score.weight, score.mean) == (2, 3, 40, 42_500)
    assert score.shown == "4.3"


def test_it_is_what_the_contract_says_and_costs_about_what_is_said(shop: Shop) -> None:
    bought(shop)
    sent = shop.send(BUYER, "ModelMarketplace", "rateModel", shop.model_id, 4, "bafkrei" + "a" * 52)
    receipt = shop.rpc.call("eth_getTransactionReceipt", sent)
    assert 0.6 * RATE_GAS <= int(receipt["gasUsed"], 16) <= RATE_GAS
    shop.index(4)
    score = contract_score_of(shop.chain, shop.model_id)
    assert score is not None
    assert (score.ratings, score.raters) == (1, 0)  # what was paid can still be refunded
    assert about_fee(shop.chain, RATE_GAS)
