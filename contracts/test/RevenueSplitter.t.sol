// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {RevenueSplitter} from "../src/RevenueSplitter.sol";
import {IRevenueSplitter} from "../src/interfaces/IRevenueSplitter.sol";
import {MarketTest} from "./base/MarketTest.sol";
import {VM} from "./base/Vm.sol";

abstract contract SplitterTest is MarketTest {
    function setUp() public virtual override {
        super.setUp();
        VM.deal(address(market), 10 ether);
    }
}

contract SplitterAccrueTest is SplitterTest {
    function test_adds_to_the_bucket_of_model_token_split_and_day() public {
        VM.prank(address(market));
        splitter.accrue{value: 100}(model, COIN, 100, 3, MATURITY);
        VM.prank(address(market));
        bytes32 hash = splitter.accrue{value: 10}(model, COIN, 10, 1, MATURITY);
        IRevenueSplitter.Bucket memory full = splitter.bucket(model, COIN, hash, MATURITY);
        VM.assertEq(full.gross, 110);
        VM.assertEq(full.fee, 4);
        VM.assertEq(splitter.bucket(model, COIN, hash, MATURITY + 1).gross, 0);
    }

    function test_refuses_everybody_but_accruers() public {
        _refused(abi.encodeWithSelector(IRevenueSplitter.NotAccruer.selector, buyer));
        VM.prank(buyer);
        splitter.accrue{value: 1}(model, COIN, 1, 0, MATURITY);
    }

    function test_refuses_a_token_a_wrong_value_and_a_fee_above_the_price() public {
        _refused(abi.encodeWithSelector(IRevenueSplitter.TokenNotAccepted.selector, stranger));
        VM.prank(address(market));
        splitter.accrue(model, stranger, 1, 0, MATURITY);
        _refused(abi.encodeWithSelector(IRevenueSplitter.WrongValue.selector, 1, 2));
        VM.prank(address(market));
        splitter.accrue{value: 1}(model, COIN, 2, 0, MATURITY);
        _refused(abi.encodeWithSelector(IRevenueSplitter.FeeAbovePrice.selector, 3, 2));
        VM.prank(address(market));
        splitter.accrue{value: 2}(model, COIN, 2, 3, MATURITY);
    }
}

contract SplitterCreditToTest is SplitterTest {
    function test_keeps_coin_for_an_account() public {
        VM.expectEmit(address(splitter));
        emit IRevenueSplitter.Credited(friend, COIN, 5);
        VM.prank(address(market));
        splitter.creditTo{value: 5}(friend);
        VM.assertEq(splitter.credits(friend, COIN), 5);
    }

    function test_refuses_everybody_but_accruers() public {
        _refused(abi.encodeWithSelector(IRevenueSplitter.NotAccruer.selector, buyer));
        VM.prank(buyer);
        splitter.creditTo{value: 5}(friend);
    }
}

contract SplitterSetSplitTest is SplitterTest {
    function test_the_seller_sets_who_shares_later_sales() public {
        (address[] memory recipients, uint16[] memory bps) = _shared(3);
        bytes32 hash = keccak256(abi.encode(recipients, bps));
        VM.expectEmit(address(splitter));
        emit IRevenueSplitter.SplitSet(model, hash, recipients, bps);
        VM.prank(seller);
        splitter.setSplit(model, recipients, bps);
        VM.assertEq(splitter.splitHash(model), hash);
    }

    function test_a_model_without_a_split_pays_its_seller_alone() public view {
        (address[] memory recipients, uint16[] memory bps) = _alone(seller);
        VM.assertEq(splitter.splitHash(model), splitter.hashSplit(recipients, bps));
    }

    function test_refuses_everybody_else() public {
        (address[] memory recipients, uint16[] memory bps) = _alone(stranger);
        _refused(abi.encodeWithSelector(IRevenueSplitter.NotSeller.selector, model, stranger));
        VM.prank(stranger);
        splitter.setSplit(model, recipients, bps);
    }

    function test_refuses_none_too_many_and_unequal_lengths() public {
        _length_refused(new address[](0), new uint16[](0));
        (address[] memory recipients, uint16[] memory bps) = _shared(21);
        _length_refused(recipients, bps);
        _length_refused(new address[](2), new uint16[](1));
    }

    function test_refuses_nobody_nothing_and_a_wrong_sum() public {
        (address[] memory recipients, uint16[] memory bps) = _shared(2);
        bps[1] = 4_999;
        _set_refused(abi.encodeWithSelector(IRevenueSplitter.SplitSum.selector, 9_999), recipients, bps);
        bps[1] = 0;
        _set_refused(abi.encodeWithSelector(IRevenueSplitter.EmptyShare.selector, 1), recipients, bps);
        recipients[0] = address(0);
        _set_refused(abi.encodeWithSelector(IRevenueSplitter.ZeroAddress.selector), recipients, bps);
    }

    function _length_refused(address[] memory recipients, uint16[] memory bps) private {
        bytes4 selector = IRevenueSplitter.SplitLength.selector;
        _set_refused(abi.encodeWithSelector(selector, recipients.length, bps.length), recipients, bps);
    }

    function _set_refused(bytes memory reason, address[] memory recipients, uint16[] memory bps) private {
        _refused(reason);
        VM.prank(seller);
        splitter.setSplit(model, recipients, bps);
    }
}

