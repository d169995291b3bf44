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
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {LatticeGovernor} from "./LatticeGovernor.sol";

/// @title The DAO itself: its name, and the numbers it starts with.
contract LatticeDAO is LatticeGovernor {
    /// @dev LATTICE's supply never changes. Asking for the past one would make a vote dearer than the sentinel's part does.
    uint256 private immutable _supply;

    /// @param token LATTICE; it has to be there already
    /// @param timelock the treasury, there already or not
    /// @param guardian the one that may cancel, there already or not
    constructor(IVotes token, TimelockController timelock, address guardian)
        Governor("LatticeDAO")
        GovernorVotes(token)
        GovernorVotesQuorumFraction(4)
        GovernorSettings(1 days, 6 days, 2_500_000e18)
        GovernorPreventLateQuorum(2 days)
        GovernorTimelockControl(timelock)
    {
        _setProposalGuardian(guardian);
        _supply = IERC20(address(token)).totalSupply();
    }

    function _pastSupply(uint256) internal view override returns (uint256) {
        return _supply;
    }
}
