// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

// Compiled with the rest, so that it is deployed from here: who may call the `restricted` functions of the others.
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
