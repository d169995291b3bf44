// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title What the DAO adds to OpenZeppelin's Governor.
/// @notice Proposals are numbered from one. Who proposes has one proposal at a time that is pending or being voted on.
/// What succeeded has to be queued within 14 days of its deadline, and what is queued executed within 14 days of its
/// time; otherwise it has expired. Anyone may queue and execute; the timelock takes orders from this contract alone.
///
/// A quorum is a part of the supply that can vote, and never less than 0.5 % of the whole. Every number has its bounds
/// in code: votingDelay 1 hour–7 days · votingPeriod 3–14 days and not below the late quorum's extension · threshold
/// 0.05–2 % of the supply · quorum 2–20 % · late quorum at most a voting period.
interface ILatticeDAO {
    error SettingOutOfBounds(bytes32 setting, uint256 value, uint256 least, uint256 most);
    /// @notice The proposer's earlier proposal is pending or being voted on.
    error ProposalStillLive(address proposer, uint256 proposalId);
    /// @notice The DAO's timelock holds what it owns, and cannot be exchanged.
    error TimelockFixed(address timelock);
    /// @notice Without a guardian, proposers could cancel what is queued.
    error GuardianMissing();

    /// @notice The newest proposal of an account; zero where it never made one.
    function latestProposalOf(address proposer) external view returns (uint256);
}
