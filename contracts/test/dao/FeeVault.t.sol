// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {FeeVault} from "../../src/dao/FeeVault.sol";
import {RevenueSplitter} from "../../src/RevenueSplitter.sol";
import {IFeeVault} from "../../src/interfaces/IFeeVault.sol";
import {IRevenueSplitter} from "../../src/interfaces/IRevenueSplitter.sol";
import {DaoTest} from "../base/DaoTest.sol";
import {FeeToken} from "../base/Tokens.sol";
import {VM} from "../base/Vm.sol";

/// @dev The splitter is the market's own, and this test its market: sales of one ether, a tenth of it fee.
contract FeeVaultTest is DaoTest {
    address private constant COIN = address(0);
    bytes32 private constant MODEL = bytes32(uint256(1) << 96);

    RevenueSplitter private _splitter;
    FeeVault private _vault;
    address private immutable _pool = _account("bonus pool");

    function setUp() public override {
        super.setUp();
        address place = VM.computeCreateAddress(address(this), VM.getNonce(address(this)) + 1);
        address here = address(this);
        _splitter = RevenueSplitter(_new("RevenueSplitter", abi.encode(manager, place, here, here, here)));
        _vault = FeeVault(payable(_new("FeeVault", abi.encode(_splitter, parameters, staking, _pool, treasury))));
        VM.assertEq(address(_vault), place);
        VM.deal(address(treasury), 0);
    }

    function test_the_coin_goes_to_stakers_bonus_pool_and_treasury() public {
        _sell(0.1 ether + 1, 0);
        VM.expectEmit(address(_vault));
        emit IFeeVault.Released(COIN, 0.1 ether + 1, 0.03 ether, 0.02 ether, 0.05 ether + 1);
        _vault.release(COIN);
        VM.assertEq(address(staking).balance, 0.03 ether);
        VM.assertEq(_pool.balance, 0.02 ether);
        VM.assertEq(address(treasury).balance, 0.05 ether + 1);
        (, uint256 waiting) = staking.rewards();
        VM.assertEq(waiting, 0.03 ether);
    }

    function test_what_a_referrer_got_is_not_divided_again() public {
        _sell(0.1 ether, 0.02 ether);
        _vault.release(COIN);
        VM.assertEq(address(staking).balance, 0.024 ether);
        VM.assertEq(_pool.balance, 0.016 ether);
        VM.assertEq(address(treasury).balance, 0.04 ether);
    }

    function test_without_a_fee_all_goes_to_the_treasury() public {
        _sell(0.1 ether, 0);
        string[4] memory keys = ["referralBps", "stakersBps", "bonusCapBps", "feeBps"];
        for (uint256 i = 0; i < 4; ++i) {
            VM.prank(address(treasury));
            parameters.set(bytes32(bytes(keys[i])), 0);
        }
        _vault.release(COIN);
        VM.assertEq(address(treasury).balance, 0.1 ether);
    }

    function test_another_token_goes_to_the_treasury() public {
        FeeToken dollar = FeeToken(VM.deployCode("Treasury.t.sol:BrokenToken", ""));
        dollar.mint(address(_vault), 100);
        VM.expectEmit(address(_vault));
        emit IFeeVault.Released(address(dollar), 100, 0, 0, 100);
        _vault.release(address(dollar));
        VM.assertEq(dollar.balanceOf(address(_vault)), 0);
    }

    function test_a_wei_goes_to_the_treasury() public {
        VM.deal(address(_vault), 1);
        _vault.release(COIN);
        VM.assertEq(address(treasury).balance, 1);
    }

    function test_refuses_where_there_is_nothing() public {
        _refused(abi.encodeWithSelector(IFeeVault.NothingToRelease.selector, COIN));
        _vault.release(COIN);
        _refused(abi.encodeWithSelector(IFeeVault.NothingToRelease.selector, token));
        _vault.release(address(token));
    }

    function test_nothing_is_lost_of_any_amount(uint96 amount) public {
        if (amount == 0) return;
        VM.deal(address(_vault), amount);
        _vault.release(COIN);
        VM.assertEq(address(staking).balance + _pool.balance + address(treasury).balance, amount);
        VM.assertEq(address(staking).balance, uint256(amount) * 75 / 250);
        VM.assertEq(_pool.balance, uint256(amount) * 50 / 250);
    }

    function _sell(uint128 fee, uint128 referral) private {
        uint32 day = uint32(block.timestamp / 1 days);
        address referrer = referral == 0 ? address(0) : stranger;
        _splitter.accrue{value: 1 ether}(
            COIN, address(this), IRevenueSplitter.Accrual(MODEL, 1 ether, fee, day, referrer, referral)
        );
        VM.warp(block.timestamp + 1 days);
        (address[] memory to, uint16[] memory bps) = (new address[](1), new uint16[](1));
        (to[0], bps[0]) = (address(bytes20(MODEL)), 10_000);
        _splitter.distribute(MODEL, COIN, day, to, bps);
    }
}
