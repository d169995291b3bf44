// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IProtocolParameters} from "../src/interfaces/IProtocolParameters.sol";
import {MarketTest} from "./base/MarketTest.sol";
import {VM} from "./base/Vm.sol";

contract ParametersGetTest is MarketTest {
    function test_starts_with_the_values_of_the_table() public view {
        _is("feeBps", 250, 0, 500);
        _is("referralBps", 50, 0, 200);
        _is("stakersBps", 75, 0, 200);
        _is("bonusCapBps", 50, 0, 200);
        _is("refundWindow", 7 days, 1 days, 30 days);
        _is("disputeLimit", 14 days, 7 days, 30 days);
        _is("demandWindow", 1 days, 1 hours, 7 days);
        _is("demandStepBps", 1_250, 1, 1_250);
        _is("premiumCapBps", 2_500, 0, 2_500);
        _is("minRatedFee", 1e14, 0, 1e16);
        _is("escrowDelay", 24 hours, 12 hours, 7 days);
        _is("pauseMax", 7 days, 1 hours, 14 days);
    }

    function test_says_what_a_sale_is_made_under() public view {
        IProtocolParameters.SaleTerms memory terms = parameters.saleTerms();
        VM.assertEq(terms.feeBps, 250);
        VM.assertEq(terms.refundWindow, 7 days);
        VM.assertEq(terms.referralBps, 50);
        VM.assertEq(terms.pausedUntil, 0);
    }

    function test_knows_twelve_keys_and_each_has_bounds() public view {
        bytes32[] memory keys = parameters.keys();
        VM.assertEq(keys.length, 12);
        for (uint256 i = 0; i < keys.length; ++i) {
            (uint256 least, uint256 most) = parameters.bounds(keys[i]);
            VM.assertTrue(least <= parameters.get(keys[i]) && parameters.get(keys[i]) <= most);
        }
    }

    function test_refuses_a_key_that_it_does_not_know() public {
        _refused(abi.encodeWithSelector(IProtocolParameters.UnknownParameter.selector, bytes32("fee")));
        parameters.get("fee");
        _refused(abi.encodeWithSelector(IProtocolParameters.UnknownParameter.selector, bytes32("fee")));
        parameters.bounds("fee");
    }

    function _is(bytes32 key, uint256 value, uint256 least, uint256 most) private view {
        (uint256 low, uint256 high) = parameters.bounds(key);
        VM.assertEq(parameters.get(key), value);
        VM.assertEq(low, least);
        VM.assertEq(high, most);
    }
}

