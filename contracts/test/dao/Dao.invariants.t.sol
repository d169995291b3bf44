// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {DaoHandler} from "../base/DaoHandler.sol";
import {DaoTest} from "../base/DaoTest.sol";
import {ILatticeStaking} from "../../src/interfaces/ILatticeStaking.sol";
import {VM} from "../base/Vm.sol";

/// @dev What has to hold after every call, in sentences.
abstract contract DaoSentences is DaoTest {
    address private constant COIN = address(0);

    DaoHandler internal handler;

    function setUp() public override {
        super.setUp();
        address[5] memory actors = [ann, ben, cyd, stranger, _account("another")];
        handler = new DaoHandler(token, staking, dao, treasury, guardian, actors);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function _what_is_locked_is_there_and_is_what_is_staked_or_leaving() internal view {
        uint256 staked;
        for (uint256 i = 0; i < handler.ACTORS(); ++i) {
            address who = handler.actor(i);
            ILatticeStaking.Stake memory held = staking.stakeOf(who);
            VM.assertLe(token.lockedOf(who), token.balanceOf(who), "balance");
            VM.assertEq(token.lockedOf(who), uint256(held.staked) + held.leaving, "locked");
            staked += held.staked;
        }
        VM.assertEq(staking.totalStaked(), staked, "total");
    }

    function _the_votes_are_the_balances_of_who_delegates() internal view {
        (uint256 votes, uint256 balances) = (token.getVotes(token.sentinel()), 0);
        for (uint256 i = 0; i < handler.ACTORS(); ++i) {
            address who = handler.actor(i);
            votes += token.getVotes(who);
            if (token.delegates(who) != address(0)) balances += token.balanceOf(who);
        }
        balances += token.balanceOf(address(treasury)) + token.balanceOf(vesting) + token.balanceOf(claim);
        VM.assertEq(votes, balances, "votes");
    }

    function _past_votes_never_change() internal view {
        DaoHandler.Past[] memory pasts = handler.pasts();
        for (uint256 i = 0; i < pasts.length; ++i) {
            VM.assertEq(token.getPastVotes(pasts[i].account, pasts[i].timepoint), pasts[i].votes, "past votes");
        }
    }

    function _nothing_leaves_the_treasury_but_by_executed_proposals_within_its_caps() internal view {
        VM.assertEq(address(treasury).balance + handler.coinPaid(), 1_000 ether, "coin");
        VM.assertEq(token.balanceOf(address(treasury)) + handler.latticePaid(), 600 * MILLION, "LATTICE");
        // The greatest cap of a month; what the DAO has set is never above it.
        uint256 spent = treasury.spentInMonth(COIN);
        VM.assertLe(spent, (address(treasury).balance + spent) / 5, "a month's coin");
        spent = treasury.spentInMonth(address(token));
        VM.assertLe(spent, (token.balanceOf(address(treasury)) + spent) / 5, "a month's LATTICE");
    }

    function _rewards_are_exact_within_a_wei_a_staker() internal view {
        (uint256 owed, uint256 waiting) = staking.rewards();
        owed += waiting + handler.claimed();
        for (uint256 i = 0; i < handler.ACTORS(); ++i) {
            owed += staking.claimable(handler.actor(i));
        }
        VM.assertLe(owed, handler.received(), "more than came in");
        VM.assertLe(handler.received(), owed + handler.ACTORS(), "more than a wei a staker is lost");
        VM.assertEq(address(staking).balance, handler.received() - handler.claimed(), "coin there");
    }

    function _the_supply_and_the_floor_of_the_quorum_stand() internal view {
        VM.assertEq(token.totalSupply(), SUPPLY, "supply");
        VM.assertLe(SUPPLY / 200, dao.quorum(block.timestamp - 1), "floor");
        VM.assertEq(token.delegates(address(treasury)), token.sentinel());
    }

    function _all() internal view {
        _what_is_locked_is_there_and_is_what_is_staked_or_leaving();
        _the_votes_are_the_balances_of_who_delegates();
        _past_votes_never_change();
        _nothing_leaves_the_treasury_but_by_executed_proposals_within_its_caps();
        _rewards_are_exact_within_a_wei_a_staker();
        _the_supply_and_the_floor_of_the_quorum_stand();
    }
}

/// @dev Each sentence by its name, after every call of short histories.
/// forge-config: default.invariant.runs = 16
/// forge-config: default.invariant.depth = 40
/// forge-config: default.invariant.check_interval = 1
contract DaoInvariants is DaoSentences {
    function invariant_what_is_locked_is_there_and_is_what_is_staked_or_leaving() public view {
        _what_is_locked_is_there_and_is_what_is_staked_or_leaving();
    }

    function invariant_the_votes_are_the_balances_of_who_delegates() public view {
        _the_votes_are_the_balances_of_who_delegates();
    }

    function invariant_past_votes_never_change() public view {
        _past_votes_never_change();
    }

    function invariant_nothing_leaves_the_treasury_but_by_executed_proposals_within_its_caps() public view {
        _nothing_leaves_the_treasury_but_by_executed_proposals_within_its_caps();
    }

    function invariant_rewards_are_exact_within_a_wei_a_staker() public view {
        _rewards_are_exact_within_a_wei_a_staker();
    }

    function invariant_the_supply_and_the_floor_of_the_quorum_stand() public view {
        _the_supply_and_the_floor_of_the_quorum_stand();
    }
}

/// @dev All the sentences in long histories; in many more of them by `make fuzz`.
contract DaoFuzz is DaoSentences {
    function invariant_all_of_them() public view {
        _all();
    }
}

/// @dev The handler really gets that far: a path from a proposal to the money, by its own calls.
contract DaoHandlerTest is DaoSentences {
    function test_the_handler_passes_and_executes_a_payment() public {
        handler.propose(0, 0, 10 ether);
        handler.wait(1 days);
        handler.vote(0, 0, 1);
        handler.wait(4 days);
        handler.wait(4 days);
        handler.queue(0);
        handler.wait(3 days);
        handler.execute(0);
        VM.assertEq(handler.executed(), 1);
        VM.assertEq(handler.coinPaid(), 10 ether);
        _nothing_leaves_the_treasury_but_by_executed_proposals_within_its_caps();
    }

    function test_chance_gets_that_far_as_well() public {
        for (uint256 i = 0; i < 1_500; ++i) {
            uint256 dice = uint256(keccak256(abi.encode(i)));
            (uint256 first, uint256 second) = (uint64(dice), uint64(dice >> 64));
            dice = (dice >> 128) % 12;
            if (dice < 2) handler.propose(first, second, uint64(dice));
            else if (dice < 5) handler.vote(first, second, uint8(first >> 32));
            else if (dice < 7) handler.queue(first);
            else if (dice < 10) handler.execute(first);
            else handler.wait(second);
        }
        VM.assertTrue(handler.executed() > 20);
        _all();
    }

    function test_the_handler_outlives_the_guardians_mandate() public {
        handler.propose(0, 3, 1);
        handler.pause(5);
        VM.assertEq(handler.paused(), 1);
        VM.assertTrue(parameters.isPaused());
        handler.sleep(16 * 1_800_000);
        VM.assertTrue(block.timestamp > guardian.mandateEnd());
        handler.stop(0);
        handler.pause(5);
        VM.assertEq(handler.stopped(), 0);
        VM.assertEq(handler.paused(), 1);
    }

    function test_the_handler_stops_a_proposal() public {
        handler.propose(0, 3, 1);
        handler.stop(0);
        VM.assertEq(handler.stopped(), 1);
        VM.assertEq(handler.proposals(), 1);
        handler.propose(0, 7, 1);
        handler.stop(8);
        VM.assertEq(handler.stopped(), 1);
    }
}
