// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Panic} from "@openzeppelin/contracts/utils/Panic.sol";
import {IRevenueSplitter} from "../src/interfaces/IRevenueSplitter.sol";
import {MarketTest} from "./base/MarketTest.sol";
import {Recorder, VM} from "./base/Vm.sol";

abstract contract SplitterTest is MarketTest {
    function setUp() public virtual override {
        super.setUp();
        VM.deal(address(market), 10 ether);
        VM.deal(address(escrow), 10 ether);
        VM.prank(friend);
        dollar.faucet();
        VM.prank(friend);
        dollar.approve(address(splitter), type(uint256).max);
    }

    function _sale(uint128 gross, uint128 fee, uint32 day)
        internal
        view
        returns (IRevenueSplitter.Accrual memory sale)
    {
        (sale.modelId, sale.gross, sale.fee, sale.day) = (model, gross, fee, day);
    }

    function _accrue(uint256 value, IRevenueSplitter.Accrual memory sale) internal returns (bytes32) {
        VM.prank(address(market));
        return splitter.accrue{value: value}(COIN, buyer, sale);
    }
}

contract SplitterAccrueTest is SplitterTest {
    function test_adds_to_the_bucket_of_model_token_split_and_day() public {
        _accrue(100, _sale(100, 3, MATURITY));
        bytes32 hash = _accrue(10, _sale(10, 1, MATURITY));
        IRevenueSplitter.Bucket memory full = splitter.bucket(model, COIN, hash, MATURITY);
        VM.assertEq(full.gross, 110);
        VM.assertEq(full.fee, 4);
        VM.assertEq(splitter.bucket(model, COIN, hash, MATURITY + 1).gross, 0);
    }

    function test_puts_the_referrers_part_of_the_fee_aside() public {
        IRevenueSplitter.Accrual memory sale = _sale(100, 3, MATURITY);
        (sale.referrer, sale.referral) = (stranger, 2);
        VM.expectEmit(address(splitter));
        emit IRevenueSplitter.Referred(stranger, model, COIN, MATURITY, 2);
        _accrue(100, sale);
        VM.assertEq(_bucket(MATURITY).gross, 98);
        VM.assertEq(_bucket(MATURITY).fee, 1);
        VM.assertEq(splitter.referralBucket(stranger, COIN, MATURITY), 2);
    }

    function test_pulls_a_token_from_the_payer() public {
        VM.prank(address(market));
        splitter.accrue(address(dollar), friend, _sale(5e6, 1e6, MATURITY));
        VM.assertEq(dollar.balanceOf(address(splitter)), 5e6);
        VM.assertEq(splitter.bucket(model, address(dollar), splitter.splitHash(model), MATURITY).gross, 5e6);
    }

    function test_refuses_everybody_but_the_market() public {
        address[3] memory others = [buyer, address(escrow), address(pass)];
        for (uint256 i = 0; i < others.length; ++i) {
            _refused(abi.encodeWithSelector(IRevenueSplitter.NotMarket.selector, others[i]));
            VM.prank(others[i]);
            splitter.accrue(COIN, friend, _sale(0, 0, MATURITY));
        }
    }

    function test_refuses_a_wrong_value_and_parts_above_the_whole() public {
        _refused(abi.encodeWithSelector(IRevenueSplitter.WrongValue.selector, 1, 2));
        _accrue(1, _sale(2, 0, MATURITY));
        _refused(abi.encodeWithSelector(IRevenueSplitter.FeeAbovePrice.selector, 3, 2));
        _accrue(2, _sale(2, 3, MATURITY));
        IRevenueSplitter.Accrual memory sale = _sale(2, 1, MATURITY);
        sale.referral = 2;
        _refused(abi.encodeWithSelector(IRevenueSplitter.ReferralAboveFee.selector, 2, 1));
        _accrue(2, sale);
        sale.referral = 1;
        _refused(abi.encodeWithSelector(IRevenueSplitter.ZeroAddress.selector));
        _accrue(2, sale);
        _refused(abi.encodeWithSelector(IRevenueSplitter.WrongValue.selector, 1, 0));
        VM.prank(address(market));
        splitter.accrue{value: 1}(address(dollar), friend, _sale(5, 1, MATURITY));
    }
}

