// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title In a demonstration, stands for the early users' claim: gives a portion of LATTICE to whoever asks, once a day.
interface ILatticeFaucet {
    event Given(address indexed account, uint256 amount);

    error TooEarly(address account, uint256 until);

    /// @notice Give the caller a portion.
    function faucet() external;

    /// @notice From this second on the account gets a portion again.
    function nextFaucet(address account) external view returns (uint256);
}
