// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IAccessPass} from "../src/interfaces/IAccessPass.sol";
import {IModelMarketplace} from "../src/interfaces/IModelMarketplace.sol";
import {IPricing} from "../src/interfaces/IPricing.sol";
import {IRatings} from "../src/interfaces/IRatings.sol";
import {MarketTest} from "./base/MarketTest.sol";
import {VM} from "./base/Vm.sol";

abstract contract FairnessTest is MarketTest {
    IModelMarketplace.Plan internal constant LASTING = IModelMarketplace.Plan.LASTING;
    IModelMarketplace.Plan internal constant SUBSCRIPTION = IModelMarketplace.Plan.SUBSCRIPTION;

    function setUp() public virtual override {
        super.setUp();
        VM.deal(stranger, 1_000 ether);
    }

    /// @dev Buy periods, and return what the purchase was.
    function _subscribe(address who, uint32 periods, address recipient)
        internal
        returns (IModelMarketplace.Purchase memory p)
    {
        _purchase(who, _order(SUBSCRIPTION, periods, recipient));
        p = _bought(1, recipient);
        (p.plan, p.quantity, p.paid) = (SUBSCRIPTION, periods, uint128(periods * PERIOD_PRICE));
        p.fee = uint128(p.paid * parameters.get("feeBps") / 10_000);
    }

    function _ends(address account) internal view returns (uint256) {
        return market.subscriptionExpiry(model, account);
    }
}

contract FairnessOfDemandTest is FairnessTest {
    function setUp() public override {
        super.setUp();
        IPricing.Terms memory terms;
        (terms.target, terms.floorBps, terms.capBps) = (1, 5_000, 40_000);
        VM.prank(seller);
        market.setPricing(model, terms);
    }

    function test_what_is_refunded_or_disputed_in_its_window_moves_no_price() public {
        _buy(friend, 1, friend);
        for (uint256 i = 0; i < 3; ++i) {
            _buy(buyer, 100, buyer);
            IModelMarketplace.Purchase memory p = _bought(100, buyer);
            if (i % 2 == 0) {
                _refund(buyer, buyer, p);
            } else {
                VM.prank(buyer);
                market.openDispute(model, p, 0, "");
                VM.prank(seller);
                market.closeDispute(model, buyer, p, 0);
            }
        }
        VM.warp(START + 1 days);
        VM.assertEq(market.quote(model, LASTING, 1).total, PRICE);
    }

    function test_what_is_refunded_later_takes_nothing_off_another_window() public {
        _buy(buyer, 2, buyer);
        IModelMarketplace.Purchase memory p = _bought(2, buyer);
        VM.warp(START + 1 days);
        uint256 risen = market.quote(model, LASTING, 2).total;
        VM.assertEq(risen, 2.25 ether);
        VM.prank(friend);
        market.purchase{value: risen}(_order(LASTING, 2, friend));
        _refund(buyer, buyer, p);
        VM.warp(START + 2 days);
        VM.assertEq(market.quote(model, LASTING, 1).total, 1.265625 ether);
    }

    function test_a_mark_that_comes_again_after_63_windows_takes_nothing_off() public {
        VM.prank(admin);
        parameters.set("demandWindow", 1 hours);
        _buy(buyer, 2, buyer);
        IModelMarketplace.Purchase memory p = _bought(2, buyer);
        VM.warp(START + 63 hours);
        uint256 asked = market.quote(model, LASTING, 2).total;
        VM.prank(friend);
        market.purchase{value: asked}(_order(LASTING, 2, friend));
        uint256 before = pricing.demandOf(model);
        _refund(buyer, buyer, p);
        VM.warp(START + 64 hours);
        VM.assertTrue(pricing.demandOf(model) > before);
    }

    function test_a_shorter_refund_window_brings_no_earlier_sale_into_this_window() public {
        _buy(buyer, 2, buyer);
        IModelMarketplace.Purchase memory p = _bought(2, buyer);
        VM.warp(START + 1 days);
        _refunded_after_another_sale(p, 1 days);
        VM.warp(START + 2 days);
        VM.assertTrue(pricing.demandOf(model) > 1.125e18);
    }

    function test_a_mark_that_comes_again_right_after_the_last_second_of_a_sale_takes_nothing_off() public {
        VM.prank(admin);
        parameters.set("demandWindow", 1 hours);
        _buy(buyer, 2, buyer);
        IModelMarketplace.Purchase memory p = _bought(2, buyer);
        VM.warp(START + 63 hours);
        uint256 before = pricing.demandOf(model);
        // Under this window the sale can have been made until the second before the present window began.
        _refunded_after_another_sale(p, (MATURITY + 1) * 1 days - START - 63 hours);
        VM.warp(START + 64 hours);
        VM.assertTrue(pricing.demandOf(model) > before);
    }

    /// @dev Sell two to a friend, shorten the refund window, and give the buyer's two back.
    function _refunded_after_another_sale(IModelMarketplace.Purchase memory p, uint256 refundWindow) private {
        uint256 asked = market.quote(model, LASTING, 2).total;
        VM.prank(friend);
        market.purchase{value: asked}(_order(LASTING, 2, friend));
        VM.prank(admin);
        parameters.set("refundWindow", refundWindow);
        _refund(buyer, buyer, p);
    }
}

