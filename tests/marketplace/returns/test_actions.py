"""Refunds, disputes and rulings: what the pages prepare, the contracts take, and the index makes of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from accounts.errors import NotAModeratorError
from accounts.models import User
from contracts.errors import RevertedError
from contracts.indexer import lead
from inference.access import Visitor, is_known
from marketplace.buying.checkout import open_purchase
from marketplace.buying.errors import OrderNotFoundError
from marketplace.buying.states import State
from marketplace.files.cids import cid_of
from marketplace.ground.errors import OwnCaseError
from marketplace.money.credits import credits_of
from marketplace.onchain.entitlements import Kind, entitlement, pass_balance, subscription_expiry
from marketplace.onchain.models.listings import Plan
from marketplace.onchain.models.returns import PurchaseReturn, Stage
from marketplace.onchain.models.sales import HoldFact, ReferralFact
from marketplace.returns.actions import (
    prepare_answer,
    prepare_closing,
    prepare_dispute,
    prepare_refund,
    prepare_ruling,
)
from marketplace.returns.errors import (
    DisputeClosedError,
    DisputeNotFoundError,
    EvidenceMissingError,
    NothingSaidError,
    NotRefundableError,
    RulingReasonError,
)
from marketplace.returns.evidence import Evidence
from marketplace.returns.finding import evidence_of, find_dispute
from marketplace.returns.saying import send_statement
from tests.marketplace.buying.test_at_once import at_once
from tests.marketplace.returns.story import DAY, bought, disputed, moderator, view
from tests.marketplace.shop import BUYER, MONTH, OTHER, PERIOD, PRICE, SELLER, Shop
from tests.moderators import give_role


def test_a_refund_gives_all_back_and_takes_the_pass(shop: Shop) -> None:
    order = bought(shop, quantity=2)
    assert shop.progress(order).refundable
    visitor = Visitor.of("203.0.113.7", shop.buyer, None)
    assert is_known(visitor)
    shop.pay(prepare_refund(user=shop.buyer, ref=order.ref))
    shop.index()
    progress = shop.progress(order)
    assert (progress.state, progress.refundable, progress.moves_with_blocks) == (State.REFUNDED, None, True)
    shop.index(3)
    assert not shop.progress(order).moves_with_blocks
    assert pass_balance(shop.buyer.address, shop.chain, shop.model_id) == 0
    assert entitlement(shop.buyer.address, shop.chain, shop.model_id).kind is Kind.NONE
    assert not is_known(visitor)  # for free use: what was paid back makes nobody more than a key
    (credit,) = credits_of(shop.buyer.address, shop.chain)
    assert credit.balance.available == 2 * PRICE
    assert open_purchase(shop.buyer.address, shop.chain, shop.model_id) is None
    with pytest.raises(NotRefundableError):
        prepare_refund(user=shop.buyer, ref=order.ref)


def test_what_is_not_the_buyers_or_not_paid_is_not_refunded(shop: Shop) -> None:
    order = shop.prepare()
    with pytest.raises(NotRefundableError):
        prepare_refund(user=shop.buyer, ref=order.ref)
    stranger = User.objects.create(address=shop.address(OTHER))
    with pytest.raises(OrderNotFoundError):
        prepare_refund(user=stranger, ref=order.ref)


def test_buying_again_closes_the_refund_of_before(shop: Shop) -> None:
    first = bought(shop)
    open_one = open_purchase(shop.buyer.address, shop.chain, shop.model_id)
    assert open_one
    assert open_one.ref == first.ref
    second = bought(shop, Plan.SUBSCRIPTION)
    with pytest.raises(NotRefundableError):
        prepare_refund(user=shop.buyer, ref=first.ref)
    progress = shop.progress(first)
    assert progress.later
    assert progress.later.ref == second.ref
    prepare_refund(user=shop.buyer, ref=second.ref)


def test_after_the_window_nothing_is_refunded(shop: Shop) -> None:
    order = bought(shop)
    fact = shop.progress(order).facts[0]
    call = prepare_refund(user=shop.buyer, ref=order.ref)
    shop.rpc.call("evm_setNextBlockTimestamp", (fact.maturity_day + 1) * DAY)
    shop.index(1)
    with pytest.raises(RevertedError, match="refund window"):
        shop.rpc.call("eth_estimateGas", call.request(), "latest")


def test_a_refund_goes_with_its_block_when_the_chain_changes(shop: Shop) -> None:
    order = bought(shop, Plan.SUBSCRIPTION, 2)
    kept = shop.rpc.call("evm_snapshot")
    end = subscription_expiry(shop.buyer.address, shop.chain, shop.model_id)
    shop.pay(prepare_refund(user=shop.buyer, ref=order.ref))
    shop.index(3)
    assert end
    after = subscription_expiry(shop.buyer.address, shop.chain, shop.model_id)
    assert after
    assert 2 * PERIOD - DAY < (end - after).total_seconds() <= 2 * PERIOD  # but for the seconds that were used
    assert after.timestamp() == view(shop, "ModelMarketplace", "subscriptionExpiry", shop.model_id, shop.buyer.address)
    shop.rpc.call("evm_revert", kept)
    shop.rpc.call("anvil_mine", "0x6", "0x1")
    lead.catch_up(shop.chain, shop.rpc)
    assert shop.progress(order).state is State.FINAL
    assert not PurchaseReturn.objects.exists()
    assert subscription_expiry(shop.buyer.address, shop.chain, shop.model_id) == end


def test_a_dispute_keeps_its_evidence_and_a_ruling_for_the_buyer_pays_back(shop: Shop) -> None:
    order = bought(shop)
    made = disputed(shop, order)
    assert (made.stage, shop.progress(order).state) == (Stage.DISPUTED, State.DISPUTED)
    evidence = evidence_of(made)
    assert evidence
    assert evidence.text == "It answers in another language."
    assert cid_of(bytes(evidence.content)) == made.evidence
    assert pass_balance(shop.buyer.address, shop.chain, shop.model_id) == 0
    assert HoldFact.objects.get().amount == PRICE
    call = prepare_ruling(user=moderator(shop), receipt=made.receipt, for_buyer=True, reason="It does not work.")
    shop.pay(call)
    shop.index(3)
    assert shop.progress(order).state is State.RULED_FOR_BUYER
    assert credits_of(shop.buyer.address, shop.chain)[0].balance.available == PRICE
    with pytest.raises(DisputeClosedError):
        prepare_ruling(user=moderator(shop), receipt=made.receipt, for_buyer=False, reason="No.")
    with pytest.raises(DisputeClosedError):
        prepare_closing(user=shop.buyer, receipt=made.receipt)


def test_a_ruling_for_the_seller_gives_access_back(shop: Shop) -> None:
    order = bought(shop, Plan.SUBSCRIPTION, 3)
    shop.rpc.call("evm_increaseTime", 5 * DAY)
    made = disputed(shop, order)
    shop.rpc.call("evm_increaseTime", 3 * DAY)
    shop.pay(prepare_ruling(user=moderator(shop), receipt=made.receipt, for_buyer=False, reason="It works."))
    shop.index(3)
    assert shop.progress(order).state is State.RULED_FOR_SELLER
    end = subscription_expiry(shop.buyer.address, shop.chain, shop.model_id)
    assert end
    assert end.timestamp() == view(shop, "ModelMarketplace", "subscriptionExpiry", shop.model_id, shop.buyer.address)
    assert HoldFact.objects.filter(is_release=True).get().amount == 3 * MONTH


@pytest.mark.parametrize(("answers", "state"), [(True, State.RULED_FOR_SELLER), (False, State.RULED_FOR_BUYER)])
def test_without_a_ruling_it_counts_whether_the_seller_answered_on_chain(
    shop: Shop, answers: bool, state: State
) -> None:
    seller = User.objects.get(address=shop.address(SELLER))
    order = bought(shop)
    made = disputed(shop, order)
    with pytest.raises(NothingSaidError):
        prepare_answer(user=seller, receipt=made.receipt)
    if answers:
        said = send_statement(user=seller, receipt=made.receipt, text="It answers in the language asked.", once="1")
        shop.pay(prepare_answer(user=seller, receipt=made.receipt))
        shop.index(3)
        assert PurchaseReturn.objects.get(receipt=made.receipt).answer == said.cid
    shop.rpc.call("evm_increaseTime", 15 * DAY)
    shop.index(3)
    shop.pay(prepare_closing(user=shop.buyer, receipt=made.receipt))
    shop.index(3)
    assert shop.progress(order).state is state


def test_the_parties_may_give_in_and_others_may_not(shop: Shop) -> None:
    order = bought(shop)
    made = disputed(shop, order)
    stranger, seller = User.objects.create(address=shop.address(OTHER)), User.objects.get(address=shop.address(SELLER))
    with pytest.raises(DisputeNotFoundError):
        find_dispute(stranger, made.receipt)
    with pytest.raises(DisputeNotFoundError):
        prepare_closing(user=stranger, receipt=made.receipt)
    with pytest.raises(NotAModeratorError):
        prepare_ruling(user=seller, receipt=made.receipt, for_buyer=False, reason="Mine.")
    shop.pay(prepare_closing(user=seller, receipt=made.receipt))
    shop.index(3)
    assert shop.progress(order).state is State.RULED_FOR_BUYER


def test_who_has_no_role_is_told_before_the_wallet_opens(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    staff = User.objects.create(address=shop.address(OTHER), is_staff=True)
    with pytest.raises(NotAModeratorError):
        prepare_ruling(user=staff, receipt=made.receipt, for_buyer=True, reason="I say so.")
    give_role(staff.address)  # which the index may believe for a moment longer than the chain does
    with pytest.raises(RevertedError, match="does not have the role"):
        prepare_ruling(user=staff, receipt=made.receipt, for_buyer=True, reason="I say so.")
    for reason in ("", "é" * 51, "\u200b", "\u2800\ufeff"):
        with pytest.raises(RulingReasonError):
            prepare_ruling(user=moderator(shop), receipt=made.receipt, for_buyer=True, reason=reason)


def test_what_is_wrong_has_to_be_said_and_is_kept_once(shop: Shop) -> None:
    order = bought(shop)
    for text in ("", "   ", "a" * 4_001, "\u200b", "\u200b\n\u00ad \u3164", "\x00"):
        with pytest.raises(EvidenceMissingError):
            prepare_dispute(user=shop.buyer, ref=order.ref, text=text)
    calls = {prepare_dispute(user=shop.buyer, ref=order.ref, text="It is slow.").data for _ in range(2)}
    assert len(calls) == 1
    assert Evidence.objects.count() == 1


def test_the_same_evidence_at_once_is_kept_once(committed: Shop) -> None:
    order = bought(committed)
    given: dict[str, Any] = {"user": committed.buyer, "ref": order.ref, "text": "It is slow."}
    made = at_once(lambda: prepare_dispute(**given).data)
    assert len(set(made)) == 1
    assert Evidence.objects.count() == 1


def test_a_referral_is_part_of_what_is_told_again(shop: Shop) -> None:
    order = bought(shop, referrer=shop.address(OTHER))
    assert ReferralFact.objects.get().amount == PRICE * 50 // 10_000
    shop.pay(prepare_refund(user=shop.buyer, ref=order.ref))
    shop.index(3)
    assert shop.progress(order).state is State.REFUNDED


def test_no_party_rules_whatever_part_they_have(shop: Shop) -> None:
    shares = [shop.address(5), shop.address(SELLER)]
    shop.send(SELLER, "RevenueSplitter", "setSplit", shop.model_id, shares, [2_500, 7_500])
    made = disputed(shop, bought(shop, referrer=shop.address(OTHER)))
    shop.send(SELLER, "RevenueSplitter", "setSplit", shop.model_id, [shop.address(6)], [10_000])
    shop.index(1)
    parties = [BUYER, SELLER, OTHER, 5]  # and the account that shares later sales has nothing of this one
    for number in (*parties, 6):
        address = shop.address(number)
        User.objects.get_or_create(address=address)
        give_role(address)
        user = User.objects.get(address=address)
        refusal = OwnCaseError if number in parties else RevertedError  # which asks for the role
        for for_buyer in (True, False):
            with pytest.raises(refusal):
                prepare_ruling(user=user, receipt=made.receipt, for_buyer=for_buyer, reason="Mine.")
        browser = Browser()
        browser.force_login(user)
        page = browser.get(f"/disputes/{made.receipt}").content.decode()
        assert ("another moderator has to rule" in page) == (number in parties)
        assert ('name="ruling"' in page) == (number not in parties)
        ruled = browser.post(f"/disputes/{made.receipt}/rule", {"ruling": "buyer", "reason": "Mine."})
        assert ruled.status_code == (403 if number in parties else 422)
    shop.pay(prepare_ruling(user=moderator(shop), receipt=made.receipt, for_buyer=True, reason="It does not work."))
