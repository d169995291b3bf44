// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title Pays sellers a bonus for how well their models perform.
/// @notice For each epoch the DAO sets the root of a Merkle tree, made by a computation that anyone can repeat. A leaf is
/// (model, amount), hashed twice, as OpenZeppelin's StandardMerkleTree does. Whatever a root says, a model gets, over all
/// its life, at most the part `bonusCapBps` of the coin fees that its own sales have paid and that have matured.
interface IBonusPool {
    event RootSet(uint256 indexed epoch, bytes32 root, string cid);
    event BonusClaimed(uint256 indexed epoch, bytes32 indexed modelId, address indexed seller, uint256 amount);
    event Received(address indexed from, uint256 amount);

    error RootFixed(uint256 epoch);
    error EmptyRoot();
    error CidTooLong(uint256 length, uint256 most);
    error AlreadyClaimed(uint256 epoch, bytes32 modelId);
    error InvalidProof(uint256 epoch, bytes32 modelId, uint256 amount);
    error BonusCapExceeded(bytes32 modelId, uint256 claimed, uint256 most);
    error NotSeller(bytes32 modelId, address caller);

    /// @notice Fix the bonuses of an epoch, once. Only who the authority allows.
    /// @param cid where all leaves and what they were computed from can be read, at most 100 bytes
    function setRoot(uint256 epoch, bytes32 root, string calldata cid) external;

    /// @notice Pay a model's bonus of an epoch. Its seller only, to an account that takes coin.
    function claim(uint256 epoch, bytes32 modelId, uint256 amount, bytes32[] calldata proof, address recipient)
        external;

    function rootOf(uint256 epoch) external view returns (bytes32);

    function isClaimed(uint256 epoch, bytes32 modelId) external view returns (bool);

    /// @notice What a model has got so far, in wei.
    function claimed(bytes32 modelId) external view returns (uint256);

    /// @notice What a model may have got, at most, in wei.
    function capOf(bytes32 modelId) external view returns (uint256);
}
