// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {MarketDisputes} from "../src/MarketDisputes.sol";
import {IModelMarketplace} from "../src/interfaces/IModelMarketplace.sol";
import {IPricing} from "../src/interfaces/IPricing.sol";
import {MarketTest} from "./base/MarketTest.sol";
import {VM} from "./base/Vm.sol";

abstract contract TermsTest is MarketTest {
    function _wrong_state(bytes32 id, IModelMarketplace.ListingState state) internal {
        _refused(abi.encodeWithSelector(IModelMarketplace.WrongState.selector, id, state));
    }

    function _not_the_seller() internal {
        _refused(abi.encodeWithSelector(IModelMarketplace.NotSeller.selector, model, stranger));
        VM.prank(stranger);
    }

    function _none() internal returns (bytes32 id) {
        id = _id(seller, 77);
        _wrong_state(id, IModelMarketplace.ListingState.NONE);
        VM.prank(seller);
    }
}

contract MarketSetRatesTest is TermsTest {
    uint96 private constant OFF = type(uint96).max;

    function test_they_are_in_force_ten_minutes_later() public {
        _set(IPricing.Rates(address(dollar), 3, 9));
        _in_force(false, 0, 0);
        VM.warp(START + 10 minutes);
        _in_force(true, 3, 9);
        _set(IPricing.Rates(address(dollar), 4, 8));
        _in_force(true, 3, 9);
        VM.warp(START + 15 minutes);
        _set(IPricing.Rates(address(dollar), 5, 5));
        VM.warp(START + 20 minutes);
        _in_force(true, 3, 9);
        VM.warp(START + 25 minutes);
        _in_force(true, 5, 5);
        (uint256 inPerM, uint256 outPerM, uint64 from) = pricing.lastRatesOf(model, address(dollar));
        VM.assertEq(inPerM, 5);
        VM.assertEq(outPerM, 5);
        VM.assertEq(from, START + 25 minutes);
    }

    function test_one_of_the_two_may_be_nothing_and_both_may_be_taken_off() public {
        _set(IPricing.Rates(address(dollar), OFF, 0));
        VM.warp(START + 10 minutes);
        _in_force(true, OFF, 0);
        _set(IPricing.Rates(address(dollar), OFF, OFF));
        VM.warp(START + 20 minutes);
        _in_force(false, 0, 0);
    }

    function test_refuses_rates_of_zero_unless_the_listing_is_free() public {
        _refused(abi.encodeWithSelector(IModelMarketplace.PriceOutOfBounds.selector, 0, 1, OFF));
        _set(IPricing.Rates(COIN, 0, 0));
        IModelMarketplace.ListingTerms memory terms = _terms(_id(seller, 2));
        (terms.free, terms.plans) = (true, new IModelMarketplace.PlanTerms[](0));
        terms.rates = new IPricing.Rates[](1);
        VM.prank(seller);
        market.list(terms);
        (model, terms.rates[0].inPerM) = (terms.modelId, 1);
        _refused(abi.encodeWithSelector(IModelMarketplace.PriceOutOfBounds.selector, 1, 0, 0));
        _set(terms.rates[0]);
    }

    function test_refuses_a_token_that_is_not_accepted() public {
        _refused(abi.encodeWithSelector(IModelMarketplace.TokenNotAccepted.selector, stranger));
        _set(IPricing.Rates(stranger, 1, 1));
        _refused(abi.encodeWithSelector(IModelMarketplace.TokenNotAccepted.selector, stranger));
        _set(IPricing.Rates(stranger, OFF, 0));
        _refused(abi.encodeWithSelector(IModelMarketplace.TokenNotAccepted.selector, stranger));
        _set(IPricing.Rates(stranger, 0, OFF));
    }

    function test_refuses_everybody_but_the_seller_and_what_is_not_listed() public {
        _not_the_seller();
        market.setRates(model, IPricing.Rates(COIN, 1, 1));
        bytes32 id = _none();
        market.setRates(id, IPricing.Rates(COIN, 1, 1));
    }

    function _set(IPricing.Rates memory rates) private {
        VM.prank(seller);
        market.setRates(model, rates);
    }

    function _in_force(bool wanted, uint256 wantedIn, uint256 wantedOut) private view {
        (bool offered, uint256 inPerM, uint256 outPerM) = pricing.ratesOf(model, address(dollar));
        VM.assertTrue(offered == wanted);
        VM.assertEq(inPerM, wantedIn);
        VM.assertEq(outPerM, wantedOut);
    }
}

