"""On a real chain: a purchase, a review, a rating that names it, a refund; and a process that dies in between."""

from __future__ import annotations

from typing import Any

import pytest
from django_q.models import OrmQ
from eth_account import Account as Keys

from accounts.models import User
from common.published import MNEMONIC
from marketplace.onchain.models.ratings import RatingFact
from marketplace.onchain.models.sales import PurchaseFact
from marketplace.scores import judging
from marketplace.scores.actions import prepare_review, write_review
from marketplace.scores.documents import review_document
from marketplace.scores.errors import PurchasePendingError, PurchaseReturnedError
from marketplace.scores.judging import follow
from marketplace.scores.models import Review, Standing
from marketplace.scores.said import Said
from marketplace.scores.score_models import Followed, ModelScore
from marketplace.scores.tasks import follow_chain
from marketplace.scores.watchers import TASK
from tests.marketplace.money.story import buy
from tests.marketplace.shop import BUYER, OTHER, SELLER, Shop

NAME = "corner/chat"


def sign_and_write(shop: Shop, who: int, said: Said) -> Review:
    user, _ = User.objects.get_or_create(address=shop.address(who))
    prepared = prepare_review(user=user, name=NAME, said=said)
    Keys.enable_unaudited_hdwallet_features()
    key = Keys.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{who}")
    signature = str(key.sign_typed_data(full_message=prepared.typed).signature.to_0x_hex())
    return write_review(user=user, name=NAME, said=said, number=prepared.number, signature=signature)


def asked() -> int:
    """Return how often it was asked for that the chain is followed."""
    return sum(TASK in str(each.func()) for each in OrmQ.objects.all())


def test_from_purchase_to_refund(shop: Shop, django_capture_on_commit_callbacks: Any) -> None:
    bought = buy(shop)
    with pytest.raises(PurchasePendingError):
        sign_and_write(shop, BUYER, Said(4, "It talks."))
    shop.index(3)
    review = sign_and_write(shop, BUYER, Said(4, "It talks."))
    assert review.standing == Standing.COUNTED
    follow(shop.chain)

    shop.send(BUYER, "ModelMarketplace", "rateModel", shop.model_id, 4, review.cid)
    shop.index()
    rated = RatingFact.objects.get()
    assert (rated.rater, rated.rating, rated.review) == (review.author, 4, review.cid)
    assert review_document(rated.review) is not None

    shop.send(BUYER, "ModelMarketplace", "refund", shop.model_id, shop.address(BUYER), bought, 0, 0)
    with django_capture_on_commit_callbacks(execute=True):
        shop.index()
    assert asked()
    follow_chain(shop.chain.pk)
    review.refresh_from_db()
    assert review.standing == Standing.REFUNDED
    assert ModelScore.objects.get().left_out == {"refunded": 1}
    with pytest.raises(PurchaseReturnedError):
        sign_and_write(shop, BUYER, Said(1))


def test_a_reorganisation_of_the_purchase_is_followed(shop: Shop) -> None:
    kept = shop.rpc.call("evm_snapshot")
    buy(shop)
    shop.index(3)
    review = sign_and_write(shop, BUYER, Said(5))
    follow(shop.chain)
    shop.rpc.call("evm_revert", kept)
    shop.index(6)
    assert not PurchaseFact.objects.exists()
    follow(shop.chain)
    review.refresh_from_db()
    assert review.standing == Standing.PENDING
    buy(shop)
    follow(shop.chain)
    review.refresh_from_db()
    assert review.standing == Standing.PENDING
    shop.index(3)
    follow(shop.chain)
    review.refresh_from_db()
    assert review.standing == Standing.COUNTED


def test_what_a_process_that_died_has_left_is_done_by_the_next(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    bought = buy(shop)
    buy(shop, who=OTHER)
    shop.index(3)
    for who in (BUYER, OTHER):
        sign_and_write(shop, who, Said(5))
    follow(shop.chain)
    seen = Followed.objects.get()
    shop.send(BUYER, "ModelMarketplace", "refund", shop.model_id, shop.address(BUYER), bought, 0, 0)
    shop.index()

    def die(*_args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(judging, "reckon_locked", die)
        with pytest.raises(KeyboardInterrupt):
            follow(shop.chain)
    # Nothing half judged; what is to be judged is marked.
    assert Followed.objects.get().hash != seen.hash
    assert Review.objects.filter(stale=True).count() == 1
    assert Review.objects.counted().count() == 2
    follow(shop.chain)
    assert {each.author: each.standing for each in Review.objects.all()} == {
        shop.address(BUYER): Standing.REFUNDED,
        shop.address(OTHER): Standing.COUNTED,
    }
    assert shop.address(SELLER) not in Review.objects.values_list("author", flat=True)
