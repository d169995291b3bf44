// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPricing} from "./interfaces/IPricing.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";
import {IRatings} from "./interfaces/IRatings.sol";

/// @title The one implementation of {IPricing}, where its functions and events are described.
/// @dev Demand works as a base fee does: once a window is over, sales above the target have raised the multiplier, at
/// double the target by a whole step, and sales below it have lowered it, without any sale by a whole step.
contract Pricing is IPricing {
    /// @dev One slot.
    /// @param mul demand multiplier in 1e18 for the window that began at `since`
    /// @param sold units sold in that window, and not taken back in it
    /// @param number of that window: how many there were before
    struct Stored {
        uint32 target;
        uint16 floorBps;
        uint16 capBps;
        uint16 premiumBps;
        uint64 mul;
        uint48 since;
        uint32 sold;
        uint32 number;
    }

    struct StoredRates {
        uint96 inPerM;
        uint96 outPerM;
        uint64 from;
    }

    /// @dev Two slots.
    struct StoredCallPrice {
        address token;
        uint88 price;
        bool offered;
        uint64 from;
    }

    struct CallPricePair {
        StoredCallPrice before;
        StoredCallPrice last;
        uint256 rates; // in how many tokens rates were offered last
    }

    struct RatePair {
        StoredRates before;
        StoredRates last;
    }

    uint256 private constant BPS = 10_000;
    uint256 private constant ONE = 1e18;
    uint256 private constant LEAST_DEMAND_BPS = 5_000;
    uint256 private constant MOST_DEMAND_BPS = 40_000;
    uint16 private constant MOST_PREMIUM_BPS = 2_500;
    uint16 private constant MOST_DISCOUNT_BPS = 9_000;
    uint256 private constant MOST_TIERS = 5;
    uint256 private constant LEAST_RATERS = 10;
    uint256 private constant LEAST_RATED_FEES = 0.01 ether;
    uint256 private constant MIDDLING = 30_000; // three of five: above it quality begins
    uint256 private constant MARKS_ABOVE = 20_000; // from there to full marks
    uint256 private constant MARKS_OF_WINDOWS = 63; // the market keeps six bits of a window's number, and zero is none
    uint64 private constant RATES_DELAY = 10 minutes;
    uint96 private constant NOT_OFFERED = type(uint96).max;

    address public immutable market;
    IProtocolParameters public immutable parameters;
    IRatings public immutable ratings;

    mapping(bytes32 modelId => Stored) private _terms;
    mapping(bytes32 modelId => Tier[]) private _tiers;
    mapping(bytes32 modelId => mapping(address token => RatePair)) private _rates;
    mapping(bytes32 modelId => CallPricePair) private _callPrices;

    modifier onlyMarket() {
        if (msg.sender != market) revert NotMarket(msg.sender);
        _;
    }

    constructor(address market_, IProtocolParameters parameters_, IRatings ratings_) {
        market = market_;
        parameters = parameters_;
        ratings = ratings_;
    }

    /// @inheritdoc IPricing
    function setTerms(bytes32 modelId, Terms calldata terms) external onlyMarket {
        _check(terms);
        Stored memory stored = _advanced(_terms[modelId]);
        uint256 mul = stored.target == 0 || terms.target == 0 ? ONE : stored.mul;
        if (stored.target == 0) (stored.since, stored.sold) = (uint48(block.timestamp), 0);
        (stored.target, stored.premiumBps) = (terms.target, terms.premiumBps);
        (stored.floorBps, stored.capBps) = (terms.floorBps, terms.capBps);
        if (terms.target != 0) mul = _within(stored, ONE, mul);

        _move(modelId, stored, mul);
        delete _tiers[modelId];
        for (uint256 i = 0; i < terms.tiers.length; ++i) {
            _tiers[modelId].push(terms.tiers[i]);
        }
        emit PricingSet(modelId, terms.target, terms.floorBps, terms.capBps, terms.premiumBps, terms.tiers);
    }

    /// @inheritdoc IPricing
    function setRates(bytes32 modelId, Rates calldata rates) external onlyMarket {
        RatePair storage pair = _rates[modelId][rates.token];
        bool offered = rates.inPerM != NOT_OFFERED || rates.outPerM != NOT_OFFERED;
        _countRates(modelId, _isOffered(pair.last), offered);
        if (pair.last.from <= block.timestamp) pair.before = pair.last;

        uint64 from = uint64(block.timestamp) + RATES_DELAY;
        pair.last = StoredRates(rates.inPerM, rates.outPerM, from);
        emit RatesSet(modelId, rates.token, rates.inPerM, rates.outPerM, from);
    }

    /// @inheritdoc IPricing
    function setCallPrice(bytes32 modelId, address token, uint256 price) external onlyMarket {
        CallPricePair storage pair = _callPrices[modelId];
        bool offered = price != type(uint256).max;
        if (offered && pair.rates != 0) revert MeteredOtherwise(modelId);
        if (pair.last.from <= block.timestamp) pair.before = pair.last;

        uint64 from = uint64(block.timestamp) + RATES_DELAY;
        pair.last = StoredCallPrice(token, offered ? uint88(price) : 0, offered, from); // the market checks the bounds
        emit CallPriceSet(modelId, token, price, from);
    }

    /// @inheritdoc IPricing
    function take(bytes32 modelId, uint256 basePrice, uint32 quantity)
        external
        onlyMarket
        returns (uint256 total, uint8 window)
    {
        Stored memory stored = _advanced(_terms[modelId]);
        total = _parts(modelId, stored, basePrice, quantity).total;
        if (stored.target == 0) return (total, 0);

        stored.sold = uint32(Math.min(uint256(stored.sold) + quantity, type(uint32).max));
        _move(modelId, stored, stored.mul);
        return (total, _mark(stored));
    }

    /// @inheritdoc IPricing
    function giveBack(bytes32 modelId, uint32 quantity, uint8 window, uint256 latest) external onlyMarket {
        Stored memory stored = _advanced(_terms[modelId]);
        // A mark comes again after 63 windows; then the purchase is older than this one.
        if (stored.target == 0 || window != _mark(stored) || latest < stored.since) return;

        stored.sold -= uint32(Math.min(stored.sold, quantity));
        _move(modelId, stored, stored.mul);
    }

    /// @inheritdoc IPricing
    function quote(bytes32 modelId, uint256 basePrice, uint32 quantity) external view returns (Parts memory) {
        return _parts(modelId, _advanced(_terms[modelId]), basePrice, quantity);
    }

    /// @inheritdoc IPricing
    function termsOf(bytes32 modelId) external view returns (Terms memory) {
        Stored memory stored = _terms[modelId];
        return Terms(stored.target, stored.floorBps, stored.capBps, stored.premiumBps, _tiers[modelId]);
    }

    /// @inheritdoc IPricing
    function demandOf(bytes32 modelId) external view returns (uint256) {
        return _demand(_advanced(_terms[modelId]));
    }

    /// @inheritdoc IPricing
    function ratesOf(bytes32 modelId, address token)
        external
        view
        returns (bool offered, uint256 inPerM, uint256 outPerM)
    {
        RatePair storage pair = _rates[modelId][token];
        StoredRates memory rates = pair.last.from <= block.timestamp ? pair.last : pair.before;
        if (!_isOffered(rates)) return (false, 0, 0);
        return (true, rates.inPerM, rates.outPerM);
    }

    /// @inheritdoc IPricing
    function lastRatesOf(bytes32 modelId, address token)
        external
        view
        returns (uint256 inPerM, uint256 outPerM, uint64 from)
    {
        StoredRates memory rates = _rates[modelId][token].last;
        return (rates.inPerM, rates.outPerM, rates.from);
    }

    /// @inheritdoc IPricing
    function callPriceOf(bytes32 modelId) external view returns (bool offered, address token, uint256 price) {
        CallPricePair storage pair = _callPrices[modelId];
        StoredCallPrice memory asked = pair.last.from <= block.timestamp ? pair.last : pair.before;
        return (asked.offered, asked.token, asked.price);
    }

    /// @inheritdoc IPricing
    function lastCallPriceOf(bytes32 modelId)
        external
        view
        returns (bool offered, address token, uint256 price, uint64 from)
    {
        StoredCallPrice memory asked = _callPrices[modelId].last;
        return (asked.offered, asked.token, asked.price, asked.from);
    }

    /// @dev Rates and a price a call exclude each other, as they were set last.
    function _countRates(bytes32 modelId, bool before, bool offered) private {
        if (before == offered) return;
        CallPricePair storage pair = _callPrices[modelId];
        if (offered && pair.last.offered) revert MeteredOtherwise(modelId);
        pair.rates = offered ? pair.rates + 1 : pair.rates - 1;
    }

    /// @dev Keep the terms with this multiplier, and tell if it moved.
    function _move(bytes32 modelId, Stored memory stored, uint256 mul) private {
        uint256 before = _terms[modelId].mul;
        stored.mul = uint64(mul); // at most 4e18
        _terms[modelId] = stored;
        if (before != mul && before != 0) emit DemandMoved(modelId, before, mul);
    }

    /// @dev The terms as they are now: what sales of finished windows did to the multiplier, done; by the window and the
    /// step that stood at the time.
    function _advanced(Stored memory stored) private view returns (Stored memory) {
        if (stored.target == 0) return stored;
        IProtocolParameters.DemandEra[] memory eras = parameters.demandErasFrom(stored.since);
        for (uint256 i = 0; i < eras.length; ++i) {
            bool last = i + 1 == eras.length;
            uint256 end = last ? block.timestamp : eras[i + 1].from;
            uint256 elapsed = (end - stored.since) / eras[i].window;
            if (elapsed != 0) _pass(stored, elapsed, eras[i]);
            // A window that was under way goes on, under the new terms, from the second of the change.
            if (!last) stored.since = uint48(end);
        }
        return stored;
    }

    /// @dev Let so many windows of one era be over.
    function _pass(Stored memory stored, uint256 elapsed, IProtocolParameters.DemandEra memory era) private pure {
        uint256 step = uint256(era.stepBps) * ONE / BPS;
        uint256 mul = _within(stored, ONE, _answered(stored, step));
        stored.mul = uint64(_within(stored, ONE, _decayed(mul, ONE - step, elapsed - 1)));
        stored.since += uint48(elapsed * era.window);
        stored.sold = 0;
        unchecked {
            stored.number += uint32(elapsed); // only ever compared
        }
    }

    function _parts(bytes32 modelId, Stored memory stored, uint256 basePrice, uint32 quantity)
        private
        view
        returns (Parts memory parts)
    {
        parts.basePrice = basePrice;
        parts.demand = _demand(stored);
        parts.premiumBps = _premium(modelId, stored.premiumBps);
        parts.discountBps = _discount(modelId, quantity);

        uint256 unit = Math.ceilDiv(basePrice * parts.demand * (BPS + parts.premiumBps), ONE * BPS);
        parts.unitPrice = stored.target == 0 ? unit : _within(stored, basePrice, unit);
        parts.total = Math.ceilDiv(parts.unitPrice * quantity * (BPS - parts.discountBps), BPS);
    }

    function _premium(bytes32 modelId, uint16 wanted) private view returns (uint16) {
        if (wanted == 0) return 0;
        IRatings.Score memory score = ratings.scoreOf(modelId);
        if (score.raters < LEAST_RATERS || score.weight < LEAST_RATED_FEES || score.mean <= MIDDLING) return 0;
        uint256 most = Math.min(wanted, parameters.get("premiumCapBps"));
        return uint16(most * (score.mean - MIDDLING) / MARKS_ABOVE);
    }

    function _discount(bytes32 modelId, uint32 quantity) private view returns (uint16 discountBps) {
        Tier[] storage tiers = _tiers[modelId];
        uint256 count = tiers.length;
        for (uint256 i = 0; i < count && tiers[i].from <= quantity; ++i) {
            discountBps = tiers[i].discountBps;
        }
    }

    function _isOffered(StoredRates memory rates) private pure returns (bool) {
        return rates.from != 0 && (rates.inPerM != NOT_OFFERED || rates.outPerM != NOT_OFFERED);
    }

    function _mark(Stored memory stored) private pure returns (uint8) {
        return uint8(stored.number % MARKS_OF_WINDOWS + 1);
    }

    function _demand(Stored memory stored) private pure returns (uint256) {
        return stored.target == 0 ? ONE : stored.mul;
    }

    /// @dev What the window that is over makes of the multiplier: at most a step up or down, rounded towards no change.
    function _answered(Stored memory stored, uint256 step) private pure returns (uint256) {
        uint256 target = stored.target;
        uint256 sold = Math.min(stored.sold, 2 * target);
        uint256 whole = target * ONE;
        if (sold >= target) return stored.mul + stored.mul * step * (sold - target) / whole;
        return stored.mul - stored.mul * step * (target - sold) / whole;
    }

    /// @dev `mul` times `factor` to the power of `windows`, by squaring, rounded up, so that no step is exceeded.
    function _decayed(uint256 mul, uint256 factor, uint256 windows) private pure returns (uint256) {
        for (; windows != 0; windows >>= 1) {
            if (windows & 1 == 1) mul = Math.ceilDiv(mul * factor, ONE);
            factor = Math.ceilDiv(factor * factor, ONE);
        }
        return mul;
    }

    /// @dev `value` inside the seller's floor and cap of `base`.
    function _within(Stored memory stored, uint256 base, uint256 value) private pure returns (uint256) {
        uint256 least = Math.ceilDiv(base * stored.floorBps, BPS);
        return Math.max(least, Math.min(value, base * stored.capBps / BPS));
    }

    function _check(Terms calldata terms) private pure {
        (uint256 floor, uint256 cap) = (terms.floorBps, terms.capBps);
        bool inside = floor >= LEAST_DEMAND_BPS && floor <= BPS && cap >= BPS && cap <= MOST_DEMAND_BPS;
        if (terms.target == 0 ? floor + cap != 0 : !inside) {
            revert BoundsNotAccepted(terms.target, terms.floorBps, terms.capBps);
        }
        if (terms.premiumBps > MOST_PREMIUM_BPS) revert PremiumTooHigh(terms.premiumBps, MOST_PREMIUM_BPS);
        if (terms.tiers.length > MOST_TIERS) revert TooManyTiers(terms.tiers.length, MOST_TIERS);

        Tier memory last = Tier(1, 0); // every purchase has one unit at no discount
        for (uint256 i = 0; i < terms.tiers.length; ++i) {
            Tier calldata tier = terms.tiers[i];
            if (tier.from <= last.from || tier.discountBps <= last.discountBps) revert TiersNotRising(i);
            if (tier.discountBps > MOST_DISCOUNT_BPS) revert DiscountTooHigh(tier.discountBps, MOST_DISCOUNT_BPS);
            last = tier;
        }
    }
}
