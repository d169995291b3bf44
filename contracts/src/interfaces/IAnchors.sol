// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title Roots of what is kept off chain, written down once and never changed.
/// @notice A kind is a short name, for example `bytes32("receipts")`. Its epochs only grow: nothing can be put in later
/// between two that are there.
interface IAnchors {
    /// @param anchoredAt when it was written, in seconds since 1970; zero where nothing was
    struct Anchor {
        bytes32 root;
        uint64 anchoredAt;
        string cid;
    }

    event Anchored(bytes32 indexed kind, uint64 indexed epoch, bytes32 root, string cid);

    error EmptyKind();
    error EmptyRoot();
    error EpochNotNext(bytes32 kind, uint64 epoch, uint64 latest);
    error CidTooLong(uint256 length, uint256 most);

    /// @notice Write down the root of an epoch, later than the latest of its kind. Only who the authority allows.
    /// @param cid where what it is the root of can be read, at most 100 bytes
    function anchor(bytes32 kind, uint64 epoch, bytes32 root, string calldata cid) external;

    function anchorOf(bytes32 kind, uint64 epoch) external view returns (Anchor memory);

    function latestEpoch(bytes32 kind) external view returns (uint64);
}
