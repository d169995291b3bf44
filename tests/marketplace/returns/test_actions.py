"""Refunds, disputes and rulings: what the pages prepare, the contracts take, and the index makes of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import User
from contracts.chain import codec
from contracts.errors import RevertedError
from contracts.indexer import lead
from contracts.names import COIN
from marketplace.buying.checkout import open_purchase
from marketplace.buying.errors import OrderNotFoundError
from marketplace.buying.orders import Order, State
from marketplace.buying.paying import payment_call
from marketplace.ground.decisions import Category
from marketplace.ground.errors import NotAModeratorError, OwnCaseError
from marketplace.listings.metadata import cid_of
from marketplace.moderation.hiding import hide_listing, show_listing
from marketplace.moderation.suspending import prepare_suspension
from marketplace.money.credits import credits_of
from marketplace.money.verification import money_at
from marketplace.onchain.entitlements import Kind, entitlement, pass_balance, subscription_expiry
from marketplace.onchain.models.listings import ListingState, Plan
from marketplace.onchain.models.returns import PurchaseReturn, Stage
from marketplace.onchain.models.sales import HoldFact, ReferralFact
from marketplace.returns.actions import (
    evidence_of,
    find_dispute,
    prepare_closing,
    prepare_dispute,
    prepare_refund,
    prepare_ruling,
)
from marketplace.returns.errors import (
    DisputeClosedError,
    DisputeNotFoundError,
    EvidenceMissingError,
    NotRefundableError,
    RulingReasonError,
)
from marketplace.returns.evidence import Evidence
from tests.marketplace.buying.test_at_once import at_once
from tests.marketplace.shop import BUYER, MONTH, OTHER, PERIOD, PRICE, SELLER, Shop

MODERATOR = 0  # the deployer holds the role on a test's chain
DAY = 86_400


def bought(shop: Shop, plan: Plan = Plan.LASTING, quantity: int = 1, **options: Any) -> Order:
    order = shop.prepare(plan, quantity, **options)
    shop.pay(payment_call(order))
    shop.index(3)
    return order


def moderator(shop: Shop) -> User:
    return User.objects.get_or_create(address=shop.address(MODERATOR), defaults={"is_staff": True})[0]


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


def test_a_refund_gives_all_back_and_takes_the_pass(shop: Shop) -> None:
    order = bought(shop, quantity=2)
    assert shop.progress(order).refundable
    shop.pay(prepare_refund(user=shop.buyer, ref=order.ref))
    shop.index()
    progress = shop.progress(order)
    assert (progress.state, progress.refundable, progress.moves_with_blocks) == (State.REFUNDED, None, True)
    shop.index(3)
    assert not shop.progress(order).moves_with_blocks
    assert pass_balance(shop.buyer.address, shop.chain, shop.model_id) == 0
    assert entitlement(shop.buyer.address, shop.chain, shop.model_id).kind is Kind.NONE
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
    assert (end - after).total_seconds() == 2 * PERIOD
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


def test_staff_without_the_role_on_chain_is_told_before_the_wallet_opens(shop: Shop) -> None:
    made = disputed(shop, bought(shop))
    staff = User.objects.create(address=shop.address(OTHER), is_staff=True)
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
        User.objects.filter(address=address).update(is_staff=True)
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


def test_the_pages_of_a_dispute_are_its_parties_alone(shop: Shop) -> None:
    made = disputed(shop, bought(shop), "<b>bold</b>")
    seen = {}
    for number, staff in ((BUYER, False), (SELLER, False), (OTHER, False), (MODERATOR, True)):
        user = User.objects.get_or_create(address=shop.address(number), defaults={"is_staff": staff})[0]
        browser = Browser()
        browser.force_login(user)
        page = browser.get(f"/disputes/{made.receipt}")
        seen[number] = page.status_code
        assert ("corner/chat" in browser.get("/disputes/").content.decode()) == (number != OTHER)
        if page.status_code == 200:
            assert "&lt;b&gt;bold&lt;/b&gt;" in page.content.decode()
    assert seen == {BUYER: 200, SELLER: 200, OTHER: 404, MODERATOR: 200}


def test_every_page_of_money_says_whether_it_matches_the_chain(shop: Shop) -> None:
    order = bought(shop)
    made = disputed(shop, order)
    _, found = money_at(chain=shop.chain, number=shop.chain.head())
    assert not found.differences
    seller = User.objects.get_or_create(address=shop.address(SELLER))[0]
    dispute, terms = f"/disputes/{made.receipt}", f"/sell/{shop.chain.short_name}/{shop.model_id}/"
    pages = {shop.buyer: ["/account/", order.get_absolute_url(), dispute], seller: ["/sell/", "/disputes/", terms]}
    for user, addresses in pages.items():
        browser = Browser()
        browser.force_login(user)
        for address in addresses:
            page = browser.get(address).content.decode()
            assert f"Matches the chain at block {found.block_number}" in page, address


def test_a_list_of_disputes_takes_a_fixed_number_of_queries(shop: Shop, django_assert_num_queries: Any) -> None:
    browser = Browser()
    browser.force_login(moderator(shop))
    for count in (1, 2):
        disputed(shop, bought(shop, Plan.SUBSCRIPTION, count))
        with django_assert_num_queries(6):
            browser.get("/disputes/")


def test_the_account_takes_as_many_queries_for_many_orders(shop: Shop, django_assert_max_num_queries: Any) -> None:
    browser = Browser()
    browser.force_login(shop.buyer)
    counted = []
    for count in (1, 2, 3):
        shop.pay(prepare_refund(user=shop.buyer, ref=bought(shop, Plan.SUBSCRIPTION, count).ref))
        shop.index(3)
        with django_assert_max_num_queries(30) as queries:
            assert browser.get("/account/").content.decode().count("paid back") == count
        counted.append(len(queries))
    assert len(set(counted)) == 1


def test_a_moderator_suspends_the_sale_and_it_ends_by_itself(shop: Shop) -> None:
    with pytest.raises(NotAModeratorError):
        prepare_suspension(user=shop.buyer, listing=shop.listing, days=7)
    shop.pay(prepare_suspension(user=moderator(shop), listing=shop.listing, days=30))
    shop.index()
    listing = shop.listing
    assert listing.offer
    assert listing.offer.onchain.state_now == ListingState.SUSPENDED
    assert listing.state == "suspended"
    assert "“Suspended”" in listing.purchase_refusal
    shop.pay(prepare_suspension(user=moderator(shop), listing=shop.listing, days=0))
    shop.index()
    assert shop.listing.purchase_refusal == ""


def test_a_suspension_differs_from_the_chain_at_no_time(shop: Shop) -> None:
    def differences() -> object:
        shop.index(1)
        return money_at(chain=shop.chain, number=shop.chain.head())[1].differences

    shop.send(SELLER, "ModelMarketplace", "pauseListing", shop.model_id)  # which stays so beneath it
    shop.pay(prepare_suspension(user=moderator(shop), listing=shop.listing, days=1))
    assert differences() == []
    assert shop.listing.state == "suspended"
    suspended = shop.chain.head()
    shop.rpc.call("evm_increaseTime", DAY + 60)
    assert differences() == []  # it ended, and no event says so
    assert view(shop, "ModelMarketplace", "stateOf", shop.model_id) == ListingState.PAUSED
    assert money_at(chain=shop.chain, number=suspended)[1].differences == []  # as of a block before its end
    shop.send(SELLER, "ModelMarketplace", "resumeListing", shop.model_id)
    shop.pay(prepare_suspension(user=moderator(shop), listing=shop.listing, days=7))
    assert differences() == []
    shop.pay(prepare_suspension(user=moderator(shop), listing=shop.listing, days=0))
    assert differences() == []


@pytest.mark.parametrize("days", ["0", "31", "-1", "x", "", "1.5", "٣"])
def test_a_suspension_for_no_known_time_is_refused_and_ends_none(shop: Shop, days: str) -> None:
    refused = posted(shop, MODERATOR, "/models/corner/chat/suspension", days=days)
    assert (refused.status_code, refused.json()["code"]) == (422, "suspension-days")


def test_nobody_suspends_or_shows_their_own_listing(shop: Shop) -> None:
    shop.send(SELLER, "RevenueSplitter", "setSplit", shop.model_id, [shop.address(5)], [10_000])
    shop.index(1)
    hide_listing(moderator=moderator(shop), name="corner/chat", category=Category.BROKEN, reason="It is silent.")
    for number in (SELLER, 5):
        User.objects.get_or_create(address=shop.address(number))
        User.objects.filter(address=shop.address(number)).update(is_staff=True)
        user = User.objects.get(address=shop.address(number))
        with pytest.raises(OwnCaseError):
            show_listing(moderator=user, name="corner/chat", reason="It is mine.")
        for days in (0, 7):
            with pytest.raises(OwnCaseError):
                prepare_suspension(user=user, listing=shop.listing, days=days)
        browser = Browser()
        browser.force_login(user)
        assert "another moderator has to decide" in browser.get("/models/corner/chat/suspension").content.decode()
    assert shop.listing.suspension
    show_listing(moderator=moderator(shop), name="corner/chat", reason="It speaks.")
    with pytest.raises(OwnCaseError):
        hide_listing(moderator=user, name="corner/chat", category=Category.OTHER, reason="To show it again later.")


def posted(shop: Shop, who: int, path: str, **fields: Any) -> Any:
    """Return the answer to a form of somebody's, as the page's script sends it."""
    browser = Browser()
    browser.force_login(
        User.objects.get_or_create(address=shop.address(who), defaults={"is_staff": who == MODERATOR})[0]
    )
    return browser.post(path, fields, headers={"Accept": "application/json"})


def sign(shop: Shop, who: int, answer: Any) -> None:
    """Have somebody's wallet send what the page gave it."""
    assert answer.status_code == 200, answer.content
    call = answer.json()
    shop.submit({"from": shop.address(who), "to": call["to"], "data": call["data"], "gas": hex(1_000_000)})
    shop.index(3)