contract SplitterAccrueBatchTest is SplitterTest {
    function test_fills_many_buckets_and_takes_their_sum_once() public {
        IRevenueSplitter.Accrual[] memory charges = _charges();
        VM.prank(address(escrow));
        bytes32[] memory hashes = splitter.accrueBatch{value: 30}(COIN, charges);
        VM.assertEq(hashes[0], splitter.splitHash(model));
        VM.assertEq(splitter.bucket(model, COIN, hashes[0], MATURITY).gross, 10);
        VM.assertEq(splitter.bucket(charges[1].modelId, COIN, hashes[1], MATURITY).fee, 2);
    }

    function test_pulls_a_token_from_the_escrow() public {
        VM.prank(address(escrow));
        dollar.faucet();
        VM.prank(address(escrow));
        dollar.approve(address(splitter), 30);
        IRevenueSplitter.Accrual[] memory charges = _charges();
        VM.prank(address(escrow));
        splitter.accrueBatch(address(dollar), charges);
        VM.assertEq(dollar.balanceOf(address(splitter)), 30);
    }

    function test_refuses_a_wrong_sum_and_everybody_but_the_escrow() public {
        IRevenueSplitter.Accrual[] memory charges = _charges();
        _refused(abi.encodeWithSelector(IRevenueSplitter.WrongValue.selector, 29, 30));
        VM.prank(address(escrow));
        splitter.accrueBatch{value: 29}(COIN, charges);
        _refused(abi.encodeWithSelector(IRevenueSplitter.NotEscrow.selector, address(market)));
        VM.prank(address(market));
        splitter.accrueBatch{value: 30}(COIN, charges);
    }

    function _charges() private view returns (IRevenueSplitter.Accrual[] memory charges) {
        charges = new IRevenueSplitter.Accrual[](2);
        (charges[0], charges[1]) = (_sale(10, 1, MATURITY), _sale(20, 2, MATURITY));
        charges[1].modelId = _id(friend, 1);
    }
}

