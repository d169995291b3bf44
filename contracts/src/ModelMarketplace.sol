// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAccessPass} from "./interfaces/IAccessPass.sol";
import {IModelMarketplace} from "./interfaces/IModelMarketplace.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";
import {IRevenueSplitter} from "./interfaces/IRevenueSplitter.sol";

/// @title The one implementation of {IModelMarketplace}, where its functions and events are described.
contract ModelMarketplace is IModelMarketplace, ReentrancyGuardTransient {
    using SafeCast for uint256;

    /// @dev One slot and the metadata; the seller is in the id.
    struct StoredListing {
        ListingState state;
        uint8 category;
        bool free;
        bool featured;
        uint64 totalSales;
        string metadata;
    }

    /// @dev One slot.
    struct StoredPlan {
        address token;
        uint88 price;
        bool offered;
    }

    uint256 private constant BPS = 10_000;
    uint256 private constant MOST_METADATA = 256;
    uint256 private constant MOST_PERIODS = 12;
    uint256 private constant NOT_OFFERED = type(uint256).max;
    uint64 private constant PERIOD = 30 days;
    address private constant COIN = address(0);

    IProtocolParameters public immutable parameters;
    IRevenueSplitter public immutable splitter;
    IAccessPass public immutable accessPass;

    /// @inheritdoc IModelMarketplace
    mapping(bytes32 modelId => mapping(address account => uint64)) public subscriptionExpiry;

    mapping(bytes32 modelId => StoredListing) private _listings;
    mapping(bytes32 modelId => mapping(Plan => StoredPlan)) private _plans;

    modifier onlySeller(bytes32 modelId) {
        if (msg.sender != sellerOf(modelId)) revert NotSeller(modelId, msg.sender);
        _;
    }

    constructor(IProtocolParameters parameters_, IRevenueSplitter splitter_, IAccessPass accessPass_) {
        parameters = parameters_;
        splitter = splitter_;
        accessPass = accessPass_;
    }

    /// @inheritdoc IModelMarketplace
    function listModel(bytes32 modelId, uint256 price, string calldata metadata) external onlySeller(modelId) {
        _list(modelId, 0, false, metadata);
        _setPlan(modelId, Plan.LASTING, COIN, price);
    }

    /// @inheritdoc IModelMarketplace
    function list(ListingTerms calldata terms) external onlySeller(terms.modelId) {
        if (terms.plans.length == 0) revert NoPlan();
        if (terms.searchTerms.length != 0) revert SearchTermsNotAccepted(terms.searchTerms.length);

        _setLineage(terms);
        _list(terms.modelId, terms.category, terms.free, terms.metadata);
        for (uint256 i = 0; i < terms.plans.length; ++i) {
            _setPlan(terms.modelId, terms.plans[i]);
        }
        if (terms.recipients.length != 0) splitter.setSplit(terms.modelId, terms.recipients, terms.bps);
    }

    /// @inheritdoc IModelMarketplace
    function setPlan(bytes32 modelId, PlanTerms calldata terms) external onlySeller(modelId) {
        _checkOpen(modelId);
        _setPlan(modelId, terms);
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
    function purchaseAccess(bytes32 modelId) external payable nonReentrant {
        Order memory order;
        order.modelId = modelId;
        order.quantity = 1;
        order.recipient = msg.sender;
        order.maxPrice = msg.value;
        order.deadline = type(uint64).max;
        _purchase(order);
    }

    /// @inheritdoc IModelMarketplace
    function purchase(Order calldata order) external payable nonReentrant returns (uint256 paid) {
        return _purchase(order);
    }

    /// @inheritdoc IModelMarketplace
    function quote(bytes32 modelId, Plan plan, uint32 quantity) external view returns (Quote memory asked) {
        _checkSelling(modelId);
        StoredPlan memory offer = _offer(modelId, plan);
        asked.token = offer.token;
        asked.unitPrice = offer.price;
        asked.total = _price(offer, plan, quantity);
        (asked.fee, asked.maturityDay) = _termsOf(asked.total);
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
    function stateOf(bytes32 modelId) external view returns (ListingState) {
        return _listings[modelId].state;
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
    function sellerOf(bytes32 modelId) public pure returns (address) {
        return address(bytes20(modelId));
    }

    function _list(bytes32 modelId, uint8 category, bool free, string calldata metadata) private {
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
        uint64 period = _period(terms.plan);
        if (terms.period != period) revert PeriodNotAccepted(terms.period, period);
        _setPlan(modelId, terms.plan, terms.token, terms.price);
    }

    function _setPlan(bytes32 modelId, Plan plan, address token, uint256 price) private {
        if (token != COIN) revert TokenNotAccepted(token);

        if (price == NOT_OFFERED) delete _plans[modelId][plan];
        else _plans[modelId][plan] = StoredPlan(token, _checkedPrice(modelId, price), true);
        emit PlanSet(modelId, plan, token, price, _period(plan));
    }

    function _move(bytes32 modelId, ListingState from, ListingState to) private {
        StoredListing storage listing = _listings[modelId];
        if (listing.state != from) revert WrongState(modelId, listing.state);
        listing.state = to;
        emit ListingStateChanged(modelId, to, 0);
    }

    function _purchase(Order memory order) private returns (uint256 paid) {
        Purchase memory p = _agree(order);
        paid = p.paid;

        ++_listings[order.modelId].totalSales;
        if (p.plan == Plan.SUBSCRIPTION) _extend(order.modelId, p.recipient, p.quantity);
        p.splitHash = splitter.accrue{value: paid}(order.modelId, p.token, p.paid, p.fee, p.maturityDay);
        emit AccessPurchased(order.modelId, msg.sender, order.ref, p);

        if (p.plan == Plan.LASTING) {
            accessPass.mint(p.recipient, order.modelId, p.quantity, p.maturityDay, p.recipient != msg.sender);
        }
        _returnSurplus(msg.value - paid);
    }

    /// @dev Check the order against the listing and the coin sent; all but the split of the purchase that it makes.
    function _agree(Order memory order) private view returns (Purchase memory p) {
        if (block.timestamp > order.deadline) revert DeadlinePassed(order.deadline, block.timestamp);
        if (order.recipient == address(0)) revert ZeroRecipient();
        if (order.referrer != address(0)) revert ReferrerNotAccepted(order.referrer);
        _checkSelling(order.modelId);

        StoredPlan memory offer = _offer(order.modelId, order.plan);
        if (offer.token != order.token) revert TokenChanged(order.token, offer.token);
        uint256 price = _price(offer, order.plan, order.quantity);
        if (price > order.maxPrice) revert PriceAboveMaximum(price, order.maxPrice);
        if (price > msg.value) revert ValueTooLow(msg.value, price);

        p.recipient = order.recipient;
        p.token = offer.token;
        p.plan = order.plan;
        p.quantity = order.quantity;
        p.paid = price.toUint128();
        uint256 fee;
        (fee, p.maturityDay) = _termsOf(price);
        p.fee = fee.toUint128();
    }

    function _extend(bytes32 modelId, address account, uint32 periods) private {
        uint64 expiry = subscriptionExpiry[modelId][account];
        uint64 start = expiry > block.timestamp ? expiry : uint64(block.timestamp);
        subscriptionExpiry[modelId][account] = start + periods * PERIOD;
    }

    function _returnSurplus(uint256 surplus) private {
        if (surplus == 0) return;
        (bool done,) = msg.sender.call{value: surplus}("");
        if (!done) splitter.creditTo{value: surplus}(msg.sender);
    }

    function _checkOpen(bytes32 modelId) private view {
        ListingState state = _listings[modelId].state;
        if (state == ListingState.NONE || state == ListingState.RETIRED) revert WrongState(modelId, state);
    }

    function _checkSelling(bytes32 modelId) private view {
        ListingState state = _listings[modelId].state;
        if (state != ListingState.LISTED) revert WrongState(modelId, state);
    }

    function _checkedPrice(bytes32 modelId, uint256 price) private view returns (uint88) {
        bool free = _listings[modelId].free;
        uint256 least = free ? 0 : 1;
        uint256 most = free ? 0 : type(uint88).max;
        if (price < least || price > most) revert PriceOutOfBounds(price, least, most);
        return uint88(price);
    }

    function _offer(bytes32 modelId, Plan plan) private view returns (StoredPlan memory offer) {
        offer = _plans[modelId][plan];
        if (!offer.offered) revert PlanNotOffered(modelId, plan);
    }

    function _termsOf(uint256 price) private view returns (uint256 fee, uint32 maturityDay) {
        IProtocolParameters.SaleTerms memory terms = parameters.saleTerms();
        fee = price * terms.feeBps / BPS;
        maturityDay = uint32((block.timestamp + terms.refundWindow) / 1 days);
    }

    function _price(StoredPlan memory offer, Plan plan, uint32 quantity) private pure returns (uint256) {
        uint256 most = plan == Plan.SUBSCRIPTION ? MOST_PERIODS : type(uint32).max;
        if (quantity == 0 || quantity > most) revert QuantityOutOfBounds(quantity, most);
        return uint256(offer.price) * quantity;
    }

    function _period(Plan plan) private pure returns (uint64) {
        if (plan == Plan.METERED) revert PlanNotAccepted(plan);
        return plan == Plan.SUBSCRIPTION ? PERIOD : 0;
    }
}
