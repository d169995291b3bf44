// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IProtocolParameters} from "../src/interfaces/IProtocolParameters.sol";
import {MarketTest} from "./base/MarketTest.sol";
import {VM} from "./base/Vm.sol";

contract ParametersGetTest is MarketTest {
    function test_starts_with_the_values_of_the_table() public view {
        VM.assertEq(parameters.get("feeBps"), 250);
        VM.assertEq(parameters.get("refundWindow"), 7 days);
        VM.assertEq(parameters.saleTerms().feeBps, 250);
        VM.assertEq(parameters.saleTerms().refundWindow, 7 days);
    }

    function test_refuses_a_key_that_it_does_not_know() public {
        _refused(abi.encodeWithSelector(IProtocolParameters.UnknownParameter.selector, bytes32("fee")));
        parameters.get("fee");
        _refused(abi.encodeWithSelector(IProtocolParameters.UnknownParameter.selector, bytes32("fee")));
        parameters.bounds("fee");
    }
}

contract ParametersSetTest is MarketTest {
    function test_the_admin_sets_each_key_within_its_bounds(uint256 fee, uint256 window) public {
        fee = fee % 501;
        window = 1 days + window % (29 days + 1);
        VM.expectEmit(address(parameters));
        emit IProtocolParameters.ParameterSet("feeBps", 250, fee);
        VM.prank(admin);
        parameters.set("feeBps", fee);
        VM.prank(admin);
        parameters.set("refundWindow", window);
        VM.assertEq(parameters.saleTerms().feeBps, fee);
        VM.assertEq(parameters.saleTerms().refundWindow, window);
    }

    function test_refuses_what_is_out_of_bounds() public {
        _set_refused("feeBps", 501, 0, 500);
        _set_refused("refundWindow", 1 days - 1, 1 days, 30 days);
        _set_refused("refundWindow", 30 days + 1, 1 days, 30 days);
    }

    function test_refuses_everybody_else() public {
        _refused(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        VM.prank(stranger);
        parameters.set("feeBps", 1);
    }

    function _set_refused(bytes32 key, uint256 value, uint256 least, uint256 most) private {
        _refused(abi.encodeWithSelector(IProtocolParameters.ParameterOutOfBounds.selector, key, value, least, most));
        VM.prank(admin);
        parameters.set(key, value);
    }
}