contract FairnessOfGiftLocksTest is FairnessTest {
    function test_gifts_and_refunds_week_by_week_prolong_no_other_gift() public {
        for (uint256 week = 0; week < 9; ++week) {
            VM.warp(START + week * 7 days);
            _buy(friend, 1, stranger);
            VM.warp(START + week * 7 days + 6 days);
            _buy(buyer, 1, stranger);
            _refund(buyer, buyer, _bought(1, stranger));
            VM.assertEq(pass.lockedOf(stranger, uint256(model)), 1);
        }
        VM.warp(START + 64 days);
        VM.assertEq(pass.balanceOf(stranger, uint256(model)), 9);
        VM.assertEq(pass.lockedOf(stranger, uint256(model)), 0);
    }

    function test_a_gift_on_the_last_day_of_another_s_lock_ends_that_no_earlier() public {
        uint256 id = uint256(model);
        VM.warp(START);
        _buy(buyer, 1, stranger);
        VM.warp(MATURITY * 1 days);
        _buy(friend, 2, stranger);
        VM.assertEq(pass.lockedOf(stranger, id), 3);
        VM.warp((MATURITY + 1) * 1 days);
        VM.assertEq(pass.lockedOf(stranger, id), 2);
    }

    function test_a_gift_that_was_taken_back_leaves_no_day_behind() public {
        uint256 id = uint256(model);
        VM.warp(START);
        _buy(friend, 1, stranger);
        VM.warp(START + 1 days);
        _buy(buyer, 1, stranger);
        VM.assertEq(pass.holding(stranger, id).givenDay, MATURITY + 1);
        _refund(buyer, buyer, _bought(1, stranger));
        VM.assertEq(pass.holding(stranger, id).given, 1);
        VM.assertEq(pass.holding(stranger, id).givenDay, MATURITY);
    }

    function test_each_gift_is_locked_through_its_own_day() public {
        uint256 id = uint256(model);
        VM.prank(seller);
        pass.allowTransfers(model, true);
        for (uint256 day = 0; day < 6; ++day) {
            VM.warp(START + day * 1 days);
            _buy(day % 2 == 0 ? buyer : friend, uint32(day + 1), stranger);
        }
        VM.assertEq(pass.lockedOf(stranger, id), 21);
        VM.assertEq(pass.holding(stranger, id).given, 21);
        VM.assertEq(pass.holding(stranger, id).givenDay, MATURITY + 5);
        uint256 left = 21;
        for (uint256 day = 0; day < 6; ++day) {
            VM.warp((MATURITY + day) * 1 days + 1 days - 1);
            VM.assertEq(pass.lockedOf(stranger, id), left);
            VM.warp((MATURITY + day + 1) * 1 days);
            left -= day + 1;
            VM.assertEq(pass.lockedOf(stranger, id), left);
        }
        VM.prank(stranger);
        pass.safeTransferFrom(stranger, buyer, id, 21, "");
    }

    function test_a_refund_unlocks_its_own_gift_alone() public {
        uint256 id = uint256(model);
        _buy(friend, 2, stranger);
        VM.warp(START + 1 days);
        _buy(buyer, 3, stranger);
        IModelMarketplace.Purchase memory p = _bought(3, stranger);
        VM.warp(START + 2 days);
        _buy(seller, 4, stranger);
        _refund(buyer, buyer, p);
        VM.assertEq(pass.balanceOf(stranger, id), 6);
        VM.assertEq(pass.lockedOf(stranger, id), 6);
        VM.warp((MATURITY + 1) * 1 days);
        VM.assertEq(pass.lockedOf(stranger, id), 4);
        VM.warp((MATURITY + 3) * 1 days);
        VM.assertEq(pass.lockedOf(stranger, id), 0);
    }

    function test_gifts_of_one_day_are_alike_wherever_they_stand() public {
        uint256 id = uint256(model);
        _buy(friend, 1, stranger);
        VM.warp(START + 6 days);
        _buy(buyer, 2, stranger);
        IModelMarketplace.Purchase memory p = _bought(2, stranger);
        VM.prank(admin);
        parameters.set("refundWindow", 5 days);
        VM.warp(START + 8 days); // the first gift is free, and this one has the day of the second
        _buy(friend, 3, stranger);
        VM.assertEq(pass.lockedOf(stranger, id), 5);
        _refund(buyer, buyer, p);
        _refund(friend, friend, _bought(3, stranger));
        VM.assertEq(pass.balanceOf(stranger, id), 1);
        VM.assertEq(pass.lockedOf(stranger, id), 0);
    }
}

