// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IModelMarketplace} from "../src/interfaces/IModelMarketplace.sol";
import {IRevenueSplitter} from "../src/interfaces/IRevenueSplitter.sol";
import {MarketTest} from "./base/MarketTest.sol";
import {VM} from "./base/Vm.sol";

/// @dev On each coin and each pass that it receives it makes one call, and keeps what came of it.
contract Reentrant {
    address private _target;
    bytes private _call;
    uint256 private _value;
    bool public failed;
    bytes public reason;

    function arm(address target, uint256 value, bytes calldata call_) external {
        (_target, _value, _call) = (target, value, call_);
    }

    function run(address target, uint256 value, bytes calldata call_) external payable {
        (bool done, bytes memory data) = target.call{value: value}(call_);
        if (!done) {
            assembly {
                revert(add(data, 32), mload(data))
            }
        }
    }

    receive() external payable {
        _strike();
    }

    function onERC1155Received(address, address, uint256, uint256, bytes calldata) external returns (bytes4) {
        _strike();
        return this.onERC1155Received.selector;
    }

    function _strike() private {
        if (_target == address(0)) return;
        address target = _target;
        _target = address(0);
        bool done;
        (done, reason) = target.call{value: _value}(_call);
        failed = !done;
    }
}

contract AttackTest is MarketTest {
    Reentrant private attacker;

    function setUp() public override {
        super.setUp();
        attacker = new Reentrant();
        VM.deal(address(attacker), 10 ether);
    }

    function test_a_buyer_cannot_reenter_from_the_pass_or_the_surplus() public {
        bytes memory again = abi.encodeCall(IModelMarketplace.purchaseAccess, (model));
        attacker.arm(address(market), 1 ether, again);
        attacker.run(address(market), 3 ether, again);
        _struck_the_guard();
        VM.assertEq(pass.balanceOf(address(attacker), uint256(model)), 1);

        IModelMarketplace.Order memory order = _order(IModelMarketplace.Plan.LASTING, 1, friend);
        attacker.arm(address(market), 1 ether, again);
        attacker.run(address(market), 3 ether, abi.encodeCall(IModelMarketplace.purchase, (order)));
        _struck_the_guard();
        VM.assertEq(address(attacker).balance, 8 ether);
        VM.assertEq(address(market).balance, 0);
    }

    function test_a_seller_cannot_reenter_the_withdrawal() public {
        (address[] memory recipients, uint16[] memory bps) = _alone(address(attacker));
        VM.prank(seller);
        splitter.setSplit(model, recipients, bps);
        _buy(buyer, 2, buyer);
        VM.warp((MATURITY + 1) * 1 days);
        splitter.distribute(model, COIN, MATURITY, recipients, bps);
        VM.warp(START);
        _buy(buyer, 5, buyer);

        bytes memory withdrawal = abi.encodeCall(IRevenueSplitter.withdraw, (COIN));
        attacker.arm(address(splitter), 0, withdrawal);
        attacker.run(address(splitter), 0, withdrawal);
        _struck_the_guard();
        VM.assertEq(address(attacker).balance, 10 ether + 1.95 ether);
        VM.assertEq(address(splitter).balance, 5 ether + 0.05 ether);
    }

    function test_a_seller_who_takes_no_coin_stops_nobody() public {
        (address[] memory recipients, uint16[] memory bps) = _shared(2);
        recipients[0] = address(pass);
        VM.prank(seller);
        splitter.setSplit(model, recipients, bps);
        _buy(buyer, 1, buyer);
        VM.warp((MATURITY + 1) * 1 days);
        splitter.distribute(model, COIN, MATURITY, recipients, bps);
        VM.prank(recipients[1]);
        splitter.withdraw(COIN);
        VM.assertEq(recipients[1].balance, 0.4875 ether);
    }

    function test_a_price_raised_before_the_purchase_stops_it() public {
        IModelMarketplace.Order memory order = _order(IModelMarketplace.Plan.LASTING, 1, buyer);
        order.maxPrice = market.quote(model, order.plan, 1).total;
        VM.prank(seller);
        market.setPlan(model, _lasting(PRICE + 1));
        _refused(abi.encodeWithSelector(IModelMarketplace.PriceAboveMaximum.selector, PRICE + 1, PRICE));
        VM.prank(buyer);
        market.purchase{value: 5 ether}(order);
    }

    function test_a_price_lowered_before_the_purchase_costs_less() public {
        VM.prank(seller);
        market.setPlan(model, _lasting(1));
        uint256 before = buyer.balance;
        VM.prank(buyer);
        market.purchaseAccess{value: PRICE}(model);
        VM.assertEq(before - buyer.balance, 1);
    }

    function test_nobody_squats_an_id(address squatter, uint96 salt) public {
        VM.assume(squatter != seller);
        bytes32 id = _id(seller, salt);
        _refused(abi.encodeWithSelector(IModelMarketplace.NotSeller.selector, id, squatter));
        VM.prank(squatter);
        market.listModel(id, 1, METADATA);
    }

    function test_trading_with_oneself_loses_the_fee() public {
        uint256 before = seller.balance;
        VM.prank(seller);
        market.purchaseAccess{value: PRICE}(model);
        VM.warp((MATURITY + 1) * 1 days);
        _distribute(MATURITY);
        VM.prank(seller);
        splitter.withdraw(COIN);
        VM.assertEq(before - seller.balance, PRICE * 250 / 10_000);
    }

    function test_coin_forced_into_the_splitter_is_nobodys() public {
        VM.deal(address(splitter), 100 ether);
        _buy(buyer, 1, buyer);
        VM.warp((MATURITY + 1) * 1 days);
        _distribute(MATURITY);
        VM.assertEq(splitter.credits(seller, COIN) + splitter.credits(vault, COIN), PRICE);
    }

    function _struck_the_guard() private view {
        VM.assertTrue(attacker.failed());
        VM.assertEq(
            keccak256(attacker.reason()),
            keccak256(abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector))
        );
    }
}
