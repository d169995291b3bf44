// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title Gives early users their LATTICE.
/// @notice Who gets how much is fixed for ever by the root of a Merkle tree. A leaf is (index, account, amount), hashed
/// twice, as OpenZeppelin's StandardMerkleTree does. Whoever calls, the tokens go to the account that the leaf names. What
/// nobody has claimed by the end goes to the treasury.
interface ILatticeClaim {
    event Claimed(uint256 indexed index, address indexed account, uint256 amount);
    event Swept(address indexed treasury, uint256 amount);

    error ClaimOver(uint256 end);
    error ClaimNotOver(uint256 end);
    error AlreadyClaimed(uint256 index);
    error InvalidProof(uint256 index, address account, uint256 amount);
    error NothingLeft();

    /// @notice Give an account what its leaf says. Anyone may, until the end.
    function claim(uint256 index, address account, uint256 amount, bytes32[] calldata proof) external;

    /// @notice Give the treasury what is left. Anyone may, from the end on.
    function sweep() external;

    function isClaimed(uint256 index) external view returns (bool);

    function end() external view returns (uint64);

    function root() external view returns (bytes32);
}
