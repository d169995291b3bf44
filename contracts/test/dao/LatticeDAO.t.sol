// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {GovernorPreventLateQuorum} from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";
import {GovernorProposalGuardian} from "@openzeppelin/contracts/governance/extensions/GovernorProposalGuardian.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotesQuorumFraction} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {ILatticeDAO} from "../../src/interfaces/ILatticeDAO.sol";
import {IProtocolParameters} from "../../src/interfaces/IProtocolParameters.sol";
import {DaoTest} from "../base/DaoTest.sol";
import {VM} from "../base/Vm.sol";

contract DaoSettingsTest is DaoTest {
    function test_starts_with_the_values_of_the_table() public view {
        VM.assertEq(dao.name(), "LatticeDAO");
        VM.assertEq(dao.votingDelay(), 1 days);
        VM.assertEq(dao.votingPeriod(), 6 days);
        VM.assertEq(dao.proposalThreshold(), SUPPLY / 400);
        VM.assertEq(dao.lateQuorumVoteExtension(), 2 days);
        VM.assertEq(dao.quorumNumerator(), 4);
        VM.assertEq(dao.timelock(), address(treasury));
        VM.assertEq(dao.proposalGuardian(), address(guardian));
        VM.assertEq(treasury.getMinDelay(), 2 days);
        VM.assertTrue(dao.proposalNeedsQueuing(0));
    }

    function test_the_voting_delay_has_bounds() public {
        _bounds(abi.encodeCall(GovernorSettings.setVotingDelay, (1 hours)), 0, 0, 0, 0);
        _bounds(abi.encodeCall(GovernorSettings.setVotingDelay, (7 days)), 0, 0, 0, 0);
        _bounds(_delay(1 hours - 1), "votingDelay", 1 hours - 1, 1 hours, 7 days);
        _bounds(_delay(7 days + 1), "votingDelay", 7 days + 1, 1 hours, 7 days);
    }

    function test_the_voting_period_has_bounds() public {
        _bounds(_period(3 days), 0, 0, 0, 0);
        _bounds(_period(14 days), 0, 0, 0, 0);
        _bounds(_period(3 days - 1), "votingPeriod", 3 days - 1, 3 days, 14 days);
        _bounds(_period(14 days + 1), "votingPeriod", 14 days + 1, 3 days, 14 days);
    }

    function test_a_voting_period_is_never_shorter_than_the_late_quorums_extension() public {
        _bounds(abi.encodeCall(GovernorPreventLateQuorum.setLateQuorumVoteExtension, (5 days)), 0, 0, 0, 0);
        _bounds(_period(5 days - 1), "votingPeriod", 5 days - 1, 5 days, 14 days);
        _bounds(_period(5 days), 0, 0, 0, 0);
        _govern_refused(
            abi.encodeWithSelector(
                GovernorPreventLateQuorum.GovernorPreventLateQuorumVoteExtensionTooLarge.selector, 5 days + 1, 5 days
            ),
            _own(abi.encodeCall(GovernorPreventLateQuorum.setLateQuorumVoteExtension, (5 days + 1)))
        );
    }

    function test_the_threshold_has_bounds() public {
        (uint256 least, uint256 most) = (SUPPLY / 2_000, SUPPLY / 50);
        _bounds(_threshold(least), 0, 0, 0, 0);
        _bounds(_threshold(most), 0, 0, 0, 0);
        _bounds(_threshold(least - 1), "proposalThreshold", least - 1, least, most);
        _bounds(_threshold(most + 1), "proposalThreshold", most + 1, least, most);
    }

    function test_the_quorum_has_bounds() public {
        _bounds(_quorum(2), 0, 0, 0, 0);
        _bounds(_quorum(20), 0, 0, 0, 0);
        _bounds(_quorum(1), "quorumNumerator", 1, 2, 20);
        _bounds(_quorum(21), "quorumNumerator", 21, 2, 20);
    }

    function test_the_timelock_is_never_exchanged() public {
        _govern_refused(
            abi.encodeWithSelector(ILatticeDAO.TimelockFixed.selector, treasury),
            _own(abi.encodeCall(GovernorTimelockControl.updateTimelock, (treasury)))
        );
        _refused(abi.encodeWithSelector(ILatticeDAO.TimelockFixed.selector, treasury));
        dao.updateTimelock(treasury);
    }

    function test_there_is_always_a_guardian() public {
        _govern_refused(
            abi.encodeWithSelector(ILatticeDAO.GuardianMissing.selector),
            _own(abi.encodeCall(GovernorProposalGuardian.setProposalGuardian, (address(0))))
        );
        _govern(_own(abi.encodeCall(GovernorProposalGuardian.setProposalGuardian, (stranger))));
        VM.assertEq(dao.proposalGuardian(), stranger);
    }

    function test_nobody_but_the_dao_itself_sets_anything() public {
        bytes[6] memory calls = [
            _delay(1 days),
            _period(6 days),
            _threshold(SUPPLY / 400),
            _quorum(4),
            abi.encodeCall(GovernorPreventLateQuorum.setLateQuorumVoteExtension, (2 days)),
            abi.encodeCall(GovernorProposalGuardian.setProposalGuardian, (stranger))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            VM.prank(ann);
            (bool done, bytes memory reason) = address(dao).call(calls[i]);
            VM.assertFalse(done);
            VM.assertEq(
                keccak256(reason), keccak256(abi.encodeWithSelector(IGovernor.GovernorOnlyExecutor.selector, ann))
            );
        }
    }

    /// @dev Pass the call as a proposal: refused for this setting, or, without one, done.
    function _bounds(bytes memory data, bytes32 setting, uint256 value, uint256 least, uint256 most) private {
        Draft memory draft = _own(data);
        if (setting == 0) _govern(draft);
        else {
            _govern_refused(
                abi.encodeWithSelector(ILatticeDAO.SettingOutOfBounds.selector, setting, value, least, most), draft
            );
        }
    }

    function _own(bytes memory data) private view returns (Draft memory draft) {
        draft = _draft(address(dao), data);
        draft.description = string(abi.encodePacked(block.timestamp));
    }

    function _delay(uint48 delay) private pure returns (bytes memory) {
        return abi.encodeCall(GovernorSettings.setVotingDelay, (delay));
    }

    function _period(uint32 period) private pure returns (bytes memory) {
        return abi.encodeCall(GovernorSettings.setVotingPeriod, (period));
    }

    function _threshold(uint256 threshold) private pure returns (bytes memory) {
        return abi.encodeCall(GovernorSettings.setProposalThreshold, (threshold));
    }

    function _quorum(uint256 numerator) private pure returns (bytes memory) {
        return abi.encodeCall(GovernorVotesQuorumFraction.updateQuorumNumerator, (numerator));
    }
}

