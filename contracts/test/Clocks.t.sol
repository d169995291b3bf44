// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IInferenceEscrow} from "../src/interfaces/IInferenceEscrow.sol";
import {IModelMarketplace} from "../src/interfaces/IModelMarketplace.sol";
import {IPricing} from "../src/interfaces/IPricing.sol";
import {IProtocolParameters} from "../src/interfaces/IProtocolParameters.sol";
import {EscrowTest} from "./base/EscrowTest.sol";
import {VM} from "./base/Vm.sol";

contract ClocksOfPausesTest is EscrowTest {
    function test_what_was_used_before_a_pause_is_charged_after_it() public {
        _ready(1 ether);
        VM.warp(END - 1);
        _pauseFor(7 days);
        VM.warp(END + 7 days - 1);
        _settle(1);
        VM.warp(END + 9 days - 1);
        _settle(1);
        VM.warp(END + 9 days);
        _settle_refused(
            abi.encodeWithSelector(IInferenceEscrow.AuthorisationExpired.selector, END, END + 9 days), 1
        );
    }

    function test_a_pause_before_the_end_prolongs_nothing() public {
        _ready(1 ether);
        _pauseFor(7 days);
        VM.warp(END + 2 days);
        _settle(1);
        VM.warp(END + 2 days + 1);
        _settle_refused(
            abi.encodeWithSelector(IInferenceEscrow.AuthorisationExpired.selector, END, END + 2 days + 1), 1
        );
    }

    function test_what_has_expired_does_not_come_back_with_a_pause() public {
        _ready(1 ether);
        VM.warp(END + 3 days);
        _pauseFor(7 days);
        VM.warp(END + 10 days);
        _settle_refused(
            abi.encodeWithSelector(IInferenceEscrow.AuthorisationExpired.selector, END, END + 10 days), 1
        );
    }

    function test_a_withdrawal_waits_while_nothing_can_be_charged() public {
        _ready(1 ether);
        _request(1 ether);
        VM.warp(START + 10 hours);
        _pauseFor(7 days);
        VM.warp(START + 24 hours);
        _refused(
            abi.encodeWithSelector(
                IInferenceEscrow.NotWithdrawable.selector, payer, COIN, 1 ether, uint64(START + 38 hours)
            )
        );
        VM.prank(payer);
        escrow.withdraw(COIN);
        VM.warp(START + 7 days + 24 hours - 1);
        VM.assertEq(escrow.chargeable(payer, COIN), 1 ether);
        _settle(0.25 ether);
        VM.warp(START + 7 days + 24 hours);
        VM.assertEq(escrow.withdrawableFrom(payer, COIN), START + 7 days + 24 hours);
        VM.assertEq(escrow.chargeable(payer, COIN), 0);
        uint256 before = payer.balance;
        VM.prank(payer);
        escrow.withdraw(COIN);
        VM.assertEq(payer.balance - before, 0.75 ether);
        VM.assertEq(escrow.withdrawableFrom(payer, COIN), 0);
    }

    function test_what_was_asked_for_in_a_pause_waits_from_its_end_on() public {
        _ready(1 ether);
        _pauseFor(2 days);
        VM.warp(START + 1 days);
        _request(1 ether);
        VM.warp(START + 3 days - 1);
        VM.assertEq(escrow.chargeable(payer, COIN), 1 ether);
        VM.warp(START + 3 days);
        VM.assertEq(escrow.chargeable(payer, COIN), 0);
    }

    function test_what_is_ready_stays_ready_in_a_pause() public {
        _ready(1 ether);
        _request(1 ether);
        VM.warp(START + 24 hours);
        _pauseFor(7 days);
        VM.warp(START + 25 hours);
        VM.prank(payer);
        escrow.withdraw(COIN);
    }

    function test_pauses_are_counted_as_long_as_they_were(uint32 first, uint32 ended, uint32 second) public {
        (uint256 a, uint256 b, uint256 c) = (1 + first % 7 days, 1 + ended % 9 days, 1 + second % 7 days);
        _pauseFor(a);
        VM.warp(START + b);
        VM.prank(admin);
        parameters.setPause(uint64(START)); // it ends now, or has ended
        uint256 was = a < b ? a : b;
        VM.assertEq(parameters.pausedSince(START), was);
        VM.warp(START + 60 days);
        _pauseFor(c);
        VM.assertEq(parameters.pausedSince(0), was);
        VM.warp(START + 60 days + c / 2);
        VM.assertEq(parameters.pausedSince(START), was + c / 2);
        VM.assertEq(parameters.pausedSince(START + 60 days + c / 4), c / 2 - c / 4);
        VM.prank(admin);
        parameters.setPause(uint64(START + 60 days + c + 3 days));
        VM.warp(START + 90 days);
        VM.assertEq(parameters.pausedSince(START), was + c + 3 days);
        VM.assertEq(parameters.pausedSince(block.timestamp), 0);
    }

    function _pauseFor(uint256 time) private {
        VM.prank(guardian);
        parameters.pause(uint64(block.timestamp + time));
    }

    function _request(uint256 amount) private {
        VM.prank(payer);
        escrow.requestWithdraw(COIN, amount);
    }
}

