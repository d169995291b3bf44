// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title Brings signed ballots to the DAO, many in one transaction, so that a voter needs no coin.
/// @notice A ballot that the DAO refuses is passed over, and the others count. Each has its own portion of gas, and a batch
/// with too little left for a whole portion reverts: whoever sends it cannot make a good ballot fail. A voter that is a
/// contract judges its signature by code of its own, and so comes alone in its batch.
interface IVoteRelay {
    /// @param support 0 against, 1 for, 2 abstain
    /// @param signature over OpenZeppelin's `Ballot`, with the voter's nonce of this proposal
    struct Ballot {
        uint256 proposalId;
        uint8 support;
        address voter;
        bytes signature;
    }

    event BallotCast(uint256 indexed proposalId, address indexed voter, uint256 weight);
    event BallotRefused(uint256 indexed proposalId, address indexed voter, bytes reason);

    error TooLittleGas(uint256 index, uint256 left, uint256 needed);
    /// @notice Why a ballot of a contract is refused in a batch of several.
    error ComesAlone(address voter);

    /// @notice Cast what can be cast. Anyone may.
    /// @return cast how many counted
    function relay(Ballot[] calldata ballots) external returns (uint256 cast);

    /// @notice The gas that each ballot gets, in a batch and alone.
    function portion(uint256 ballots) external pure returns (uint256);
}