contract MarketSetPricingTest is TermsTest {
    function test_the_seller_sets_tiers_and_a_purchase_pays_them() public {
        IPricing.Terms memory terms;
        terms.tiers = new IPricing.Tier[](1);
        terms.tiers[0] = IPricing.Tier(10, 1_000);
        VM.prank(seller);
        market.setPricing(model, terms);
        IModelMarketplace.Quote memory asked = market.quote(model, IModelMarketplace.Plan.LASTING, 10);
        VM.assertEq(asked.total, 9 ether);
        VM.assertEq(asked.discountBps, 1_000);
        VM.assertEq(asked.unitPrice, PRICE);
        uint256 before = buyer.balance;
        VM.prank(buyer);
        market.purchase{value: 20 ether}(_order(IModelMarketplace.Plan.LASTING, 10, buyer));
        VM.assertEq(before - buyer.balance, 9 ether);
    }

    function test_refuses_everybody_but_the_seller_and_what_is_not_listed() public {
        IPricing.Terms memory terms;
        _not_the_seller();
        market.setPricing(model, terms);
        bytes32 id = _none();
        market.setPricing(id, terms);
    }
}

contract MarketSetAccessListTest is TermsTest {
    IModelMarketplace.Plan private constant LASTING = IModelMarketplace.Plan.LASTING;
    bytes32[] private proof;

    function setUp() public override {
        super.setUp();
        (bytes32 left, bytes32 right) = (_leaf(buyer), _leaf(friend));
        proof.push(right);
        bytes32 root = left < right ? keccak256(abi.encode(left, right)) : keccak256(abi.encode(right, left));
        VM.expectEmit(address(market));
        emit IModelMarketplace.AccessListSet(model, root);
        VM.prank(seller);
        market.setAccessList(model, root);
        VM.assertEq(market.accessList(model), root);
    }

    function test_who_is_on_it_buys_with_a_proof() public {
        IModelMarketplace.Order memory order = _order(LASTING, 1, buyer);
        VM.prank(buyer);
        VM.assertEq(market.purchaseWithProof{value: PRICE}(order, proof), PRICE);
        VM.assertEq(pass.balanceOf(buyer, uint256(model)), 1);
    }

    function test_refuses_who_is_not_on_it_and_who_does_not_prove_it() public {
        IModelMarketplace.Order memory order = _order(LASTING, 1, buyer);
        _refused(abi.encodeWithSelector(IModelMarketplace.NotOnAccessList.selector, model, friend));
        VM.prank(friend);
        market.purchaseWithProof{value: PRICE}(order, proof);
        _refused(abi.encodeWithSelector(IModelMarketplace.NotOnAccessList.selector, model, buyer));
        VM.prank(buyer);
        market.purchase{value: PRICE}(order);
        _refused(abi.encodeWithSelector(IModelMarketplace.NotOnAccessList.selector, model, buyer));
        VM.prank(buyer);
        market.purchaseAccess{value: PRICE}(model);
    }

    function test_without_one_everybody_buys_whatever_the_proof() public {
        VM.prank(seller);
        market.setAccessList(model, 0);
        IModelMarketplace.Order memory order = _order(LASTING, 1, friend);
        VM.prank(friend);
        market.purchaseWithProof{value: PRICE}(order, proof);
        VM.assertEq(pass.balanceOf(friend, uint256(model)), 1);
    }

    function test_refuses_everybody_but_the_seller_and_what_is_not_listed() public {
        _not_the_seller();
        market.setAccessList(model, 0);
        bytes32 id = _none();
        market.setAccessList(id, 0);
    }

    function _leaf(address account) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(account))));
    }
}

