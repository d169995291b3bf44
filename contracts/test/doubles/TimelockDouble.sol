// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {CappedTimelock} from "../../src/dao/CappedTimelock.sol";

/// @title In the place of `TimelockController`, with the arguments of its constructor: any delay, and caps of the whole.
contract TimelockDouble is CappedTimelock {
    constructor(uint256 minDelay, address[] memory proposers, address[] memory executors, address admin)
        TimelockController(minDelay, proposers, executors, admin)
        CappedTimelock(address(1), 10_000, 10_000)
    {}

    function _checkDelay(uint256) internal pure override {}

    function _checkCaps(uint16, uint16) internal pure override {}
}
