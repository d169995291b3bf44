// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {ILatticeStaking} from "../../src/interfaces/ILatticeStaking.sol";
import {ILatticeToken} from "../../src/interfaces/ILatticeToken.sol";
import {DaoTest} from "../base/DaoTest.sol";
import {VM} from "../base/Vm.sol";

/// @dev Weeks are counted from 1970, as the contract counts them.
abstract contract StakingTest is DaoTest {
    uint256 internal constant WEEK = 7 days;
    uint256 internal constant NEXT = (START / WEEK + 1) * WEEK;

    function _notify(uint256 amount) internal {
        VM.deal(stranger, amount);
        VM.prank(stranger);
        staking.notify{value: amount}();
    }

    function _unstake(address who, uint256 amount) internal {
        VM.prank(who);
        staking.unstake(amount);
    }

    function _withdraw(address who) internal {
        VM.prank(who);
        staking.withdraw();
    }

    function _claim(address who) internal {
        VM.prank(who);
        staking.claim(who);
    }

    function _claimable(address who, uint256 expected) internal view {
        VM.assertEq(staking.claimable(who), expected);
    }
}

contract StakingStakeTest is StakingTest {
    function test_locks_where_the_tokens_are() public {
        VM.expectEmit(address(staking));
        emit ILatticeStaking.Staked(ann, 10, 10);
        _stake(ann, 10);
        _stake(ann, 5);
        VM.assertEq(staking.stakeOf(ann).staked, 15);
        VM.assertEq(staking.totalStaked(), 15);
        VM.assertEq(token.lockedOf(ann), 15);
        VM.assertEq(token.balanceOf(address(staking)), 0);
        VM.assertEq(token.getVotes(ann), 100 * MILLION);
    }

    function test_refuses_nothing_and_more_than_is_free() public {
        _refused(abi.encodeWithSelector(ILatticeStaking.ZeroAmount.selector));
        _stake(ann, 0);
        _stake(ann, 60 * MILLION);
        _refused(
            abi.encodeWithSelector(ILatticeToken.BalanceLocked.selector, ann, 100 * MILLION + 1, 100 * MILLION)
        );
        _stake(ann, 40 * MILLION + 1);
    }

    function test_who_has_no_delegate_votes_for_itself() public {
        _send(ann, stranger, 7);
        _stake(stranger, 7);
        VM.assertEq(token.getVotes(stranger), 7);
    }
}

contract StakingUnstakeTest is StakingTest {
    function test_the_cooldown_is_longer_than_a_proposal_takes() public {
        VM.assertEq(staking.cooldown(), 1 days + 6 days + 2 days + 2 days + 1 days);
        _stake(ann, 10);
        VM.expectEmit(address(staking));
        emit ILatticeStaking.Unstaked(ann, 4, 6, block.timestamp + 12 days);
        _unstake(ann, 4);
        VM.assertEq(staking.stakeOf(ann).leaving, 4);
        VM.assertEq(staking.totalStaked(), 6);
        VM.assertEq(token.lockedOf(ann), 10);
    }

    function test_is_free_after_the_cooldown_and_not_before() public {
        _stake(ann, 10);
        _unstake(ann, 4);
        uint256 free = staking.stakeOf(ann).freeAt;
        VM.warp(free - 1);
        _refused(abi.encodeWithSelector(ILatticeStaking.StillCooling.selector, ann, free));
        _withdraw(ann);
        VM.warp(free);
        VM.expectEmit(address(staking));
        emit ILatticeStaking.Withdrawn(ann, 4);
        _withdraw(ann);
        VM.assertEq(token.lockedOf(ann), 6);
        _refused(abi.encodeWithSelector(ILatticeStaking.NothingLeaving.selector, ann));
        _withdraw(ann);
    }

    function test_taking_more_back_begins_the_cooldown_again() public {
        _stake(ann, 10);
        _unstake(ann, 4);
        VM.warp(START + 5 days);
        _unstake(ann, 1);
        VM.assertEq(staking.stakeOf(ann).leaving, 5);
        VM.assertEq(staking.stakeOf(ann).freeAt, START + 17 days);
    }

    function test_refuses_nothing_and_more_than_is_staked() public {
        _stake(ann, 10);
        _refused(abi.encodeWithSelector(ILatticeStaking.ZeroAmount.selector));
        _unstake(ann, 0);
        _refused(abi.encodeWithSelector(ILatticeStaking.StakeExceeded.selector, ann, 11, 10));
        _unstake(ann, 11);
    }

    function test_what_is_leaving_can_be_staked_again() public {
        _stake(ann, 10);
        _unstake(ann, 4);
        VM.expectEmit(address(staking));
        emit ILatticeStaking.Restaked(ann, 4, 10);
        VM.prank(ann);
        staking.restake();
        VM.assertEq(staking.stakeOf(ann).staked, 10);
        VM.assertEq(staking.stakeOf(ann).leaving, 0);
        VM.assertEq(staking.totalStaked(), 10);
        VM.assertEq(token.lockedOf(ann), 10);
        _refused(abi.encodeWithSelector(ILatticeStaking.NothingLeaving.selector, ann));
        VM.prank(ann);
        staking.restake();
    }

    function test_what_is_leaving_earns_nothing() public {
        _stake(ann, 10);
        _stake(ben, 10);
        _notify(100);
        _unstake(ann, 10);
        VM.warp(NEXT + WEEK);
        _claimable(ann, 0);
        _claimable(ben, 100);
    }
}

