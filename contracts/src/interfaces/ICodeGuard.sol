// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title Makes a batch fail whose target is not the contract that was voted on.
/// @notice A proposal names it before the action it guards: if the target's code has changed since, nothing is executed.
interface ICodeGuard {
    error CodeChanged(address target, bytes32 expected, bytes32 actual);

    /// @notice Revert unless the target's code has this hash.
    function requireHash(address target, bytes32 hash) external view;
}
