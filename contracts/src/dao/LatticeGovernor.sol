// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {GovernorCountingSimple} from "@openzeppelin/contracts/governance/extensions/GovernorCountingSimple.sol";
import {GovernorNoncesKeyed} from "@openzeppelin/contracts/governance/extensions/GovernorNoncesKeyed.sol";
import {GovernorPreventLateQuorum} from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";
import {GovernorProposalGuardian} from "@openzeppelin/contracts/governance/extensions/GovernorProposalGuardian.sol";
import {GovernorSequentialProposalId} from "@openzeppelin/contracts/governance/extensions/GovernorSequentialProposalId.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotesQuorumFraction} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IGuardian} from "../interfaces/IGuardian.sol";
import {ILatticeDAO} from "../interfaces/ILatticeDAO.sol";
import {SENTINEL} from "./Sentinel.sol";

/// @title All of {ILatticeDAO} but the numbers it starts with.
/// @dev The order of the bases is that in which their constructors run: the threshold's bounds need the token, the late
/// quorum's need the voting period.
abstract contract LatticeGovernor is
    ILatticeDAO,
    GovernorVotesQuorumFraction,
    GovernorSettings,
    GovernorCountingSimple,
    GovernorPreventLateQuorum,
    GovernorTimelockControl,
    GovernorSequentialProposalId,
    GovernorProposalGuardian,
    GovernorNoncesKeyed
{
    uint256 private constant GRACE = 14 days;
    uint256 private constant BPS = 10_000;
    uint256 private constant QUORUM_FLOOR_BPS = 50;

    /// @inheritdoc ILatticeDAO
    mapping(address proposer => uint256) public latestProposalOf;

    /// @inheritdoc Governor
    function quorum(uint256 timepoint) public view override(Governor, GovernorVotesQuorumFraction) returns (uint256) {
        uint256 supply = _pastSupply(timepoint);
        uint256 votable = supply - token().getPastVotes(SENTINEL, timepoint);
        uint256 part = Math.mulDiv(votable, quorumNumerator(timepoint), quorumDenominator());
        return Math.max(part, supply * QUORUM_FLOOR_BPS / BPS);
    }

    /// @inheritdoc Governor
    /// @dev The timelock keeps what has expired, but takes the order to execute it from here alone.
    function state(uint256 proposalId)
        public
        view
        virtual
        override(Governor, GovernorTimelockControl)
        returns (ProposalState current)
    {
        current = super.state(proposalId);
        if (current == ProposalState.Succeeded) {
            if (clock() > proposalDeadline(proposalId) + GRACE) return ProposalState.Expired;
        } else if (current == ProposalState.Queued) {
            if (clock() > proposalEta(proposalId) + GRACE) return ProposalState.Expired;
        }
    }

    /// @inheritdoc GovernorTimelockControl
    function updateTimelock(TimelockController) public virtual override {
        revert TimelockFixed(timelock());
    }

    /// @inheritdoc Governor
    function proposalThreshold() public view override(Governor, GovernorSettings) returns (uint256) {
        return super.proposalThreshold();
    }

    /// @inheritdoc Governor
    function proposalDeadline(uint256 proposalId)
        public
        view
        override(Governor, GovernorPreventLateQuorum)
        returns (uint256)
    {
        return super.proposalDeadline(proposalId);
    }

    /// @inheritdoc Governor
    function proposalNeedsQueuing(uint256 proposalId)
        public
        view
        virtual
        override(Governor, GovernorTimelockControl)
        returns (bool)
    {
        return super.proposalNeedsQueuing(proposalId);
    }

    /// @inheritdoc Governor
    function getProposalId(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) public view virtual override(Governor, GovernorSequentialProposalId) returns (uint256) {
        return super.getProposalId(targets, values, calldatas, descriptionHash);
    }

    function _propose(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        string memory description,
        address proposer
    ) internal virtual override(Governor, GovernorSequentialProposalId) returns (uint256 proposalId) {
        uint256 earlier = latestProposalOf[proposer];
        proposalId = super._propose(targets, values, calldatas, description, proposer);
        _checkLive(proposer, earlier);
        latestProposalOf[proposer] = proposalId;
    }

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal virtual override(Governor, GovernorTimelockControl) returns (uint48) {
        return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal virtual override(Governor, GovernorTimelockControl) {
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal virtual override(Governor, GovernorTimelockControl) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _tallyUpdated(uint256 proposalId) internal override(Governor, GovernorPreventLateQuorum) {
        super._tallyUpdated(proposalId);
    }

    function _setVotingDelay(uint48 delay) internal override {
        _checkBounds("votingDelay", delay, 1 hours, 7 days);
        super._setVotingDelay(delay);
    }

    function _setVotingPeriod(uint32 period) internal override {
        _checkBounds("votingPeriod", period, Math.max(3 days, lateQuorumVoteExtension()), 14 days);
        super._setVotingPeriod(period);
    }

    function _setProposalThreshold(uint256 threshold) internal virtual override {
        uint256 supply = IERC20(address(token())).totalSupply();
        _checkBounds("proposalThreshold", threshold, supply * 5 / BPS, supply * 200 / BPS);
        super._setProposalThreshold(threshold);
    }

    function _updateQuorumNumerator(uint256 numerator) internal override {
        _checkBounds("quorumNumerator", numerator, 2, 20);
        super._updateQuorumNumerator(numerator);
    }

    function _setProposalGuardian(address guardian) internal override {
        if (guardian == address(0)) revert GuardianMissing();
        super._setProposalGuardian(guardian);
    }

    function _useCheckedNonce(address owner, uint256 nonce) internal override(Nonces, GovernorNoncesKeyed) {
        super._useCheckedNonce(owner, nonce);
    }

    function _validateVoteSig(uint256 proposalId, uint8 support, address voter, bytes memory signature)
        internal
        override(Governor, GovernorNoncesKeyed)
        returns (bool)
    {
        return super._validateVoteSig(proposalId, support, voter, signature);
    }

    function _validateExtendedVoteSig(
        uint256 proposalId,
        uint8 support,
        address voter,
        string memory reason,
        bytes memory params,
        bytes memory signature
    ) internal override(Governor, GovernorNoncesKeyed) returns (bool) {
        return super._validateExtendedVoteSig(proposalId, support, voter, reason, params, signature);
    }

    function _executor() internal view virtual override(Governor, GovernorTimelockControl) returns (address) {
        return super._executor();
    }

    function _pastSupply(uint256 timepoint) internal view virtual returns (uint256) {
        return token().getPastTotalSupply(timepoint);
    }

    /// @dev A guardian whose mandate is over is still the guardian, so that no proposer gets its right to cancel.
    function _validateCancel(uint256 proposalId, address caller)
        internal
        view
        override(Governor, GovernorProposalGuardian)
        returns (bool)
    {
        if (caller == proposalGuardian() && !_hasMandate(caller)) return false;
        return super._validateCancel(proposalId, caller);
    }

    function _hasMandate(address guardian) internal view virtual returns (bool) {
        return block.timestamp < IGuardian(guardian).mandateEnd();
    }

    /// @dev A double may widen the bounds.
    function _checkBounds(bytes32 setting, uint256 value, uint256 least, uint256 most) internal view virtual {
        if (value < least || value > most) revert SettingOutOfBounds(setting, value, least, most);
    }

    /// @dev A double may let a proposer have several. Nobody has made proposal 0: the first is 1.
    function _checkLive(address proposer, uint256 earlier) internal view virtual {
        if (earlier == 0) return;
        ProposalState current = state(earlier);
        if (current != ProposalState.Pending && current != ProposalState.Active) return;
        revert ProposalStillLive(proposer, earlier);
    }
}
