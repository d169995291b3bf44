// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {LatticeClaim} from "../../src/dao/LatticeClaim.sol";
import {LatticeFaucet} from "../../src/dao/LatticeFaucet.sol";
import {LatticeVesting} from "../../src/dao/LatticeVesting.sol";
import {ILatticeClaim} from "../../src/interfaces/ILatticeClaim.sol";
import {ILatticeFaucet} from "../../src/interfaces/ILatticeFaucet.sol";
import {DaoTest} from "../base/DaoTest.sol";
import {VM} from "../base/Vm.sol";

/// @dev Two early users: Ben, and a stranger.
contract ClaimTest is DaoTest {
    uint64 private constant END = uint64(START + 365 days);

    LatticeClaim private _claims;
    bytes32[] private _proof;

    function setUp() public override {
        super.setUp();
        (bytes32 first, bytes32 second) = (_leaf(0, stranger, 5), _leaf(1, ben, 7));
        bytes32 root = first < second ? keccak256(abi.encode(first, second)) : keccak256(abi.encode(second, first));
        _claims = LatticeClaim(_new("LatticeClaim", abi.encode(token, treasury, root, END)));
        _proof.push(second);
        _send(claim, address(_claims), 12);
    }

    function test_gives_an_account_what_its_leaf_says_whoever_calls() public {
        VM.expectEmit(address(_claims));
        emit ILatticeClaim.Claimed(0, stranger, 5);
        VM.prank(ben);
        _claims.claim(0, stranger, 5, _proof);
        VM.assertEq(token.balanceOf(stranger), 5);
        VM.assertTrue(_claims.isClaimed(0));
        VM.assertFalse(_claims.isClaimed(1));
        _refused(abi.encodeWithSelector(ILatticeClaim.AlreadyClaimed.selector, 0));
        _claims.claim(0, stranger, 5, _proof);
    }

    function test_refuses_what_no_leaf_says() public {
        _refused(abi.encodeWithSelector(ILatticeClaim.InvalidProof.selector, 0, ann, 5));
        _claims.claim(0, ann, 5, _proof);
        _refused(abi.encodeWithSelector(ILatticeClaim.InvalidProof.selector, 0, stranger, 6));
        _claims.claim(0, stranger, 6, _proof);
        _refused(abi.encodeWithSelector(ILatticeClaim.InvalidProof.selector, 2, stranger, 5));
        _claims.claim(2, stranger, 5, _proof);
    }

    function test_what_is_left_at_the_end_goes_to_the_treasury() public {
        _refused(abi.encodeWithSelector(ILatticeClaim.ClaimNotOver.selector, END));
        _claims.sweep();
        VM.warp(END - 1);
        _claims.claim(0, stranger, 5, _proof);
        _refused(abi.encodeWithSelector(ILatticeClaim.ClaimNotOver.selector, END));
        _claims.sweep();
        VM.warp(END);
        _refused(abi.encodeWithSelector(ILatticeClaim.ClaimOver.selector, END));
        _claims.claim(0, stranger, 5, _proof);
        uint256 before = token.balanceOf(address(treasury));
        VM.expectEmit(address(_claims));
        emit ILatticeClaim.Swept(address(treasury), 7);
        _claims.sweep();
        VM.assertEq(token.balanceOf(address(treasury)), before + 7);
        _refused(abi.encodeWithSelector(ILatticeClaim.NothingLeft.selector));
        _claims.sweep();
    }

    function _leaf(uint256 index, address account, uint256 amount) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(index, account, amount))));
    }
}

contract VestingTest is DaoTest {
    function test_a_contributors_tokens_vest_after_a_cliff() public {
        LatticeVesting wallet = LatticeVesting(
            payable(_new("LatticeVesting", abi.encode(cyd, uint64(START), uint64(4 * 365 days), uint64(365 days))))
        );
        _send(vesting, address(wallet), 400);
        VM.warp(START + 365 days - 1);
        VM.assertEq(wallet.releasable(address(token)), 0);
        VM.warp(START + 365 days);
        wallet.release(address(token));
        VM.assertEq(token.balanceOf(cyd), 40 * MILLION + 100);
        VM.warp(START + 4 * 365 days);
        wallet.release(address(token));
        VM.assertEq(token.balanceOf(cyd), 40 * MILLION + 400);
        VM.assertEq(wallet.owner(), cyd);
    }
}

contract FaucetTest is DaoTest {
    function test_gives_a_portion_a_day() public {
        LatticeFaucet faucet = LatticeFaucet(_new("LatticeFaucet", abi.encode(token)));
        _send(claim, address(faucet), 10 * MILLION);
        VM.expectEmit(address(faucet));
        emit ILatticeFaucet.Given(stranger, 3_000_000e18);
        _ask(faucet);
        VM.assertEq(token.balanceOf(stranger), 3_000_000e18);
        uint256 next = faucet.nextFaucet(stranger);
        VM.assertEq(next, block.timestamp + 24 hours);
        VM.warp(next - 1);
        _refused(abi.encodeWithSelector(ILatticeFaucet.TooEarly.selector, stranger, next));
        _ask(faucet);
        VM.warp(next);
        _ask(faucet);
        VM.assertEq(token.balanceOf(stranger), 6_000_000e18);
    }

    function _ask(LatticeFaucet faucet) private {
        VM.prank(stranger);
        faucet.faucet();
    }
}
