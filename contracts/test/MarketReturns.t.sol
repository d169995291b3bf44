// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {Roles} from "../src/Roles.sol";
import {IModelMarketplace} from "../src/interfaces/IModelMarketplace.sol";
import {IRatings} from "../src/interfaces/IRatings.sol";
import {MarketTest} from "./base/MarketTest.sol";
import {VM} from "./base/Vm.sol";

abstract contract ReturnsTest is MarketTest {
    IModelMarketplace.Purchase internal p;

    function setUp() public virtual override {
        super.setUp();
        _buy(buyer, 2, friend);
        p = _bought(2, friend);
    }

    function _wrong_receipt(address owner) internal {
        _refused(abi.encodeWithSelector(IModelMarketplace.WrongReceipt.selector, model, owner));
    }

    function _subscribed() internal returns (IModelMarketplace.Purchase memory bought) {
        IModelMarketplace.Order memory order = _order(IModelMarketplace.Plan.SUBSCRIPTION, 3, friend);
        order.referrer = stranger;
        _purchase(buyer, order);
        bought = p;
        (bought.plan, bought.quantity, bought.referrer) = (order.plan, 3, stranger);
        (bought.paid, bought.fee) = (0.3 ether, 0.0075 ether);
    }
}

contract MarketReceiptOfTest is ReturnsTest {
    function test_it_is_the_hash_of_what_was_bought(bytes32 modelId, address who, uint256 seed, uint128 referral)
        public
        view
    {
        IModelMarketplace.Purchase memory any;
        (any.recipient, any.token, any.referrer) =
            (address(uint160(seed)), address(uint160(seed >> 40)), address(uint160(seed >> 96)));
        (any.plan, any.quantity) = (IModelMarketplace.Plan(seed % 3), uint32(seed >> 7));
        (any.maturityDay, any.paid, any.fee) = (uint32(seed >> 90), uint128(seed >> 33), uint128(seed >> 128));
        any.splitHash = bytes32(seed);
        bytes32 receipt = keccak256(abi.encode(modelId, who, any, referral));
        VM.assertEq(market.receiptOf(modelId, who, any, referral), receipt);
    }

    function test_it_binds_the_referrers_part() public {
        IModelMarketplace.Order memory order = _order(IModelMarketplace.Plan.LASTING, 3, friend);
        order.referrer = stranger;
        uint128 referral = uint128(market.quote(model, order.plan, 3).referral);
        _purchase(buyer, order);
        IModelMarketplace.Purchase memory p = _bought(3, friend);
        p.referrer = stranger;
        bytes23 kept = market.standingOf(model, buyer).receipt;
        VM.assertEq(bytes32(kept), bytes32(bytes23(keccak256(abi.encode(model, buyer, p, referral)))));
    }
}