contract FairnessOfSubscriptionsTest is FairnessTest {
    function test_a_refunded_gift_takes_no_time_that_another_bought() public {
        IModelMarketplace.Purchase memory gift = _subscribe(friend, 1, buyer);
        VM.warp(START + 5 days);
        _subscribe(buyer, 1, buyer);
        VM.assertEq(_ends(buyer), START + 60 days);
        VM.warp(START + 6 days);
        _refund(friend, friend, gift);
        VM.assertEq(_ends(buyer), START + 35 days);
    }

    function test_a_refund_of_ones_own_takes_nothing_that_was_given() public {
        _subscribe(friend, 1, buyer);
        VM.warp(START + 5 days);
        IModelMarketplace.Purchase memory own = _subscribe(buyer, 1, buyer);
        VM.warp(START + 6 days);
        _refund(buyer, buyer, own);
        VM.assertEq(_ends(buyer), START + 31 days); // 25 days of the gift were left when its turn ended
    }

    function test_a_refunded_renewal_leaves_what_was_there_before() public {
        _subscribe(buyer, 1, buyer);
        VM.warp(START + 5 days);
        IModelMarketplace.Purchase memory renewal = _subscribe(buyer, 2, buyer);
        VM.warp(START + 6 days);
        _refund(buyer, buyer, renewal);
        VM.assertEq(_ends(buyer), START + 30 days);
    }

    function test_a_refund_by_one_giver_takes_nothing_of_another() public {
        IModelMarketplace.Purchase memory first = _subscribe(friend, 1, buyer);
        VM.warp(START + 5 days);
        IModelMarketplace.Purchase memory second = _subscribe(stranger, 1, buyer);
        VM.warp(START + 6 days);
        _refund(friend, friend, first);
        VM.assertTrue(_ends(buyer) >= START + 35 days); // 30 days from the second gift on
        VM.assertTrue(_ends(buyer) <= START + 36 days); // 30 days from now on
        _refund(stranger, stranger, second);
        VM.assertLe(_ends(buyer), START + 6 days + 1, "nothing is left where nothing is paid");
    }

    function test_a_refund_at_once_gives_back_exactly_what_came(uint32 wait, uint8 periods, uint8 others) public {
        _subscribe(friend, others % 12 + 1, buyer);
        VM.warp(START + wait % 80 days);
        _subscribe(stranger, others % 5 + 1, buyer);
        VM.warp(block.timestamp + wait % 9 days);
        uint256 before = _ends(buyer);
        VM.deal(address(0x77), 10 ether);
        IModelMarketplace.Purchase memory p = _subscribe(address(0x77), periods % 12 + 1, buyer);
        VM.assertEq(_ends(buyer), before + uint256(periods % 12 + 1) * 30 days);
        _refund(address(0x77), address(0x77), p);
        VM.assertEq(_ends(buyer), before);
    }

    function test_a_gift_can_be_taken_back_after_all_before_it_were(uint32 wait, uint8 periods, uint8 others) public {
        VM.deal(address(0x77), 10 ether);
        IModelMarketplace.Purchase memory first = _subscribe(friend, periods % 12 + 1, buyer);
        VM.warp(START + wait % 6 days);
        IModelMarketplace.Purchase memory second = _subscribe(stranger, others % 12 + 1, buyer);
        _refund(friend, friend, first);
        _refund(stranger, stranger, second);
        uint256 before = _ends(buyer); // perhaps a second, which was rounded in the second giver's favour
        _refund(address(0x77), address(0x77), _subscribe(address(0x77), 1, buyer));
        VM.assertEq(_ends(buyer), before);
    }

    function test_many_who_give_and_take_back_leave_no_time() public {
        IModelMarketplace.Purchase[5] memory gifts;
        for (uint160 i = 0; i < 5; ++i) {
            VM.deal(address(0x6000 + i), 1 ether);
            gifts[i] = _subscribe(address(0x6000 + i), uint32(i + 1), buyer);
        }
        VM.warp(START + 7 days);
        for (uint160 i = 0; i < 5; ++i) {
            _refund(address(0x6000 + i), address(0x6000 + i), gifts[i]);
        }
        VM.assertEq(_ends(buyer), START + 7 days);
    }

    function test_a_dispute_given_up_grants_no_day_more_than_was_paid() public {
        IModelMarketplace.Purchase memory p = _subscribe(buyer, 1, buyer);
        VM.warp(START + 7 days);
        VM.prank(buyer);
        market.openDispute(model, p, 0, "");
        VM.assertEq(_ends(buyer), START + 7 days);
        VM.warp(START + 8 days);
        VM.prank(buyer);
        market.closeDispute(model, buyer, p, 0);
        VM.assertEq(_ends(buyer), START + 31 days); // 7 days were used, 1 was disputed
    }

    function test_a_given_period_that_was_disputed_comes_back_for_good() public {
        IModelMarketplace.Purchase memory p = _subscribe(friend, 2, buyer);
        VM.warp(START + 1 days);
        VM.prank(friend);
        market.openDispute(model, p, 0, "");
        IModelMarketplace.Purchase memory again = _subscribe(friend, 1, buyer);
        VM.prank(friend);
        market.closeDispute(model, friend, p, 0);
        VM.assertEq(_ends(buyer), START + 1 days + 59 days + 30 days);
        _refund(friend, friend, again);
        VM.assertEq(_ends(buyer), START + 1 days + 59 days);
    }
}

