// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// The smallest smart account: it accepts what its owner's key has signed (EIP-1271). SmartAccount.hex is its creation
/// code: solc 0.8.35, optimizer on, 200 runs, cancun, no metadata.
contract SmartAccount {
    address immutable owner;

    constructor(address owner_) {
        owner = owner_;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        if (signature.length != 65) return 0xffffffff;
        address signer = ecrecover(hash, uint8(signature[64]), bytes32(signature[:32]), bytes32(signature[32:64]));
        return signer == owner ? bytes4(0x1626ba7e) : bytes4(0xffffffff);
    }
}
