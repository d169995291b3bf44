// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {CappedTimelock} from "./CappedTimelock.sol";

/// @title The treasury: a capped timelock that the DAO alone gives orders to.
contract Treasury is CappedTimelock {
    uint256 private constant DELAY = 2 days;
    uint16 private constant BATCH_BPS = 500;
    uint16 private constant MONTH_BPS = 1_000;

    /// @param dao who proposes, cancels and executes here; there already or not
    /// @param lattice the token, there already or not
    constructor(address dao, address lattice)
        TimelockController(DELAY, _alone(dao), _alone(dao), address(0))
        CappedTimelock(lattice, BATCH_BPS, MONTH_BPS)
    {}

    function _alone(address account) private pure returns (address[] memory accounts) {
        accounts = new address[](1);
        accounts[0] = account;
    }
}
