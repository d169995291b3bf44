// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IPricing} from "../src/interfaces/IPricing.sol";
import {MarketTest} from "./base/MarketTest.sol";
import {VM} from "./base/Vm.sol";

abstract contract PricingTest is MarketTest {
    uint256 internal constant ONE = 1e18;

    function _set(IPricing.Terms memory terms) internal {
        VM.prank(address(market));
        pricing.setTerms(model, terms);
    }

    function _demand(uint32 target, uint16 floor, uint16 cap) internal pure returns (IPricing.Terms memory terms) {
        (terms.target, terms.floorBps, terms.capBps) = (target, floor, cap);
    }

    function _take(uint32 quantity) internal returns (uint256 total) {
        VM.prank(address(market));
        (total,) = pricing.take(model, PRICE, quantity);
    }

    function _rate(uint160 raters, uint8 rating, uint256 weight) internal {
        for (uint160 i = 1; i <= raters; ++i) {
            VM.prank(address(market));
            ratings.record(model, address(i), rating, weight, "");
        }
    }
}

contract PricingSetTermsTest is PricingTest {
    function test_keeps_and_tells_them() public {
        IPricing.Terms memory terms = _demand(10, 5_000, 40_000);
        terms.premiumBps = 2_500;
        terms.tiers = new IPricing.Tier[](2);
        (terms.tiers[0], terms.tiers[1]) = (IPricing.Tier(5, 100), IPricing.Tier(50, 9_000));
        VM.expectEmit(address(pricing));
        emit IPricing.PricingSet(model, 10, 5_000, 40_000, 2_500, terms.tiers);
        _set(terms);
        IPricing.Terms memory kept = pricing.termsOf(model);
        VM.assertEq(keccak256(abi.encode(kept)), keccak256(abi.encode(terms)));
        terms.tiers = new IPricing.Tier[](0);
        _set(terms);
        VM.assertEq(pricing.termsOf(model).tiers.length, 0);
    }

    function test_demand_goes_on_within_the_new_bounds_and_starts_anew_after_a_rest() public {
        _set(_demand(10, 5_000, 40_000));
        VM.warp(START + 3 days);
        uint256 moved = pricing.demandOf(model);
        VM.expectEmit(address(pricing));
        emit IPricing.DemandMoved(model, ONE, moved);
        _set(_demand(20, 5_000, 40_000));
        VM.assertEq(pricing.demandOf(model), moved);
        _set(_demand(20, 9_000, 40_000));
        VM.assertEq(pricing.demandOf(model), 0.9e18);
        IPricing.Terms memory none;
        _set(none);
        VM.assertEq(pricing.demandOf(model), ONE);
        VM.warp(START + 9 days);
        _set(_demand(20, 5_000, 40_000));
        VM.assertEq(pricing.demandOf(model), ONE);
    }

    function test_refuses_bounds_out_of_bounds() public {
        _bounds_refused(1, 4_999, 10_000);
        _bounds_refused(1, 10_001, 20_000);
        _bounds_refused(1, 5_000, 9_999);
        _bounds_refused(1, 5_000, 40_001);
        _bounds_refused(0, 5_000, 0);
        _bounds_refused(0, 0, 10_000);
    }

    function test_refuses_a_premium_and_tiers_out_of_bounds() public {
        IPricing.Terms memory terms;
        terms.premiumBps = 2_501;
        _refused(abi.encodeWithSelector(IPricing.PremiumTooHigh.selector, 2_501, 2_500));
        _set(terms);
        terms.premiumBps = 0;
        terms.tiers = new IPricing.Tier[](6);
        _refused(abi.encodeWithSelector(IPricing.TooManyTiers.selector, 6, 5));
        _set(terms);
        terms.tiers = new IPricing.Tier[](2);
        (terms.tiers[0], terms.tiers[1]) = (IPricing.Tier(2, 100), IPricing.Tier(2, 200));
        _tiers_refused(terms, 1);
        terms.tiers[1] = IPricing.Tier(3, 100);
        _tiers_refused(terms, 1);
        terms.tiers[0] = IPricing.Tier(1, 100);
        _tiers_refused(terms, 0);
        terms.tiers[0] = IPricing.Tier(2, 9_001);
        _refused(abi.encodeWithSelector(IPricing.DiscountTooHigh.selector, 9_001, 9_000));
        _set(terms);
    }

    function test_refuses_everybody_but_the_market() public {
        IPricing.Terms memory terms;
        bytes memory reason = abi.encodeWithSelector(IPricing.NotMarket.selector, seller);
        _refused(reason);
        VM.prank(seller);
        pricing.setTerms(model, terms);
        _refused(reason);
        VM.prank(seller);
        pricing.setRates(model, IPricing.Rates(COIN, 1, 1));
        _refused(reason);
        VM.prank(seller);
        pricing.take(model, 1, 1);
    }

    function _bounds_refused(uint32 target, uint16 floor, uint16 cap) private {
        _refused(abi.encodeWithSelector(IPricing.BoundsNotAccepted.selector, target, floor, cap));
        _set(_demand(target, floor, cap));
    }

    function _tiers_refused(IPricing.Terms memory terms, uint256 index) private {
        _refused(abi.encodeWithSelector(IPricing.TiersNotRising.selector, index));
        _set(terms);
    }
}

