// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {GovernorPreventLateQuorum} from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {GovernorVotesQuorumFraction} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {LatticeGovernor} from "../../src/dao/LatticeGovernor.sol";

/// @title The DAO with what OpenZeppelin's own suites need: any number, whatever its bounds, several live proposals of a
/// proposer, ids that are hashes, and any account as guardian, without a mandate. All the rest is ours.
abstract contract UnboundGovernor is LatticeGovernor {
    function $_setProposalThreshold(uint256 threshold) external {
        _setProposalThreshold(threshold);
    }

    function $_setProposalGuardian(address guardian) external {
        _setProposalGuardian(guardian);
    }

    function $_cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) external returns (uint256) {
        return _cancel(targets, values, calldatas, descriptionHash);
    }

    function $_useCheckedNonce(address owner, uint256 nonce) external {
        _useCheckedNonce(owner, nonce);
    }

    function getProposalId(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) public pure override returns (uint256) {
        return hashProposal(targets, values, calldatas, descriptionHash);
    }

    /// @dev OpenZeppelin's suites vote with tokens too that have no supply to take a part of.
    function _setProposalThreshold(uint256 threshold) internal override {
        GovernorSettings._setProposalThreshold(threshold);
    }

    function _checkLive(address, uint256) internal pure override {}

    function _checkBounds(bytes32, uint256, uint256, uint256) internal pure override {}

    function _hasMandate(address) internal pure override returns (bool) {
        return true;
    }
}

/// @title In the place of `$GovernorMock`, with the arguments of its constructor in their order: its own executor.
contract GovernorDouble is UnboundGovernor {
    constructor(
        string memory name,
        uint48 votingDelay,
        uint32 votingPeriod,
        uint256 proposalThreshold,
        IVotes token,
        uint256 quorumNumerator
    )
        Governor(name)
        GovernorSettings(votingDelay, votingPeriod, proposalThreshold)
        GovernorVotes(token)
        GovernorVotesQuorumFraction(quorumNumerator)
        GovernorPreventLateQuorum(0)
        GovernorTimelockControl(TimelockController(payable(0)))
    {
        _setProposalGuardian(address(this));
    }

    function proposalNeedsQueuing(uint256) public pure virtual override returns (bool) {
        return false;
    }

    function _queueOperations(uint256, address[] memory, uint256[] memory, bytes[] memory, bytes32)
        internal
        pure
        override
        returns (uint48)
    {
        return 0;
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override {
        Governor._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _executor() internal view override returns (address) {
        return address(this);
    }
}

/// @title In the place of `$GovernorTimelockControlMock`, with the arguments of its constructor in their order.
contract GovernorTimelockDouble is UnboundGovernor {
    constructor(
        string memory name,
        uint48 votingDelay,
        uint32 votingPeriod,
        uint256 proposalThreshold,
        TimelockController timelock,
        IVotes token,
        uint256 quorumNumerator
    )
        Governor(name)
        GovernorSettings(votingDelay, votingPeriod, proposalThreshold)
        GovernorTimelockControl(timelock)
        GovernorVotes(token)
        GovernorVotesQuorumFraction(quorumNumerator)
        GovernorPreventLateQuorum(0)
    {
        _setProposalGuardian(address(this));
    }

    function updateTimelock(TimelockController timelock) public override {
        GovernorTimelockControl.updateTimelock(timelock);
    }

    /// @dev Something that can be called without a proposal.
    function nonGovernanceFunction() external {}
}
