// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {IModelMarketplace} from "./interfaces/IModelMarketplace.sol";
import {MarketListings} from "./MarketListings.sol";
import {MarketReturns} from "./MarketReturns.sol";

/// @title The one implementation of {IModelMarketplace}, where its functions and events are described.
/// @dev In layers, one file each: listings, sales, returns; ratings and search are other contracts' part.
contract ModelMarketplace is MarketReturns, Multicall {
    constructor(address authority, Parts memory parts) MarketListings(authority, parts) {}

    /// @inheritdoc IModelMarketplace
    function rateModel(bytes32 modelId, uint8 rating, string calldata review) external {
        _checkUnpaused(parameters.saleTerms().pausedUntil);
        Standing memory standing = standingOf(modelId, msg.sender);
        uint8 flags = _standings[modelId][msg.sender].flags;
        bool paid = standing.receipt != 0 || flags & PAID != 0;
        if (!paid || msg.sender == _seller(modelId)) revert NotEligibleToRate(modelId, msg.sender);
        if (flags & RATED == 0) _standings[modelId][msg.sender].flags = flags | RATED;
        ratings.record(modelId, msg.sender, rating, standing.fees, review);
    }

    /// @inheritdoc IModelMarketplace
    function multicall(bytes[] calldata data)
        public
        override(IModelMarketplace, Multicall)
        returns (bytes[] memory results)
    {
        return super.multicall(data);
    }

    /// @inheritdoc IModelMarketplace
    function searchModels(string calldata query) external view returns (bytes32[] memory modelIds) {
        return search.search(query);
    }
}
