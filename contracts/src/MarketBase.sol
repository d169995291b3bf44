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
    /// @param totalSales purchases that were not taken back
    /// @param moderatedFrom when the moderators' time began
    /// @param moderatedUntil until when the moderators suspend it
    /// @param suspendedUntil until when the authority does
    /// @param number what ModelSearch knows it by, or zero
    struct StoredListing {
        IModelMarketplace.ListingState state;
        uint8 category;
        bool free;
        bool featured;
        bool priced;
        bool limited;
        uint48 totalSales;
        uint40 moderatedFrom;
        uint40 moderatedUntil;
        uint40 suspendedUntil;
        uint32 number;
        string metadata;
    }

    /// @dev One slot.
    struct StoredPlan {
        address token;
        uint88 price;
        bool offered;
    }

    /// @dev One slot: a purchase can afford no more. Fees in gwei, saturated at the cap of a rating's weight.
    /// @param flags RATED, PAID, and from the third bit on the demand window that the open purchase was counted in
    /// @param receipt first 23 bytes of `receiptOf` the open purchase
    struct StoredStanding {
        uint24 fees;
        uint24 openFees;
        uint16 day;
        uint8 flags;
        bytes23 receipt;
    }

    /// @dev One slot: an account's subscription to a model. Its own time runs first, what it was given waits until then.
    /// @param own when the time that it bought itself ends
    /// @param end when all of it ends
    /// @param shares all shares in what was given and is left, `end - max(own, now)`
    struct StoredTime {
        uint64 own;
        uint64 end;
        uint128 shares;
    }

    /// @dev One slot.
    /// @param ruleBy last second for a ruling
    /// @param left seconds of a subscription that were taken back
    struct StoredDispute {
        uint64 ruleBy;
        uint64 left;
        bool answered;
    }

    uint256 internal constant MOST_TEXT = 100;
    uint256 internal constant NOT_OFFERED = type(uint256).max;
    uint64 internal constant PERIOD = 30 days;
    address internal constant COIN = address(0);
    uint8 internal constant RATED = 1; // there may be a rating to void
    uint8 internal constant PAID = 2; // something was paid for good, however little its fee
    uint8 internal constant WINDOW_SHIFT = 2;
    uint256 private constant MOST_METADATA = 256;

    IProtocolParameters public immutable parameters;
    IRevenueSplitter public immutable splitter;
    IAccessPass public immutable accessPass;
    IPricing internal immutable pricing;
    IRatings internal immutable ratings;
    IModelSearch internal immutable search;
    address internal immutable escrow;

    // Written by the one of the two that runs in the other's storage, or by the bits of a slot, which the analyser does not
    // follow.
    // slither-disable-start uninitialized-state
    mapping(bytes32 modelId => bytes32) internal _accessLists;
    mapping(bytes32 modelId => StoredListing) internal _listings;
    mapping(bytes32 modelId => mapping(IModelMarketplace.Plan => StoredPlan)) internal _plans;
    mapping(bytes32 modelId => mapping(address account => StoredTime)) internal _times;
    mapping(bytes32 modelId => mapping(address account => mapping(address giver => uint256))) internal _given;
    mapping(bytes32 modelId => mapping(address buyer => StoredStanding)) internal _standings;
    mapping(bytes32 receipt => StoredDispute) internal _disputes;
    // slither-disable-end uninitialized-state

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
        if (open && block.timestamp < _suspendedUntil(listing)) state = IModelMarketplace.ListingState.SUSPENDED;
    }

    function _suspendedUntil(StoredListing storage listing) internal view returns (uint64) {
        (uint64 moderated, uint64 suspended) = (listing.moderatedUntil, listing.suspendedUntil);
        return moderated > suspended ? moderated : suspended;
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