contract FairnessOfRatingsTest is FairnessTest {
    function test_a_refunded_renewal_voids_no_rating_that_rests_on_kept_fees() public {
        _buy(buyer, 1, buyer);
        VM.warp((MATURITY + 1) * 1 days);
        VM.prank(buyer);
        market.rateModel(model, 4, "");
        _buy(buyer, 1, buyer);
        _refund(buyer, buyer, _bought(1, buyer));
        (uint8 rating, uint256 weight) = ratings.ratingOf(model, buyer);
        VM.assertEq(rating, 4);
        VM.assertEq(weight, 0.01 ether);
        VM.prank(buyer);
        market.rateModel(model, 5, "");
    }

    function test_a_dispute_won_voids_no_rating_that_rests_on_kept_fees() public {
        _buy(buyer, 1, buyer);
        _buy(buyer, 1, buyer);
        VM.prank(buyer);
        market.rateModel(model, 4, "");
        IModelMarketplace.Purchase memory p = _bought(1, buyer);
        VM.prank(buyer);
        market.openDispute(model, p, 0, "");
        VM.prank(moderator);
        market.ruleDispute(model, buyer, p, 0, true, "");
        (uint8 rating,) = ratings.ratingOf(model, buyer);
        VM.assertEq(rating, 4);
    }

    function test_whoever_paid_anything_for_good_may_rate(uint256 fee, bool coin) public {
        fee %= 2 gwei;
        VM.prank(admin);
        parameters.setToken(address(dollar), true, 0);
        VM.prank(address(escrow));
        market.notePaid(model, stranger, coin ? COIN : address(dollar), fee);
        VM.prank(stranger);
        market.rateModel(model, 3, "");
        (uint8 rating, uint256 weight) = ratings.ratingOf(model, stranger);
        VM.assertEq(rating, 3);
        VM.assertEq(weight, 0);
    }

    function test_who_kept_a_purchase_without_weight_may_rate_after_refunding_another() public {
        VM.prank(seller);
        market.setPlan(model, _lasting(1));
        VM.prank(buyer);
        market.purchaseAccess{value: 1}(model);
        VM.prank(buyer);
        market.rateModel(model, 2, "");
        VM.prank(buyer);
        market.purchaseAccess{value: 1}(model);
        IModelMarketplace.Purchase memory p = _bought(1, buyer);
        (p.paid, p.fee) = (1, 0);
        _refund(buyer, buyer, p);
        (uint8 rating,) = ratings.ratingOf(model, buyer);
        VM.assertEq(rating, 2);
        VM.prank(buyer);
        market.rateModel(model, 1, "");
    }

    function test_a_weight_below_the_cap_is_the_fee_to_the_gwei() public {
        VM.prank(seller);
        market.setPlan(model, _lasting(0.123456789123456789 ether));
        VM.prank(buyer);
        market.purchaseAccess{value: 1 ether}(model);
        VM.warp((MATURITY + 1) * 1 days);
        VM.assertEq(market.standingOf(model, buyer).fees, 0.003086419 ether);
        VM.prank(buyer);
        market.rateModel(model, 5, "");
        VM.assertEq(ratings.scoreOf(model).weight, 0.003086419 ether);
    }
}

