// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";

/// @title The passes that purchases of lasting access mint: ERC-1155, id = uint256(modelId).
/// @notice A pass cannot leave its holder until its maturity day is over, because its purchase may be refunded until
/// then. After that it moves only where the model's seller allows it.
interface IAccessPass is IERC1155 {
    /// @notice What one account holds of one model.
    /// @param balance passes in all, locked ones included
    /// @param bought locked passes that the holder bought
    /// @param boughtDay last day of that lock, in days since 1970
    /// @param given locked passes that somebody else bought for the holder
    /// @param givenDay last day of that lock: gifts have a lock of their own, so that nobody can prolong another's
    struct Holding {
        uint64 balance;
        uint64 bought;
        uint32 boughtDay;
        uint64 given;
        uint32 givenDay;
    }

    event MinterSet(address indexed minter, bool allowed);
    event TransfersAllowed(uint256 indexed id, bool allowed);

    error NotMinter(address caller);
    error NotSeller(bytes32 modelId, address caller);
    error TransfersNotAllowed(uint256 id);
    error PassesLocked(address holder, uint256 id, uint256 wanted, uint256 unlocked);

    /// @notice Mint passes that stay locked through `maturityDay`. Minters only. Buying more of a model while earlier
    /// passes are locked keeps all of them locked until the later day.
    /// @param given whether somebody else than `recipient` paid
    function mint(address recipient, bytes32 modelId, uint32 quantity, uint32 maturityDay, bool given) external;

    /// @notice Let a marketplace mint, or stop it. Only who the authority allows.
    function setMinter(address minter, bool allowed) external;

    /// @notice Allow or forbid transfers of a model's unlocked passes. The model's seller only; forbidden at first.
    function allowTransfers(bytes32 modelId, bool allowed) external;

    function isMinter(address account) external view returns (bool);

    function transfersAllowed(uint256 id) external view returns (bool);

    function holding(address account, uint256 id) external view returns (Holding memory);

    /// @notice How many of the account's passes of this model cannot move today, whatever the seller allows.
    function lockedOf(address account, uint256 id) external view returns (uint256);
}
