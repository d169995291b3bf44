// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {DemoDollar} from "../src/DemoDollar.sol";
import {IDemoDollar} from "../src/interfaces/IDemoDollar.sol";
import {VM} from "./base/Vm.sol";

contract DemoDollarFaucetTest {
    DemoDollar private dollar = new DemoDollar();

    function test_says_what_it_is() public view {
        VM.assertEq(dollar.name(), "Demo Dollar");
        VM.assertEq(dollar.symbol(), "DEMOUSD");
        VM.assertEq(dollar.decimals(), 6);
        VM.assertEq(dollar.totalSupply(), 0);
    }

    function test_gives_a_thousand_once_a_day() public {
        VM.warp(1_000_000);
        dollar.faucet();
        VM.assertEq(dollar.balanceOf(address(this)), 1_000e6);
        VM.assertEq(dollar.nextFaucet(address(this)), 1_000_000 + 24 hours);

        VM.warp(1_000_000 + 24 hours - 1);
        VM.expectRevert(
            abi.encodeWithSelector(IDemoDollar.TooEarly.selector, address(this), 1_000_000 + 24 hours)
        );
        dollar.faucet();
        VM.warp(1_000_000 + 24 hours);
        dollar.faucet();
        VM.assertEq(dollar.totalSupply(), 2_000e6);
    }
}