contract MarketRefundTest is ReturnsTest {
    function test_the_buyer_gets_all_of_it_and_the_passes_go() public {
        VM.expectEmit(address(market));
        emit IModelMarketplace.PurchaseRefunded(model, buyer, buyer, 2 ether, 7);
        VM.prank(buyer);
        market.refund(model, buyer, p, 0, 7);
        VM.assertEq(splitter.credits(buyer, COIN), 2 ether);
        VM.assertEq(_bucket(MATURITY).gross, 0);
        VM.assertEq(pass.balanceOf(friend, uint256(model)), 0);
        VM.assertEq(market.standingOf(model, buyer).openFees, 0);
        VM.prank(buyer);
        splitter.withdraw(COIN);
        VM.assertEq(address(splitter).balance, 0);
    }

    function test_the_seller_may_pay_back_of_its_own_will() public {
        _refund(seller, buyer, p);
        VM.assertEq(splitter.credits(buyer, COIN), 2 ether);
    }

    function test_a_subscription_is_shortened_and_the_referrer_loses_its_part() public {
        IModelMarketplace.Purchase memory bought = _subscribed();
        VM.assertEq(splitter.referralBucket(stranger, COIN, MATURITY), 0.0015 ether);
        VM.prank(buyer);
        market.refund(model, buyer, bought, 0.0015 ether, 0);
        VM.assertEq(market.subscriptionExpiry(model, friend), START);
        VM.assertEq(splitter.referralBucket(stranger, COIN, MATURITY), 0);
        VM.assertEq(splitter.credits(buyer, COIN), 0.3 ether);
        VM.assertEq(_bucket(MATURITY).gross, 2 ether);
    }

    function test_it_voids_the_rating() public {
        VM.prank(buyer);
        market.rateModel(model, 1, "");
        VM.expectEmit(address(ratings));
        emit IRatings.RatingVoided(model, buyer);
        _refund(buyer, buyer, p);
        _refused(abi.encodeWithSelector(IModelMarketplace.NotEligibleToRate.selector, model, buyer));
        VM.prank(buyer);
        market.rateModel(model, 1, "");
    }

    function test_buying_again_closes_the_earlier_right() public {
        _buy(buyer, 1, buyer);
        _wrong_receipt(buyer);
        _refund(buyer, buyer, p);
        _refund(buyer, buyer, _bought(1, buyer));
        VM.assertEq(_bucket(MATURITY).gross, 2 ether);
        VM.assertEq(market.standingOf(model, buyer).fees, 0.01 ether);
    }

    function test_refuses_a_second_time() public {
        _refund(buyer, buyer, p);
        _wrong_receipt(buyer);
        _refund(buyer, buyer, p);
    }

    function test_refuses_once_the_window_is_over_and_not_before() public {
        VM.warp((MATURITY + 1) * 1 days);
        _refused(abi.encodeWithSelector(IModelMarketplace.RefundWindowOver.selector, MATURITY, MATURITY + 1));
        _refund(buyer, buyer, p);
        VM.warp((MATURITY + 1) * 1 days - 1);
        _refund(buyer, buyer, p);
    }

    function test_refuses_everybody_else() public {
        _refused(abi.encodeWithSelector(IModelMarketplace.NotParty.selector, model, buyer, friend));
        _refund(friend, buyer, p);
    }

    function test_refuses_a_purchase_that_was_not_made(uint8 which, uint96 other) public {
        VM.assume(other != 0);
        IModelMarketplace.Purchase memory q = p;
        which = which % 10;
        if (which == 0) q.recipient = address(uint160(q.recipient) ^ other);
        if (which == 1) q.token = address(uint160(other));
        if (which == 2) q.referrer = address(uint160(other));
        if (which == 3) q.plan = IModelMarketplace.Plan.SUBSCRIPTION;
        if (which == 4) q.quantity += 1 + uint32(other) % 1_000;
        if (which == 5) q.maturityDay += 1 + uint32(other) % 1_000;
        if (which == 6) q.paid += other;
        if (which == 7) q.fee += other;
        if (which == 8) q.splitHash ^= bytes32(uint256(other));
        _wrong_receipt(buyer);
        VM.prank(buyer);
        market.refund(model, buyer, q, which == 9 ? other : 0, 0);
    }

    function test_what_was_free_cannot_be_refunded() public {
        IModelMarketplace.ListingTerms memory terms = _terms(_id(seller, 2));
        terms.free = true;
        (terms.plans[0].price, terms.plans[1].price) = (0, 0);
        VM.prank(seller);
        market.list(terms);
        VM.prank(stranger);
        market.purchaseAccess(terms.modelId);
        VM.assertTrue(market.standingOf(terms.modelId, stranger).receipt == 0);
    }
}

