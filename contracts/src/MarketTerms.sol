// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IModelMarketplace} from "./interfaces/IModelMarketplace.sol";
import {IPricing} from "./interfaces/IPricing.sol";
import {MarketBase} from "./MarketBase.sol";
import {MarketDisputes} from "./MarketDisputes.sol";

/// @title The part of {ModelMarketplace} that writes what is said of listings, and rules disputes.
/// @notice No contract of its own: the market makes it when it is made itself, and runs its code in the market's storage.
/// Nothing names another one, ever. Called directly, every function refuses; {IModelMarketplace} describes them.
contract MarketTerms is MarketDisputes {
    uint256 private constant MOST_RATES = 4;
    uint256 private constant SUSPENSION = 30 days;
    uint256 private constant REST = 30 days;

    modifier bySeller(bytes32 modelId) {
        _checkDelegated();
        _checkSeller(modelId);
        _;
    }

    constructor(address authority, Parts memory parts) MarketBase(authority, parts) {}

    // The splitter is of the same set and calls nobody here.
    // slither-disable-next-line reentrancy-no-eth
    function list(IModelMarketplace.ListingTerms calldata terms) external bySeller(terms.modelId) {
        if (terms.plans.length + terms.rates.length == 0) revert IModelMarketplace.NoPlan();
        if (terms.rates.length > MOST_RATES) {
            revert IModelMarketplace.TooManyRates(terms.rates.length, MOST_RATES);
        }

        _setLineage(terms);
        _list(terms.modelId, terms.category, terms.free, terms.metadata);
        for (uint256 i = 0; i < terms.plans.length; ++i) {
            _setPlan(terms.modelId, terms.plans[i]);
        }
        for (uint256 i = 0; i < terms.rates.length; ++i) {
            _setRates(terms.modelId, terms.rates[i]);
        }
        if (terms.recipients.length != 0) splitter.setSplit(terms.modelId, terms.recipients, terms.bps);
        if (terms.searchTerms.length != 0) _post(terms.modelId, terms.searchTerms);
    }

    // The search is of the same set and calls nobody.
    // slither-disable-next-line reentrancy-no-eth
    function setSearchTerms(bytes32 modelId, bytes32[] calldata terms) external bySeller(modelId) {
        _checkOpen(modelId);
        _drop(modelId);
        _post(modelId, terms);
    }

    function setPlan(bytes32 modelId, IModelMarketplace.PlanTerms calldata terms) external bySeller(modelId) {
        _checkOpen(modelId);
        _setPlan(modelId, terms);
    }

    function setRates(bytes32 modelId, IPricing.Rates calldata rates) external bySeller(modelId) {
        _checkOpen(modelId);
        _setRates(modelId, rates);
    }

    function setPricing(bytes32 modelId, IPricing.Terms calldata terms) external bySeller(modelId) {
        _checkOpen(modelId);
        _listings[modelId].priced = true;
        pricing.setTerms(modelId, terms);
    }

    function setAccessList(bytes32 modelId, bytes32 root) external bySeller(modelId) {
        _checkOpen(modelId);
        _listings[modelId].limited = root != 0;
        _accessLists[modelId] = root;
        emit IModelMarketplace.AccessListSet(modelId, root);
    }

    function setMetadata(bytes32 modelId, uint8 category, string calldata metadata) external bySeller(modelId) {
        _checkOpen(modelId);
        _setMetadata(modelId, category, metadata);
    }

    function pauseListing(bytes32 modelId) external bySeller(modelId) {
        _move(modelId, IModelMarketplace.ListingState.LISTED, IModelMarketplace.ListingState.PAUSED);
    }

    function resumeListing(bytes32 modelId) external bySeller(modelId) {
        _move(modelId, IModelMarketplace.ListingState.PAUSED, IModelMarketplace.ListingState.LISTED);
    }

    function retireListing(bytes32 modelId) external bySeller(modelId) {
        _checkOpen(modelId);
        _move(modelId, _listings[modelId].state, IModelMarketplace.ListingState.RETIRED);
        _drop(modelId);
    }

    function suspend(bytes32 modelId, uint64 until) external throughMarket restricted {
        StoredListing storage listing = _listings[modelId];
        uint256 from = listing.moderatedFrom;
        if (block.timestamp >= from + SUSPENSION + REST) from = block.timestamp;
        if (until > from + SUSPENSION) revert IModelMarketplace.SuspensionOutOfBounds(until, from + SUSPENSION);

        (listing.moderatedFrom, listing.moderatedUntil) = (uint40(from), uint40(until));
        _tellSuspension(modelId, listing);
    }

    function setSuspension(bytes32 modelId, uint64 until) external throughMarket restricted {
        StoredListing storage listing = _listings[modelId];
        uint40 end = until < type(uint40).max ? uint40(until) : type(uint40).max;
        (listing.moderatedUntil, listing.suspendedUntil) = (0, end);
        _tellSuspension(modelId, listing);
    }

    function setFeatured(bytes32 modelId, bool featured) external throughMarket restricted {
        _checkOpen(modelId);
        _listings[modelId].featured = featured;
        emit IModelMarketplace.FeaturedSet(modelId, featured);
    }

    function getListing(bytes32 modelId) external view returns (IModelMarketplace.ModelListing memory) {
        StoredListing storage listing = _listings[modelId];
        if (listing.state == IModelMarketplace.ListingState.NONE) revert IModelMarketplace.NotListed(modelId);

        StoredPlan memory lasting = _plans[modelId][IModelMarketplace.Plan.LASTING];
        return IModelMarketplace.ModelListing({
            modelId: modelId,
            owner: _seller(modelId),
            price: lasting.offered ? lasting.price : NOT_OFFERED,
            totalSales: listing.totalSales,
            category: listing.category,
            metadata: listing.metadata,
            featured: listing.featured
        });
    }

    function plans(bytes32 modelId) external view returns (IModelMarketplace.PlanTerms[] memory offered) {
        StoredPlan memory lasting = _plans[modelId][IModelMarketplace.Plan.LASTING];
        StoredPlan memory monthly = _plans[modelId][IModelMarketplace.Plan.SUBSCRIPTION];
        offered = new IModelMarketplace.PlanTerms[]((lasting.offered ? 1 : 0) + (monthly.offered ? 1 : 0));

        if (lasting.offered) {
            offered[0] = IModelMarketplace.PlanTerms(IModelMarketplace.Plan.LASTING, lasting.token, lasting.price, 0);
        }
        if (monthly.offered) {
            offered[offered.length - 1] =
                IModelMarketplace.PlanTerms(IModelMarketplace.Plan.SUBSCRIPTION, monthly.token, monthly.price, PERIOD);
        }
    }

    function _setLineage(IModelMarketplace.ListingTerms calldata terms) private {
        if (terms.parent == 0) {
            if (terms.royaltyBps != 0) revert IModelMarketplace.RoyaltyWithoutParent(terms.royaltyBps);
            return;
        }
        if (_listings[terms.parent].state == IModelMarketplace.ListingState.NONE) {
            revert IModelMarketplace.NotListed(terms.parent);
        }
        splitter.setRoyalty(terms.modelId, terms.parent, terms.royaltyBps);
    }

    function _setPlan(bytes32 modelId, IModelMarketplace.PlanTerms calldata terms) private {
        uint64 period = _period(terms.plan);
        if (terms.period != period) revert IModelMarketplace.PeriodNotAccepted(terms.period, period);
        if (terms.plan == IModelMarketplace.Plan.METERED) return _setCallPrice(modelId, terms.token, terms.price);
        _setPlan(modelId, terms.plan, terms.token, terms.price);
    }

    function _setCallPrice(bytes32 modelId, address token, uint256 price) private {
        if (price != NOT_OFFERED) {
            _checkToken(token);
            _checkPrice(modelId, price, type(uint88).max);
        }
        pricing.setCallPrice(modelId, token, price);
        emit IModelMarketplace.PlanSet(modelId, IModelMarketplace.Plan.METERED, token, price, 0);
    }

    function _setRates(bytes32 modelId, IPricing.Rates calldata rates) private {
        uint256 off = type(uint96).max;
        if (rates.inPerM != off || rates.outPerM != off) {
            _checkToken(rates.token);
            _checkPrice(modelId, uint256(rates.inPerM) + rates.outPerM, off);
        }
        pricing.setRates(modelId, rates);
    }

    function _move(bytes32 modelId, IModelMarketplace.ListingState from, IModelMarketplace.ListingState to) private {
        IModelMarketplace.ListingState state = _stateOf(_listings[modelId]);
        if (state != from) revert IModelMarketplace.WrongState(modelId, state);
        _listings[modelId].state = to;
        emit IModelMarketplace.ListingStateChanged(modelId, to, 0);
    }

    function _tellSuspension(bytes32 modelId, StoredListing storage listing) private {
        _checkOpen(modelId);
        IModelMarketplace.ListingState state = _stateOf(listing);
        bool suspended = state == IModelMarketplace.ListingState.SUSPENDED;
        emit IModelMarketplace.ListingStateChanged(modelId, state, suspended ? _suspendedUntil(listing) : 0);
    }

    function _post(bytes32 modelId, bytes32[] calldata terms) private {
        _listings[modelId].number = search.post(modelId, terms);
    }

    /// @dev Let the listing be found no more by the terms that it has.
    function _drop(bytes32 modelId) private {
        uint32 number = _listings[modelId].number;
        if (number == 0) return;
        _listings[modelId].number = 0;
        search.drop(modelId, number);
    }

    function _checkOpen(bytes32 modelId) private view {
        IModelMarketplace.ListingState state = _listings[modelId].state;
        if (state == IModelMarketplace.ListingState.NONE || state == IModelMarketplace.ListingState.RETIRED) {
            revert IModelMarketplace.WrongState(modelId, state);
        }
    }
}