contract SplitterSetRoyaltyTest is SplitterTest {
    function test_is_fixed_once() public {
        bytes32 child = _id(friend, 1);
        VM.expectEmit(address(splitter));
        emit IRevenueSplitter.RoyaltySet(child, model, 3_000);
        VM.prank(address(market));
        splitter.setRoyalty(child, model, 3_000);
        VM.assertEq(splitter.royalty(child).payee, seller);
        VM.assertEq(splitter.royalty(child).bps, 3_000);

        _refused(abi.encodeWithSelector(IRevenueSplitter.RoyaltyFixed.selector, child));
        VM.prank(address(market));
        splitter.setRoyalty(child, model, 1);
    }

    function test_refuses_too_much_and_everybody_but_accruers() public {
        _refused(abi.encodeWithSelector(IRevenueSplitter.RoyaltyTooHigh.selector, 3_001, 3_000));
        VM.prank(address(market));
        splitter.setRoyalty(_id(friend, 1), model, 3_001);
        _refused(abi.encodeWithSelector(IRevenueSplitter.NotAccruer.selector, friend));
        VM.prank(friend);
        splitter.setRoyalty(_id(friend, 1), model, 0);
    }
}

contract SplitterDistributeTest is SplitterTest {
    function test_credits_fee_and_seller_to_the_wei() public {
        _buy(buyer, 1, buyer);
        VM.warp((MATURITY + 1) * 1 days);
        VM.expectEmit(address(splitter));
        emit IRevenueSplitter.Distributed(model, COIN, MATURITY, splitter.splitHash(model), 1 ether);
        VM.expectEmit(address(splitter));
        emit IRevenueSplitter.Credited(vault, COIN, 0.025 ether);
        VM.expectEmit(address(splitter));
        emit IRevenueSplitter.Credited(seller, COIN, 0.975 ether);
        VM.prank(stranger);
        _distribute(MATURITY);
        VM.assertEq(_bucket(MATURITY).gross, 0);
    }

    function test_shares_with_twenty_and_the_first_gets_what_rounding_leaves(uint128 gross, uint128 fee) public {
        gross = uint128(bound(gross, 1, 1e30));
        fee = uint128(bound(fee, 0, gross));
        (address[] memory recipients, uint16[] memory bps) = _shared(20);
        VM.prank(seller);
        splitter.setSplit(model, recipients, bps);
        VM.deal(address(market), gross);
        VM.prank(address(market));
        splitter.accrue{value: gross}(model, COIN, gross, fee, 1);
        splitter.distribute(model, COIN, 1, recipients, bps);

        uint256 sum = splitter.credits(vault, COIN);
        VM.assertEq(sum, fee);
        for (uint256 i = 0; i < 20; ++i) {
            sum += splitter.credits(recipients[i], COIN);
            VM.assertLe(splitter.credits(recipients[i], COIN), splitter.credits(recipients[0], COIN), "first");
        }
        VM.assertEq(sum, gross);
    }

    function test_a_later_split_leaves_earlier_sales_alone() public {
        _buy(buyer, 1, buyer);
        (address[] memory recipients, uint16[] memory bps) = _shared(2);
        VM.prank(seller);
        splitter.setSplit(model, recipients, bps);
        VM.warp((MATURITY + 1) * 1 days);
        bytes32 hash = splitter.splitHash(model);
        _refused(abi.encodeWithSelector(IRevenueSplitter.EmptyBucket.selector, model, COIN, hash, MATURITY));
        splitter.distribute(model, COIN, MATURITY, recipients, bps);
        _distribute(MATURITY);
        VM.assertEq(splitter.credits(seller, COIN), 0.975 ether);
    }

    function test_a_later_fee_leaves_earlier_sales_alone() public {
        _buy(buyer, 1, buyer);
        VM.prank(admin);
        parameters.set("feeBps", 500);
        VM.warp((MATURITY + 1) * 1 days);
        _distribute(MATURITY);
        VM.assertEq(splitter.credits(vault, COIN), 0.025 ether);
    }

    function test_a_derived_model_pays_its_parents_seller_first() public {
        bytes32 parent = model;
        model = _id(friend, 9);
        VM.prank(address(market));
        splitter.setRoyalty(model, parent, 1_000);
        VM.prank(address(market));
        splitter.accrue{value: 1_000}(model, COIN, 1_000, 25, 1);
        (address[] memory recipients, uint16[] memory bps) = _alone(friend);
        splitter.distribute(model, COIN, 1, recipients, bps);
        VM.assertEq(splitter.credits(seller, COIN), 97);
        VM.assertEq(splitter.credits(friend, COIN), 878);
        VM.assertEq(splitter.credits(vault, COIN), 25);
    }

    function test_refuses_a_day_that_is_not_over() public {
        _buy(buyer, 1, buyer);
        VM.warp((MATURITY + 1) * 1 days - 1);
        _refused(abi.encodeWithSelector(IRevenueSplitter.NotMature.selector, MATURITY, MATURITY));
        _distribute(MATURITY);
    }

    function test_refuses_a_second_time() public {
        _buy(buyer, 1, buyer);
        VM.warp((MATURITY + 1) * 1 days);
        _distribute(MATURITY);
        (address[] memory recipients, uint16[] memory bps) = _alone(seller);
        bytes32 hash = splitter.splitHash(model);
        _refused(abi.encodeWithSelector(IRevenueSplitter.EmptyBucket.selector, model, COIN, hash, MATURITY));
        splitter.distribute(model, COIN, MATURITY, recipients, bps);
    }

    function bound(uint256 value, uint256 least, uint256 most) private pure returns (uint256) {
        return least + value % (most - least + 1);
    }
}