contract ClocksOfDemandTest is EscrowTest {
    function setUp() public override {
        super.setUp();
        IPricing.Terms memory terms;
        (terms.target, terms.floorBps, terms.capBps) = (10, 5_000, 40_000);
        VM.prank(seller);
        market.setPricing(model, terms);
    }

    function test_time_that_has_passed_is_reckoned_with_the_window_of_then() public {
        VM.warp(START + 23 hours);
        _set("demandWindow", 1 hours);
        VM.assertEq(pricing.demandOf(model), 1e18);
        VM.warp(START + 24 hours - 1);
        VM.assertEq(pricing.demandOf(model), 1e18);
        VM.warp(START + 24 hours);
        VM.assertEq(pricing.demandOf(model), 0.875e18);
    }

    function test_windows_of_each_era_count_by_its_step() public {
        VM.warp(START + 2 days);
        _set("demandStepBps", 625);
        VM.warp(START + 4 days);
        _set("demandWindow", 7 days);
        _set("demandStepBps", 1_250);
        VM.warp(START + 12 days);
        // Two windows of a day by an eighth, two by a sixteenth, one of a week by an eighth.
        uint256 wanted = 0.875e18 * 0.875 * 0.9375 * 0.9375 * 0.875;
        VM.assertLe(pricing.demandOf(model) - wanted, 4, "rounded up, a few 1e-18");
        VM.prank(buyer);
        market.purchaseAccess{value: 2 ether}(model);
        VM.assertLe(pricing.demandOf(model) - wanted, 4, "and so it is kept");
    }

    function test_what_was_sold_in_a_window_under_way_counts_in_the_one_that_goes_on() public {
        _buy(buyer, 20, buyer);
        VM.warp(START + 12 hours);
        _set("demandWindow", 6 hours);
        VM.warp(START + 18 hours);
        VM.assertEq(pricing.demandOf(model), 1.125e18);
        VM.warp(START + 24 hours);
        VM.assertLe(pricing.demandOf(model), 0.984375e18, "only once");
    }

    function test_the_eras_are_told_from_any_time_on() public {
        VM.warp(START + 1 days);
        _set("demandWindow", 2 hours);
        IProtocolParameters.DemandEra[] memory eras = parameters.demandErasFrom(START);
        VM.assertEq(eras.length, 2);
        VM.assertEq(eras[0].window, 1 days);
        VM.assertEq(eras[1].window, 2 hours);
        VM.assertEq(eras[1].stepBps, 1_250);
        VM.assertEq(parameters.demandErasFrom(START + 1 days).length, 1);
        VM.assertEq(parameters.demandErasFrom(0).length, 2);
    }

    function _set(bytes32 key, uint256 value) private {
        VM.prank(admin);
        parameters.set(key, value);
    }
}

