// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {VestingWallet} from "@openzeppelin/contracts/finance/VestingWallet.sol";
import {VestingWalletCliff} from "@openzeppelin/contracts/finance/VestingWalletCliff.sol";

/// @title OpenZeppelin's vesting with a cliff, of one contributor, who owns it. What it holds does not vote.
contract LatticeVesting is VestingWalletCliff {
    /// @param start when it begins, in seconds since 1970
    /// @param duration from then until all has vested, in seconds
    /// @param cliff from `start` until anything can be drawn, in seconds
    constructor(address beneficiary, uint64 start, uint64 duration, uint64 cliff)
        VestingWallet(beneficiary, start, duration)
        VestingWalletCliff(cliff)
    {}
}