contract MarketOpenDisputeTest is ReturnsTest {
    function test_the_money_waits_and_what_was_bought_goes() public {
        bytes32 receipt = market.receiptOf(model, buyer, p, 0);
        VM.expectEmit(address(market));
        emit IModelMarketplace.DisputeOpened(model, buyer, receipt, 2 ether, uint64(START + 14 days), "evidence");
        VM.prank(buyer);
        market.openDispute(model, p, 0, "evidence");
        VM.assertEq(splitter.held(COIN), 2 ether);
        VM.assertEq(_bucket(MATURITY).gross, 0);
        VM.assertEq(pass.balanceOf(friend, uint256(model)), 0);
        VM.assertEq(market.ruleBy(receipt), START + 14 days);
    }

    function test_refuses_too_late_too_much_text_and_everybody_but_the_buyer() public {
        _refused(abi.encodeWithSelector(IModelMarketplace.TextTooLong.selector, 101, 100));
        VM.prank(buyer);
        market.openDispute(model, p, 0, string(new bytes(101)));
        _wrong_receipt(friend);
        VM.prank(friend);
        market.openDispute(model, p, 0, "");
        VM.warp((MATURITY + 1) * 1 days);
        _refused(abi.encodeWithSelector(IModelMarketplace.RefundWindowOver.selector, MATURITY, MATURITY + 1));
        VM.prank(buyer);
        market.openDispute(model, p, 0, "");
    }

    function test_the_same_purchase_made_twice_a_day_is_disputed_once_at_a_time() public {
        VM.prank(buyer);
        market.openDispute(model, p, 0, "");
        _buy(buyer, 2, friend);
        bytes32 receipt = market.receiptOf(model, buyer, p, 0);
        _refused(abi.encodeWithSelector(IModelMarketplace.AlreadyDisputed.selector, receipt));
        VM.prank(buyer);
        market.openDispute(model, p, 0, "");
        _refund(buyer, buyer, p);
        VM.assertEq(splitter.credits(buyer, COIN), 2 ether);
        VM.assertEq(splitter.held(COIN), 2 ether);
    }
}

contract MarketRuleDisputeTest is ReturnsTest {
    bytes32 private receipt;

    function setUp() public override {
        super.setUp();
        receipt = market.receiptOf(model, buyer, p, 0);
        VM.prank(buyer);
        market.rateModel(model, 1, "");
        VM.prank(buyer);
        market.openDispute(model, p, 0, "");
    }

    function test_for_the_buyer_it_credits_all_and_voids_the_rating() public {
        VM.expectEmit(address(market));
        emit IModelMarketplace.DisputeRuled(model, buyer, receipt, moderator, true, 2 ether, "broken");
        _rule(true, "broken");
        VM.assertEq(splitter.credits(buyer, COIN), 2 ether);
        VM.assertEq(splitter.held(COIN), 0);
        (uint8 rating,) = ratings.ratingOf(model, buyer);
        VM.assertEq(rating, 0);
        _refused(abi.encodeWithSelector(IModelMarketplace.NotDisputed.selector, receipt));
        _rule(true, "");
    }

    function test_for_the_buyer_it_voids_no_rating_of_who_has_bought_again() public {
        _buy(buyer, 1, buyer);
        _rule(true, "");
        (uint8 rating,) = ratings.ratingOf(model, buyer);
        VM.assertEq(rating, 1);
        _refund(buyer, buyer, _bought(1, buyer));
        (rating,) = ratings.ratingOf(model, buyer);
        VM.assertEq(rating, 0);
    }

    function test_for_the_seller_it_goes_into_todays_bucket_and_the_passes_come_back() public {
        VM.warp(START + 14 days);
        _rule(false, "");
        VM.assertEq(_bucket(20_014).gross, 2 ether);
        VM.assertEq(_bucket(20_014).fee, 0.05 ether);
        VM.assertEq(pass.balanceOf(friend, uint256(model)), 2);
        VM.assertEq(market.standingOf(model, buyer).fees, 0.01 ether);
        VM.warp(START + 15 days);
        _distribute(20_014);
        VM.assertEq(splitter.credits(seller, COIN), 1.95 ether);
    }

    function test_refuses_too_late_and_too_much_text() public {
        _refused(abi.encodeWithSelector(IModelMarketplace.TextTooLong.selector, 101, 100));
        _rule(true, string(new bytes(101)));
        uint256 last = START + 14 days;
        VM.warp(last + 1);
        _refused(abi.encodeWithSelector(IModelMarketplace.RulingTimeOver.selector, last, last + 1));
        _rule(true, "");
    }

    function test_no_party_rules_on_its_own_dispute_nor_anybody_behind_the_manager() public {
        address[3] memory parties = [buyer, friend, seller];
        bytes memory ruling = abi.encodeCall(IModelMarketplace.ruleDispute, (model, buyer, p, 0, true, ""));
        for (uint256 i = 0; i < 3; ++i) {
            VM.prank(admin);
            manager.grantRole(Roles.MODERATOR, parties[i], 0);
            _refused(abi.encodeWithSelector(IModelMarketplace.OwnDispute.selector, model, parties[i]));
            VM.prank(parties[i]);
            market.ruleDispute(model, buyer, p, 0, true, "");
            _refused(abi.encodeWithSelector(IModelMarketplace.OwnDispute.selector, model, address(manager)));
            VM.prank(parties[i]);
            manager.execute(address(market), ruling);
        }
        _rule(true, "");
    }

    function _rule(bool forBuyer, string memory reason) private {
        VM.prank(moderator);
        market.ruleDispute(model, buyer, p, 0, forBuyer, reason);
    }
}

