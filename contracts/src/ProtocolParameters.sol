// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";

/// @title The one implementation of {IProtocolParameters}, where its functions and events are described.
contract ProtocolParameters is IProtocolParameters, AccessManaged {
    bytes32 private constant FEE_BPS = "feeBps";
    bytes32 private constant REFERRAL_BPS = "referralBps";
    bytes32 private constant STAKERS_BPS = "stakersBps";
    bytes32 private constant BONUS_CAP_BPS = "bonusCapBps";
    bytes32 private constant REFUND_WINDOW = "refundWindow";
    bytes32 private constant DISPUTE_LIMIT = "disputeLimit";
    bytes32 private constant DEMAND_WINDOW = "demandWindow";
    bytes32 private constant DEMAND_STEP_BPS = "demandStepBps";
    bytes32 private constant PREMIUM_CAP_BPS = "premiumCapBps";
    bytes32 private constant MIN_RATED_FEE = "minRatedFee";
    bytes32 private constant ESCROW_DELAY = "escrowDelay";
    bytes32 private constant PAUSE_MAX = "pauseMax";

    uint256 private constant MOST_SHARED_PERCENT = 90;
    uint256 private constant REST = 30 days;
    uint128 private constant COIN_WEIGHT = 1e18;
    address private constant COIN = address(0);

    mapping(bytes32 key => uint256) private _values;
    mapping(address token => TokenTerms) private _tokens;
    SaleTerms private _saleTerms; // repeats three values, for one read a sale
    uint256 private _restedAt;
    Pause[] private _pauses; // ascending, and none within another
    DemandEra[] private _eras; // ascending

    constructor(address authority) AccessManaged(authority) {
        _set(FEE_BPS, 250);
        _set(REFERRAL_BPS, 50);
        _set(STAKERS_BPS, 75);
        _set(BONUS_CAP_BPS, 50);
        _set(REFUND_WINDOW, 7 days);
        _set(DISPUTE_LIMIT, 14 days);
        _set(DEMAND_WINDOW, 1 days);
        _set(DEMAND_STEP_BPS, 1_250);
        _set(PREMIUM_CAP_BPS, 2_500);
        _set(MIN_RATED_FEE, 1e14);
        _set(ESCROW_DELAY, 24 hours);
        _set(PAUSE_MAX, 7 days);
        _tokens[COIN] = TokenTerms(true, COIN_WEIGHT);
    }

    /// @inheritdoc IProtocolParameters
    function set(bytes32 key, uint256 value) external restricted {
        _set(key, value);
    }

    /// @inheritdoc IProtocolParameters
    function setToken(address token, bool accepted, uint128 weight) external restricted {
        if (token == COIN) revert CoinIsAccepted();

        _tokens[token] = TokenTerms(accepted, weight);
        emit TokenSet(token, accepted, weight);
    }

    /// @inheritdoc IProtocolParameters
    function pause(uint64 until) external restricted {
        uint256 rested = _restedAt > _saleTerms.pausedUntil ? _restedAt : _saleTerms.pausedUntil;
        if (block.timestamp < rested) revert PauseResting(rested);
        uint256 most = block.timestamp + get(PAUSE_MAX);
        if (until <= block.timestamp || until > most) revert PauseOutOfBounds(until, most);

        _restedAt = until + REST;
        _setPause(until);
    }

    /// @inheritdoc IProtocolParameters
    function setPause(uint64 until) external restricted {
        _setPause(until);
    }

    /// @inheritdoc IProtocolParameters
    function saleTerms() external view returns (SaleTerms memory) {
        return _saleTerms;
    }

    /// @inheritdoc IProtocolParameters
    function tokenTerms(address token) external view returns (TokenTerms memory) {
        return _tokens[token];
    }

    /// @inheritdoc IProtocolParameters
    function isPaused() external view returns (bool) {
        return block.timestamp < _saleTerms.pausedUntil;
    }

    /// @inheritdoc IProtocolParameters
    function pausedSince(uint256 time) external view returns (uint256 paused) {
        for (uint256 i = _pauses.length; i > 0 && _pauses[i - 1].until > time; --i) {
            (uint256 from, uint256 until) = (_pauses[i - 1].from, _pauses[i - 1].until);
            if (from < time) from = time;
            if (until > block.timestamp) until = block.timestamp;
            if (until > from) paused += until - from;
        }
    }

    /// @inheritdoc IProtocolParameters
    function demandErasFrom(uint256 time) external view returns (DemandEra[] memory eras) {
        uint256 count = _eras.length;
        uint256 first = count - 1;
        while (first > 0 && _eras[first].from > time) --first;
        eras = new DemandEra[](count - first);
        for (uint256 i = first; i < count; ++i) {
            eras[i - first] = _eras[i];
        }
    }

    /// @inheritdoc IProtocolParameters
    function get(bytes32 key) public view returns (uint256) {
        bounds(key);
        return _values[key];
    }

    /// @inheritdoc IProtocolParameters
    function bounds(bytes32 key) public pure returns (uint256 least, uint256 most) {
        if (key == FEE_BPS) return (0, 500);
        if (key == REFERRAL_BPS || key == STAKERS_BPS || key == BONUS_CAP_BPS) return (0, 200);
        if (key == REFUND_WINDOW) return (1 days, 30 days);
        if (key == DISPUTE_LIMIT) return (7 days, 30 days);
        if (key == DEMAND_WINDOW) return (1 hours, 7 days);
        if (key == DEMAND_STEP_BPS) return (1, 1_250);
        if (key == PREMIUM_CAP_BPS) return (0, 2_500);
        if (key == MIN_RATED_FEE) return (0, 1e16);
        if (key == ESCROW_DELAY) return (12 hours, 7 days);
        if (key == PAUSE_MAX) return (1 hours, 14 days);
        revert UnknownParameter(key);
    }

    /// @inheritdoc IProtocolParameters
    function keys() external pure returns (bytes32[] memory all) {
        all = new bytes32[](12);
        (all[0], all[1], all[2], all[3]) = (FEE_BPS, REFERRAL_BPS, STAKERS_BPS, BONUS_CAP_BPS);
        (all[4], all[5], all[6], all[7]) = (REFUND_WINDOW, DISPUTE_LIMIT, DEMAND_WINDOW, DEMAND_STEP_BPS);
        (all[8], all[9], all[10], all[11]) = (PREMIUM_CAP_BPS, MIN_RATED_FEE, ESCROW_DELAY, PAUSE_MAX);
    }

    function _set(bytes32 key, uint256 value) private {
        (uint256 least, uint256 most) = bounds(key);
        if (value < least || value > most) revert ParameterOutOfBounds(key, value, least, most);

        emit ParameterSet(key, _values[key], value);
        _values[key] = value;
        _checkShares();
        // The bounds above are far below what these types hold.
        if (key == FEE_BPS) _saleTerms.feeBps = uint16(value);
        if (key == REFERRAL_BPS) _saleTerms.referralBps = uint16(value);
        if (key == REFUND_WINDOW) _saleTerms.refundWindow = uint32(value);
        if (key == DEMAND_WINDOW || key == DEMAND_STEP_BPS) _beginEra();
    }

    /// @dev What was set stands from now on; what was set before in the same second never did.
    function _beginEra() private {
        DemandEra memory era =
            DemandEra(uint64(block.timestamp), uint32(_values[DEMAND_WINDOW]), uint16(_values[DEMAND_STEP_BPS]));
        uint256 count = _eras.length;
        if (count != 0 && _eras[count - 1].from == era.from) _eras[count - 1] = era;
        else _eras.push(era);
    }

    /// @dev A pause that goes on is changed; one that is over stays as long as it was.
    function _setPause(uint64 until) private {
        uint64 time = uint64(block.timestamp);
        bool paused = time < _saleTerms.pausedUntil;
        if (paused) _pauses[_pauses.length - 1].until = until > time ? until : time;
        else if (until > time) _pauses.push(Pause(time, until));
        _saleTerms.pausedUntil = until;
        emit PausedUntil(msg.sender, until);
    }

    function _checkShares() private view {
        uint256 shares = _values[REFERRAL_BPS] + _values[STAKERS_BPS] + _values[BONUS_CAP_BPS];
        uint256 most = _values[FEE_BPS] * MOST_SHARED_PERCENT / 100;
        if (shares > most) revert SharesAboveFee(shares, most);
    }
}
