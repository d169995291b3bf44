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

/// @title The part of {ModelMarketplace} that lists models and says what state they are in.
abstract contract MarketListings is IModelMarketplace, AccessManaged {
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
        ListingState state;
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

    uint256 internal constant MOST_TEXT = 100;
    uint256 internal constant NOT_OFFERED = type(uint256).max;
    uint64 internal constant PERIOD = 30 days;
    address internal constant COIN = address(0);
    uint256 private constant MOST_METADATA = 256;
    uint256 private constant MOST_RATES = 4;
    uint256 private constant SUSPENSION = 30 days;
    uint256 private constant REST = 30 days;

    IProtocolParameters public immutable parameters;
    IRevenueSplitter public immutable splitter;
    IAccessPass public immutable accessPass;
    IPricing internal immutable pricing;
    IRatings internal immutable ratings;
    IModelSearch internal immutable search;
    address internal immutable escrow;

    /// @inheritdoc IModelMarketplace
    mapping(bytes32 modelId => bytes32) public accessList;

    mapping(bytes32 modelId => StoredListing) internal _listings;
    mapping(bytes32 modelId => mapping(Plan => StoredPlan)) internal _plans;

    modifier onlySeller(bytes32 modelId) {
        _checkSeller(modelId);
        _;
    }

    constructor(address authority, Parts memory parts) AccessManaged(authority) {
        (parameters, splitter, accessPass) = (parts.parameters, parts.splitter, parts.accessPass);
        (pricing, ratings, search, escrow) = (parts.pricing, parts.ratings, parts.search, parts.escrow);
    }

    /// @inheritdoc IModelMarketplace
    function listModel(bytes32 modelId, uint256 price, string calldata metadata) external onlySeller(modelId) {
        _list(modelId, 0, false, metadata);
        _setPlan(modelId, Plan.LASTING, COIN, price);
    }

    /// @inheritdoc IModelMarketplace
    // The splitter is of the same set and calls nobody here.
    // slither-disable-next-line reentrancy-no-eth
    function list(ListingTerms calldata terms) external onlySeller(terms.modelId) {
        if (terms.plans.length + terms.rates.length == 0) revert NoPlan();
        if (terms.rates.length > MOST_RATES) revert TooManyRates(terms.rates.length, MOST_RATES);

        _setLineage(terms);
        _list(terms.modelId, terms.category, terms.free, terms.metadata);
        for (uint256 i = 0; i < terms.plans.length; ++i) {
            _setPlan(terms.modelId, terms.plans[i]);
        }
        for (uint256 i = 0; i < terms.rates.length; ++i) {
            _setRates(terms.modelId, terms.rates[i]);
        }
        if (terms.recipients.length != 0) splitter.setSplit(terms.modelId, terms.recipients, terms.bps);
        if (terms.searchTerms.length != 0) search.post(terms.modelId, terms.searchTerms);
    }

    /// @inheritdoc IModelMarketplace
    function setPlan(bytes32 modelId, PlanTerms calldata terms) external onlySeller(modelId) {
        _checkOpen(modelId);
        _setPlan(modelId, terms);
    }

    /// @inheritdoc IModelMarketplace
    function setRates(bytes32 modelId, IPricing.Rates calldata rates) external onlySeller(modelId) {
        _checkOpen(modelId);
        _setRates(modelId, rates);
    }

    /// @inheritdoc IModelMarketplace
    function setPricing(bytes32 modelId, IPricing.Terms calldata terms) external onlySeller(modelId) {
        _checkOpen(modelId);
        _listings[modelId].priced = true;
        pricing.setTerms(modelId, terms);
    }

    /// @inheritdoc IModelMarketplace
    function setAccessList(bytes32 modelId, bytes32 root) external onlySeller(modelId) {
        _checkOpen(modelId);
        _listings[modelId].limited = root != 0;
        accessList[modelId] = root;
        emit AccessListSet(modelId, root);
    }

    /// @inheritdoc IModelMarketplace
    function setMetadata(bytes32 modelId, uint8 category, string calldata metadata) external onlySeller(modelId) {
        _checkOpen(modelId);
        _setMetadata(modelId, category, metadata);
    }

    /// @inheritdoc IModelMarketplace
    function pauseListing(bytes32 modelId) external onlySeller(modelId) {
        _move(modelId, ListingState.LISTED, ListingState.PAUSED);
    }

    /// @inheritdoc IModelMarketplace
    function resumeListing(bytes32 modelId) external onlySeller(modelId) {
        _move(modelId, ListingState.PAUSED, ListingState.LISTED);
    }

    /// @inheritdoc IModelMarketplace
    function retireListing(bytes32 modelId) external onlySeller(modelId) {
        _checkOpen(modelId);
        _move(modelId, _listings[modelId].state, ListingState.RETIRED);
    }

    /// @inheritdoc IModelMarketplace
    function suspend(bytes32 modelId, uint64 until) external restricted {
        uint256 from = _listings[modelId].suspendedFrom;
        if (block.timestamp >= from + SUSPENSION + REST) from = block.timestamp;
        if (until > from + SUSPENSION) revert SuspensionOutOfBounds(until, from + SUSPENSION);

        _listings[modelId].suspendedFrom = uint64(from);
        _suspend(modelId, until);
    }

    /// @inheritdoc IModelMarketplace
    function setSuspension(bytes32 modelId, uint64 until) external restricted {
        _suspend(modelId, until);
    }

    /// @inheritdoc IModelMarketplace
    function setFeatured(bytes32 modelId, bool featured) external restricted {
        _checkOpen(modelId);
        _listings[modelId].featured = featured;
        emit FeaturedSet(modelId, featured);
    }

    /// @inheritdoc IModelMarketplace
    function getListing(bytes32 modelId) external view returns (Listing memory) {
        StoredListing storage listing = _listings[modelId];
        if (listing.state == ListingState.NONE) revert NotListed(modelId);

        StoredPlan memory lasting = _plans[modelId][Plan.LASTING];
        return Listing({
            modelId: modelId,
            owner: sellerOf(modelId),
            price: lasting.offered ? lasting.price : NOT_OFFERED,
            totalSales: listing.totalSales,
            category: listing.category,
            metadata: listing.metadata,
            featured: listing.featured
        });
    }

    /// @inheritdoc IModelMarketplace
    function suspendedUntil(bytes32 modelId) external view returns (uint64) {
        return _listings[modelId].suspendedUntil;
    }

    /// @inheritdoc IModelMarketplace
    function plans(bytes32 modelId) external view returns (PlanTerms[] memory offered) {
        StoredPlan memory lasting = _plans[modelId][Plan.LASTING];
        StoredPlan memory subscription = _plans[modelId][Plan.SUBSCRIPTION];
        offered = new PlanTerms[]((lasting.offered ? 1 : 0) + (subscription.offered ? 1 : 0));

        if (lasting.offered) offered[0] = PlanTerms(Plan.LASTING, lasting.token, lasting.price, 0);
        if (subscription.offered) {
            offered[offered.length - 1] = PlanTerms(Plan.SUBSCRIPTION, subscription.token, subscription.price, PERIOD);
        }
    }

    /// @inheritdoc IModelMarketplace
    function stateOf(bytes32 modelId) public view returns (ListingState) {
        return _stateOf(_listings[modelId]);
    }

    /// @inheritdoc IModelMarketplace
    function sellerOf(bytes32 modelId) public pure returns (address) {
        return address(bytes20(modelId));
    }

    function _stateOf(StoredListing storage listing) internal view returns (ListingState state) {
        state = listing.state;
        bool open = state == ListingState.LISTED || state == ListingState.PAUSED;
        if (open && block.timestamp < listing.suspendedUntil) state = ListingState.SUSPENDED;
    }

    function _checkUnpaused(uint64 until) internal view {
        if (block.timestamp < until) revert MarketPaused(until);
    }

    function _list(bytes32 modelId, uint8 category, bool free, string calldata metadata) private {
        _checkUnpaused(parameters.saleTerms().pausedUntil);
        StoredListing storage listing = _listings[modelId];
        if (listing.state != ListingState.NONE) revert AlreadyListed(modelId);

        listing.state = ListingState.LISTED;
        listing.free = free;
        _setMetadata(modelId, category, metadata);
    }

    function _setMetadata(bytes32 modelId, uint8 category, string calldata metadata) private {
        uint256 length = bytes(metadata).length;
        if (length == 0 || length > MOST_METADATA) revert MetadataLength(length, MOST_METADATA);

        StoredListing storage listing = _listings[modelId];
        listing.category = category;
        listing.metadata = metadata;
        emit ModelListed(modelId, msg.sender, category, metadata);
    }

    function _setLineage(ListingTerms calldata terms) private {
        if (terms.parent == 0) {
            if (terms.royaltyBps != 0) revert RoyaltyWithoutParent(terms.royaltyBps);
            return;
        }
        if (_listings[terms.parent].state == ListingState.NONE) revert NotListed(terms.parent);
        splitter.setRoyalty(terms.modelId, terms.parent, terms.royaltyBps);
    }

    function _setPlan(bytes32 modelId, PlanTerms calldata terms) private {
        if (terms.plan == Plan.METERED) revert PlanNotAccepted(terms.plan);
        uint64 period = _period(terms.plan);
        if (terms.period != period) revert PeriodNotAccepted(terms.period, period);
        _setPlan(modelId, terms.plan, terms.token, terms.price);
    }

    function _setPlan(bytes32 modelId, Plan plan, address token, uint256 price) private {
        if (price == NOT_OFFERED) {
            delete _plans[modelId][plan];
        } else {
            _checkToken(token);
            _checkPrice(modelId, price, type(uint88).max);
            _plans[modelId][plan] = StoredPlan(token, uint88(price), true);
        }
        emit PlanSet(modelId, plan, token, price, _period(plan));
    }

    function _setRates(bytes32 modelId, IPricing.Rates calldata rates) private {
        uint256 off = type(uint96).max;
        if (rates.inPerM != off || rates.outPerM != off) {
            _checkToken(rates.token);
            _checkPrice(modelId, uint256(rates.inPerM) + rates.outPerM, off);
        }
        pricing.setRates(modelId, rates);
    }

    function _move(bytes32 modelId, ListingState from, ListingState to) private {
        ListingState state = stateOf(modelId);
        if (state != from) revert WrongState(modelId, state);
        _listings[modelId].state = to;
        emit ListingStateChanged(modelId, to, 0);
    }

    function _suspend(bytes32 modelId, uint64 until) private {
        _checkOpen(modelId);
        _listings[modelId].suspendedUntil = until;
        ListingState state = stateOf(modelId);
        emit ListingStateChanged(modelId, state, state == ListingState.SUSPENDED ? until : 0);
    }

    /// @dev Not in the modifier itself, whose code stands in every function that has it.
    function _checkSeller(bytes32 modelId) private view {
        if (msg.sender != sellerOf(modelId)) revert NotSeller(modelId, msg.sender);
    }

    function _checkOpen(bytes32 modelId) private view {
        ListingState state = _listings[modelId].state;
        if (state == ListingState.NONE || state == ListingState.RETIRED) revert WrongState(modelId, state);
    }

    function _checkToken(address token) private view {
        if (token != COIN && !parameters.tokenTerms(token).accepted) revert TokenNotAccepted(token);
    }

    function _checkPrice(bytes32 modelId, uint256 price, uint256 most) private view {
        bool free = _listings[modelId].free;
        uint256 least = free ? 0 : 1;
        if (free) most = 0;
        if (price < least || price > most) revert PriceOutOfBounds(price, least, most);
    }

    function _period(Plan plan) private pure returns (uint64) {
        return plan == Plan.SUBSCRIPTION ? PERIOD : 0;
    }
}
