// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {GovernorProposalGuardian} from "@openzeppelin/contracts/governance/extensions/GovernorProposalGuardian.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {Roles} from "../../src/Roles.sol";
import {ICodeGuard} from "../../src/interfaces/ICodeGuard.sol";
import {IGuardian} from "../../src/interfaces/IGuardian.sol";
import {IProtocolParameters} from "../../src/interfaces/IProtocolParameters.sol";
import {DaoTest} from "../base/DaoTest.sol";
import {VM} from "../base/Vm.sol";

abstract contract GuardianTest is DaoTest {
    function _cancel(address who, Draft memory draft) internal returns (uint256) {
        VM.prank(who);
        return guardian.cancel(draft.targets, draft.values, draft.calldatas, keccak256(bytes(draft.description)));
    }

    function _setting() internal view returns (Draft memory) {
        return _draft(address(parameters), abi.encodeCall(IProtocolParameters.set, ("feeBps", 300)));
    }

    function _appointment() internal view returns (Draft memory) {
        return _draft(address(guardian), abi.encodeCall(IGuardian.appoint, (stranger, uint64(START + 90 days))));
    }
}

contract GuardianCancelTest is GuardianTest {
    function test_the_member_cancels_what_is_pending_active_or_queued() public {
        uint256 id = _propose(ann, _setting());
        VM.expectEmit(address(guardian));
        emit IGuardian.ProposalStopped(id, member);
        VM.assertEq(_cancel(member, _setting()), id);
        _is(id, IGovernor.ProposalState.Canceled);

        Draft memory second = _draft(address(parameters), abi.encodeCall(IProtocolParameters.set, ("feeBps", 301)));
        id = _propose(ann, second);
        _toVote(id);
        _cancel(member, second);
        _is(id, IGovernor.ProposalState.Canceled);

        Draft memory third = _draft(address(parameters), abi.encodeCall(IProtocolParameters.set, ("feeBps", 302)));
        id = _ready(third);
        _cancel(member, third);
        _is(id, IGovernor.ProposalState.Canceled);
        _state_refused(id, IGovernor.ProposalState.Canceled, QUEUED);
        _execute(third);
    }

    function test_nobody_else_cancels_here() public {
        _propose(ann, _setting());
        _refused(abi.encodeWithSelector(IGuardian.NotMember.selector, ann));
        _cancel(ann, _setting());
    }

    function test_after_its_mandate_the_member_cancels_nothing() public {
        VM.warp(START + 365 days - 1);
        _propose(ben, _draft(stranger, ""));
        _cancel(member, _draft(stranger, ""));
        Draft memory draft = _setting();
        _propose(ann, draft);
        VM.warp(START + 365 days);
        _refused(abi.encodeWithSelector(IGuardian.MandateOver.selector, START + 365 days));
        _cancel(member, draft);
    }

    function test_the_dao_itself_refuses_a_guardian_without_a_mandate() public {
        VM.warp(START + 365 days);
        Draft memory draft = _setting();
        uint256 id = _propose(ann, draft);
        _refused(abi.encodeWithSelector(IGovernor.GovernorUnableToCancel.selector, id, guardian));
        VM.prank(address(guardian));
        dao.cancel(draft.targets, draft.values, draft.calldatas, keccak256(bytes(draft.description)));
    }

    function test_a_proposer_cancels_while_it_is_pending_and_never_later() public {
        VM.warp(START + 366 days);
        Draft memory draft = _setting();
        uint256 id = _ready(draft);
        _refused(abi.encodeWithSelector(IGovernor.GovernorUnableToCancel.selector, id, ann));
        VM.prank(ann);
        dao.cancel(draft.targets, draft.values, draft.calldatas, keccak256(bytes(draft.description)));
    }
}

