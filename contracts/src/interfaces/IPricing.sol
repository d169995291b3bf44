// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title What a model costs, every part visible: bulk tiers, and, where its seller wants them, demand and quality.
/// @notice A purchase is quoted at the price that stood when its window began: sales of a window move the price of the
/// next one only, so nobody can move the price under another's purchase. The total is
///
///     unit  = base × demand × (1 + premium), within [base × floor, base × cap] where demand is on
///     total = unit × quantity × (1 − discount), rounded up
///
/// and METERED rates come from here as well. Written through the market alone.
interface IPricing {
    /// @notice From this quantity on, this much off, in 1/10,000.
    struct Tier {
        uint32 from;
        uint16 discountBps;
    }

    /// @notice How a listing is priced beyond its plans' base prices. All zero: base price × quantity.
    /// @param target units a demand window is expected to sell; zero: demand does not move the price
    /// @param floorBps with `capBps`, what demand and premium together may make of the base price, in 1/10,000:
    /// 5,000 ≤ floor ≤ 10,000 ≤ cap ≤ 40,000; both zero where target is zero
    /// @param premiumBps what full marks add, in 1/10,000; the protocol's cap counts where it is lower
    /// @param tiers at most 5, quantities and discounts rising; discounts at most 9,000
    struct Terms {
        uint32 target;
        uint16 floorBps;
        uint16 capBps;
        uint16 premiumBps;
        Tier[] tiers;
    }

    /// @notice The parts of one quote.
    /// @param demand multiplier in 1e18
    /// @param premiumBps what quality adds now
    /// @param unitPrice after demand, premium, floor and cap
    /// @param discountBps what the quantity takes off
    struct Parts {
        uint256 basePrice;
        uint256 demand;
        uint16 premiumBps;
        uint256 unitPrice;
        uint16 discountBps;
        uint256 total;
    }

    /// @notice METERED prices: units of the token per 1,000,000 tokens read and written. `type(uint96).max` for both takes
    /// METERED in this token off.
    struct Rates {
        address token;
        uint96 inPerM;
        uint96 outPerM;
    }

    event PricingSet(
        bytes32 indexed modelId, uint32 target, uint16 floorBps, uint16 capBps, uint16 premiumBps, Tier[] tiers
    );
    event DemandMoved(bytes32 indexed modelId, uint256 oldMul, uint256 newMul);
    event RatesSet(
        bytes32 indexed modelId, address indexed token, uint256 inPerM, uint256 outPerM, uint64 from
    );

    /// @notice A call costs this much from then on, whatever its length; `type(uint256).max`: it has no price of its own.
    event CallPriceSet(bytes32 indexed modelId, address indexed token, uint256 price, uint64 from);

    error NotMarket(address caller);
    /// @notice Use is metered by rates or by a price a call, never by both.
    error MeteredOtherwise(bytes32 modelId);
    error BoundsNotAccepted(uint32 target, uint16 floorBps, uint16 capBps);
    error PremiumTooHigh(uint16 premiumBps, uint16 most);
    error TooManyTiers(uint256 count, uint256 most);
    error TiersNotRising(uint256 index);
    error DiscountTooHigh(uint16 discountBps, uint16 most);

    /// @notice Set how a listing is priced. The market only, for the seller. Demand starts at 1, and goes on from where
    /// it stands, within the new bounds, while its target stays above zero.
    function setTerms(bytes32 modelId, Terms calldata terms) external;

    /// @notice Set METERED rates, effective in ten minutes; calls reserved before keep the older ones. The market only.
    function setRates(bytes32 modelId, Rates calldata rates) external;

    /// @notice Set what a call costs, effective in ten minutes; `type(uint256).max` takes the price off. Refused while rates
    /// are offered, as `setRates` is while a call has a price: as they were set last. The market only.
    function setCallPrice(bytes32 modelId, address token, uint256 price) external;

    /// @notice Quote, and count what is sold towards the next window's demand. The market only.
    /// @return total what the quantity costs
    /// @return window a mark of the demand window that counts it, from 1 to 63; zero where demand is off
    function take(bytes32 modelId, uint256 basePrice, uint32 quantity) external returns (uint256 total, uint8 window);

    /// @notice Count what is taken back no more, if the window that counted it is not over. The market only.
    /// @param window what `take` returned
    /// @param latest the last second at which it can have been taken
    function giveBack(bytes32 modelId, uint32 quantity, uint8 window, uint256 latest) external;

    /// @notice Every part of what this quantity would cost now at this base price.
    function quote(bytes32 modelId, uint256 basePrice, uint32 quantity) external view returns (Parts memory);

    function termsOf(bytes32 modelId) external view returns (Terms memory);

    /// @notice The demand multiplier now, in 1e18.
    function demandOf(bytes32 modelId) external view returns (uint256);

    /// @notice The rates in force now, in units of the token per 1,000,000 tokens.
    /// @return offered whether METERED is offered in this token at all
    function ratesOf(bytes32 modelId, address token)
        external
        view
        returns (bool offered, uint256 inPerM, uint256 outPerM);

    /// @notice What a call costs now, in units of the token.
    function callPriceOf(bytes32 modelId) external view returns (bool offered, address token, uint256 price);

    /// @notice What was set last, and the second from which it is in force.
    function lastCallPriceOf(bytes32 modelId)
        external
        view
        returns (bool offered, address token, uint256 price, uint64 from);

    /// @notice The rates set last, and the second from which they are in force; they may be in force already.
    function lastRatesOf(bytes32 modelId, address token)
        external
        view
        returns (uint256 inPerM, uint256 outPerM, uint64 from);
}