contract ParametersSetTest is MarketTest {
    function test_the_admin_sets_each_key_to_both_ends_of_its_bounds() public {
        _set("stakersBps", 0);
        _set("bonusCapBps", 0);
        _set("referralBps", 0);
        bytes32[] memory keys = parameters.keys();
        for (uint256 i = keys.length; i != 0; --i) {
            (uint256 least, uint256 most) = parameters.bounds(keys[i - 1]);
            _set(keys[i - 1], least);
            VM.assertEq(parameters.get(keys[i - 1]), least);
            _set("feeBps", 500);
            _set(keys[i - 1], most);
            VM.assertEq(parameters.get(keys[i - 1]), most);
            if (most == 200) _set(keys[i - 1], 0);
        }
        VM.assertEq(parameters.saleTerms().feeBps, 500);
        VM.assertEq(parameters.saleTerms().refundWindow, 30 days);
    }

    function test_emits_the_old_and_the_new_value() public {
        VM.expectEmit(address(parameters));
        emit IProtocolParameters.ParameterSet("referralBps", 50, 60);
        _set("referralBps", 60);
        VM.assertEq(parameters.saleTerms().referralBps, 60);
    }

    function test_refuses_what_is_out_of_bounds() public {
        bytes32[] memory keys = parameters.keys();
        for (uint256 i = 0; i < keys.length; ++i) {
            (uint256 least, uint256 most) = parameters.bounds(keys[i]);
            if (least != 0) _set_refused(keys[i], least - 1, least, most);
            _set_refused(keys[i], most + 1, least, most);
        }
    }

    function test_what_the_fee_pays_for_stays_within_nine_tenths_of_it() public {
        _set("stakersBps", 125);
        _shares_refused("referralBps", 51, 226, 225);
        _shares_refused("stakersBps", 126, 226, 225);
        _shares_refused("bonusCapBps", 51, 226, 225);
        _shares_refused("feeBps", 249, 225, 224);
        _set("feeBps", 250);
    }

    function test_refuses_everybody_else() public {
        _refused(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        VM.prank(stranger);
        parameters.set("feeBps", 1);
    }

    function _set(bytes32 key, uint256 value) private {
        VM.prank(admin);
        parameters.set(key, value);
    }

    function _shares_refused(bytes32 key, uint256 value, uint256 shares, uint256 most) private {
        _refused(abi.encodeWithSelector(IProtocolParameters.SharesAboveFee.selector, shares, most));
        _set(key, value);
    }

    function _set_refused(bytes32 key, uint256 value, uint256 least, uint256 most) private {
        _refused(abi.encodeWithSelector(IProtocolParameters.ParameterOutOfBounds.selector, key, value, least, most));
        _set(key, value);
    }
}

contract ParametersSetTokenTest is MarketTest {
    function test_accepts_a_token_and_stops() public {
        VM.expectEmit(address(parameters));
        emit IProtocolParameters.TokenSet(stranger, true, 5);
        VM.prank(admin);
        parameters.setToken(stranger, true, 5);
        VM.assertTrue(parameters.tokenTerms(stranger).accepted);
        VM.assertEq(parameters.tokenTerms(stranger).weight, 5);
        VM.prank(admin);
        parameters.setToken(stranger, false, 0);
        VM.assertFalse(parameters.tokenTerms(stranger).accepted);
    }

    function test_the_coin_is_always_accepted() public {
        VM.assertTrue(parameters.tokenTerms(COIN).accepted);
        VM.assertEq(parameters.tokenTerms(COIN).weight, 1e18);
        _refused(abi.encodeWithSelector(IProtocolParameters.CoinIsAccepted.selector));
        VM.prank(admin);
        parameters.setToken(COIN, false, 0);
    }
}

contract ParametersPauseTest is MarketTest {
    function test_the_guardian_pauses_and_it_ends_by_itself() public {
        uint64 until = uint64(START + 7 days);
        VM.expectEmit(address(parameters));
        emit IProtocolParameters.PausedUntil(guardian, until);
        _pause(until);
        VM.assertTrue(parameters.isPaused());
        VM.warp(until - 1);
        VM.assertTrue(parameters.isPaused());
        VM.warp(until);
        VM.assertFalse(parameters.isPaused());
    }

    function test_refuses_more_than_the_longest_and_what_is_over() public {
        bytes4 selector = IProtocolParameters.PauseOutOfBounds.selector;
        uint256 most = START + 7 days;
        _refused(abi.encodeWithSelector(selector, most + 1, most));
        _pause(uint64(most + 1));
        _refused(abi.encodeWithSelector(selector, START, most));
        _pause(uint64(START));
    }

    function test_the_guardian_neither_lengthens_nor_ends_it_and_rests_for_thirty_days() public {
        uint64 until = uint64(START + 1 days);
        _pause(until);
        bytes memory resting = abi.encodeWithSelector(IProtocolParameters.PauseResting.selector, until + 30 days);
        _refused(resting);
        _pause(until + 1);
        VM.warp(until + 30 days - 1);
        _refused(resting);
        _pause(until + 31 days);
        VM.warp(until + 30 days);
        _pause(until + 31 days);
        VM.assertTrue(parameters.isPaused());
    }

    function test_the_admin_lengthens_and_ends_it() public {
        _pause(uint64(START + 1 days));
        VM.prank(admin);
        parameters.setPause(uint64(START + 90 days));
        VM.warp(START + 60 days);
        VM.assertTrue(parameters.isPaused());
        _refused(abi.encodeWithSelector(IProtocolParameters.PauseResting.selector, START + 90 days));
        _pause(uint64(START + 61 days));
        VM.prank(admin);
        parameters.setPause(0);
        VM.assertFalse(parameters.isPaused());
    }

    function _pause(uint64 until) private {
        VM.prank(guardian);
        parameters.pause(until);
    }
}
