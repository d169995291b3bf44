// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title Every number of the market, each inside bounds that code fixes, the tokens it takes, and its pause.
/// @notice A key is the parameter's name as a short string, for example `bytes32("feeBps")`. The keys and their bounds:
/// feeBps 0–500 · referralBps, stakersBps, bonusCapBps 0–200 each, together at most 90 % of feeBps · refundWindow
/// 1–30 days · disputeLimit 7–30 days · demandWindow 1 hour–7 days · demandStepBps 1–1,250 · premiumCapBps 0–2,500 ·
/// minRatedFee 0–1e16 wei · escrowDelay 12 hours–7 days · pauseMax 1 hour–14 days.
interface IProtocolParameters {
    /// @notice What a sale is made under, in one read.
    /// @param feeBps the protocol's part of the price, in 1/10,000
    /// @param refundWindow seconds from a purchase until its money matures
    /// @param referralBps what a referrer gets, in 1/10,000 of the price, out of the fee
    /// @param pausedUntil from this second on the market is not paused any more
    struct SaleTerms {
        uint16 feeBps;
        uint32 refundWindow;
        uint16 referralBps;
        uint64 pausedUntil;
    }

    /// @notice How the market treats a token. The chain's coin is always accepted, with a weight of 1e18.
    /// @param accepted whether it can be paid in
    /// @param weight wei of coin that 1e18 smallest units of its fees count as in ratings; zero: they do not count
    struct TokenTerms {
        bool accepted;
        uint128 weight;
    }

    /// @notice One pause of the market, in seconds since 1970.
    struct Pause {
        uint64 from;
        uint64 until;
    }

    /// @notice How demand moves prices from this second on.
    struct DemandEra {
        uint64 from;
        uint32 window;
        uint16 stepBps;
    }

    event ParameterSet(bytes32 indexed key, uint256 oldValue, uint256 newValue);
    event TokenSet(address indexed token, bool accepted, uint128 weight);
    event PausedUntil(address indexed by, uint64 until);

    error UnknownParameter(bytes32 key);
    error ParameterOutOfBounds(bytes32 key, uint256 value, uint256 least, uint256 most);
    /// @notice Together these three would let somebody who trades with itself get the fee back.
    error SharesAboveFee(uint256 shares, uint256 most);
    error CoinIsAccepted();
    error PauseOutOfBounds(uint64 until, uint256 most);
    error PauseResting(uint256 restedAt);

    /// @notice Change one parameter. Only who the authority allows; sales already made keep their terms.
    function set(bytes32 key, uint256 value) external;

    /// @notice Accept a token, or stop accepting it. Only who the authority allows; what was paid in it stays payable.
    function setToken(address token, bool accepted, uint128 weight) external;

    /// @notice Stop listing, purchases, ratings and settlement until then; nothing else stops. Only the guardian role.
    /// @param until at most `pauseMax` from now; from then on the guardian has to rest for 30 days
    function pause(uint64 until) external;

    /// @notice Lengthen a pause, or end it by a time in the past, whatever its length. Only who the authority allows.
    function setPause(uint64 until) external;

    function get(bytes32 key) external view returns (uint256);

    /// @notice The least and the greatest value that `set` takes for this key.
    function bounds(bytes32 key) external pure returns (uint256 least, uint256 most);

    /// @notice Every key, in the order of the list above.
    function keys() external pure returns (bytes32[] memory);

    function saleTerms() external view returns (SaleTerms memory);

    function tokenTerms(address token) external view returns (TokenTerms memory);

    /// @notice For how many of the seconds from `time` until now the market was paused.
    function pausedSince(uint256 time) external view returns (uint256);

    /// @notice What demandWindow and demandStepBps were at `time`, and everything that they were set to since then.
    function demandErasFrom(uint256 time) external view returns (DemandEra[] memory);

    function isPaused() external view returns (bool);
}
