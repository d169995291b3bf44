// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IModelMarketplace} from "../src/interfaces/IModelMarketplace.sol";
import {IRevenueSplitter} from "../src/interfaces/IRevenueSplitter.sol";
import {MarketTest} from "./base/MarketTest.sol";
import {MarketHandler} from "./base/MarketHandler.sol";

import {VM} from "./base/Vm.sol";

contract MarketInvariants is MarketTest {
    MarketHandler private handler;

    function setUp() public override {
        VM.warp(START);
        _deploy();
        handler = new MarketHandler(market, splitter, parameters, pass, admin, vault);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_the_splitter_holds_exactly_what_it_owes() public view {
        VM.assertEq(address(splitter).balance, handler.waiting() + handler.credited(), "buckets and credits");
    }

    function invariant_the_market_holds_nothing() public view {
        VM.assertEq(address(market).balance, 0);
    }

    function invariant_what_was_paid_is_fee_and_sellers_part_to_the_wei() public view {
        VM.assertEq(handler.paid(), handler.waiting() + handler.fees() + handler.shared(), "paid");
    }

    function invariant_nobody_takes_out_more_than_is_owed_to_them() public view {
        VM.assertEq(handler.withdrawn() + handler.credited(), handler.fees() + handler.shared(), "withdrawn");
        for (uint256 i = 0; i < handler.ACTORS(); ++i) {
            address actor = handler.actor(i);
            VM.assertLe(handler.withdrawnBy(actor), handler.earnedBy(actor), "actor");
        }
    }

    function invariant_every_pass_was_bought_and_none_is_locked_twice() public view {
        uint256 held;
        for (uint256 i = 0; i < handler.ACTORS(); ++i) {
            uint256 balance = pass.balanceOf(handler.actor(i), uint256(handler.model()));
            VM.assertLe(pass.lockedOf(handler.actor(i), uint256(handler.model())), balance, "locked");
            held += balance;
        }
        VM.assertEq(held, handler.passes(), "passes");
    }
}