contract DaoQuorumTest is DaoTest {
    function test_is_a_part_of_what_can_vote() public view {
        VM.assertEq(dao.quorum(START), 8 * MILLION);
    }

    function test_is_never_below_a_half_percent_of_the_supply() public {
        _send(ann, vesting, 90 * MILLION);
        VM.warp(START + 2);
        VM.assertEq(dao.quorum(START + 1), 5 * MILLION);
        VM.assertEq(dao.quorum(START), 8 * MILLION);
    }

    function test_grows_with_what_leaves_the_accounts_that_cannot_vote() public {
        _send(claim, stranger, 100 * MILLION);
        VM.warp(START + 2);
        VM.assertEq(dao.quorum(START + 1), 12 * MILLION);
    }
}

contract DaoProposeTest is DaoTest {
    function test_proposals_are_numbered() public {
        VM.assertEq(_propose(ann, _draft(stranger, "")), 1);
        Draft memory second = _draft(ben, "");
        VM.assertEq(_propose(ben, second), 2);
        bytes32 hash = keccak256(bytes(second.description));
        VM.assertEq(dao.getProposalId(second.targets, second.values, second.calldatas, hash), 2);
        VM.assertEq(dao.latestProposalOf(ann), 1);
        VM.assertEq(dao.latestProposalOf(cyd), 0);
    }

    function test_needs_the_threshold_in_votes_own_or_delegated() public {
        _send(ann, stranger, SUPPLY / 400 - 1);
        _delegate(stranger, stranger);
        VM.warp(START + 2);
        _refused(
            abi.encodeWithSelector(
                IGovernor.GovernorInsufficientProposerVotes.selector, stranger, SUPPLY / 400 - 1, SUPPLY / 400
            )
        );
        _propose(stranger, _draft(stranger, ""));
        _delegate(cyd, stranger);
        VM.warp(START + 3);
        _propose(stranger, _draft(stranger, ""));
    }

    function test_one_at_a_time_while_it_is_pending_or_active() public {
        uint256 id = _propose(ann, _draft(stranger, ""));
        bytes memory live = abi.encodeWithSelector(ILatticeDAO.ProposalStillLive.selector, ann, id);
        _refused(live);
        _propose(ann, _draft(ben, ""));
        _toVote(id);
        _refused(live);
        _propose(ann, _draft(ben, ""));
        _afterVote(id);
        _propose(ann, _draft(ben, ""));
    }

    function test_the_next_one_once_the_earlier_is_cancelled() public {
        Draft memory draft = _draft(stranger, "");
        uint256 id = _propose(ann, draft);
        VM.prank(ann);
        dao.cancel(draft.targets, draft.values, draft.calldatas, keccak256(bytes(draft.description)));
        _is(id, IGovernor.ProposalState.Canceled);
        VM.assertEq(_propose(ann, _draft(ben, "")), id + 1);
    }

    function test_the_same_proposal_is_not_made_twice() public {
        uint256 id = _succeed(_draft(stranger, ""));
        _state_refused(id, IGovernor.ProposalState.Succeeded, 0);
        _propose(ben, _draft(stranger, ""));
    }
}

