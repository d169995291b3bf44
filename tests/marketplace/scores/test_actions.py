"""Reviews are written by those who paid, signed, changed and withdrawn; and nobody else gets in."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from eth_account import Account as Keys
from eth_account.messages import encode_typed_data

from accounts.notifications.models import Notice
from accounts.restrictions import RestrictedError, Restriction, Scope
from common.errors import DomainError
from common.limits import TooManyError
from contracts.errors import RetryableChainError
from contracts.models import Chain
from marketplace.files.cids import cid_of
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.listings.errors import ListingNotFoundError
from marketplace.onchain.models.returns import Stage
from marketplace.onchain.models.sales import SplitFact
from marketplace.scores.actions import erase_reviews, prepare_review, restore_review, withdraw_review, write_review
from marketplace.scores.contents import lock_review, mark_review
from marketplace.scores.documents import review_document
from marketplace.scores.errors import (
    EditionOvertakenError,
    NotABuyerError,
    OwnModelError,
    PayeeError,
    PurchaseDisputedError,
    PurchasePendingError,
    PurchaseReturnedError,
    ReviewHiddenError,
    ReviewNotFoundError,
    ReviewRefusedError,
    SignatureRefusedError,
)
from marketplace.scores.finding import right_of
from marketplace.scores.models import MOST_TEXT, Review, ReviewEdition, Standing
from marketplace.scores.said import Said
from marketplace.scores.score_models import ModelScore
from marketplace.scores.signing import for_wallet
from tests.factories.reviews import SELLER, Model, _place, address, model, person, sign, word

BUYER, OTHER = 2, 3
# What no key has signed, the account's contract is asked about; here no chain answers.
NOT_SIGNED = (SignatureRefusedError, RetryableChainError)


def refused(made: Model, who: int, error: type[DomainError]) -> None:
    with pytest.raises(error):
        made.review(who)
    right = right_of(address(who), made.listing)
    assert not right.may
    assert right.code == error.code
    assert right.why
    assert not Review.objects.exists()


def test_a_buyer_reviews_and_the_score_follows(made: Model) -> None:
    made.buy(BUYER)
    assert right_of(address(BUYER), made.listing).may
    review = made.review(BUYER, 4, "  It talks.\r\n ", delivers=5, speed=3)
    assert (review.rating, review.text, review.version, review.number) == (4, "It talks.", "1.0.0", 1)
    assert [review.delivers, review.speed, review.worth, review.support] == [5, 3, None, None]
    assert (review.standing, review.is_first, review.spent) == (Standing.COUNTED, True, 10**16)
    score = ModelScore.objects.get(listing=made.listing)
    assert (score.count, score.stars, score.mean, score.left_out) == (1, [0, 0, 0, 1, 0], 4000, {})
    assert score.parts["delivers"] == {"count": 1, "mean": 5000}
    assert score.parts["worth"] == {"count": 0, "mean": None}
    # As three more reviews of the mean of all models, which is 3.5 as long as there are none.
    assert score.score == 3625
    told = Notice.objects.get()
    assert (told.user, told.kind, told.data["key"]) == (person(SELLER), "reviewed", review.key)


def test_what_was_signed_can_be_checked_by_anybody(made: Model) -> None:
    review = made.buy_and_review(BUYER, 4, "It talks.")
    document = review_document(review.cid)
    assert document is not None
    assert cid_of(document) == review.cid
    read = json.loads(document)
    message = encode_typed_data(full_message=read["signed"])
    assert Keys.recover_message(message, signature=read["signature"]).lower() == review.author
    assert read["signed"]["message"]["text"] == "It talks."
    assert len(review.cid) <= 100
    assert review_document("b" + "a" * 58) is None


def test_who_did_not_pay_does_not_review(made: Model) -> None:
    refused(made, BUYER, NotABuyerError)
    made.buy(BUYER, paid=0)
    refused(made, BUYER, NotABuyerError)


def test_of_a_gift_the_recipient_reviews(made: Model) -> None:
    made.buy(BUYER, recipient=address(OTHER))
    refused(made, BUYER, NotABuyerError)
    assert made.review(OTHER).standing == Standing.COUNTED


def test_neither_the_owner_nor_a_payee_reviews(made: Model) -> None:
    made.buy(SELLER)
    refused(made, SELLER, OwnModelError)
    recipients = [address(SELLER), address(BUYER)]
    SplitFact.objects.create(
        **_place(made.chain, 800), model_id=made.model_id, split_hash=word(7), recipients=recipients, bps=[9_000, 1_000]
    )
    made.buy(BUYER)
    refused(made, BUYER, PayeeError)


def test_only_what_is_final_and_was_not_taken_back_counts(made: Model) -> None:
    bought = made.buy(BUYER, block=made.final + 1)
    refused(made, BUYER, PurchasePendingError)
    made.mine()
    assert right_of(address(BUYER), made.listing).may
    # A refund at first sight.
    back = made.take_back(bought)
    refused(made, BUYER, PurchaseReturnedError)
    type(back).objects.update(stage=Stage.DISPUTED)
    refused(made, BUYER, PurchaseDisputedError)
    type(back).objects.update(stage=Stage.FOR_SELLER)
    assert made.review(BUYER).standing == Standing.COUNTED


def test_a_listing_that_nobody_sells_is_not_reviewed(made: Model) -> None:
    made.listing.adoptions.all().delete()
    refused(made, BUYER, NotABuyerError)
    refused(made, SELLER, OwnModelError)
    with pytest.raises(ListingNotFoundError):
        prepare_review(user=person(BUYER), name="maker/none", said=Said(5))


def test_a_paused_account_does_not_review(made: Model) -> None:
    made.buy(BUYER)
    Restriction.objects.create(address=address(BUYER), scope=Scope.REVIEWING, decision=1)
    with pytest.raises(RestrictedError):
        made.review(BUYER)


@pytest.mark.parametrize(
    "said",
    [
        Said(0),
        Said(6),
        Said(5, delivers=0),
        Said(5, support=9),
        Said(5, "x" * (MOST_TEXT + 1)),
        Said(5, version="9.9.9"),
    ],
)
def test_what_is_said_is_checked(made: Model, said: Said) -> None:
    made.buy(BUYER)
    with pytest.raises(ReviewRefusedError):
        prepare_review(user=person(BUYER), name=made.listing.name, said=said)


def test_only_the_authors_signature_of_these_very_words_counts(made: Model) -> None:
    made.buy(BUYER)
    user, name = person(BUYER), made.listing.name
    prepared = prepare_review(user=user, name=name, said=Said(5, "Good."))
    mine = sign(BUYER, prepared.typed)
    for said, signature in ((Said(5, "Good."), sign(OTHER, prepared.typed)), (Said(1, "Good."), mine), (Said(5), mine)):
        with pytest.raises(NOT_SIGNED):
            write_review(user=user, name=name, said=said, number=1, signature=signature)
    with pytest.raises(EditionOvertakenError):
        write_review(user=user, name=name, said=Said(5, "Good."), number=2, signature=mine)
    assert not Review.objects.exists()


def test_the_wallet_gets_numbers_as_text(made: Model) -> None:
    made.buy(BUYER)
    prepared = prepare_review(user=person(BUYER), name=made.listing.name, said=Said(5))
    message = for_wallet(prepared.typed)["message"]
    assert (message["rating"], message["number"], message["delivers"]) == ("5", "1", "0")


def test_an_edition_replaces_the_one_before_which_stays_readable(made: Model) -> None:
    first = made.buy_and_review(BUYER, 2, "Slow.")
    second = made.review(BUYER, 4, "Faster now.")
    assert second.pk == first.pk
    assert (second.rating, second.text, second.number, second.written_at) == (4, "Faster now.", 2, first.written_at)
    assert second.edited_at is not None
    assert second.cid != first.cid
    assert [each.text for each in second.editions.all()] == ["Faster now.", "Slow."]
    assert all(review_document(cid) for cid in (first.cid, second.cid))
    assert ModelScore.objects.get().mean == 4000
    assert Notice.objects.count() == 1


def test_the_same_signature_again_changes_nothing_and_an_old_one_does_not_come_back(made: Model) -> None:
    made.buy(BUYER)
    user, name, said = person(BUYER), made.listing.name, Said(5, "Good.")
    signature = sign(BUYER, prepare_review(user=user, name=name, said=said).typed)
    written = [write_review(user=user, name=name, said=said, number=1, signature=signature) for _ in range(2)]
    assert written[0].pk == written[1].pk
    assert ReviewEdition.objects.count() == 1
    made.review(BUYER, 1)
    with pytest.raises(EditionOvertakenError):
        write_review(user=user, name=name, said=said, number=1, signature=signature)


def test_a_withdrawn_review_is_gone_and_another_may_be_written(made: Model) -> None:
    review = made.buy_and_review(BUYER, 1, "Bad.")
    with pytest.raises(ReviewNotFoundError):
        withdraw_review(user=person(OTHER), key=review.key)
    for _ in range(2):
        gone = withdraw_review(user=person(BUYER), key=review.key)
        assert (gone.standing, gone.is_shown) == (Standing.WITHDRAWN, False)
    assert review_document(review.cid) is None
    score = ModelScore.objects.get()
    assert (score.count, score.shown, score.score, score.left_out) == (0, 0, None, {})
    again = made.review(BUYER, 5)
    # The number goes on, so that the old signature is not taken once more.
    assert (again.pk == review.pk, again.number, again.is_first) == (False, 2, True)


def test_a_withdrawal_can_be_undone_while_nothing_newer_is_there(made: Model) -> None:
    review = made.buy_and_review(BUYER, 3)
    withdraw_review(user=person(BUYER), key=review.key)
    assert restore_review(user=person(BUYER), key=review.key).standing == Standing.COUNTED
    assert ModelScore.objects.get().count == 1
    withdraw_review(user=person(BUYER), key=review.key)
    made.review(BUYER, 4)
    with pytest.raises(ReviewNotFoundError):
        restore_review(user=person(BUYER), key=review.key)


def test_what_a_moderator_has_hidden_is_not_replaced(made: Model) -> None:
    review = made.buy_and_review(BUYER, 1, "Spam.")
    decision = ModerationDecision.objects.create(
        content=Content.REVIEW, key=review.key, action=Action.HIDE, category=Category.SPAM, reason="Spam."
    )
    lock_review(review.key)
    mark_review(review.key, decision)
    assert review_document(review.cid) is None
    with pytest.raises(ReviewHiddenError):
        made.review(BUYER, 1)
    withdraw_review(user=person(BUYER), key=review.key)
    with pytest.raises(ReviewHiddenError):
        made.review(BUYER, 1)


def test_erasing_forgets_what_was_said(made: Model) -> None:
    review = made.buy_and_review(BUYER, 4, "It talks.")
    made.review(BUYER, 3, "It talked.")
    assert erase_reviews(address=address(BUYER)) == 1
    review.refresh_from_db()
    assert (review.text, review.standing) == ("", Standing.WITHDRAWN)
    assert {(each.text, each.signature) for each in review.editions.all()} == {("", "")}
    assert erase_reviews(address=address(BUYER)) == 1


def test_who_writes_without_a_pause_is_stopped(made: Model) -> None:
    made.buy(BUYER)
    for number in range(5):
        made.review(BUYER, 1 + number)
    with pytest.raises(TooManyError):
        made.review(BUYER, 1)
    assert ReviewEdition.objects.count() == 5


def test_who_withdraws_and_writes_again_is_still_new_here(made: Model) -> None:
    """Else a crowd of newcomers would write twice, and be no burst."""
    review = made.buy_and_review(BUYER)
    withdraw_review(user=person(BUYER), key=review.key)
    assert made.review(BUYER).is_first
    other = model("other/chat", seller=50)
    other.buy(BUYER)
    assert not other.review(BUYER).is_first


@pytest.mark.parametrize("spell", [str.upper, lambda text: text.removeprefix("0x"), lambda text: f"{text} "])
def test_a_signature_is_kept_in_one_spelling(made: Model, spell: Callable[[str], str]) -> None:
    made.buy(BUYER)
    said, user = Said(5), person(BUYER)
    prepared = prepare_review(user=user, name=made.listing.name, said=said)
    signature = sign(BUYER, prepared.typed)
    for each in (spell(signature).replace("0X", "0x"), signature):
        review = write_review(user=user, name=made.listing.name, said=said, number=1, signature=each)
    assert review.editions.get().signature == signature


def test_what_no_column_holds_is_refused(made: Model) -> None:
    made.buy(BUYER)
    with pytest.raises(ReviewRefusedError):
        made.review(BUYER, version="\x00")
    for signature in ("\x00", "", "0x", "no hex"):
        with pytest.raises(SignatureRefusedError):
            write_review(user=person(BUYER), name=made.listing.name, said=Said(5), number=1, signature=signature)


def test_an_edition_stays_readable_after_its_author_went_to_another_chain(made: Model) -> None:
    review = made.buy_and_review(BUYER, 4, "Of the first chain.")
    other = Chain.objects.create(pk=10, short_name="other", name="Other", coin="ETH", confirmations=1, reorg_window=9)
    Review.objects.update(chain=other, model_id=f"{address(SELLER)}{9:024x}")
    document = review_document(review.cid)
    assert document is not None
    assert json.loads(document)["signed"]["domain"]["chainId"] == made.chain.pk
