// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title Locks LATTICE in its holder's account, and pays the stakers their part of the fees, in the chain's coin.
/// @notice What comes in during one week is streamed through the next, second by second, to those who stake in that
/// second, in proportion. So it pays nobody to stake just before money comes, and however little comes, it moves
/// nothing that is streaming. A second in which nobody stakes is not lost: its part waits for the week after.
///
/// Who takes a stake back earns nothing on it any more, and has the tokens free again after a cooldown longer than a
/// proposal takes from its making to its execution. Staking earns money, not votes: staked or not, a token has one.
interface ILatticeStaking {
    /// @param staked what earns
    /// @param leaving what waits for its cooldown, earning nothing
    /// @param freeAt from this second on `withdraw` unlocks what is leaving
    struct Stake {
        uint96 staked;
        uint96 leaving;
        uint48 freeAt;
    }

    event Staked(address indexed account, uint256 amount, uint256 staked);
    event Unstaked(address indexed account, uint256 amount, uint256 staked, uint256 freeAt);
    event Restaked(address indexed account, uint256 amount, uint256 staked);
    event Withdrawn(address indexed account, uint256 amount);
    event RewardAdded(address indexed from, uint256 amount);
    event RewardClaimed(address indexed account, address indexed recipient, uint256 amount);

    error ZeroAmount();
    error StakeExceeded(address account, uint256 amount, uint256 staked);
    error StillCooling(address account, uint256 freeAt);
    error NothingLeaving(address account);
    error NothingToClaim(address account);

    /// @notice Stake some of the caller's tokens. They stay where they are, locked; a caller that has named no delegate
    /// becomes its own.
    function stake(uint256 amount) external;

    /// @notice Take some of the stake back. It stops earning at once; the cooldown begins, for all that is leaving.
    function unstake(uint256 amount) external;

    /// @notice Stake again all that is leaving.
    function restake() external;

    /// @notice Unlock what is leaving, once its cooldown is over.
    function withdraw() external;

    /// @notice Draw what the caller has earned, to an account that takes coin.
    function claim(address recipient) external;

    /// @notice Add the coin that comes along to what is streamed from the next week on. Anyone may.
    function notify() external payable;

    function stakeOf(address account) external view returns (Stake memory);

    /// @notice What the account could draw now, in wei.
    function claimable(address account) external view returns (uint256);

    function totalStaked() external view returns (uint256);

    /// @notice How long, in seconds, a stake that is taken back now would stay locked: voting delay, voting period, late
    /// quorum and timelock as they are now, and a day.
    function cooldown() external view returns (uint256);

    /// @notice What is being streamed until the week is over, and what waits for the next, in wei.
    function rewards() external view returns (uint256 streaming, uint256 waiting);
}
