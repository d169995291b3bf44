// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title The DAO's emergency brake: one member, for a time that ends by itself.
/// @notice This contract is the DAO's proposal guardian and the only holder of the guardian role. Its member may cancel a
/// proposal and pause the market, until its mandate is over, at most 365 days after the DAO appointed it. It cannot
/// cancel a proposal that does nothing but replace it.
interface IGuardian {
    event MemberAppointed(address indexed previous, address indexed member, uint64 mandateEnd);
    event ProposalStopped(uint256 indexed proposalId, address indexed by);

    error NotMember(address caller);
    error MandateOver(uint256 mandateEnd);
    error MandateTooLong(uint256 mandateEnd, uint256 most);
    error ReplacesGuardian();

    /// @notice Cancel a proposal that is not executed yet, given as it was made. The member only.
    /// @return proposalId its number
    function cancel(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calldatas,
        bytes32 descriptionHash
    ) external returns (uint256 proposalId);

    /// @notice Pause the market, within the bounds that `ProtocolParameters.pause` has. The member only.
    function pause(uint64 until) external;

    /// @notice Name the member and the end of its mandate; the zero address, or a time in the past, for none. Only who
    /// the authority allows.
    function appoint(address member, uint64 mandateEnd) external;

    /// @notice Whether the proposal's actions do nothing but replace the guardian: appoint a member here, name another
    /// proposal guardian, or give or take the guardian role. Checks of a target's code may stand among them.
    function onlyReplaces(address[] calldata targets, uint256[] calldata values, bytes[] calldata calldatas)
        external
        view
        returns (bool);

    function member() external view returns (address);

    /// @notice From this second on the member can do nothing.
    function mandateEnd() external view returns (uint64);
}
