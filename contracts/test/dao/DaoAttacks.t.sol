// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {GovernorVotesQuorumFraction} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ICodeGuard} from "../../src/interfaces/ICodeGuard.sol";
import {IGuardian} from "../../src/interfaces/IGuardian.sol";
import {ILatticeDAO} from "../../src/interfaces/ILatticeDAO.sol";
import {ILatticeToken} from "../../src/interfaces/ILatticeToken.sol";
import {ITreasury} from "../../src/interfaces/ITreasury.sol";
import {DaoTest} from "../base/DaoTest.sol";
import {VM} from "../base/Vm.sol";

/// @dev Each is what somebody once did, or would do, to a DAO; each fails.
contract DaoAttackTest is DaoTest {
    function test_votes_borrowed_for_a_transaction_neither_propose_nor_vote() public {
        _send(ann, stranger, 100 * MILLION);
        _delegate(stranger, stranger);
        _refused(
            abi.encodeWithSelector(IGovernor.GovernorInsufficientProposerVotes.selector, stranger, 0, SUPPLY / 400)
        );
        _propose(stranger, _draft(stranger, ""));

        uint256 id = _propose(ben, _draft(stranger, ""));
        VM.assertEq(dao.getVotes(stranger, block.timestamp - 1), 0);
        _send(stranger, ann, 100 * MILLION);
        _toVote(id);
        _vote(stranger, id, FOR);
        (, uint256 for_,) = dao.proposalVotes(id);
        VM.assertEq(for_, 0);
    }

    function test_votes_bought_after_the_snapshot_do_not_count() public {
        uint256 id = _propose(ben, _draft(stranger, ""));
        _toVote(id);
        _send(ann, stranger, 100 * MILLION);
        _delegate(stranger, stranger);
        VM.warp(block.timestamp + 1 days);
        _vote(stranger, id, FOR);
        _vote(ann, id, AGAINST);
        (uint256 against, uint256 for_,) = dao.proposalVotes(id);
        VM.assertEq(for_, 0);
        VM.assertEq(against, 100 * MILLION);
    }

    function test_delegating_in_a_circle_makes_no_votes() public {
        _delegate(ann, ben);
        _delegate(ben, cyd);
        _delegate(cyd, ann);
        VM.assertEq(token.getVotes(ann), 40 * MILLION);
        VM.assertEq(token.getVotes(ben), 100 * MILLION);
        VM.assertEq(token.getVotes(cyd), 60 * MILLION);
    }

    function test_locking_and_unlocking_votes_once() public {
        _stake(ann, 100 * MILLION);
        uint256 id = _propose(ann, _draft(stranger, ""));
        _toVote(id);
        _vote(ann, id, FOR);
        VM.prank(ann);
        staking.unstake(100 * MILLION);
        _refused(
            abi.encodeWithSelector(ILatticeToken.BalanceLocked.selector, ann, 100 * MILLION, 100 * MILLION - 1)
        );
        _send(ann, stranger, 1);
        _refused(abi.encodeWithSelector(IGovernor.GovernorAlreadyCastVote.selector, ann));
        _vote(ann, id, FOR);
        VM.assertTrue(staking.stakeOf(ann).freeAt > dao.proposalDeadline(id) + 2 days + 2 days);
    }

    function test_a_marked_proposal_cannot_be_made_by_somebody_else_and_cancelled() public {
        Draft memory draft = _draft(stranger, "");
        draft.description = string.concat("Mine. #proposer=", _hex(ann));
        _refused(abi.encodeWithSelector(IGovernor.GovernorRestrictedProposer.selector, ben));
        _propose(ben, draft);
        _propose(ann, draft);
    }

    function test_the_timelock_takes_orders_from_nobody_around_the_governor() public {
        Draft memory draft = _draft(address(token), abi.encodeCall(IERC20.transfer, (stranger, 1)));
        _refused(_missing(ann, treasury.PROPOSER_ROLE()));
        VM.prank(ann);
        treasury.scheduleBatch(draft.targets, draft.values, draft.calldatas, 0, 0, 2 days);
        _ready(draft);
        bytes32 salt = bytes20(address(dao)) ^ keccak256(bytes(draft.description));
        _refused(_missing(ann, treasury.EXECUTOR_ROLE()));
        VM.prank(ann);
        treasury.executeBatch(draft.targets, draft.values, draft.calldatas, 0, salt);
        _execute(draft);
    }

    function test_what_expired_is_not_executed_around_the_governor_either() public {
        Draft memory draft = _draft(address(token), abi.encodeCall(IERC20.transfer, (stranger, 1)));
        uint256 id = _ready(draft);
        VM.warp(dao.proposalEta(id) + 15 days);
        bytes32 salt = bytes20(address(dao)) ^ keccak256(bytes(draft.description));
        _refused(_missing(stranger, treasury.EXECUTOR_ROLE()));
        VM.prank(stranger);
        treasury.executeBatch(draft.targets, draft.values, draft.calldatas, 0, salt);
    }

    function test_the_guardian_cannot_keep_its_office() public {
        Draft memory draft = _draft(address(guardian), abi.encodeCall(IGuardian.appoint, (stranger, uint64(START + 90 days))));
        _ready(draft);
        _refused(abi.encodeWithSelector(IGuardian.ReplacesGuardian.selector));
        VM.prank(member);
        guardian.cancel(draft.targets, draft.values, draft.calldatas, keccak256(bytes(draft.description)));
        _execute(draft);
        _refused(abi.encodeWithSelector(IGuardian.NotMember.selector, member));
        VM.prank(member);
        guardian.pause(uint64(block.timestamp + 1));
    }

    function test_an_expired_guardian_does_nothing() public {
        VM.warp(START + 365 days);
        Draft memory draft = _draft(stranger, "");
        _ready(draft);
        bytes memory over = abi.encodeWithSelector(IGuardian.MandateOver.selector, START + 365 days);
        _refused(over);
        VM.prank(member);
        guardian.cancel(draft.targets, draft.values, draft.calldatas, keccak256(bytes(draft.description)));
        _refused(over);
        VM.prank(member);
        guardian.pause(uint64(block.timestamp + 1));
        _execute(draft);
    }

    function test_a_target_that_changes_its_code_is_not_called() public {
        VM.etch(stranger, hex"00");
        bytes32 hash = stranger.codehash;
        Draft memory draft = _draft(address(codeGuard), abi.encodeCall(ICodeGuard.requireHash, (stranger, hash)));
        draft = _and(draft, stranger, 1 ether, "");
        _ready(draft);
        VM.etch(stranger, hex"5b00");
        _refused(abi.encodeWithSelector(ICodeGuard.CodeChanged.selector, stranger, hash, stranger.codehash));
        _execute(draft);
        VM.etch(stranger, hex"00");
        _execute(draft);
        VM.assertEq(stranger.balance, 1 ether);
    }

    function test_the_treasury_neither_votes_nor_lets_anyone_pull() public {
        _govern_refused(
            abi.encodeWithSelector(ITreasury.CallRefused.selector, token, IVotes.delegate.selector),
            _draft(address(token), abi.encodeCall(IVotes.delegate, (ann)))
        );
        _govern_refused(
            abi.encodeWithSelector(ITreasury.CallRefused.selector, token, IERC20.approve.selector),
            _draft(address(token), abi.encodeCall(IERC20.approve, (ann, SUPPLY)))
        );
        VM.assertEq(token.delegates(address(treasury)), token.sentinel());
    }

    function test_dust_moves_nothing_that_is_streaming() public {
        _stake(ann, 1);
        staking.notify{value: 7 ether}();
        uint256 week = (START / 7 days + 1) * 7 days;
        for (uint256 i = 0; i < 7; ++i) {
            VM.warp(week + i * 1 days);
            VM.assertEq(staking.claimable(ann), i * 1 ether);
            staking.notify{value: 1}();
        }
        VM.warp(week + 7 days);
        VM.assertEq(staking.claimable(ann), 7 ether);
    }

    function test_staking_just_before_the_money_comes_earns_its_seconds_only() public {
        _stake(ann, MILLION);
        staking.notify{value: 7 days}();
        uint256 week = (START / 7 days + 1) * 7 days;
        VM.warp(week + 7 days - 1);
        _stake(ben, MILLION);
        staking.notify{value: 1 ether}();
        VM.prank(ben);
        staking.unstake(MILLION);
        VM.warp(week + 21 days);
        VM.assertEq(staking.claimable(ben), 0);
        VM.assertLe(7 days + 1 ether, staking.claimable(ann) + 1, "all of it");
    }

    function test_a_quorum_lowered_in_a_batch_holds_for_later_proposals_only() public {
        Draft memory small = _draft(stranger, 1, "", "Too few.");
        Draft memory lower =
            _draft(address(dao), abi.encodeCall(GovernorVotesQuorumFraction.updateQuorumNumerator, (2)));
        _send(ann, stranger, 5 * MILLION);
        _delegate(stranger, stranger);
        VM.warp(START + 2);
        uint256 id = _propose(ben, small);
        _govern(_and(lower, stranger, 0, ""));
        (uint256 deadline, uint256 snapshot) = (dao.proposalDeadline(id), dao.proposalSnapshot(id));
        VM.assertTrue(deadline < block.timestamp);
        VM.assertEq(dao.quorum(snapshot), 8 * MILLION);
        _is(id, IGovernor.ProposalState.Defeated);
        VM.warp(block.timestamp + 1);
        VM.assertEq(dao.quorum(block.timestamp - 1), 5 * MILLION);
    }

    function test_nobody_floods_the_voters_with_proposals() public {
        uint256 id = _propose(ann, _draft(stranger, ""));
        for (uint256 i = 0; i < 5; ++i) {
            Draft memory draft = _draft(stranger, i, "", "Spam.");
            _refused(abi.encodeWithSelector(ILatticeDAO.ProposalStillLive.selector, ann, id));
            _propose(ann, draft);
        }
        VM.assertEq(dao.latestProposalId(), id);
    }

    function test_the_governor_keeps_no_coin() public {
        (bool taken,) = address(dao).call{value: 1}("");
        VM.assertFalse(taken);
    }

    function _missing(address account, bytes32 role) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, account, role);
    }

    function _hex(address account) private pure returns (string memory) {
        bytes16 digits = "0123456789abcdef";
        bytes memory text = new bytes(42);
        (text[0], text[1]) = ("0", "x");
        for (uint256 i = 0; i < 40; ++i) {
            text[i + 2] = digits[(uint160(account) >> (4 * (39 - i))) & 15];
        }
        return string(text);
    }
}
