// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAnchors} from "../interfaces/IAnchors.sol";

/// @title The one implementation of {IAnchors}, where its functions and events are described.
contract Anchors is IAnchors, AccessManaged {
    uint256 private constant MOST_CID = 100;

    /// @inheritdoc IAnchors
    mapping(bytes32 kind => uint64) public latestEpoch;
    mapping(bytes32 kind => mapping(uint64 epoch => Anchor)) private _anchors;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IAnchors
    function anchor(bytes32 kind, uint64 epoch, bytes32 root, string calldata cid) external restricted {
        if (kind == 0) revert EmptyKind();
        if (root == 0) revert EmptyRoot();
        if (epoch <= latestEpoch[kind]) revert EpochNotNext(kind, epoch, latestEpoch[kind]);
        if (bytes(cid).length > MOST_CID) revert CidTooLong(bytes(cid).length, MOST_CID);

        latestEpoch[kind] = epoch;
        _anchors[kind][epoch] = Anchor(root, uint64(block.timestamp), cid);
        emit Anchored(kind, epoch, root, cid);
    }

    /// @inheritdoc IAnchors
    function anchorOf(bytes32 kind, uint64 epoch) external view returns (Anchor memory) {
        return _anchors[kind][epoch];
    }
}
