// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {GovernorPreventLateQuorum} from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ILatticeStaking} from "../interfaces/ILatticeStaking.sol";
import {ILatticeToken} from "../interfaces/ILatticeToken.sol";

/// @title The one implementation of {ILatticeStaking}, where its functions and events are described.
/// @dev Rewards are counted per staked unit, in 2^-128 wei. Of an account the fractions are kept as well, so that what is
/// paid differs from what came in by less than a wei a staker, however often anyone calls.
contract LatticeStaking is ILatticeStaking {
    using SafeCast for uint256;

    /// @dev Where the stream stands. All coin that there ever was is below 2^88 wei, so `perUnit` holds all of it.
    struct Stream {
        uint216 perUnit;
        uint40 asOf;
        uint128 streaming;
        uint128 waiting;
    }

    /// @dev `earned` is in 2^-128 wei.
    struct Earning {
        uint256 perUnit;
        uint256 earned;
    }

    uint256 private constant WEEK = 7 days;
    uint256 private constant ONE_SHIFT = 128;

    ILatticeToken public immutable token;
    IGovernor public immutable dao;
    TimelockController public immutable timelock;

    /// @inheritdoc ILatticeStaking
    uint256 public totalStaked;
    Stream private _stream;
    mapping(address account => Stake) private _stakes;
    mapping(address account => Earning) private _earnings;

    constructor(ILatticeToken token_, IGovernor dao_, TimelockController timelock_) {
        (token, dao, timelock) = (token_, dao_, timelock_);
        _stream.asOf = uint40(block.timestamp);
    }

    /// @inheritdoc ILatticeStaking
    function stake(uint256 amount) external {
        if (amount == 0) revert ZeroAmount();

        _settle(msg.sender);
        uint256 staked = _add(msg.sender, amount);
        emit Staked(msg.sender, amount, staked);
        token.lock(msg.sender, amount);
    }

    /// @inheritdoc ILatticeStaking
    function unstake(uint256 amount) external {
        if (amount == 0) revert ZeroAmount();
        Stake memory held = _stakes[msg.sender];
        if (amount > held.staked) revert StakeExceeded(msg.sender, amount, held.staked);

        _settle(msg.sender);
        totalStaked -= amount;
        held.staked -= uint96(amount);
        held.leaving += uint96(amount);
        held.freeAt = uint48(block.timestamp + cooldown());
        _stakes[msg.sender] = held;
        emit Unstaked(msg.sender, amount, held.staked, held.freeAt);
    }

    /// @inheritdoc ILatticeStaking
    function restake() external {
        uint256 amount = _stakes[msg.sender].leaving;
        if (amount == 0) revert NothingLeaving(msg.sender);

        _settle(msg.sender);
        (_stakes[msg.sender].leaving, _stakes[msg.sender].freeAt) = (0, 0);
        emit Restaked(msg.sender, amount, _add(msg.sender, amount));
    }

    /// @inheritdoc ILatticeStaking
    function withdraw() external {
        Stake storage held = _stakes[msg.sender];
        (uint256 amount, uint256 freeAt) = (held.leaving, held.freeAt);
        if (amount == 0) revert NothingLeaving(msg.sender);
        if (block.timestamp < freeAt) revert StillCooling(msg.sender, freeAt);

        (held.leaving, held.freeAt) = (0, 0);
        emit Withdrawn(msg.sender, amount);
        token.unlock(msg.sender, amount);
    }

    /// @inheritdoc ILatticeStaking
    function claim(address recipient) external {
        _settle(msg.sender);
        Earning storage own = _earnings[msg.sender];
        uint256 earned = own.earned;
        uint256 amount = earned >> ONE_SHIFT;
        if (amount == 0) revert NothingToClaim(msg.sender);

        own.earned = earned - (amount << ONE_SHIFT);
        emit RewardClaimed(msg.sender, recipient, amount);
        Address.sendValue(payable(recipient), amount);
    }

    /// @inheritdoc ILatticeStaking
    function notify() external payable {
        if (msg.value == 0) revert ZeroAmount();

        Stream memory stream = _advanced();
        stream.waiting += msg.value.toUint128();
        _stream = stream;
        emit RewardAdded(msg.sender, msg.value);
    }

    /// @inheritdoc ILatticeStaking
    function stakeOf(address account) external view returns (Stake memory) {
        return _stakes[account];
    }

    /// @inheritdoc ILatticeStaking
    function claimable(address account) external view returns (uint256) {
        return _earned(account, _advanced().perUnit) >> ONE_SHIFT;
    }

    /// @inheritdoc ILatticeStaking
    function rewards() external view returns (uint256 streaming, uint256 waiting) {
        Stream memory stream = _advanced();
        return (stream.streaming, stream.waiting);
    }

    /// @inheritdoc ILatticeStaking
    function cooldown() public view returns (uint256) {
        uint256 vote = dao.votingDelay() + dao.votingPeriod();
        uint256 late = GovernorPreventLateQuorum(payable(address(dao))).lateQuorumVoteExtension();
        return vote + late + timelock.getMinDelay() + 1 days;
    }

    function _add(address account, uint256 amount) private returns (uint256 staked) {
        staked = _stakes[account].staked + amount;
        _stakes[account].staked = staked.toUint96();
        totalStaked += amount;
    }

    /// @dev Bring the stream and the account's earnings up to now, before its stake changes.
    function _settle(address account) private {
        Stream memory stream = _advanced();
        _stream = stream;
        _earnings[account] = Earning(stream.perUnit, _earned(account, stream.perUnit));
    }

    function _earned(address account, uint256 perUnit) private view returns (uint256) {
        Earning memory own = _earnings[account];
        // No overflow: since the account was settled, its stake was a part of what each amount was divided by.
        return own.earned + _stakes[account].staked * (perUnit - own.perUnit);
    }

    /// @dev The stream as it stands now. At most three steps, however long nobody called.
    function _advanced() private view returns (Stream memory stream) {
        stream = _stream;
        uint256 total = totalStaked;
        uint256 end = (stream.asOf / WEEK + 1) * WEEK;
        if (block.timestamp >= end) {
            _run(stream, end, end, total);
            _turn(stream);
            if (block.timestamp >= end + WEEK) {
                _run(stream, end + WEEK, end + WEEK, total);
                _turn(stream);
            }
            end = (block.timestamp / WEEK + 1) * WEEK;
            stream.asOf = uint40(end - WEEK);
        }
        _run(stream, block.timestamp, end, total);
    }

    /// @dev Stream until this second of a week that ends then: to the stakers, or back to what waits.
    function _run(Stream memory stream, uint256 until, uint256 end, uint256 total) private pure {
        if (until == stream.asOf) return;
        uint128 amount = uint128(uint256(stream.streaming) * (until - stream.asOf) / (end - stream.asOf));
        stream.asOf = uint40(until);
        stream.streaming -= amount;
        if (total == 0) stream.waiting += amount;
        else stream.perUnit += ((uint256(amount) << ONE_SHIFT) / total).toUint216();
    }

    /// @dev A week is over: what waited is streamed.
    function _turn(Stream memory stream) private pure {
        (stream.streaming, stream.waiting) = (stream.waiting, 0);
    }
}
