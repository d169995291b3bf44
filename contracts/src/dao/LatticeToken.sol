// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {StakableVotes} from "./StakableVotes.sol";

/// @title The token itself: its name, and all of its supply, given away when it is made.
contract LatticeToken is StakableVotes {
    uint256 public constant SUPPLY = 1_000_000_000e18;

    /// @param genesis who holds what from the beginning; together the whole supply
    /// @param unvotable the protocol's own accounts, there already or not
    /// @param staking the one contract that locks and unlocks, there already or not
    constructor(Allocation[] memory genesis, address[] memory unvotable, address staking)
        ERC20("Lattice", "LATTICE")
        ERC20Permit("Lattice")
        StakableVotes(staking, unvotable)
    {
        for (uint256 i = 0; i < genesis.length; ++i) {
            _mint(genesis[i].account, genesis[i].amount);
        }
        if (totalSupply() != SUPPLY) revert AllocationSum(totalSupply(), SUPPLY);
    }
}
