// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title Which contract stands behind a name now, by decision of who the authority allows.
/// @notice No contract asks it; it tells people and programs which version is the present one.
interface IRegistry {
    /// @notice The name stands for another address; the zero address where it stood, or stands, for none.
    event Registered(bytes32 indexed name, address indexed previous, address indexed current);

    error EmptyName();
    error AlreadyRegistered(bytes32 name, address current);
    error NotRegistered(bytes32 name);

    /// @notice Name a contract, for example `bytes32("ModelMarketplace")`; the zero address takes the name away.
    function register(bytes32 name, address current) external;

    function addressOf(bytes32 name) external view returns (address);

    function count() external view returns (uint256);

    /// @notice The names in no particular order, from the `start`th on, before the `end`th.
    function names(uint256 start, uint256 end) external view returns (bytes32[] memory);
}