contract FairnessOfSuspensionsTest is FairnessTest {
    function test_a_moderator_does_not_end_what_the_authority_suspended() public {
        VM.prank(admin);
        market.setSuspension(model, uint64(START + 90 days));
        VM.prank(moderator);
        market.suspend(model, uint64(START + 10 days));
        VM.assertEq(market.suspendedUntil(model), START + 90 days);
        VM.expectEmit(address(market));
        emit IModelMarketplace.ListingStateChanged(
            model, IModelMarketplace.ListingState.SUSPENDED, uint64(START + 90 days)
        );
        VM.prank(moderator);
        market.suspend(model, 0);
        VM.assertTrue(market.stateOf(model) == IModelMarketplace.ListingState.SUSPENDED);
    }

    function test_the_authority_ends_what_the_moderators_suspended() public {
        VM.prank(moderator);
        market.suspend(model, uint64(START + 30 days));
        VM.prank(admin);
        market.setSuspension(model, uint64(START + 1 days));
        VM.assertEq(market.suspendedUntil(model), START + 1 days);
        VM.prank(moderator);
        market.suspend(model, uint64(START + 2 days));
        VM.assertEq(market.suspendedUntil(model), START + 2 days);
        VM.prank(admin);
        market.setSuspension(model, 0);
        VM.assertTrue(market.stateOf(model) == IModelMarketplace.ListingState.LISTED);
    }
}

