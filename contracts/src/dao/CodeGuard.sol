// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {ICodeGuard} from "../interfaces/ICodeGuard.sol";

/// @title The one implementation of {ICodeGuard}, where its function is described.
contract CodeGuard is ICodeGuard {
    /// @inheritdoc ICodeGuard
    function requireHash(address target, bytes32 hash) external view {
        bytes32 actual = target.codehash;
        if (actual != hash) revert CodeChanged(target, hash, actual);
    }
}
