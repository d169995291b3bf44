// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title A second currency for demonstrations. Anyone gets some for nothing, so it is worth nothing.
/// @notice An ERC-20 token with permit (EIP-2612) and transfers by signature (ERC-3009).
interface IDemoDollar {
    error TooEarly(address account, uint256 until);

    /// @notice Make 1,000 demo dollars for the caller, once in 24 hours.
    function faucet() external;

    /// @notice When the account may use the faucet again, in seconds since 1970; zero if it never did.
    function nextFaucet(address account) external view returns (uint256);
}
