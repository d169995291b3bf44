// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {Create3} from "@openzeppelin/contracts/utils/Create3.sol";
import {IContractFactory} from "./interfaces/IContractFactory.sol";

/// @title The one implementation of {IContractFactory}, where its functions and events are described.
/// @dev The caller is part of the salt, so that nobody can take another's addresses.
contract ContractFactory is IContractFactory {
    /// @inheritdoc IContractFactory
    function deploy(bytes32 salt, bytes calldata initCode) external returns (address deployed) {
        deployed = Create3.deploy(0, _ownSalt(msg.sender, salt), initCode);
        emit ContractDeployed(msg.sender, salt, deployed);
    }

    /// @inheritdoc IContractFactory
    function addressOf(address deployer, bytes32 salt) external view returns (address) {
        return Create3.computeAddress(_ownSalt(deployer, salt));
    }

    function _ownSalt(address deployer, bytes32 salt) private pure returns (bytes32) {
        return keccak256(abi.encode(deployer, salt));
    }
}