contract MarketCloseDisputeTest is ReturnsTest {
    function setUp() public override {
        super.setUp();
        VM.prank(buyer);
        market.openDispute(model, p, 0, "");
    }

    function test_the_seller_gives_in() public {
        _close(seller);
        VM.assertEq(splitter.credits(buyer, COIN), 2 ether);
    }

    function test_the_buyer_gives_in() public {
        _close(buyer);
        VM.assertEq(_bucket(20_000).gross, 2 ether);
        VM.assertEq(pass.balanceOf(friend, uint256(model)), 2);
        VM.assertEq(pass.lockedOf(friend, uint256(model)), 0);
    }

    function test_once_the_time_is_over_anyone_closes_what_was_answered_for_the_seller() public {
        bytes32 receipt = market.receiptOf(model, buyer, p, 0);
        VM.expectEmit(address(market));
        emit IModelMarketplace.DisputeAnswered(model, buyer, receipt, "cid");
        _answer(seller, "cid");
        VM.assertTrue(market.isAnswered(receipt));
        VM.warp(START + 14 days + 1);
        _close(buyer);
        VM.assertEq(_bucket(20_014).gross, 2 ether);
        VM.assertEq(splitter.credits(buyer, COIN), 0);
        VM.assertFalse(market.isAnswered(receipt));
    }

    function test_once_the_time_is_over_anyone_closes_what_was_not_answered_for_the_buyer() public {
        VM.warp(START + 14 days + 1);
        _close(seller);
        VM.assertEq(_bucket(20_014).gross, 0);
        VM.assertEq(splitter.credits(buyer, COIN), 2 ether);
    }

    function test_an_answer_is_the_sellers_in_time_and_not_empty() public {
        _refused(abi.encodeWithSelector(IModelMarketplace.NotSeller.selector, model, buyer));
        _answer(buyer, "cid");
        _refused(abi.encodeWithSelector(IModelMarketplace.NoAnswer.selector));
        _answer(seller, "");
        _refused(abi.encodeWithSelector(IModelMarketplace.TextTooLong.selector, 101, 100));
        _answer(seller, string(new bytes(101)));
        uint256 last = START + 14 days;
        VM.warp(last);
        _answer(seller, "cid");
        VM.warp(last + 1);
        _refused(abi.encodeWithSelector(IModelMarketplace.RulingTimeOver.selector, last, last + 1));
        _answer(seller, "cid");
        _close(stranger);
        _refused(
            abi.encodeWithSelector(IModelMarketplace.NotDisputed.selector, market.receiptOf(model, buyer, p, 0))
        );
        _answer(seller, "cid");
    }

    function test_an_answer_stops_neither_side_from_giving_in() public {
        _answer(seller, "cid");
        _close(seller);
        VM.assertEq(splitter.credits(buyer, COIN), 2 ether);
    }

    function test_refuses_everybody_else_before_that() public {
        uint256 last = START + 14 days;
        VM.warp(last);
        _refused(abi.encodeWithSelector(IModelMarketplace.RulingTimeNotOver.selector, last, last));
        _close(stranger);
        VM.warp(last + 1);
        _close(stranger);
        _refused(
            abi.encodeWithSelector(
                IModelMarketplace.NotDisputed.selector, market.receiptOf(model, buyer, p, 0)
            )
        );
        _close(stranger);
    }

    function test_of_a_subscription_comes_back_what_was_left() public {
        IModelMarketplace.Purchase memory bought = _subscribed();
        VM.warp(START + 5 days);
        VM.expectEmit(address(market));
        emit IModelMarketplace.SubscriptionMoved(model, buyer, friend, uint64(START + 5 days));
        VM.prank(buyer);
        market.openDispute(model, bought, 0.0015 ether, "");
        VM.assertEq(market.subscriptionExpiry(model, friend), START + 5 days);
        VM.warp(START + 15 days);
        VM.expectEmit(address(market));
        emit IModelMarketplace.SubscriptionMoved(model, buyer, friend, uint64(START + 100 days));
        VM.prank(buyer);
        market.closeDispute(model, buyer, bought, 0.0015 ether);
        VM.assertEq(market.subscriptionExpiry(model, friend), START + 100 days);
        VM.assertEq(splitter.referralBucket(stranger, COIN, 20_015), 0.0015 ether);
    }

    function _answer(address by, string memory answer) private {
        VM.prank(by);
        market.answerDispute(model, buyer, p, 0, answer);
    }

    function _close(address by) private {
        VM.prank(by);
        market.closeDispute(model, buyer, p, 0);
    }
}