contract DaoVoteTest is DaoTest {
    uint256 private _id;

    function setUp() public override {
        super.setUp();
        _id = _propose(ann, _draft(address(parameters), abi.encodeCall(IProtocolParameters.set, ("feeBps", 300))));
        _toVote(_id);
    }

    function test_counts_for_against_and_abstaining() public {
        _vote(ann, _id, FOR);
        _vote(ben, _id, AGAINST);
        _vote(cyd, _id, ABSTAIN);
        (uint256 against, uint256 for_, uint256 abstain) = dao.proposalVotes(_id);
        VM.assertEq(for_, 100 * MILLION);
        VM.assertEq(against, 60 * MILLION);
        VM.assertEq(abstain, 40 * MILLION);
        _afterVote(_id);
        _is(_id, IGovernor.ProposalState.Succeeded);
    }

    function test_a_late_quorum_leaves_two_days_to_answer() public {
        uint256 deadline = dao.proposalDeadline(_id);
        VM.warp(deadline);
        _vote(cyd, _id, FOR);
        VM.assertEq(dao.proposalDeadline(_id), deadline + 2 days);
        VM.warp(deadline + 2 days);
        _vote(ben, _id, AGAINST);
        _afterVote(_id);
        _is(_id, IGovernor.ProposalState.Defeated);
    }

    function test_votes_by_signature_with_the_nonce_of_the_proposal() public {
        VM.assertEq(dao.nonces(ben, uint192(_id)), _id << 64);
        dao.castVoteBySig(_id, FOR, ben, _ballot(BEN_KEY, _id, FOR));
        VM.assertTrue(dao.hasVoted(_id, ben));
        VM.assertEq(dao.nonces(ben, uint192(_id)), (_id << 64) + 1);
        VM.assertEq(dao.nonces(ben), 0);
    }

    function test_votes_by_signature_with_a_reason() public {
        bytes32 kind = dao.EXTENDED_BALLOT_TYPEHASH();
        bytes32 reason = keccak256("Because.");
        bytes32 hash = keccak256(abi.encode(kind, _id, FOR, ben, _id << 64, reason, keccak256("")));
        (uint8 v, bytes32 r, bytes32 s) =
            VM.sign(BEN_KEY, keccak256(abi.encodePacked(hex"1901", _domain(address(dao)), hash)));
        dao.castVoteWithReasonAndParamsBySig(_id, FOR, ben, "Because.", "", abi.encodePacked(r, s, v));
        VM.assertTrue(dao.hasVoted(_id, ben));
    }
}

contract DaoStateTest is DaoTest {
    function test_what_succeeded_expires_unless_it_is_queued_in_fourteen_days() public {
        Draft memory draft = _draft(stranger, "");
        uint256 id = _succeed(draft);
        uint256 last = dao.proposalDeadline(id) + 14 days;
        VM.warp(last);
        _is(id, IGovernor.ProposalState.Succeeded);
        VM.warp(last + 1);
        _is(id, IGovernor.ProposalState.Expired);
        _state_refused(id, IGovernor.ProposalState.Expired, SUCCEEDED);
        _queue(draft);
    }

    function test_what_is_queued_expires_unless_it_is_executed_in_fourteen_days() public {
        Draft memory draft = _draft(stranger, "");
        uint256 id = _ready(draft);
        uint256 last = dao.proposalEta(id) + 14 days;
        VM.warp(last);
        _is(id, IGovernor.ProposalState.Queued);
        VM.warp(last + 1);
        _is(id, IGovernor.ProposalState.Expired);
        _state_refused(id, IGovernor.ProposalState.Expired, QUEUED);
        _execute(draft);
    }

    function test_on_the_last_second_it_is_still_executed_by_anybody() public {
        Draft memory draft = _draft(address(parameters), abi.encodeCall(IProtocolParameters.set, ("feeBps", 300)));
        uint256 id = _ready(draft);
        VM.warp(dao.proposalEta(id) + 14 days);
        VM.prank(stranger);
        _execute(draft);
        _is(id, IGovernor.ProposalState.Executed);
        VM.assertEq(parameters.get("feeBps"), 300);
    }

    function test_the_timelock_cannot_be_hurried() public {
        Draft memory draft = _draft(stranger, "");
        uint256 id = _succeed(draft);
        _queue(draft);
        VM.warp(dao.proposalEta(id) - 1);
        VM.expectPartialRevert(TimelockController.TimelockUnexpectedOperationState.selector);
        _execute(draft);
    }

    function test_without_a_quorum_it_is_defeated() public {
        _send(ann, stranger, 3 * MILLION);
        _delegate(stranger, stranger);
        VM.warp(START + 2);
        uint256 id = _propose(ann, _draft(stranger, ""));
        _toVote(id);
        _vote(stranger, id, FOR);
        _afterVote(id);
        _is(id, IGovernor.ProposalState.Defeated);
    }
}
