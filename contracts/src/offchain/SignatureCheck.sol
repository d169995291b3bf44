// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title Asks an account whether it made a signature (EIP-1271), also one that is not deployed yet (ERC-6492)
/// @notice Never deployed. Its creation code is the data of an `eth_call` without a recipient: what the constructor
/// returns is the answer, one byte, 1 for yes. An `eth_call` changes nothing, so the account that is deployed here, and
/// whatever else the factory does, is gone with it.
/// @dev An account that has code is asked as it stands, without the factory: others could otherwise do in play what they
/// would not do on chain, such as buy the thing whose owner may sign, and be believed. What is called may return as much
/// as it likes; none of it is copied but one word.
contract SignatureCheck {
    constructor(address account, bytes32 hash, bytes memory signature, address factory, bytes memory deployment) {
        bool made = account.code.length != 0 || _deploy(account, factory, deployment);
        uint256 answer = made && _accepts(account, hash, signature) ? 1 : 0;
        assembly ("memory-safe") {
            mstore8(0, answer)
            return(0, 1)
        }
    }

    /// @dev Whether the factory has put code where the account is to be, without an error.
    function _deploy(address account, address factory, bytes memory deployment) private returns (bool done) {
        assembly ("memory-safe") {
            done := call(gas(), factory, 0, add(deployment, 32), mload(deployment), 0, 0)
        }
        done = done && account.code.length != 0;
    }

    /// @dev Whether the account answers one word, EIP-1271's own.
    function _accepts(address account, bytes32 hash, bytes memory signature) private view returns (bool accepted) {
        bytes memory question = abi.encodeWithSelector(0x1626ba7e, hash, signature);
        assembly ("memory-safe") {
            accepted := staticcall(gas(), account, add(question, 32), mload(question), 0, 32)
            accepted := and(accepted, eq(returndatasize(), 32))
            accepted := and(accepted, eq(mload(0), shl(224, 0x1626ba7e)))
        }
    }
}