contract SplitterWithdrawTest is SplitterTest {
    function setUp() public override {
        super.setUp();
        _buy(buyer, 1, buyer);
        VM.warp((MATURITY + 1) * 1 days);
        _distribute(MATURITY);
    }

    function test_pays_the_whole_credit() public {
        uint256 before = seller.balance;
        VM.expectEmit(address(splitter));
        emit IRevenueSplitter.Withdrawn(seller, COIN, 0.975 ether);
        VM.prank(seller);
        splitter.withdraw(COIN);
        VM.assertEq(seller.balance - before, 0.975 ether);
        VM.assertEq(splitter.credits(seller, COIN), 0);
        VM.assertEq(address(splitter).balance, 0.025 ether);
    }

    function test_refuses_where_nothing_is_owed() public {
        _refused(abi.encodeWithSelector(IRevenueSplitter.NothingToWithdraw.selector, stranger, COIN));
        VM.prank(stranger);
        splitter.withdraw(COIN);
        _refused(abi.encodeWithSelector(IRevenueSplitter.NothingToWithdraw.selector, seller, stranger));
        VM.prank(seller);
        splitter.withdraw(stranger);
    }

    function test_refuses_an_account_that_takes_no_coin() public {
        VM.prank(address(market));
        splitter.creditTo{value: 1}(address(pass));
        _refused(abi.encodeWithSelector(IRevenueSplitter.PaymentFailed.selector, address(pass), 1));
        VM.prank(address(pass));
        splitter.withdraw(COIN);
    }
}

contract SplitterAdminTest is SplitterTest {
    function test_the_admin_names_accruers_and_the_fee_vault() public {
        VM.expectEmit(address(splitter));
        emit IRevenueSplitter.AccruerSet(address(market), false);
        VM.prank(admin);
        splitter.setAccruer(address(market), false);
        VM.assertFalse(splitter.isAccruer(address(market)));
        VM.expectEmit(address(splitter));
        emit IRevenueSplitter.FeeVaultSet(friend);
        VM.prank(admin);
        splitter.setFeeVault(friend);
        VM.assertEq(splitter.feeVault(), friend);
    }

    function test_refuses_everybody_else_and_no_vault() public {
        _refused(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        VM.prank(stranger);
        splitter.setAccruer(stranger, true);
        _refused(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        VM.prank(stranger);
        splitter.setFeeVault(stranger);
        _refused(abi.encodeWithSelector(IRevenueSplitter.ZeroAddress.selector));
        new RevenueSplitter(address(manager), address(0));
    }
}
