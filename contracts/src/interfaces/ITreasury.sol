// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title The DAO's timelock, and the account that holds what the DAO owns.
/// @notice It has no admin but itself, and takes orders from the DAO alone. Of the chain's coin, of LATTICE and of each
/// listed token, a batch may take away at most a part of what was there before it, and all batches of 30 days together at
/// most another part; balances before and after are compared, so that it does not matter how something leaves. On LATTICE
/// and listed tokens nothing can be allowed to pull later, and no votes can be delegated. Other assets have no cap.
interface ITreasury {
    event CapsSet(uint256 batchBps, uint256 monthBps);
    event AssetListed(address indexed asset);
    event AssetUnlisted(address indexed asset);
    /// @param amount what the batch took away of the asset, in its smallest unit; the zero address is the coin
    event Spent(address indexed asset, uint256 amount);

    error DelayOutOfBounds(uint256 delay, uint256 least, uint256 most);
    error CapOutOfBounds(uint256 bps, uint256 least, uint256 most);
    error BatchCapExceeded(address asset, uint256 amount, uint256 most);
    error MonthCapExceeded(address asset, uint256 amount, uint256 most);
    /// @notice The call would let somebody pull a capped asset later, or vote with it.
    error CallRefused(address asset, bytes4 selector);
    error AlreadyListed(address asset);
    error NotListed(address asset);
    error TooManyAssets(uint256 most);
    error AlwaysCapped(address asset);
    error StillHeld(address asset, uint256 balance);

    /// @notice Set both caps, in 1/10,000: 100–1,000 of a batch, 200–2,000 of 30 days. Itself only.
    function setCaps(uint16 batchBps, uint16 monthBps) external;

    /// @notice Cap this token, too. Itself only.
    function listAsset(address asset) external;

    /// @notice Cap a token no more, of which nothing is left here. Itself only; never the coin, nor LATTICE.
    function unlistAsset(address asset) external;

    /// @notice The capped assets: the coin as the zero address, LATTICE, and what was listed.
    function assets() external view returns (address[] memory);

    function caps() external view returns (uint16 batchBps, uint16 monthBps);

    /// @notice What the last 30 days took away of an asset.
    function spentInMonth(address asset) external view returns (uint256);
}
