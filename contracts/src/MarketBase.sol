// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessPass} from "./interfaces/IAccessPass.sol";
import {IModelMarketplace} from "./interfaces/IModelMarketplace.sol";
import {IModelSearch} from "./interfaces/IModelSearch.sol";
import {IPricing} from "./interfaces/IPricing.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";
import {IRatings} from "./interfaces/IRatings.sol";
import {IRevenueSplitter} from "./interfaces/IRevenueSplitter.sol";

/// @title All that {ModelMarketplace} stores, and what it shares with {MarketTerms}.
/// @dev Both inherit this first and store nothing of their own, so that code of the one finds its way in the other's
/// storage; `npm run abi` compares the two layouts.
abstract contract MarketBase is AccessManaged {
    /// @dev The other contracts of the market's set.
    struct Parts {
        IProtocolParameters parameters;
        IRevenueSplitter splitter;
        IAccessPass accessPass;
        IPricing pricing;
        IRatings ratings;
        IModelSearch search;
        address escrow;
    }

    /// @dev One slot and the metadata; the seller is in the id.
    /// @param state without suspension
    /// @param priced whether Pricing has terms for it
    /// @param limited whether it has an access list
    struct StoredListing {
        IModelMarketplace.ListingState state;
        uint8 category;
        bool free;
        bool featured;
        bool priced;
        bool limited;
        uint48 totalSales;
        uint64 suspendedFrom;
        uint64 suspendedUntil;
        string metadata;
    }

    /// @dev One slot.
    struct StoredPlan {
        address token;
        uint88 price;
        bool offered;
    }

    /// @dev One slot: a purchase can afford no more. Fees in gwei, saturated at the cap of a rating's weight.
    /// @param rated whether there may be a rating to void
    /// @param receipt first 23 bytes of `receiptOf` the open purchase
    struct StoredStanding {
        uint24 fees;
        uint24 openFees;
        uint16 day;
        bool rated;
        bytes23 receipt;
    }

    uint256 internal constant MOST_TEXT = 100;
    uint256 internal constant NOT_OFFERED = type(uint256).max;
    uint64 internal constant PERIOD = 30 days;
    address internal constant COIN = address(0);
    uint256 private constant MOST_METADATA = 256;

    IProtocolParameters public immutable parameters;
    IRevenueSplitter public immutable splitter;
    IAccessPass public immutable accessPass;
    IPricing internal immutable pricing;
    IRatings internal immutable ratings;
    IModelSearch internal immutable search;
    address internal immutable escrow;

    mapping(bytes32 modelId => bytes32) internal _accessLists;
    mapping(bytes32 modelId => StoredListing) internal _listings;
    mapping(bytes32 modelId => mapping(IModelMarketplace.Plan => StoredPlan)) internal _plans;
    mapping(bytes32 modelId => mapping(address account => uint64)) internal _expiries;
    mapping(bytes32 modelId => mapping(address buyer => StoredStanding)) internal _standings;
    mapping(bytes32 receipt => uint64) internal _ruleBy;

    constructor(address authority, Parts memory parts) AccessManaged(authority) {
        (parameters, splitter, accessPass) = (parts.parameters, parts.splitter, parts.accessPass);
        (pricing, ratings, search, escrow) = (parts.pricing, parts.ratings, parts.search, parts.escrow);
    }

    function _list(bytes32 modelId, uint8 category, bool free, string calldata metadata) internal {
        _checkUnpaused(parameters.saleTerms().pausedUntil);
        StoredListing storage listing = _listings[modelId];
        if (listing.state != IModelMarketplace.ListingState.NONE) revert IModelMarketplace.AlreadyListed(modelId);

        listing.state = IModelMarketplace.ListingState.LISTED;
        listing.free = free;
        _setMetadata(modelId, category, metadata);
    }

    function _setMetadata(bytes32 modelId, uint8 category, string calldata metadata) internal {
        uint256 length = bytes(metadata).length;
        if (length == 0 || length > MOST_METADATA) revert IModelMarketplace.MetadataLength(length, MOST_METADATA);

        StoredListing storage listing = _listings[modelId];
        listing.category = category;
        listing.metadata = metadata;
        emit IModelMarketplace.ModelListed(modelId, msg.sender, category, metadata);
    }

    function _setPlan(bytes32 modelId, IModelMarketplace.Plan plan, address token, uint256 price) internal {
        if (price == NOT_OFFERED) {
            delete _plans[modelId][plan];
        } else {
            _checkToken(token);
            _checkPrice(modelId, price, type(uint88).max);
            _plans[modelId][plan] = StoredPlan(token, uint88(price), true);
        }
        emit IModelMarketplace.PlanSet(modelId, plan, token, price, _period(plan));
    }

    function _stateOf(StoredListing storage listing) internal view returns (IModelMarketplace.ListingState state) {
        state = listing.state;
        bool open = state == IModelMarketplace.ListingState.LISTED || state == IModelMarketplace.ListingState.PAUSED;
        if (open && block.timestamp < listing.suspendedUntil) state = IModelMarketplace.ListingState.SUSPENDED;
    }

    /// @dev Not in a modifier, whose code would stand in every function that has it.
    function _checkSeller(bytes32 modelId) internal view {
        if (msg.sender != _seller(modelId)) revert IModelMarketplace.NotSeller(modelId, msg.sender);
    }

    function _checkUnpaused(uint64 until) internal view {
        if (block.timestamp < until) revert IModelMarketplace.MarketPaused(until);
    }

    function _checkToken(address token) internal view {
        if (token != COIN && !parameters.tokenTerms(token).accepted) revert IModelMarketplace.TokenNotAccepted(token);
    }

    function _checkPrice(bytes32 modelId, uint256 price, uint256 most) internal view {
        bool free = _listings[modelId].free;
        uint256 least = free ? 0 : 1;
        if (free) most = 0;
        if (price < least || price > most) revert IModelMarketplace.PriceOutOfBounds(price, least, most);
    }

    function _period(IModelMarketplace.Plan plan) internal pure returns (uint64) {
        return plan == IModelMarketplace.Plan.SUBSCRIPTION ? PERIOD : 0;
    }

    function _seller(bytes32 modelId) internal pure returns (address) {
        return address(bytes20(modelId));
    }
}