contract SplitterRefundTest is SplitterTest {
    IRevenueSplitter.Accrual private sale;
    bytes32 private hash;

    function setUp() public override {
        super.setUp();
        IRevenueSplitter.Accrual memory made = _sale(100, 3, MATURITY);
        (made.referrer, made.referral) = (stranger, 2);
        sale = made;
        hash = _accrue(100, made);
        _accrue(7, _sale(7, 1, MATURITY));
    }

    function test_a_refund_leaves_the_bucket_and_the_referrer_and_credits_all_of_it() public {
        VM.prank(address(market));
        splitter.refund(COIN, hash, sale, buyer);
        VM.assertEq(splitter.credits(buyer, COIN), 100);
        VM.assertEq(_bucket(MATURITY).gross, 7);
        VM.assertEq(_bucket(MATURITY).fee, 1);
        VM.assertEq(splitter.referralBucket(stranger, COIN, MATURITY), 0);
    }

    function test_what_is_held_is_paid_back() public {
        _hold();
        VM.assertEq(splitter.held(COIN), 100);
        VM.assertEq(_bucket(MATURITY).gross, 7);
        VM.prank(address(market));
        splitter.payBack(COIN, sale, buyer);
        VM.assertEq(splitter.held(COIN), 0);
        VM.assertEq(splitter.credits(buyer, COIN), 100);
    }

    function test_what_is_held_is_released_into_todays_bucket() public {
        _hold();
        VM.warp(START + 20 days);
        VM.expectEmit(address(splitter));
        emit IRevenueSplitter.Referred(stranger, model, COIN, 20_020, 2);
        VM.expectEmit(address(splitter));
        emit IRevenueSplitter.Released(model, COIN, 20_020, hash, 100);
        VM.prank(address(market));
        splitter.release(COIN, hash, sale);
        VM.assertEq(_bucket(20_020).gross, 98);
        VM.assertEq(splitter.referralBucket(stranger, COIN, 20_020), 2);
        VM.assertEq(splitter.held(COIN), 0);
    }

    function test_nothing_leaves_that_is_not_there() public {
        IRevenueSplitter.Accrual memory other = sale;
        other.gross = 110;
        bytes memory reason = abi.encodeWithSignature("Panic(uint256)", Panic.UNDER_OVERFLOW);
        _refused(reason);
        VM.prank(address(market));
        splitter.refund(COIN, hash, other, buyer);
        _refused(reason);
        VM.prank(address(market));
        splitter.payBack(COIN, other, buyer);
        _refused(reason);
        VM.prank(address(market));
        splitter.release(COIN, hash, other);
    }

    function test_refuses_everybody_but_the_market() public {
        bytes memory reason = abi.encodeWithSelector(IRevenueSplitter.NotMarket.selector, buyer);
        _refused(reason);
        VM.prank(buyer);
        splitter.refund(COIN, hash, sale, buyer);
        _refused(reason);
        VM.prank(buyer);
        splitter.hold(COIN, hash, sale);
        _refused(reason);
        VM.prank(buyer);
        splitter.payBack(COIN, sale, buyer);
        _refused(reason);
        VM.prank(buyer);
        splitter.release(COIN, hash, sale);
    }

    function _hold() private {
        VM.expectEmit(address(splitter));
        emit IRevenueSplitter.Held(model, COIN, MATURITY, hash, 100);
        VM.prank(address(market));
        splitter.hold(COIN, hash, sale);
    }
}

contract SplitterDistributeReferralTest is SplitterTest {
    function setUp() public override {
        super.setUp();
        IRevenueSplitter.Accrual memory sale = _sale(100, 3, MATURITY);
        (sale.referrer, sale.referral) = (stranger, 2);
        _accrue(100, sale);
    }

    function test_credits_the_referrer_once_it_is_mature() public {
        VM.warp((MATURITY + 1) * 1 days);
        VM.expectEmit(address(splitter));
        emit IRevenueSplitter.ReferralDistributed(stranger, COIN, MATURITY, 2);
        splitter.distributeReferral(stranger, COIN, MATURITY);
        VM.assertEq(splitter.credits(stranger, COIN), 2);
        _refused(abi.encodeWithSelector(IRevenueSplitter.EmptyReferral.selector, stranger, COIN, MATURITY));
        splitter.distributeReferral(stranger, COIN, MATURITY);
    }

    function test_refuses_a_day_that_is_not_over() public {
        _refused(abi.encodeWithSelector(IRevenueSplitter.NotMature.selector, MATURITY, 20_000));
        splitter.distributeReferral(stranger, COIN, MATURITY);
    }
}