contract MarketSuspendTest is TermsTest {
    IModelMarketplace.ListingState private constant SUSPENDED = IModelMarketplace.ListingState.SUSPENDED;
    IModelMarketplace.ListingState private constant PAUSED = IModelMarketplace.ListingState.PAUSED;

    function test_it_ends_by_itself_and_leaves_the_state_before() public {
        VM.prank(seller);
        market.pauseListing(model);
        uint64 until = uint64(START + 30 days);
        VM.expectEmit(address(market));
        emit IModelMarketplace.ListingStateChanged(model, SUSPENDED, until);
        _suspend(until);
        VM.assertTrue(market.stateOf(model) == SUSPENDED);
        VM.assertEq(market.suspendedUntil(model), until);
        VM.warp(until);
        VM.assertTrue(market.stateOf(model) == PAUSED);
    }

    function test_the_moderator_ends_it_early() public {
        _suspend(uint64(START + 1 days));
        VM.expectEmit(address(market));
        emit IModelMarketplace.ListingStateChanged(model, IModelMarketplace.ListingState.LISTED, 0);
        _suspend(0);
        VM.assertTrue(market.stateOf(model) == IModelMarketplace.ListingState.LISTED);
    }

    function test_moderators_cannot_string_suspensions_together() public {
        uint256 most = START + 30 days;
        bytes4 selector = IModelMarketplace.SuspensionOutOfBounds.selector;
        _refused(abi.encodeWithSelector(selector, most + 1, most));
        _suspend(uint64(most + 1));
        _suspend(uint64(START + 1 days));
        VM.warp(START + 29 days);
        _refused(abi.encodeWithSelector(selector, most + 1, most));
        _suspend(uint64(most + 1));
        _suspend(uint64(most));
        VM.warp(START + 60 days - 1);
        _refused(abi.encodeWithSelector(selector, START + 60 days, most));
        _suspend(uint64(START + 60 days));
        VM.warp(START + 60 days);
        _suspend(uint64(START + 90 days));
        VM.assertTrue(market.stateOf(model) == SUSPENDED);
    }

    function test_the_admin_suspends_for_as_long_as_it_takes() public {
        VM.prank(admin);
        market.setSuspension(model, type(uint64).max);
        VM.warp(START + 3_650 days);
        VM.assertTrue(market.stateOf(model) == SUSPENDED);
    }

    function test_the_owner_cannot_move_it_out_but_may_mend_it() public {
        _suspend(uint64(START + 1 days));
        _wrong_state(model, SUSPENDED);
        VM.prank(seller);
        market.pauseListing(model);
        _wrong_state(model, SUSPENDED);
        VM.prank(seller);
        market.retireListing(model);
        VM.prank(seller);
        market.setMetadata(model, 1, "ipfs://mended");
    }

    function test_what_is_not_listed_or_retired_is_not_suspended() public {
        bytes32 id = _id(seller, 77);
        _wrong_state(id, IModelMarketplace.ListingState.NONE);
        VM.prank(moderator);
        market.suspend(id, uint64(START + 1));
        _suspend(uint64(START + 1 days));
        VM.warp(START + 1 days);
        VM.prank(seller);
        market.retireListing(model);
        VM.assertTrue(market.stateOf(model) == IModelMarketplace.ListingState.RETIRED);
        _wrong_state(model, IModelMarketplace.ListingState.RETIRED);
        VM.prank(admin);
        market.setSuspension(model, uint64(START + 9 days));
    }

    function test_what_is_suspended_still_pays_out() public {
        _buy(buyer, 2, buyer);
        _buy(friend, 1, friend);
        VM.prank(admin);
        market.setSuspension(model, type(uint64).max);
        IModelMarketplace.Purchase memory p = _bought(1, friend);
        _refund(friend, friend, p);
        VM.warp((MATURITY + 1) * 1 days);
        _distribute(MATURITY);
        VM.prank(seller);
        splitter.withdraw(COIN);
        VM.prank(friend);
        splitter.withdraw(COIN);
        VM.assertEq(address(splitter).balance, 0.05 ether);
    }

    function _suspend(uint64 until) private {
        VM.prank(moderator);
        market.suspend(model, until);
    }
}

contract MarketSetFeaturedTest is TermsTest {
    function test_the_admin_alone_marks_a_listing() public {
        VM.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, moderator));
        VM.prank(moderator);
        market.setFeatured(model, true);
        VM.expectEmit(address(market));
        emit IModelMarketplace.FeaturedSet(model, true);
        VM.prank(admin);
        market.setFeatured(model, true);
        VM.assertTrue(market.getListing(model).featured);
        bytes32 id = _id(seller, 77);
        _wrong_state(id, IModelMarketplace.ListingState.NONE);
        VM.prank(admin);
        market.setFeatured(id, true);
    }
}

