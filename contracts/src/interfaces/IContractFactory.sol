// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title Puts contracts where only the deployer and a salt decide, whatever their code and constructor arguments.
/// @notice So contracts that name each other in their constructors can know each other's addresses first, and have the
/// same addresses on every chain on which this factory has the same address.
interface IContractFactory {
    event ContractDeployed(address indexed deployer, bytes32 indexed salt, address deployed);

    /// @notice Deploy, once for each caller and salt.
    /// @param initCode the contract's creation code with its encoded constructor arguments
    function deploy(bytes32 salt, bytes calldata initCode) external returns (address deployed);

    /// @notice Where `deployer`'s contract of this salt is or will be.
    function addressOf(address deployer, bytes32 salt) external view returns (address);
}
