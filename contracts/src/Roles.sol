// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

// Compiled with the rest, so that it is deployed from here: who may call the `restricted` functions of the others.
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @title The roles of the AccessManager. A function that is given to none of them is the admin's: the timelock's.
library Roles {
    /// @dev `ModelMarketplace.suspend`, `.ruleDispute`.
    uint64 internal constant MODERATOR = 1;
    /// @dev `ProtocolParameters.pause`.
    uint64 internal constant GUARDIAN = 2;
    /// @dev `InferenceEscrow.settle`.
    uint64 internal constant SETTLER = 3;
    /// @dev `Anchors.anchor`.
    uint64 internal constant KEEPER = 4;
}