contract SplitterCreditToTest is SplitterTest {
    function test_market_escrow_and_pass_keep_coin_for_an_account() public {
        VM.deal(address(pass), 5);
        VM.expectEmit(address(splitter));
        emit IRevenueSplitter.Credited(friend, COIN, 5);
        _credit(address(market));
        _credit(address(escrow));
        _credit(address(pass));
        VM.assertEq(splitter.credits(friend, COIN), 15);
    }

    function test_only_the_pass_names_another_payer() public {
        VM.prank(address(pass));
        splitter.creditTo(stranger, address(dollar), friend, 9);
        VM.assertEq(splitter.credits(stranger, address(dollar)), 9);
        VM.expectPartialRevert(IERC20Errors.ERC20InsufficientAllowance.selector);
        VM.prank(address(escrow));
        splitter.creditTo(stranger, address(dollar), friend, 9);
    }

    function test_refuses_everybody_else() public {
        _refused(abi.encodeWithSelector(IRevenueSplitter.NotCreditor.selector, buyer));
        _credit(buyer);
    }

    function _credit(address by) private {
        VM.prank(by);
        splitter.creditTo{value: 5}(friend, COIN, by, 5);
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

    function test_refuses_too_much_and_everybody_but_the_market() public {
        _refused(abi.encodeWithSelector(IRevenueSplitter.RoyaltyTooHigh.selector, 3_001, 3_000));
        VM.prank(address(market));
        splitter.setRoyalty(_id(friend, 1), model, 3_001);
        _refused(abi.encodeWithSelector(IRevenueSplitter.NotMarket.selector, friend));
        VM.prank(friend);
        splitter.setRoyalty(_id(friend, 1), model, 0);
    }
}

contract SplitterDistributeTest is SplitterTest {
    function test_a_credit_of_zero_is_none_and_nobody_is_told_of_it() public {
        VM.deal(address(market), 100);
        _accrue(100, _sale(100, 0, 1));
        Recorder(address(VM)).recordLogs();
        _distribute(1);
        Recorder.Log[] memory logs = Recorder(address(VM)).getRecordedLogs();
        VM.assertEq(logs.length, 2);
        VM.assertEq(logs[0].topics[0], IRevenueSplitter.Distributed.selector);
        VM.assertEq(logs[1].topics[0], IRevenueSplitter.Credited.selector);
        VM.assertEq(logs[1].topics[1], bytes32(uint256(uint160(seller))));
    }

    function test_fees_in_a_token_are_no_matured_fees_in_coin() public {
        VM.prank(address(market));
        splitter.accrue(address(dollar), friend, _sale(100, 40, 1));
        (address[] memory recipients, uint16[] memory bps) = _alone(seller);
        splitter.distribute(model, address(dollar), 1, recipients, bps);
        VM.assertEq(splitter.credits(vault, address(dollar)), 40);
        VM.assertEq(splitter.maturedFees(model), 0);
    }

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
        _accrue(gross, _sale(gross, fee, 1));
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
        _accrue(1_000, _sale(1_000, 25, 1));
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

    function test_pays_a_token() public {
        VM.prank(address(pass));
        splitter.creditTo(stranger, address(dollar), friend, 9);
        VM.prank(stranger);
        splitter.withdraw(address(dollar));
        VM.assertEq(dollar.balanceOf(stranger), 9);
    }

    function test_pays_another_account_for_one_that_takes_no_coin() public {
        VM.prank(address(market));
        splitter.creditTo{value: 1}(address(pass), COIN, address(market), 1);
        _refused(abi.encodeWithSelector(IRevenueSplitter.ZeroAddress.selector));
        VM.prank(address(pass));
        splitter.withdrawTo(COIN, address(0));
        VM.prank(address(pass));
        splitter.withdrawTo(COIN, address(0xBEEF));
        VM.assertEq(address(0xBEEF).balance, 1);
    }

    function test_refuses_an_account_that_takes_no_coin() public {
        VM.prank(address(market));
        splitter.creditTo{value: 1}(address(pass), COIN, address(market), 1);
        _refused(abi.encodeWithSelector(IRevenueSplitter.PaymentFailed.selector, address(pass), 1));
        VM.prank(address(pass));
        splitter.withdraw(COIN);
    }
}

contract SplitterAdminTest is SplitterTest {
    function test_the_admin_names_the_fee_vault() public {
        VM.expectEmit(address(splitter));
        emit IRevenueSplitter.FeeVaultSet(friend);
        VM.prank(admin);
        splitter.setFeeVault(friend);
        VM.assertEq(splitter.feeVault(), friend);
    }

    function test_refuses_everybody_else_and_no_vault() public {
        _refused(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        VM.prank(stranger);
        splitter.setFeeVault(stranger);
        _refused(abi.encodeWithSelector(IRevenueSplitter.ZeroAddress.selector));
        VM.prank(admin);
        splitter.setFeeVault(address(0));
    }
}
