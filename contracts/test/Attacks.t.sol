// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IAccessPass} from "../src/interfaces/IAccessPass.sol";
import {IModelMarketplace} from "../src/interfaces/IModelMarketplace.sol";
import {IPricing} from "../src/interfaces/IPricing.sol";
import {IRevenueSplitter} from "../src/interfaces/IRevenueSplitter.sol";
import {FeeToken, HookToken, RebasingToken} from "./base/Tokens.sol";
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
    IModelMarketplace.Plan private constant LASTING = IModelMarketplace.Plan.LASTING;

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

    function test_one_person_in_every_part_loses_a_tenth_of_the_fee(uint88 price, uint16[4] memory bps) public {
        VM.assume(price >= 10_000);
        _set_shares(bps);
        VM.prank(seller);
        market.setPlan(model, _lasting(price));
        IModelMarketplace.Order memory order = _order(LASTING, 1, buyer);
        order.referrer = friend;
        VM.deal(buyer, price);
        _purchase(buyer, order);
        VM.warp((MATURITY + 1) * 1 days);
        _distribute(MATURITY);
        if (splitter.referralBucket(friend, COIN, MATURITY) != 0) {
            splitter.distributeReferral(friend, COIN, MATURITY);
        }

        uint256 fee = uint256(price) * parameters.get("feeBps") / 10_000;
        uint256 back = splitter.credits(seller, COIN) + splitter.credits(friend, COIN);
        // Stakers and bonus are paid out of the vault, at most these parts of the price.
        back += uint256(price) * (parameters.get("stakersBps") + parameters.get("bonusCapBps")) / 10_000;
        VM.assertLe(fee, (price - back) * 10 + 20, "a tenth of the fee, to the wei that rounding leaves");
        VM.assertTrue(price - back >= fee / 10);
    }

    function test_quantity_and_price_of_zero_buy_nothing() public {
        uint256 most = type(uint32).max;
        IModelMarketplace.Order memory order = _order(LASTING, 0, buyer);
        _refused(abi.encodeWithSelector(IModelMarketplace.QuantityOutOfBounds.selector, 0, most));
        VM.prank(buyer);
        market.purchase(order);
        _refused(abi.encodeWithSelector(IModelMarketplace.PriceOutOfBounds.selector, 0, 1, type(uint88).max));
        VM.prank(seller);
        market.setPlan(model, _lasting(0));
    }

    function test_a_demand_price_cannot_be_moved_under_a_purchase() public {
        IPricing.Terms memory terms;
        (terms.target, terms.floorBps, terms.capBps) = (1, 5_000, 40_000);
        VM.prank(seller);
        market.setPricing(model, terms);
        uint256 asked = market.quote(model, LASTING, 1).total;
        _buy(friend, 100, friend);
        VM.assertEq(market.quote(model, LASTING, 1).total, asked);
        VM.warp(START + 1 days);
        IModelMarketplace.Order memory order = _order(LASTING, 1, buyer);
        order.maxPrice = asked;
        uint256 moved = asked * 1125 / 1000;
        _refused(abi.encodeWithSelector(IModelMarketplace.PriceAboveMaximum.selector, moved, asked));
        VM.prank(buyer);
        market.purchase{value: 2 ether}(order);
    }

    function test_ratings_for_dust_weigh_nothing() public {
        VM.prank(seller);
        market.setPlan(model, _lasting(1));
        for (uint160 i = 1; i <= 20; ++i) {
            VM.deal(address(0x5000 + i), 1);
            VM.prank(address(0x5000 + i));
            market.purchaseAccess{value: 1}(model);
        }
        VM.warp((MATURITY + 1) * 1 days);
        for (uint160 i = 1; i <= 20; ++i) {
            VM.prank(address(0x5000 + i));
            market.rateModel(model, 5, "");
        }
        VM.assertEq(ratings.scoreOf(model).weight, 0);
        VM.assertEq(ratings.scoreOf(model).raters, 0);
    }

    function test_a_seller_does_not_rate_itself_nor_does_a_refund_buy_a_rating() public {
        VM.prank(seller);
        market.purchaseAccess{value: PRICE}(model);
        VM.warp((MATURITY + 1) * 1 days);
        _refused(abi.encodeWithSelector(IModelMarketplace.NotEligibleToRate.selector, model, seller));
        VM.prank(seller);
        market.rateModel(model, 5, "");

        IModelMarketplace.Purchase memory p = _bought(1, buyer);
        _buy(buyer, 1, buyer);
        VM.prank(buyer);
        market.rateModel(model, 5, "");
        _refund(buyer, buyer, p);
        VM.assertEq(ratings.scoreOf(model).weight, 0);
    }

    function test_a_split_changed_after_a_big_sale_changes_nothing_of_it() public {
        _buy(buyer, 9, buyer);
        (address[] memory recipients, uint16[] memory bps) = _alone(stranger);
        VM.prank(seller);
        splitter.setSplit(model, recipients, bps);
        VM.warp((MATURITY + 1) * 1 days);
        bytes32 hash = splitter.splitHash(model);
        _refused(abi.encodeWithSelector(IRevenueSplitter.EmptyBucket.selector, model, COIN, hash, MATURITY));
        splitter.distribute(model, COIN, MATURITY, recipients, bps);
    }

    function test_a_refund_names_no_other_bucket_than_its_own() public {
        (address[] memory recipients, uint16[] memory bps) = _alone(friend);
        _buy(friend, 5, friend);
        IModelMarketplace.Purchase memory p = _bought(1, buyer);
        VM.prank(seller);
        splitter.setSplit(model, recipients, bps);
        _buy(buyer, 1, buyer);
        _refused(abi.encodeWithSelector(IModelMarketplace.WrongReceipt.selector, model, buyer));
        _refund(buyer, buyer, p);
    }

    function test_a_pass_is_not_sold_on_and_then_refunded() public {
        uint256 id = uint256(model);
        VM.prank(seller);
        pass.allowTransfers(model, true);
        VM.prank(seller);
        pass.allowResale(model, true, 0);
        _buy(buyer, 1, buyer);
        IModelMarketplace.Purchase memory p = _bought(1, buyer);
        bytes memory locked = abi.encodeWithSelector(IAccessPass.PassesLocked.selector, buyer, id, 1, 0);
        _refused(locked);
        VM.prank(buyer);
        pass.safeTransferFrom(buyer, friend, id, 1, "");
        VM.prank(buyer);
        pass.offer(id, 1, COIN, 1, uint64(START + 30 days));
        _refused(locked);
        VM.prank(friend);
        pass.accept{value: 1}(id, buyer, 1, friend, COIN, 1);

        VM.warp((MATURITY + 1) * 1 days);
        VM.prank(friend);
        pass.accept{value: 1}(id, buyer, 1, friend, COIN, 1);
        _refused(abi.encodeWithSelector(IModelMarketplace.RefundWindowOver.selector, MATURITY, MATURITY + 1));
        _refund(buyer, buyer, p);
    }

    function test_a_dispute_is_paid_once() public {
        _buy(buyer, 1, buyer);
        _buy(friend, 9, friend);
        IModelMarketplace.Purchase memory p = _bought(1, buyer);
        VM.prank(buyer);
        market.openDispute(model, p, 0, "");
        _refused(abi.encodeWithSelector(IModelMarketplace.WrongReceipt.selector, model, buyer));
        _refund(buyer, buyer, p);
        VM.prank(seller);
        market.closeDispute(model, buyer, p, 0);
        bytes32 receipt = market.receiptOf(model, buyer, p, 0);
        _refused(abi.encodeWithSelector(IModelMarketplace.NotDisputed.selector, receipt));
        market.closeDispute(model, buyer, p, 0);
        VM.assertEq(splitter.credits(buyer, COIN), PRICE);
    }

    function test_a_buyer_that_takes_no_pass_cannot_hold_up_a_ruling() public {
        attacker.run(address(market), 1 ether, abi.encodeCall(IModelMarketplace.purchaseAccess, (model)));
        IModelMarketplace.Purchase memory p = _bought(1, address(attacker));
        attacker.run(address(market), 0, abi.encodeCall(IModelMarketplace.openDispute, (model, p, 0, "")));
        VM.etch(address(attacker), hex"fe");
        VM.prank(seller);
        market.answerDispute(model, address(attacker), p, 0, "cid");
        VM.warp(START + 14 days + 1);
        market.closeDispute(model, address(attacker), p, 0);
        VM.assertEq(_bucket(20_014).gross, PRICE);
        VM.assertEq(pass.balanceOf(address(attacker), uint256(model)), 1);
    }

    function test_a_referrer_who_takes_no_coin_stops_nobody() public {
        IModelMarketplace.Order memory order = _order(LASTING, 1, buyer);
        order.referrer = address(pass);
        _purchase(buyer, order);
        VM.warp((MATURITY + 1) * 1 days);
        splitter.distributeReferral(address(pass), COIN, MATURITY);
        _distribute(MATURITY);
        VM.prank(seller);
        splitter.withdraw(COIN);
        VM.assertEq(address(splitter).balance, 0.025 ether);
    }

    function test_a_buyer_reenters_a_refund_and_gains_nothing() public {
        IModelMarketplace.Purchase memory p = _bought(1, address(attacker));
        attacker.arm(
            address(market), 0, abi.encodeCall(IModelMarketplace.refund, (model, address(attacker), p, 0, 0))
        );
        attacker.run(address(market), 1 ether, abi.encodeCall(IModelMarketplace.purchaseAccess, (model)));
        VM.assertEq(splitter.credits(address(attacker), COIN), PRICE);
        VM.assertEq(pass.balanceOf(address(attacker), uint256(model)), 0);
        VM.assertEq(_bucket(MATURITY).gross, 0);
        VM.assertEq(address(splitter).balance, PRICE);
    }

    function test_a_resale_cannot_be_reentered() public {
        VM.prank(seller);
        pass.allowResale(model, true, 0);
        _buy(buyer, 2, buyer);
        VM.warp((MATURITY + 1) * 1 days);
        VM.prank(buyer);
        pass.offer(uint256(model), 2, COIN, 1, uint64(block.timestamp));
        bytes memory taken =
            abi.encodeCall(IAccessPass.accept, (uint256(model), buyer, 1, address(attacker), COIN, 1));
        attacker.arm(address(pass), 1, taken);
        attacker.run(address(pass), 1, taken);
        _struck_the_guard();
    }

    function test_a_token_that_keeps_a_part_for_itself_buys_nothing() public {
        FeeToken token = new FeeToken();
        token.mint(buyer, 1_000);
        IModelMarketplace.Order memory order = _priced_in(address(token));
        _refused(abi.encodeWithSelector(IRevenueSplitter.AmountNotReceived.selector, address(token), 100, 99));
        VM.prank(buyer);
        market.purchase(order);
    }

    function test_a_token_that_shrinks_takes_nothing_of_another() public {
        RebasingToken token = new RebasingToken();
        token.mint(buyer, 1_000);
        IModelMarketplace.Order memory order = _priced_in(address(token));
        _purchase(buyer, order);
        order = _order(LASTING, 1, friend);
        token.halve();
        VM.warp((MATURITY + 1) * 1 days);
        (address[] memory recipients, uint16[] memory bps) = _alone(seller);
        splitter.distribute(model, address(token), MATURITY, recipients, bps);
        VM.expectPartialRevert(IERC20Errors.ERC20InsufficientBalance.selector);
        VM.prank(seller);
        splitter.withdraw(address(token));
        VM.assertEq(splitter.credits(seller, address(token)), 98);
    }

    function test_a_token_with_hooks_cannot_have_its_transfer_counted_twice() public {
        HookToken token = new HookToken();
        token.mint(buyer, 1_000);
        token.mint(address(token), 1_000);
        IModelMarketplace.Order memory order = _priced_in(address(token));
        token.arm(address(market), abi.encodeCall(IModelMarketplace.purchase, (order)));
        _purchase(buyer, order);
        VM.assertEq(bytes32(token.reason()), _guard());
        VM.assertEq(token.balanceOf(address(splitter)), 100);
    }

    function test_a_token_with_hooks_cannot_reenter_a_withdrawal() public {
        HookToken token = new HookToken();
        token.mint(buyer, 1_000);
        IModelMarketplace.Order memory order = _priced_in(address(token));
        (address[] memory recipients, uint16[] memory bps) = _shared(2);
        (recipients[0], recipients[1]) = (seller, address(token));
        VM.prank(seller);
        splitter.setSplit(model, recipients, bps);
        _purchase(buyer, order);
        VM.warp((MATURITY + 1) * 1 days);
        splitter.distribute(model, address(token), MATURITY, recipients, bps);
        token.arm(address(splitter), abi.encodeCall(IRevenueSplitter.withdraw, (address(token))));
        VM.prank(seller);
        splitter.withdraw(address(token));
        VM.assertEq(bytes32(token.reason()), _guard());
        VM.assertEq(token.balanceOf(seller), 49);
        VM.assertEq(splitter.credits(address(token), address(token)), 49);
    }

    function test_a_token_with_hooks_cannot_reenter_a_resale() public {
        HookToken token = new HookToken();
        token.mint(friend, 1_000);
        _priced_in(address(token));
        VM.prank(seller);
        market.setPlan(model, _lasting(PRICE));
        VM.prank(seller);
        pass.allowResale(model, true, 0);
        _buy(buyer, 2, buyer);
        VM.warp((MATURITY + 1) * 1 days);
        VM.prank(buyer);
        pass.offer(uint256(model), 2, address(token), 10, uint64(block.timestamp));
        VM.prank(friend);
        token.approve(address(splitter), 1_000);
        bytes memory taken =
            abi.encodeCall(IAccessPass.accept, (uint256(model), buyer, 1, friend, address(token), 10));
        token.arm(address(pass), taken);
        VM.prank(friend);
        pass.accept(uint256(model), buyer, 1, friend, address(token), 10);
        VM.assertEq(bytes32(token.reason()), _guard());
        VM.assertEq(pass.balanceOf(friend, uint256(model)), 1);
    }

    function test_a_permit_that_calls_back_gains_nothing() public {
        HookToken token = new HookToken();
        token.arm(address(market), abi.encodeCall(IModelMarketplace.purchaseAccess, (model)));
        VM.prank(buyer);
        market.permit(address(token), 1, START, 27, 0, 0);
        VM.assertEq(bytes4(token.reason()), IModelMarketplace.PriceAboveMaximum.selector);
        VM.assertEq(pass.balanceOf(address(token), uint256(model)), 0);
    }

    function test_a_permit_aimed_at_the_markets_own_contracts_does_nothing() public {
        _buy(buyer, 1, buyer);
        address[6] memory targets =
            [address(market), address(splitter), address(pass), address(escrow), address(manager), address(pricing)];
        for (uint256 i = 0; i < targets.length; ++i) {
            VM.prank(stranger);
            market.permit(targets[i], type(uint256).max, START, 27, 0, 0);
        }
        VM.assertEq(_bucket(MATURITY).gross, PRICE);
        VM.assertEq(pass.balanceOf(buyer, uint256(model)), 1);
    }

    function test_a_pass_received_cannot_be_sent_twice() public {
        VM.prank(seller);
        pass.allowTransfers(model, true);
        _buy(buyer, 2, buyer);
        VM.warp((MATURITY + 1) * 1 days);
        uint256 id = uint256(model);
        attacker.arm(
            address(pass), 0, abi.encodeCall(IERC1155.safeTransferFrom, (address(attacker), friend, id, 2, ""))
        );
        VM.prank(buyer);
        pass.safeTransferFrom(buyer, address(attacker), id, 1, "");
        VM.assertTrue(attacker.failed());
        VM.assertEq(pass.balanceOf(address(attacker), id) + pass.balanceOf(buyer, id), 2);
    }

    function test_a_paused_market_still_pays_out() public {
        _buy(buyer, 1, buyer);
        _buy(friend, 1, friend);
        VM.prank(admin);
        parameters.setPause(type(uint64).max);
        _refund(friend, friend, _bought(1, friend));
        VM.warp((MATURITY + 1) * 1 days);
        _distribute(MATURITY);
        VM.prank(seller);
        splitter.withdraw(COIN);
        VM.prank(friend);
        splitter.withdraw(COIN);
        VM.assertEq(address(splitter).balance, 0.025 ether);
    }

    function test_coin_forced_into_the_splitter_is_nobodys() public {
        VM.deal(address(splitter), 100 ether);
        _buy(buyer, 1, buyer);
        VM.warp((MATURITY + 1) * 1 days);
        _distribute(MATURITY);
        VM.assertEq(splitter.credits(seller, COIN) + splitter.credits(vault, COIN), PRICE);
    }

    function _set_shares(uint16[4] memory bps) private {
        bytes32[4] memory keys = [bytes32("referralBps"), "stakersBps", "bonusCapBps", "feeBps"];
        for (uint256 i = 0; i < 3; ++i) {
            VM.prank(admin);
            parameters.set(keys[i], 0);
        }
        VM.prank(admin);
        parameters.set("feeBps", 1 + bps[3] % 500);
        for (uint256 i = 0; i < 3; ++i) {
            VM.prank(admin);
            try parameters.set(keys[i], bps[i] % 201) {} catch {}
        }
    }

    /// @dev The model for a hundred of that token, which the buyer approves.
    function _priced_in(address token) private returns (IModelMarketplace.Order memory order) {
        VM.prank(admin);
        parameters.setToken(token, true, 0);
        IModelMarketplace.PlanTerms memory plan = _lasting(100);
        plan.token = token;
        VM.prank(seller);
        market.setPlan(model, plan);
        VM.prank(buyer);
        IERC20(token).approve(address(splitter), type(uint256).max);
        order = _order(LASTING, 1, buyer);
        order.token = token;
    }

    function _struck_the_guard() private view {
        VM.assertTrue(attacker.failed());
        VM.assertEq(bytes32(attacker.reason()), _guard());
    }

    function _guard() private pure returns (bytes32) {
        return bytes32(abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector));
    }
}