contract MarketTokenPurchaseTest is TermsTest {
    uint256 private constant KEY = 0xB0B;
    uint256 private constant DOLLARS = 20e6;
    address private payer;
    IModelMarketplace.Order private order;

    function setUp() public override {
        super.setUp();
        IModelMarketplace.PlanTerms memory plan = _lasting(DOLLARS);
        plan.token = address(dollar);
        VM.prank(seller);
        market.setPlan(model, plan);
        payer = VM.addr(KEY);
        VM.prank(payer);
        dollar.faucet();
        order = _order(IModelMarketplace.Plan.LASTING, 2, payer);
        order.token = address(dollar);
    }

    function test_an_approved_token_pays_through_the_same_buckets() public {
        _approve();
        _purchase(payer, order);
        VM.assertEq(dollar.balanceOf(payer), 960e6);
        VM.assertEq(splitter.bucket(model, address(dollar), splitter.splitHash(model), MATURITY).fee, 1e6);
        VM.assertEq(market.standingOf(model, payer).openFees, 4e14);

        VM.warp((MATURITY + 1) * 1 days);
        (address[] memory recipients, uint16[] memory bps) = _alone(seller);
        splitter.distribute(model, address(dollar), MATURITY, recipients, bps);
        VM.prank(seller);
        splitter.withdraw(address(dollar));
        VM.assertEq(dollar.balanceOf(seller), 39e6);
    }

    function test_a_permit_and_a_purchase_are_one_transaction() public {
        bytes[] memory calls = new bytes[](2);
        calls[0] = _permit();
        calls[1] = abi.encodeCall(IModelMarketplace.purchase, (order));
        VM.prank(payer);
        bytes[] memory results = market.multicall(calls);
        VM.assertEq(abi.decode(results[1], (uint256)), 2 * DOLLARS);
        VM.assertEq(pass.balanceOf(payer, uint256(model)), 2);
    }

    function test_a_permit_that_somebody_sent_first_does_no_harm() public {
        bytes[] memory calls = new bytes[](2);
        calls[0] = _permit();
        calls[1] = abi.encodeCall(IModelMarketplace.purchase, (order));
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(KEY, _digest(0));
        dollar.permit(payer, address(splitter), 2 * DOLLARS, START, v, r, s);
        VM.prank(payer);
        market.multicall(calls);
        VM.assertEq(pass.balanceOf(payer, uint256(model)), 2);
    }

    function test_coin_sent_along_comes_back() public {
        _approve();
        VM.deal(payer, 1 ether);
        VM.prank(payer);
        market.purchase{value: 1 ether}(order);
        VM.assertEq(payer.balance, 1 ether);
    }

    function test_a_token_that_is_accepted_no_more_stops_the_sale() public {
        _approve();
        VM.prank(admin);
        parameters.setToken(address(dollar), false, 0);
        _refused(abi.encodeWithSelector(IModelMarketplace.TokenNotAccepted.selector, address(dollar)));
        VM.prank(payer);
        market.purchase(order);
        VM.prank(seller);
        market.setPlan(model, _lasting(NOT_OFFERED));
        VM.assertEq(market.plans(model).length, 1);
    }

    function test_refuses_what_was_not_approved() public {
        VM.expectPartialRevert(IERC20Errors.ERC20InsufficientAllowance.selector);
        VM.prank(payer);
        market.purchase(order);
    }

    function _approve() private {
        VM.prank(payer);
        dollar.approve(address(splitter), type(uint256).max);
    }

    function _permit() private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(KEY, _digest(0));
        return abi.encodeCall(IModelMarketplace.permit, (address(dollar), 2 * DOLLARS, START, v, r, s));
    }

    function _digest(uint256 nonce) private view returns (bytes32) {
        bytes32 kind = keccak256(
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
        );
        bytes32 content = keccak256(abi.encode(kind, payer, address(splitter), 2 * DOLLARS, nonce, START));
        return keccak256(abi.encodePacked("\x19\x01", dollar.DOMAIN_SEPARATOR(), content));
    }
}

contract MarketNotePaidTest is TermsTest {
    function test_use_counts_as_fees_paid() public {
        VM.prank(address(escrow));
        market.notePaid(model, friend, COIN, 3e14);
        VM.prank(address(escrow));
        market.notePaid(model, friend, address(dollar), 1e6);
        VM.assertEq(market.standingOf(model, friend).fees, 7e14);
    }

    function test_refuses_everybody_but_the_escrow_and_what_is_not_listed() public {
        bytes32 id = _id(seller, 77);
        _refused(abi.encodeWithSelector(IModelMarketplace.NotListed.selector, id));
        VM.prank(address(escrow));
        market.notePaid(id, friend, COIN, 3e14);
        _refused(abi.encodeWithSelector(IModelMarketplace.NotEscrow.selector, friend));
        VM.prank(friend);
        market.notePaid(model, friend, COIN, 3e14);
    }
}

