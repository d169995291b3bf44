// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC5805} from "@openzeppelin/contracts/interfaces/IERC5805.sol";

/// @title LATTICE: one token, one vote, for whoever its holder delegates to. Time is counted in seconds.
/// @notice The supply is made once, at genesis. There is no owner, and nobody can make more of it.
///
/// A stake is a lock on a part of the balance: it stays in the holder's account and keeps its votes, but cannot leave
/// until the staking contract, fixed for ever, unlocks it. What is locked is never more than the balance.
///
/// The protocol's own accounts cannot vote. They are named at genesis and delegated to the sentinel, whose key nobody
/// has, for ever; its votes are the part of the supply that a quorum does not count.
interface ILatticeToken is IERC20, IERC5805 {
    /// @notice What an account holds from the beginning, in the smallest unit.
    struct Allocation {
        address account;
        uint256 amount;
    }

    /// @param locked what is locked in the account from now on
    event Locked(address indexed account, uint256 amount, uint256 locked);
    event Unlocked(address indexed account, uint256 amount, uint256 locked);

    error NotStaking(address caller);
    /// @notice So much is locked there that the balance may not be, or become, what it says here.
    error BalanceLocked(address account, uint256 locked, uint256 balance);
    error Unvotable(address account);
    /// @notice Only the protocol's own accounts are delegated to the sentinel, and only at genesis.
    error SentinelTakesNone(address account);
    error AllocationSum(uint256 sum, uint256 supply);
    error ZeroAddress();

    /// @notice Lock some of an account's balance. An account without a delegate becomes its own. The staking contract only.
    function lock(address account, uint256 amount) external;

    /// @notice Unlock some of what is locked. The staking contract only.
    function unlock(address account, uint256 amount) external;

    function lockedOf(address account) external view returns (uint256);

    /// @notice The one contract that locks and unlocks.
    function staking() external view returns (address);

    /// @notice Who holds, for ever, the votes of the accounts that cannot vote.
    function sentinel() external view returns (address);
}
