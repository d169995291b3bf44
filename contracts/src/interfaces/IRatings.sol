// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title What buyers think of models, weighted by the fees that they really paid.
/// @notice One rating a wallet and model; a later one takes its place. The market alone writes here.
interface IRatings {
    /// @notice A model's ratings together.
    /// @param raters how many ratings have a weight
    /// @param weight sum of their weights, in wei of fees
    /// @param mean weighted mean in 1/10,000, from 10,000 to 50,000; zero without weight
    struct Score {
        uint32 raters;
        uint256 weight;
        uint256 mean;
    }

    event ModelRated(bytes32 indexed modelId, address indexed rater, uint8 rating, uint256 weight, string review);
    /// @notice The rating counts no more, because what it rests on was paid back.
    event RatingVoided(bytes32 indexed modelId, address indexed rater);

    error NotMarket(address caller);
    error RatingOutOfBounds(uint8 rating, uint8 least, uint8 most);
    error ReviewTooLong(uint256 length, uint256 most);

    /// @notice Keep a rating, in place of an earlier one. The market only, which vouches for rater and weight.
    /// @param rating 1 to 5
    /// @param weight in wei of fees
    /// @param review the CID of the review, at most 100 bytes
    function record(bytes32 modelId, address rater, uint8 rating, uint256 weight, string calldata review) external;

    /// @notice Take a rating out, if there is one. The market only.
    function void(bytes32 modelId, address rater) external;

    function scoreOf(bytes32 modelId) external view returns (Score memory);

    /// @return rating 1 to 5, or zero if there is none
    /// @return weight in wei of fees
    function ratingOf(bytes32 modelId, address rater) external view returns (uint8 rating, uint256 weight);
}