contract PricingDemandTest is PricingTest {
    function test_a_sale_moves_the_next_windows_price_and_not_its_own() public {
        _set(_demand(10, 5_000, 40_000));
        VM.assertEq(_take(20), 20 * PRICE);
        VM.assertEq(_take(1), PRICE);
        VM.warp(START + 1 days);
        VM.assertEq(pricing.quote(model, PRICE, 1).basePrice, PRICE);
        VM.assertEq(pricing.demandOf(model), 1.125e18);
        VM.expectEmit(address(pricing));
        emit IPricing.DemandMoved(model, ONE, 1.125e18);
        VM.assertEq(_take(1), 1.125 ether);
    }

    function test_what_sells_as_expected_stays_and_half_of_it_falls_by_half_a_step() public {
        _set(_demand(10, 5_000, 40_000));
        _take(10);
        VM.warp(START + 1 days);
        VM.assertEq(pricing.demandOf(model), ONE);
        _take(5);
        VM.warp(START + 2 days);
        VM.assertEq(pricing.demandOf(model), 0.9375e18);
    }

    function test_it_decays_by_a_step_an_idle_window_to_the_floor() public {
        _set(_demand(10, 6_000, 40_000));
        VM.warp(START + 3 days);
        VM.assertEq(pricing.demandOf(model), ONE * 875 ** 3 / 1e9);
        VM.warp(START + 3_000 days);
        VM.assertEq(pricing.demandOf(model), 0.6e18);
        VM.assertEq(pricing.quote(model, PRICE, 1).total, 0.6 ether);
    }

    function test_it_rises_to_the_cap() public {
        _set(_demand(1, 5_000, 12_000));
        for (uint256 day = 1; day < 4; ++day) {
            _take(2);
            VM.warp(START + day * 1 days);
        }
        VM.assertEq(pricing.demandOf(model), 1.2e18);
    }

    function test_quotes_stay_inside_floor_cap_and_step(uint32[12] memory sold, uint32 target, uint88 price) public {
        VM.assume(target > 0 && price > 0);
        _set(_demand(target, 7_000, 15_000));
        uint256 last = price;
        for (uint256 i = 0; i < sold.length; ++i) {
            if (sold[i] != 0) _take(sold[i]);
            VM.warp(START + (i + 1) * 1 days);
            uint256 unit = pricing.quote(model, price, 1).unitPrice;
            VM.assertLe(unit * 10_000, uint256(price) * 15_000, "cap");
            VM.assertLe(uint256(price) * 7_000, unit * 10_000, "floor");
            VM.assertLe(unit * 8, last * 9 + 16, "step up");
            VM.assertLe(last * 7, unit * 8 + 16, "step down");
            last = unit;
        }
    }

    function test_a_countless_number_of_units_is_counted_to_the_end() public {
        _set(_demand(type(uint32).max, 5_000, 40_000));
        _take(type(uint32).max);
        _take(type(uint32).max);
        VM.warp(START + 1 days);
        VM.assertEq(pricing.demandOf(model), ONE);
    }
}

contract PricingPremiumTest is PricingTest {
    function setUp() public override {
        super.setUp();
        IPricing.Terms memory terms;
        terms.premiumBps = 2_000;
        _set(terms);
    }

    function test_full_marks_of_enough_raters_add_all_of_it() public {
        _rate(10, 5, 1e15);
        VM.assertEq(pricing.quote(model, PRICE, 1).premiumBps, 2_000);
        VM.assertEq(pricing.quote(model, PRICE, 1).total, 1.2 ether);
        VM.prank(admin);
        parameters.set("premiumCapBps", 1_000);
        VM.assertEq(pricing.quote(model, PRICE, 1).total, 1.1 ether);
    }

    function test_four_of_five_add_half_and_three_nothing() public {
        _rate(10, 4, 1e15);
        VM.assertEq(pricing.quote(model, PRICE, 1).premiumBps, 1_000);
        _rate(10, 3, 1e15);
        VM.assertEq(pricing.quote(model, PRICE, 1).premiumBps, 0);
    }

    function test_too_few_raters_or_fees_add_nothing() public {
        _rate(9, 5, 1e16);
        VM.assertEq(pricing.quote(model, PRICE, 1).premiumBps, 0);
        _rate(10, 5, 1e14);
        VM.assertEq(pricing.quote(model, PRICE, 1).premiumBps, 0);
    }

    function test_demand_and_premium_together_stay_below_the_cap() public {
        _rate(10, 5, 1e15);
        IPricing.Terms memory terms = _demand(1, 5_000, 11_000);
        terms.premiumBps = 2_500;
        _set(terms);
        VM.assertEq(pricing.quote(model, PRICE, 1).unitPrice, 1.1 ether);
    }
}

contract PricingTiersTest is PricingTest {
    function test_the_last_tier_reached_counts_and_the_total_is_rounded_up() public {
        IPricing.Terms memory terms;
        terms.tiers = new IPricing.Tier[](2);
        (terms.tiers[0], terms.tiers[1]) = (IPricing.Tier(3, 1_000), IPricing.Tier(10, 9_000));
        _set(terms);
        VM.assertEq(pricing.quote(model, 1, 2).total, 2);
        VM.assertEq(pricing.quote(model, 1, 3).total, 3);
        VM.assertEq(pricing.quote(model, 100, 9).total, 810);
        VM.assertEq(pricing.quote(model, 100, 10).total, 100);
        VM.assertEq(pricing.quote(model, 1, 10).total, 1);
    }
}