contract GuardianReplaceTest is GuardianTest {
    function test_the_member_cannot_cancel_its_own_replacement() public {
        _propose(ann, _appointment());
        _refused(abi.encodeWithSelector(IGuardian.ReplacesGuardian.selector));
        _cancel(member, _appointment());
    }

    function test_nor_one_with_its_targets_code_checked() public {
        bytes memory check = abi.encodeCall(ICodeGuard.requireHash, (address(guardian), address(guardian).codehash));
        Draft memory draft = _draft(address(codeGuard), check);
        VM.assertFalse(guardian.onlyReplaces(draft.targets, draft.values, draft.calldatas));
        Draft memory appointment = _appointment();
        draft = _and(draft, address(guardian), 0, appointment.calldatas[0]);
        _propose(ann, draft);
        _refused(abi.encodeWithSelector(IGuardian.ReplacesGuardian.selector));
        _cancel(member, draft);
    }

    function test_nor_one_that_names_another_contract_and_moves_the_role() public view {
        Draft memory draft =
            _draft(address(dao), abi.encodeCall(GovernorProposalGuardian.setProposalGuardian, (stranger)));
        draft = _and(
            draft, address(manager), 0, abi.encodeCall(IAccessManager.grantRole, (Roles.GUARDIAN, stranger, 0))
        );
        draft = _and(
            draft, address(manager), 0, abi.encodeCall(IAccessManager.revokeRole, (Roles.GUARDIAN, address(guardian)))
        );
        VM.assertTrue(guardian.onlyReplaces(draft.targets, draft.values, draft.calldatas));
    }

    function test_but_one_that_does_anything_else_as_well() public {
        Draft memory draft = _appointment();
        draft = _and(draft, address(parameters), 0, abi.encodeCall(IProtocolParameters.set, ("feeBps", 500)));
        uint256 id = _propose(ann, draft);
        _cancel(member, draft);
        _is(id, IGovernor.ProposalState.Canceled);
    }

    function test_anything_that_only_looks_like_a_replacement_is_none() public view {
        bytes memory appoint = abi.encodeCall(IGuardian.appoint, (stranger, 1));
        _none(address(guardian), 1, appoint);
        _none(address(guardian), 0, abi.encodeCall(IGuardian.pause, (1)));
        _none(address(guardian), 0, "");
        _none(stranger, 0, appoint);
        _none(address(dao), 0, abi.encodeCall(GovernorSettings.setVotingDelay, (1 days)));
        _none(address(manager), 0, abi.encodeCall(IAccessManager.grantRole, (Roles.MODERATOR, stranger, 0)));
        _none(address(manager), 0, abi.encodeCall(IAccessManager.labelRole, (Roles.GUARDIAN, "")));
        _none(address(manager), 0, abi.encodePacked(IAccessManager.grantRole.selector));
    }

    function test_the_dao_renews_the_mandate() public {
        VM.warp(START + 100 days);
        uint64 end = uint64(block.timestamp + 300 days);
        _govern(_draft(address(guardian), abi.encodeCall(IGuardian.appoint, (stranger, end))));
        VM.assertEq(guardian.member(), stranger);
        VM.assertEq(guardian.mandateEnd(), end);
    }

    function _none(address target, uint256 value, bytes memory data) private view {
        Draft memory draft = _draft(target, value, data, "");
        VM.assertFalse(guardian.onlyReplaces(draft.targets, draft.values, draft.calldatas));
    }
}

contract GuardianAppointTest is GuardianTest {
    function test_a_mandate_is_at_most_a_year() public {
        uint256 most = block.timestamp + 365 days;
        _refused(abi.encodeWithSelector(IGuardian.MandateTooLong.selector, most + 1, most));
        VM.prank(address(treasury));
        guardian.appoint(stranger, uint64(most + 1));
        VM.expectEmit(address(guardian));
        emit IGuardian.MemberAppointed(member, stranger, uint64(most));
        VM.prank(address(treasury));
        guardian.appoint(stranger, uint64(most));
    }

    function test_only_the_timelock_appoints() public {
        _refused(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, member));
        VM.prank(member);
        guardian.appoint(member, uint64(START + 1));
    }
}

contract GuardianPauseTest is GuardianTest {
    function test_the_member_pauses_the_market() public {
        _pause(member);
        VM.assertTrue(parameters.isPaused());
    }

    function test_nobody_else_pauses_and_nobody_past_the_mandate() public {
        _refused(abi.encodeWithSelector(IGuardian.NotMember.selector, stranger));
        _pause(stranger);
        VM.warp(START + 365 days);
        _refused(abi.encodeWithSelector(IGuardian.MandateOver.selector, START + 365 days));
        _pause(member);
    }

    function test_the_member_itself_holds_no_role() public {
        _refused(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, member));
        VM.prank(member);
        parameters.pause(uint64(START + 1 days));
    }

    function _pause(address who) private {
        VM.prank(who);
        guardian.pause(uint64(block.timestamp + 1 days));
    }
}