contract MarketRateModelTest is ReturnsTest {
    function test_it_weighs_what_can_no_longer_be_refunded() public {
        VM.expectEmit(address(ratings));
        emit IRatings.ModelRated(model, buyer, 4, 0, "cid");
        _rate(buyer, 4, "cid");
        VM.warp((MATURITY + 1) * 1 days);
        VM.expectEmit(address(ratings));
        emit IRatings.ModelRated(model, buyer, 5, 0.01 ether, "cid");
        _rate(buyer, 5, "cid");
        IRatings.Score memory score = ratings.scoreOf(model);
        VM.assertEq(score.raters, 1);
        VM.assertEq(score.weight, 0.01 ether);
        VM.assertEq(score.mean, 50_000);
    }

    function test_who_paid_by_use_may_rate() public {
        VM.prank(address(escrow));
        market.notePaid(model, stranger, COIN, 2e14);
        _rate(stranger, 3, "");
        (, uint256 weight) = ratings.ratingOf(model, stranger);
        VM.assertEq(weight, 2e14);
    }

    function test_refuses_the_seller_and_who_did_not_pay() public {
        _buy(seller, 1, seller);
        bytes4 selector = IModelMarketplace.NotEligibleToRate.selector;
        _refused(abi.encodeWithSelector(selector, model, seller));
        _rate(seller, 5, "");
        _refused(abi.encodeWithSelector(selector, model, friend));
        _rate(friend, 5, "");
    }

    function test_refuses_while_the_market_is_paused() public {
        _pause();
        _refused(abi.encodeWithSelector(IModelMarketplace.MarketPaused.selector, START + 1 days));
        _rate(buyer, 5, "");
    }

    function _rate(address by, uint8 rating, string memory review) private {
        VM.prank(by);
        market.rateModel(model, rating, review);
    }
}