contract ClocksOfCallPricesTest is EscrowTest {
    IModelMarketplace.Plan private constant METERED = IModelMarketplace.Plan.METERED;

    function test_a_price_a_call_is_in_force_ten_minutes_later() public {
        VM.expectEmit(address(pricing));
        emit IPricing.CallPriceSet(model, COIN, 5, uint64(START + 10 minutes));
        VM.expectEmit(address(market));
        emit IModelMarketplace.PlanSet(model, METERED, COIN, 5, 0);
        _set(COIN, 5);
        _costs(false, 0);
        VM.warp(START + 10 minutes);
        _costs(true, 5);
        _set(COIN, 6);
        _costs(true, 5);
        _set(COIN, NOT_OFFERED);
        VM.warp(START + 20 minutes - 1);
        _costs(true, 5);
        VM.warp(START + 20 minutes);
        _costs(false, 0);
        (bool offered,,, uint64 from) = pricing.lastCallPriceOf(model);
        VM.assertFalse(offered);
        VM.assertEq(from, START + 20 minutes);
        VM.assertEq(market.plans(model).length, 2);
    }

    function test_use_is_metered_by_rates_or_by_calls_and_never_by_both() public {
        _rates(COIN, 1);
        _rates(address(dollar), 1);
        bytes memory otherwise = abi.encodeWithSelector(IPricing.MeteredOtherwise.selector, model);
        _refused(otherwise);
        _set(COIN, 5);
        _rates(COIN, type(uint96).max);
        _refused(otherwise);
        _set(COIN, 5);
        _rates(address(dollar), type(uint96).max);
        _rates(address(dollar), type(uint96).max);
        _set(COIN, 5);
        _refused(otherwise);
        _rates(COIN, 0);
        _set(COIN, NOT_OFFERED);
        _rates(COIN, 1);
    }

    function test_a_listing_may_begin_with_a_price_a_call_alone() public {
        IModelMarketplace.ListingTerms memory terms = _terms(_id(seller, 9));
        terms.plans = new IModelMarketplace.PlanTerms[](1);
        terms.plans[0] = IModelMarketplace.PlanTerms(METERED, address(dollar), 2, 0);
        VM.prank(seller);
        market.list(terms);
        VM.warp(START + 10 minutes);
        (bool offered, address token, uint256 price) = pricing.callPriceOf(terms.modelId);
        VM.assertTrue(offered);
        VM.assertEq(token, address(dollar));
        VM.assertEq(price, 2);
        _refused(abi.encodeWithSelector(IModelMarketplace.PlanNotOffered.selector, terms.modelId, METERED));
        market.quote(terms.modelId, METERED, 1);
    }

    function test_refuses_a_price_of_nothing_too_much_a_period_and_an_unknown_token() public {
        uint256 most = type(uint88).max;
        _refused(abi.encodeWithSelector(IModelMarketplace.PriceOutOfBounds.selector, 0, 1, most));
        _set(COIN, 0);
        _refused(abi.encodeWithSelector(IModelMarketplace.PriceOutOfBounds.selector, most + 1, 1, most));
        _set(COIN, most + 1);
        _refused(abi.encodeWithSelector(IModelMarketplace.TokenNotAccepted.selector, stranger));
        _set(stranger, 1);
        _refused(abi.encodeWithSelector(IModelMarketplace.PeriodNotAccepted.selector, 1, 0));
        VM.prank(seller);
        market.setPlan(model, IModelMarketplace.PlanTerms(METERED, COIN, 1, 1));
    }

    function _set(address token, uint256 price) private {
        VM.prank(seller);
        market.setPlan(model, IModelMarketplace.PlanTerms(METERED, token, price, 0));
    }

    function _rates(address token, uint96 rate) private {
        VM.prank(seller);
        market.setRates(model, IPricing.Rates(token, rate, rate == 0 ? 1 : rate));
    }

    function _costs(bool wanted, uint256 wantedPrice) private view {
        (bool offered,, uint256 price) = pricing.callPriceOf(model);
        VM.assertTrue(offered == wanted);
        VM.assertEq(price, wantedPrice);
    }
}
