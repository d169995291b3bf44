// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";
import {IRatings} from "./interfaces/IRatings.sol";

/// @title The one implementation of {IRatings}, where its functions and events are described.
contract Ratings is IRatings {
    struct Rating {
        uint8 rating;
        uint96 weight;
    }

    /// @dev One slot. The market caps a weight at 1e16, so no sum of up to 2^32 ratings leaves its type.
    struct Sum {
        uint32 raters;
        uint96 weight;
        uint128 weighted;
    }

    uint8 private constant LEAST_RATING = 1;
    uint8 private constant MOST_RATING = 5;
    uint256 private constant MOST_REVIEW = 100;
    uint256 private constant BPS = 10_000;

    address public immutable market;
    IProtocolParameters public immutable parameters;

    mapping(bytes32 modelId => Sum) private _sums;
    mapping(bytes32 modelId => mapping(address rater => Rating)) private _ratings;

    modifier onlyMarket() {
        if (msg.sender != market) revert NotMarket(msg.sender);
        _;
    }

    constructor(address market_, IProtocolParameters parameters_) {
        market = market_;
        parameters = parameters_;
    }

    /// @inheritdoc IRatings
    function record(bytes32 modelId, address rater, uint8 rating, uint256 weight, string calldata review)
        external
        onlyMarket
    {
        if (rating < LEAST_RATING || rating > MOST_RATING) {
            revert RatingOutOfBounds(rating, LEAST_RATING, MOST_RATING);
        }
        if (bytes(review).length > MOST_REVIEW) revert ReviewTooLong(bytes(review).length, MOST_REVIEW);
        if (weight < parameters.get("minRatedFee")) weight = 0;

        _replace(modelId, rater, Rating(rating, uint96(weight)));
        emit ModelRated(modelId, rater, rating, weight, review);
    }

    /// @inheritdoc IRatings
    function void(bytes32 modelId, address rater) external onlyMarket {
        if (_ratings[modelId][rater].rating == 0) return;

        _replace(modelId, rater, Rating(0, 0));
        emit RatingVoided(modelId, rater);
    }

    /// @inheritdoc IRatings
    function scoreOf(bytes32 modelId) external view returns (Score memory) {
        Sum memory sum = _sums[modelId];
        uint256 mean = sum.weight == 0 ? 0 : uint256(sum.weighted) * BPS / sum.weight;
        return Score(sum.raters, sum.weight, mean);
    }

    /// @inheritdoc IRatings
    function ratingOf(bytes32 modelId, address rater) external view returns (uint8 rating, uint256 weight) {
        Rating memory kept = _ratings[modelId][rater];
        return (kept.rating, kept.weight);
    }

    function _replace(bytes32 modelId, address rater, Rating memory next) private {
        Rating memory old = _ratings[modelId][rater];
        _ratings[modelId][rater] = next;

        Sum memory sum = _sums[modelId];
        if (old.weight != 0) --sum.raters;
        if (next.weight != 0) ++sum.raters;
        sum.weight = sum.weight - old.weight + next.weight;
        sum.weighted = sum.weighted - uint128(old.weight) * old.rating + uint128(next.weight) * next.rating;
        _sums[modelId] = sum;
    }
}