contract FairnessOfResaleTest is FairnessTest {
    bytes32 private child;
    uint256 private id;

    function setUp() public override {
        super.setUp();
        child = _id(friend, 1);
        id = uint256(child);
        IModelMarketplace.ListingTerms memory terms = _terms(child);
        (terms.parent, terms.royaltyBps) = (model, 3_000);
        terms.plans[0] = _lasting(1);
        VM.prank(friend);
        market.list(terms);
        VM.prank(friend);
        pass.allowResale(child, true, 1_000);
    }

    function test_a_seller_who_resells_its_own_passes_pays_fee_and_lineage() public {
        _resell(friend);
        VM.assertEq(splitter.credits(vault, COIN), 0.25 ether);
        VM.assertEq(splitter.credits(seller, COIN), 2.925 ether);
        VM.assertEq(splitter.credits(friend, COIN), 6.825 ether);
    }

    function test_so_does_whom_it_gave_them() public {
        _resell(stranger);
        VM.assertEq(splitter.credits(vault, COIN), 0.25 ether);
        VM.assertEq(splitter.credits(seller, COIN), 2.925 ether);
        VM.assertEq(splitter.credits(friend, COIN), 1 ether);
        VM.assertEq(splitter.credits(stranger, COIN), 5.825 ether);
        VM.assertEq(splitter.maturedFees(child), 0.25 ether);
    }

    function test_a_standing_offer_in_a_token_that_was_taken_off_is_refused() public {
        _give(stranger);
        VM.prank(stranger);
        pass.offer(id, 1, address(dollar), 1e6, uint64(block.timestamp));
        VM.prank(admin);
        parameters.setToken(address(dollar), false, 0);
        _refused(abi.encodeWithSelector(IAccessPass.TokenNotAccepted.selector, address(dollar)));
        VM.prank(buyer);
        pass.accept(id, stranger, 1, buyer, address(dollar), 1e6);
    }

    function test_a_quote_in_a_token_that_was_taken_off_is_refused() public {
        IModelMarketplace.PlanTerms memory plan = _lasting(1e6);
        plan.token = address(dollar);
        VM.prank(seller);
        market.setPlan(model, plan);
        VM.prank(admin);
        parameters.setToken(address(dollar), false, 0);
        _refused(abi.encodeWithSelector(IModelMarketplace.TokenNotAccepted.selector, address(dollar)));
        market.quote(model, LASTING, 1);
    }

    function test_royalties_of_any_price_can_be_asked_for() public view {
        (address payee, uint256 royalty) = pass.royaltyInfo(id, type(uint256).max);
        VM.assertEq(payee, friend);
        VM.assertEq(royalty, type(uint256).max / 10);
    }

    function _give(address holder) private {
        IModelMarketplace.Order memory order = _order(LASTING, 1_000, holder);
        order.modelId = child;
        VM.prank(friend);
        market.purchase{value: 1_000}(order);
        VM.warp((MATURITY + 1) * 1 days);
    }

    function _resell(address holder) private {
        _give(holder);
        VM.prank(holder);
        pass.offer(id, 1_000, COIN, 0.01 ether, uint64(block.timestamp));
        VM.expectEmit(address(pass));
        emit IAccessPass.ResaleShared(id, holder, COIN, 10 ether, 0.25 ether, 2.925 ether, 1 ether);
        VM.prank(buyer);
        pass.accept{value: 10 ether}(id, holder, 1_000, buyer, COIN, 0.01 ether);
    }
}

contract FairnessOfCountsTest is FairnessTest {
    function test_sales_that_were_taken_back_are_not_counted() public {
        _buy(buyer, 1, buyer);
        _buy(friend, 1, friend);
        _refund(buyer, buyer, _bought(1, buyer));
        VM.assertEq(market.getListing(model).totalSales, 1);
        IModelMarketplace.Purchase memory p = _bought(1, friend);
        VM.prank(friend);
        market.openDispute(model, p, 0, "");
        VM.assertEq(market.getListing(model).totalSales, 0);
        VM.prank(friend);
        market.closeDispute(model, friend, p, 0);
        VM.assertEq(market.getListing(model).totalSales, 1);
    }

    function test_matured_fees_are_counted_in_coin_and_never_overflow() public {
        _buy(buyer, 1, buyer);
        VM.assertEq(splitter.maturedFees(model), 0);
        VM.warp((MATURITY + 1) * 1 days);
        _distribute(MATURITY);
        VM.assertEq(splitter.maturedFees(model), 0.025 ether);
        VM.prank(seller);
        market.setPlan(model, _lasting(type(uint88).max));
        VM.deal(buyer, type(uint128).max);
        uint32 day = uint32((block.timestamp + 7 days) / 1 days);
        VM.prank(buyer);
        market.purchase{value: uint256(type(uint88).max) * 1_000}(_order(LASTING, 1_000, buyer));
        VM.warp(block.timestamp + 9 days);
        _distribute(day);
        VM.assertEq(splitter.maturedFees(model), type(uint80).max);
    }
}
