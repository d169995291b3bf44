// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EnumerableMap} from "@openzeppelin/contracts/utils/structs/EnumerableMap.sol";
import {IRegistry} from "./interfaces/IRegistry.sol";

/// @title The one implementation of {IRegistry}, where its functions and events are described.
contract Registry is IRegistry, AccessManaged {
    using EnumerableMap for EnumerableMap.Bytes32ToAddressMap;

    EnumerableMap.Bytes32ToAddressMap private _contracts;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IRegistry
    function register(bytes32 name, address current) external restricted {
        if (name == 0) revert EmptyName();
        // An unknown name gives the zero address, which is what is wanted.
        // slither-disable-next-line unused-return
        (, address previous) = _contracts.tryGet(name);
        if (previous == current) revert AlreadyRegistered(name, current);

        // Whether the name was there before, `previous` has said.
        // slither-disable-start unused-return
        if (current == address(0)) _contracts.remove(name);
        else _contracts.set(name, current);
        // slither-disable-end unused-return
        emit Registered(name, previous, current);
    }

    /// @inheritdoc IRegistry
    function addressOf(bytes32 name) external view returns (address current) {
        bool known;
        (known, current) = _contracts.tryGet(name);
        if (!known) revert NotRegistered(name);
    }

    /// @inheritdoc IRegistry
    function count() external view returns (uint256) {
        return _contracts.length();
    }

    /// @inheritdoc IRegistry
    function names(uint256 start, uint256 end) external view returns (bytes32[] memory) {
        return _contracts.keys(start, end);
    }
}
