// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAccessPass} from "./interfaces/IAccessPass.sol";

/// @title The one implementation of {IAccessPass}, where its functions and events are described.
/// @dev Balance and lock share one slot, so that locking a pass costs a purchase nothing. OpenZeppelin's own balances
/// stay unused: `balanceOf` and `_update` are all that touches them there.
contract AccessPass is IAccessPass, ERC1155, AccessManaged {
    using SafeCast for uint256;

    /// @inheritdoc IAccessPass
    mapping(address account => bool) public isMinter;

    /// @inheritdoc IAccessPass
    mapping(uint256 id => bool) public transfersAllowed;

    mapping(uint256 id => mapping(address account => Holding)) private _holdings;

    /// @param uri where the metadata of a pass is found; `{id}` stands for its id, as ERC-1155 says
    constructor(address authority, string memory uri) ERC1155(uri) AccessManaged(authority) {}

    /// @inheritdoc IAccessPass
    function mint(address recipient, bytes32 modelId, uint32 quantity, uint32 maturityDay, bool given) external {
        if (!isMinter[msg.sender]) revert NotMinter(msg.sender);

        uint256 id = uint256(modelId);
        _lock(_holdings[id][recipient], quantity, maturityDay, given);
        _mint(recipient, id, quantity, "");
    }

    /// @inheritdoc IAccessPass
    function setMinter(address minter, bool allowed) external restricted {
        isMinter[minter] = allowed;
        emit MinterSet(minter, allowed);
    }

    /// @inheritdoc IAccessPass
    function allowTransfers(bytes32 modelId, bool allowed) external {
        if (msg.sender != address(bytes20(modelId))) revert NotSeller(modelId, msg.sender);

        transfersAllowed[uint256(modelId)] = allowed;
        emit TransfersAllowed(uint256(modelId), allowed);
    }

    /// @inheritdoc IAccessPass
    function holding(address account, uint256 id) external view returns (Holding memory) {
        return _holdings[id][account];
    }

    /// @inheritdoc IAccessPass
    function lockedOf(address account, uint256 id) external view returns (uint256) {
        return _locked(_holdings[id][account]);
    }

    /// @inheritdoc IERC1155
    function balanceOf(address account, uint256 id) public view override(ERC1155, IERC1155) returns (uint256) {
        return _holdings[id][account].balance;
    }

    function _update(address from, address to, uint256[] memory ids, uint256[] memory values) internal override {
        if (ids.length != values.length) revert ERC1155InvalidArrayLength(ids.length, values.length);

        for (uint256 i = 0; i < ids.length; ++i) {
            if (from != address(0)) _take(from, ids[i], values[i]);
            _holdings[ids[i]][to].balance += values[i].toUint64();
        }

        if (ids.length == 1) emit TransferSingle(msg.sender, from, to, ids[0], values[0]);
        else emit TransferBatch(msg.sender, from, to, ids, values);
    }

    function _take(address from, uint256 id, uint256 value) private {
        if (!transfersAllowed[id]) revert TransfersNotAllowed(id);

        Holding storage held = _holdings[id][from];
        uint256 balance = held.balance;
        if (balance < value) revert ERC1155InsufficientBalance(from, balance, value, id);
        uint256 unlocked = balance - _locked(held);
        if (unlocked < value) revert PassesLocked(from, id, value, unlocked);
        held.balance = uint64(balance - value);
    }

    function _lock(Holding storage held, uint64 quantity, uint32 day, bool given) private {
        uint256 today = block.timestamp / 1 days;
        if (given) {
            held.given = held.givenDay < today ? quantity : held.given + quantity;
            if (held.givenDay < day) held.givenDay = day;
        } else {
            held.bought = held.boughtDay < today ? quantity : held.bought + quantity;
            if (held.boughtDay < day) held.boughtDay = day;
        }
    }

    function _locked(Holding storage held) private view returns (uint256 locked) {
        uint256 today = block.timestamp / 1 days;
        if (held.boughtDay >= today) locked += held.bought;
        if (held.givenDay >= today) locked += held.given;
    }
}