contract StakingRewardsTest is StakingTest {
    function test_what_comes_in_a_week_is_streamed_through_the_next() public {
        _stake(ann, 3); // of four, so that every part is a whole number of wei
        _stake(ben, 1);
        VM.expectEmit(address(staking));
        emit ILatticeStaking.RewardAdded(stranger, 8 ether);
        _notify(8 ether);
        VM.warp(NEXT);
        _claimable(ann, 0);
        VM.warp(NEXT + WEEK / 4);
        _claimable(ann, 1.5 ether);
        _claimable(ben, 0.5 ether);
        VM.warp(NEXT + WEEK);
        _claimable(ann, 6 ether);
        _claimable(ben, 2 ether);
        VM.warp(NEXT + 100 * WEEK);
        _claimable(ann, 6 ether);
    }

    function test_says_what_streams_and_what_waits() public {
        _stake(ann, 1);
        _notify(7 ether);
        _streams(0, 7 ether);
        VM.warp(NEXT + 1 days);
        _notify(1 ether);
        _streams(6 ether, 1 ether);
        VM.warp(NEXT + WEEK);
        _streams(1 ether, 0);
        VM.warp(NEXT + 2 * WEEK);
        _streams(0, 0);
    }

    function test_waits_while_nobody_stakes() public {
        _notify(7 ether);
        VM.warp(NEXT + 3 days);
        _streams(4 ether, 3 ether);
        _stake(ann, 1);
        VM.warp(NEXT + WEEK);
        _claimable(ann, 4 ether);
        VM.warp(NEXT + 2 * WEEK);
        _claimable(ann, 7 ether);
    }

    function test_waits_through_years_in_which_nobody_stakes() public {
        _notify(7 ether);
        VM.warp(NEXT + 200 * WEEK + 1 days);
        _streams(6 ether, 1 ether);
        _stake(ann, 1);
        VM.warp(NEXT + 202 * WEEK);
        _claimable(ann, 7 ether);
    }

    function test_a_stake_earns_from_its_own_second_on() public {
        _stake(ann, 10);
        _notify(8 ether);
        VM.warp(NEXT + WEEK / 2);
        _stake(ben, 10);
        VM.warp(NEXT + WEEK);
        _claimable(ann, 6 ether);
        _claimable(ben, 2 ether);
    }

    function test_claims_are_paid_once_to_whom_the_staker_names() public {
        _stake(ann, 10);
        _notify(8 ether);
        VM.warp(NEXT + WEEK);
        VM.expectEmit(address(staking));
        emit ILatticeStaking.RewardClaimed(ann, stranger, 8 ether);
        VM.prank(ann);
        staking.claim(stranger);
        VM.assertEq(stranger.balance, 8 ether);
        VM.assertEq(address(staking).balance, 0);
        _refused(abi.encodeWithSelector(ILatticeStaking.NothingToClaim.selector, ann));
        _claim(ann);
    }

    function test_refuses_to_be_told_of_nothing() public {
        _refused(abi.encodeWithSelector(ILatticeStaking.ZeroAmount.selector));
        staking.notify();
    }

    function test_fractions_of_a_wei_are_kept() public {
        _stake(ann, 1);
        _stake(ben, 3);
        for (uint256 i = 1; i <= 4; ++i) {
            _notify(1);
            VM.warp(NEXT + i * WEEK);
            _claimable(ann, 0);
        }
        VM.warp(NEXT + 5 * WEEK);
        _claimable(ann, 1);
        _claimable(ben, 3);
    }

    function test_nothing_is_lost_whoever_calls_when(uint64[8] calldata amounts, uint24[8] calldata waits) public {
        uint256 received;
        uint256 paid;
        address[3] memory stakers = [ann, ben, cyd];
        for (uint256 i = 0; i < 8; ++i) {
            address who = stakers[i % 3];
            _stake(who, 1 + amounts[i] % MILLION);
            if (amounts[i] != 0) _notify(amounts[i]);
            received += amounts[i];
            VM.warp(block.timestamp + waits[i] % (3 * WEEK));
            if (staking.claimable(who) == 0) continue;
            paid += staking.claimable(who);
            _claim(who);
        }
        VM.warp(block.timestamp + 3 * WEEK);
        uint256 owed = paid + staking.claimable(ann) + staking.claimable(ben) + staking.claimable(cyd);
        VM.assertLe(owed, received, "more than came in");
        VM.assertLe(received, owed + 3, "more than a wei a staker is lost");
    }

    function _streams(uint256 streaming, uint256 waiting) private view {
        (uint256 first, uint256 second) = staking.rewards();
        VM.assertEq(first, streaming);
        VM.assertEq(second, waiting);
    }
}
