// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IModelMarketplace} from "./interfaces/IModelMarketplace.sol";
import {IPricing} from "./interfaces/IPricing.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";
import {IRevenueSplitter} from "./interfaces/IRevenueSplitter.sol";
import {MarketListings} from "./MarketListings.sol";

/// @title The part of {ModelMarketplace} that sells, and keeps what each buyer has with each model.
abstract contract MarketSales is MarketListings, ReentrancyGuardTransient {
    using SafeCast for uint256;

    uint256 private constant BPS = 10_000;
    uint256 private constant MOST_PERIODS = 12;

    /// @inheritdoc IModelMarketplace
    function purchaseAccess(bytes32 modelId) external payable nonReentrant {
        Order memory order;
        order.modelId = modelId;
        order.quantity = 1;
        order.recipient = msg.sender;
        order.maxPrice = msg.value;
        order.deadline = type(uint64).max;
        _purchase(order, false);
    }

    /// @inheritdoc IModelMarketplace
    function purchase(Order calldata order) external payable nonReentrant returns (uint256 paid) {
        return _purchase(order, false);
    }

    /// @inheritdoc IModelMarketplace
    function purchaseWithProof(Order calldata order, bytes32[] calldata proof)
        external
        payable
        nonReentrant
        returns (uint256 paid)
    {
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(msg.sender))));
        return _purchase(order, MerkleProof.verifyCalldata(proof, _accessLists[order.modelId], leaf));
    }

    /// @inheritdoc IModelMarketplace
    function permit(address token, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external {
        // Whether it was used before or is worth nothing: what counts is the approval that the purchase finds.
        try IERC20Permit(token).permit(msg.sender, address(splitter), value, deadline, v, r, s) {} catch {}
    }

    /// @inheritdoc IModelMarketplace
    function notePaid(bytes32 modelId, address payer, address token, uint256 fee) external {
        if (msg.sender != escrow) revert NotEscrow(msg.sender);
        if (_listings[modelId].state == ListingState.NONE) revert NotListed(modelId);
        _keepPaid(_standings[modelId][payer], _weight(token, fee));
    }

    /// @inheritdoc IModelMarketplace
    function quote(bytes32 modelId, Plan plan, uint32 quantity) external view returns (Quote memory asked) {
        StoredListing storage listing = _listings[modelId];
        _checkSelling(modelId, listing);
        StoredPlan memory offer = _plans[modelId][plan];
        if (!offer.offered) revert PlanNotOffered(modelId, plan);
        _checkToken(offer.token);
        _checkQuantity(plan, quantity);
        asked.token = offer.token;
        _quotePrice(asked, modelId, offer.price, quantity, listing.priced);

        IProtocolParameters.SaleTerms memory terms = parameters.saleTerms();
        _checkUnpaused(terms.pausedUntil);
        asked.fee = asked.total * terms.feeBps / BPS;
        asked.referral = asked.total * terms.referralBps / BPS;
        asked.maturityDay = _maturityDay(plan, terms.refundWindow);
    }

    /// @inheritdoc IModelMarketplace
    function subscriptionExpiry(bytes32 modelId, address account) external view returns (uint64) {
        return _times[modelId][account].end;
    }

    /// @inheritdoc IModelMarketplace
    function receiptOf(bytes32 modelId, address buyer, Purchase memory p, uint128 referral)
        external
        pure
        returns (bytes32)
    {
        return _receiptOf(modelId, buyer, p, referral);
    }

    /// @inheritdoc IModelMarketplace
    function standingOf(bytes32 modelId, address buyer) public view returns (Standing memory) {
        StoredStanding memory standing = _standings[modelId][buyer];
        bool matured = standing.day < block.timestamp / 1 days;
        uint24 fees = matured ? _sum(standing.fees, standing.openFees) : standing.fees;
        uint24 openFees = matured ? 0 : standing.openFees;
        return Standing(uint256(fees) * 1 gwei, uint256(openFees) * 1 gwei, standing.day, standing.receipt);
    }

    /// @param admitted whether the caller is on the model's access list
    // Pricing is of the same set and calls nobody; both purchases carry the guard.
    // slither-disable-next-line reentrancy-no-eth
    function _purchase(Order memory order, bool admitted) private returns (uint256 paid) {
        (Purchase memory p, uint128 referral, uint8 window) = _agree(order, admitted);
        paid = p.paid;
        uint256 value = p.token == COIN ? paid : 0;
        if (value > msg.value) revert ValueTooLow(msg.value, value);

        if (p.plan == Plan.SUBSCRIPTION) _subscribe(order.modelId, p);
        p.splitHash = splitter.accrue{value: value}(
            p.token,
            msg.sender,
            IRevenueSplitter.Accrual(order.modelId, p.paid, p.fee, p.maturityDay, p.referrer, referral)
        );
        if (paid != 0) _keepReceipt(order.modelId, p, referral, window);
        _tell(order.modelId, order.ref, p);

        if (p.plan == Plan.LASTING) {
            accessPass.mint(p.recipient, order.modelId, p.quantity, p.maturityDay, p.recipient != msg.sender);
        }
        _returnSurplus(msg.value - value);
    }

    /// @dev Check the order against the listing and count it; all but the split of the purchase that it makes.
    function _agree(Order memory order, bool admitted)
        private
        returns (Purchase memory p, uint128 referral, uint8 window)
    {
        if (block.timestamp > order.deadline) revert DeadlinePassed(order.deadline, block.timestamp);
        if (order.recipient == address(0)) revert ZeroRecipient();
        StoredListing storage listing = _listings[order.modelId];
        _checkSelling(order.modelId, listing);
        if (listing.limited && !admitted) revert NotOnAccessList(order.modelId, msg.sender);
        unchecked {
            ++listing.totalSales; // 2^48 sales are too many for any chain
        }

        (p.recipient, p.token, p.referrer) = (order.recipient, order.token, order.referrer);
        (p.plan, p.quantity) = (order.plan, order.quantity);
        uint256 price;
        (price, window) = _price(order, listing.priced);
        if (price > order.maxPrice) revert PriceAboveMaximum(price, order.maxPrice);

        IProtocolParameters.SaleTerms memory terms = parameters.saleTerms();
        _checkUnpaused(terms.pausedUntil);
        p.paid = price.toUint128();
        p.maturityDay = _maturityDay(p.plan, terms.refundWindow);
        unchecked {
            p.fee = uint128(price * terms.feeBps / BPS); // the price has 128 bits, as was made sure above
        }
        if (p.referrer != address(0)) referral = _referral(order, price, terms.referralBps);
    }

    function _price(Order memory order, bool priced) private returns (uint256 price, uint8 window) {
        StoredPlan memory offer = _plans[order.modelId][order.plan];
        if (!offer.offered) revert PlanNotOffered(order.modelId, order.plan);
        if (offer.token != order.token) revert TokenChanged(order.token, offer.token);
        _checkToken(offer.token);
        _checkQuantity(order.plan, order.quantity);
        if (priced) return pricing.take(order.modelId, offer.price, order.quantity);
        unchecked {
            return (uint256(offer.price) * order.quantity, 0); // 120 bits
        }
    }

    function _subscribe(bytes32 modelId, Purchase memory p) private {
        uint128 shares = _addTime(modelId, p.recipient, msg.sender, p.quantity * PERIOD);
        if (shares != 0) _given[modelId][p.recipient][msg.sender] = shares;
    }

    function _keepReceipt(bytes32 modelId, Purchase memory p, uint128 referral, uint8 window) private {
        bytes32 receipt = _receiptOf(modelId, msg.sender, p, referral);
        uint256 openFees = _weight(p.token, p.fee - referral);
        _open(_standings[modelId][msg.sender], openFees, p.maturityDay, window, receipt);
    }

    /// @dev `emit AccessPurchased(modelId, msg.sender, ref, p)`: p lies in memory as the event has it, nine words.
    function _tell(bytes32 modelId, bytes32 ref, Purchase memory p) private {
        bytes32 topic = AccessPurchased.selector;
        assembly ("memory-safe") {
            log4(p, 0x120, topic, modelId, caller(), ref)
        }
    }

    function _returnSurplus(uint256 surplus) private {
        if (surplus == 0) return;
        (bool done,) = msg.sender.call{value: surplus}("");
        if (!done) splitter.creditTo{value: surplus}(msg.sender, COIN, msg.sender, surplus);
    }

    function _quotePrice(Quote memory asked, bytes32 modelId, uint256 basePrice, uint32 quantity, bool priced)
        private
        view
    {
        if (!priced) {
            (asked.basePrice, asked.unitPrice, asked.demand) = (basePrice, basePrice, ONE);
            asked.total = basePrice * quantity;
            return;
        }
        IPricing.Parts memory parts = pricing.quote(modelId, basePrice, quantity);
        (asked.basePrice, asked.unitPrice, asked.demand) = (basePrice, parts.unitPrice, parts.demand);
        (asked.premiumBps, asked.discountBps) = (parts.premiumBps, parts.discountBps);
        asked.total = parts.total;
    }

    function _checkSelling(bytes32 modelId, StoredListing storage listing) private view {
        ListingState state = _stateOf(listing);
        if (state != ListingState.LISTED) revert WrongState(modelId, state);
    }

    function _maturityDay(Plan plan, uint256 window) private view returns (uint32) {
        return uint32((block.timestamp + _window(plan, window)) / 1 days);
    }

    function _referral(Order memory order, uint256 price, uint256 bps) private view returns (uint128) {
        address referrer = order.referrer;
        if (referrer == msg.sender || referrer == order.recipient || referrer == _seller(order.modelId)) {
            revert ReferrerNotAccepted(referrer);
        }
        return uint128(price * bps / BPS);
    }

    function _checkQuantity(Plan plan, uint32 quantity) private pure {
        uint256 most = plan == Plan.SUBSCRIPTION ? MOST_PERIODS : type(uint32).max;
        if (quantity == 0 || quantity > most) revert QuantityOutOfBounds(quantity, most);
    }
}
