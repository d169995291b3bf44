// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {GovernorProposalGuardian} from "@openzeppelin/contracts/governance/extensions/GovernorProposalGuardian.sol";
import {Roles} from "../Roles.sol";
import {ICodeGuard} from "../interfaces/ICodeGuard.sol";
import {IGuardian} from "../interfaces/IGuardian.sol";
import {IProtocolParameters} from "../interfaces/IProtocolParameters.sol";

/// @title The one implementation of {IGuardian}, where its functions and events are described.
contract Guardian is IGuardian, AccessManaged {
    uint256 private constant LONGEST = 365 days;

    IGovernor public immutable dao;
    IProtocolParameters public immutable parameters;
    ICodeGuard public immutable codeGuard;

    /// @inheritdoc IGuardian
    address public member;
    /// @inheritdoc IGuardian
    uint64 public mandateEnd;

    modifier onlyMember() {
        if (msg.sender != member) revert NotMember(msg.sender);
        if (block.timestamp >= mandateEnd) revert MandateOver(mandateEnd);
        _;
    }

    constructor(
        address authority,
        IGovernor dao_,
        IProtocolParameters parameters_,
        ICodeGuard codeGuard_,
        address member_,
        uint64 mandateEnd_
    ) AccessManaged(authority) {
        (dao, parameters, codeGuard) = (dao_, parameters_, codeGuard_);
        _appoint(member_, mandateEnd_);
    }

    /// @inheritdoc IGuardian
    function cancel(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calldatas,
        bytes32 descriptionHash
    ) external onlyMember returns (uint256 proposalId) {
        if (onlyReplaces(targets, values, calldatas)) revert ReplacesGuardian();

        proposalId = dao.cancel(targets, values, calldatas, descriptionHash);
        emit ProposalStopped(proposalId, msg.sender);
    }

    /// @inheritdoc IGuardian
    function pause(uint64 until) external onlyMember {
        parameters.pause(until);
    }

    /// @inheritdoc IGuardian
    function appoint(address member_, uint64 mandateEnd_) external restricted {
        _appoint(member_, mandateEnd_);
    }

    /// @inheritdoc IGuardian
    function onlyReplaces(address[] calldata targets, uint256[] calldata values, bytes[] calldata calldatas)
        public
        view
        returns (bool replaces)
    {
        for (uint256 i = 0; i < targets.length; ++i) {
            if (_replaces(targets[i], calldatas[i])) replaces = true;
            else if (targets[i] != address(codeGuard)) return false;
            if (values[i] != 0) return false;
        }
    }

    function _appoint(address member_, uint64 mandateEnd_) private {
        uint256 most = block.timestamp + LONGEST;
        if (mandateEnd_ > most) revert MandateTooLong(mandateEnd_, most);

        emit MemberAppointed(member, member_, mandateEnd_);
        (member, mandateEnd) = (member_, mandateEnd_);
    }

    function _replaces(address target, bytes calldata data) private view returns (bool) {
        if (data.length < 4) return false;
        bytes4 selector = bytes4(data);
        if (target == address(this)) return selector == IGuardian.appoint.selector;
        if (target == address(dao)) return selector == GovernorProposalGuardian.setProposalGuardian.selector;
        if (target != authority() || data.length < 36) return false;

        bool gives = selector == IAccessManager.grantRole.selector || selector == IAccessManager.revokeRole.selector;
        return gives && uint256(bytes32(data[4:36])) == Roles.GUARDIAN;
    }
}
