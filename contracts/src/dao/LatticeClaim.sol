// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {ILatticeClaim} from "../interfaces/ILatticeClaim.sol";

/// @title The one implementation of {ILatticeClaim}, where its functions and events are described.
contract LatticeClaim is ILatticeClaim {
    using BitMaps for BitMaps.BitMap;
    using SafeERC20 for IERC20;

    IERC20 public immutable token;
    address public immutable treasury;
    /// @inheritdoc ILatticeClaim
    bytes32 public immutable root;
    /// @inheritdoc ILatticeClaim
    uint64 public immutable end;

    BitMaps.BitMap private _claimed;

    /// @param end_ from this second on nothing can be claimed
    constructor(IERC20 token_, address treasury_, bytes32 root_, uint64 end_) {
        (token, treasury, root, end) = (token_, treasury_, root_, end_);
    }

    /// @inheritdoc ILatticeClaim
    function claim(uint256 index, address account, uint256 amount, bytes32[] calldata proof) external {
        if (block.timestamp >= end) revert ClaimOver(end);
        if (_claimed.get(index)) revert AlreadyClaimed(index);
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(index, account, amount))));
        if (!MerkleProof.verifyCalldata(proof, root, leaf)) revert InvalidProof(index, account, amount);

        _claimed.set(index);
        emit Claimed(index, account, amount);
        token.safeTransfer(account, amount);
    }

    /// @inheritdoc ILatticeClaim
    function sweep() external {
        if (block.timestamp < end) revert ClaimNotOver(end);
        uint256 left = token.balanceOf(address(this));
        if (left == 0) revert NothingLeft();

        emit Swept(treasury, left);
        token.safeTransfer(treasury, left);
    }

    /// @inheritdoc ILatticeClaim
    function isClaimed(uint256 index) external view returns (bool) {
        return _claimed.get(index);
    }
}