def test_forms_lead_from_a_purchase_to_a_ruling(shop: Shop) -> None:
    order = bought(shop)
    path = f"/orders/{order.ref}"
    assert posted(shop, BUYER, f"{path}/dispute", text="").json()["code"] == "evidence-missing"
    sign(shop, BUYER, posted(shop, BUYER, f"{path}/dispute", text="It answers in another language."))
    receipt = PurchaseReturn.objects.get().receipt
    assert posted(shop, SELLER, f"/disputes/{receipt}/rule", ruling="buyer", reason="Mine.").status_code == 403
    assert posted(shop, MODERATOR, f"/disputes/{receipt}/rule", ruling="buyer", reason="").status_code == 422
    sign(shop, MODERATOR, posted(shop, MODERATOR, f"/disputes/{receipt}/rule", ruling="buyer", reason="It does."))
    assert shop.progress(order).state is State.RULED_FOR_BUYER


def test_forms_give_in_refund_and_suspend(shop: Shop) -> None:
    sign(shop, BUYER, posted(shop, BUYER, f"/orders/{bought(shop).ref}/dispute", text="It is slow."))
    receipt = PurchaseReturn.objects.get().receipt
    assert posted(shop, OTHER, f"/disputes/{receipt}/close").status_code == 404
    sign(shop, BUYER, posted(shop, BUYER, f"/disputes/{receipt}/close"))
    order = bought(shop, Plan.SUBSCRIPTION)
    sign(shop, BUYER, posted(shop, BUYER, f"/orders/{order.ref}/refund"))
    assert shop.progress(order).state is State.REFUNDED
    path = "/models/corner/chat/suspension"
    assert posted(shop, BUYER, path, days=7).status_code == 403
    for days, state in ((7, "suspended"), (0, "listed")):
        sign(shop, MODERATOR, posted(shop, MODERATOR, path, **({"days": days} if days else {})))
        assert shop.listing.state == state
        browser = Browser()
        browser.force_login(moderator(shop))
        assert "Sale on chain" in browser.get(path).content.decode()


def test_the_credit_is_a_fragment_of_the_account(shop: Shop) -> None:
    order = bought(shop)
    shop.pay(prepare_refund(user=shop.buyer, ref=order.ref))
    shop.index(3)
    browser = Browser()
    browser.force_login(shop.buyer)
    asked = {"HX-Request": "true", "HX-Target": "div#credits", "HX-Request-Type": "partial"}
    for headers in ({}, asked):
        page = browser.get("/account/", headers=headers).content.decode()
        assert "0.02" in page
        assert ("<html" in page) == (not headers)
    drawn = browser.post("/account/anvil/withdraw", {"token": COIN}, headers={"Accept": "application/json"})
    assert drawn.json()["to"] == shop.chain.deployment["RevenueSplitter"]
    assert browser.post("/account/anvil/withdraw", {"token": "coin"}).status_code == 422
