// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IBonusPool} from "../interfaces/IBonusPool.sol";
import {IMaturedFees} from "../interfaces/IMaturedFees.sol";
import {IProtocolParameters} from "../interfaces/IProtocolParameters.sol";

/// @title The one implementation of {IBonusPool}, where its functions and events are described.
contract BonusPool is IBonusPool, AccessManaged {
    uint256 private constant BPS = 10_000;
    uint256 private constant MOST_CID = 100;

    IMaturedFees public immutable splitter;
    IProtocolParameters public immutable parameters;

    /// @inheritdoc IBonusPool
    mapping(uint256 epoch => bytes32) public rootOf;
    /// @inheritdoc IBonusPool
    mapping(uint256 epoch => mapping(bytes32 modelId => bool)) public isClaimed;
    /// @inheritdoc IBonusPool
    mapping(bytes32 modelId => uint256) public claimed;

    constructor(address authority, IMaturedFees splitter_, IProtocolParameters parameters_) AccessManaged(authority) {
        (splitter, parameters) = (splitter_, parameters_);
    }

    receive() external payable {
        emit Received(msg.sender, msg.value);
    }

    /// @inheritdoc IBonusPool
    function setRoot(uint256 epoch, bytes32 root, string calldata cid) external restricted {
        if (root == 0) revert EmptyRoot();
        if (rootOf[epoch] != 0) revert RootFixed(epoch);
        if (bytes(cid).length > MOST_CID) revert CidTooLong(bytes(cid).length, MOST_CID);

        rootOf[epoch] = root;
        emit RootSet(epoch, root, cid);
    }

    /// @inheritdoc IBonusPool
    function claim(uint256 epoch, bytes32 modelId, uint256 amount, bytes32[] calldata proof, address recipient)
        external
    {
        if (msg.sender != address(bytes20(modelId))) revert NotSeller(modelId, msg.sender);
        if (isClaimed[epoch][modelId]) revert AlreadyClaimed(epoch, modelId);
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(modelId, amount))));
        if (!MerkleProof.verifyCalldata(proof, rootOf[epoch], leaf)) revert InvalidProof(epoch, modelId, amount);
        (uint256 sum, uint256 most) = (claimed[modelId] + amount, capOf(modelId));
        if (sum > most) revert BonusCapExceeded(modelId, sum, most);

        isClaimed[epoch][modelId] = true;
        claimed[modelId] = sum;
        emit BonusClaimed(epoch, modelId, msg.sender, amount);
        Address.sendValue(payable(recipient), amount);
    }

    /// @inheritdoc IBonusPool
    function capOf(bytes32 modelId) public view returns (uint256) {
        return splitter.maturedFees(modelId) * parameters.get("bonusCapBps") / BPS;
    }
}
