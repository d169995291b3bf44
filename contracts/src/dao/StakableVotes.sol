// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IERC6372} from "@openzeppelin/contracts/interfaces/IERC6372.sol";
import {Votes} from "@openzeppelin/contracts/governance/utils/Votes.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {ERC6372Utils} from "@openzeppelin/contracts/utils/ERC6372Utils.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";
import {ILatticeToken} from "../interfaces/ILatticeToken.sol";
import {SENTINEL} from "./Sentinel.sol";

/// @title All of {ILatticeToken} but its name and its supply.
/// @dev An account cannot vote exactly where the sentinel is its delegate, so that nothing more has to be kept or read.
abstract contract StakableVotes is ILatticeToken, ERC20Permit, ERC20Votes {
    /// @inheritdoc ILatticeToken
    address public immutable staking;
    /// @inheritdoc ILatticeToken
    mapping(address account => uint256) public lockedOf;

    constructor(address staking_, address[] memory unvotable) {
        if (staking_ == address(0)) revert ZeroAddress();
        staking = staking_;
        for (uint256 i = 0; i < unvotable.length; ++i) {
            if (unvotable[i] == address(0)) revert ZeroAddress();
            super._delegate(unvotable[i], SENTINEL);
        }
    }

    modifier onlyStaking() {
        if (msg.sender != staking) revert NotStaking(msg.sender);
        _;
    }

    /// @inheritdoc ILatticeToken
    function lock(address account, uint256 amount) external onlyStaking {
        uint256 locked = lockedOf[account] + amount;
        uint256 balance = balanceOf(account);
        if (locked > balance) revert BalanceLocked(account, locked, balance);
        address delegatee = delegates(account);
        if (delegatee == SENTINEL) revert Unvotable(account);

        lockedOf[account] = locked;
        emit Locked(account, amount, locked);
        if (delegatee == address(0)) _delegate(account, account);
    }

    /// @inheritdoc ILatticeToken
    function unlock(address account, uint256 amount) external onlyStaking {
        uint256 locked = lockedOf[account] - amount;
        lockedOf[account] = locked;
        emit Unlocked(account, amount, locked);
    }

    /// @inheritdoc ILatticeToken
    function sentinel() external pure returns (address) {
        return SENTINEL;
    }

    /// @inheritdoc IERC6372
    function clock() public view override(Votes, IERC6372) returns (uint48) {
        return Time.timestamp();
    }

    /// @inheritdoc IERC6372
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public view override(Votes, IERC6372) returns (string memory) {
        return ERC6372Utils.timestampClockMode(clock());
    }

    /// @inheritdoc ERC20Permit
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    function _update(address from, address to, uint256 value) internal virtual override(ERC20, ERC20Votes) {
        super._update(from, to, value);
        uint256 locked = lockedOf[from];
        if (locked == 0) return;
        uint256 balance = balanceOf(from);
        if (balance < locked) revert BalanceLocked(from, locked, balance);
    }

    /// @dev Delegations by transaction, by signature and by a first stake all come through here.
    function _delegate(address account, address delegatee) internal virtual override {
        if (delegates(account) == SENTINEL) revert Unvotable(account);
        if (delegatee == SENTINEL) revert SentinelTakesNone(account);
        super._delegate(account, delegatee);
    }
}