/// @dev The market runs this contract's code in its own storage; what the contract itself is asked, it refuses.
contract MarketTermsDirectTest is MarketTest {
    uint256 private constant MOST_CODE = 24_576 - 5_000; // so that the market can be given more

    function test_the_market_has_room() public view {
        VM.assertLe(address(market).code.length, MOST_CODE, "bytes of the market");
    }

    function test_every_function_refuses_who_calls_it_directly() public {
        IModelMarketplace.Purchase memory p;
        IPricing.Terms memory terms;
        _refuses(seller, abi.encodeCall(IModelMarketplace.list, (_terms(_id(seller, 2)))));
        _refuses(seller, abi.encodeCall(IModelMarketplace.setPlan, (model, _lasting(1))));
        _refuses(seller, abi.encodeCall(IModelMarketplace.setRates, (model, IPricing.Rates(COIN, 1, 1))));
        _refuses(seller, abi.encodeCall(IModelMarketplace.setPricing, (model, terms)));
        _refuses(seller, abi.encodeCall(IModelMarketplace.setAccessList, (model, "root")));
        _refuses(seller, abi.encodeCall(IModelMarketplace.setMetadata, (model, 1, METADATA)));
        _refuses(seller, abi.encodeCall(IModelMarketplace.setSearchTerms, (model, new bytes32[](0))));
        _refuses(seller, abi.encodeCall(IModelMarketplace.pauseListing, (model)));
        _refuses(seller, abi.encodeCall(IModelMarketplace.resumeListing, (model)));
        _refuses(seller, abi.encodeCall(IModelMarketplace.retireListing, (model)));
        _refuses(admin, abi.encodeCall(IModelMarketplace.suspend, (model, 1)));
        _refuses(admin, abi.encodeCall(IModelMarketplace.setSuspension, (model, 1)));
        _refuses(admin, abi.encodeCall(IModelMarketplace.setFeatured, (model, true)));
        _refuses(buyer, abi.encodeCall(IModelMarketplace.openDispute, (model, p, 0, "")));
        _refuses(seller, abi.encodeCall(IModelMarketplace.answerDispute, (model, buyer, p, 0, "cid")));
        _refuses(admin, abi.encodeCall(IModelMarketplace.ruleDispute, (model, buyer, p, 0, true, "")));
        _refuses(buyer, abi.encodeCall(IModelMarketplace.closeDispute, (model, buyer, p, 0)));
    }

    function test_what_neither_knows_is_refused_and_coin_alone_is() public {
        VM.deal(stranger, 2);
        VM.prank(stranger);
        (bool done, bytes memory answer) = address(market).call(hex"deadbeef");
        VM.assertFalse(done);
        VM.assertEq(answer.length, 0);
        VM.prank(stranger);
        (done,) = address(market).call{value: 1}("");
        VM.assertFalse(done);
        VM.prank(seller);
        (done,) = address(market).call{value: 1}(abi.encodeCall(IModelMarketplace.pauseListing, (model)));
        VM.assertFalse(done);
    }

    function test_what_is_passed_on_is_done_as_the_caller_and_its_reason_comes_back() public {
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(IModelMarketplace.setPlan, (model, _lasting(7)));
        calls[1] = abi.encodeCall(IModelMarketplace.pauseListing, (model));
        _refused(abi.encodeWithSelector(IModelMarketplace.NotSeller.selector, model, stranger));
        VM.prank(stranger);
        market.multicall(calls);
        VM.prank(seller);
        market.multicall(calls);
        VM.assertEq(market.getListing(model).price, 7);
        VM.assertTrue(market.stateOf(model) == IModelMarketplace.ListingState.PAUSED);
    }

    function _refuses(address caller, bytes memory data) private {
        address terms = market.marketTerms();
        VM.prank(caller);
        (bool done, bytes memory reason) = terms.call(data);
        VM.assertFalse(done);
        VM.assertEq(bytes32(bytes4(reason)), bytes32(MarketDisputes.CalledDirectly.selector));
    }
}
