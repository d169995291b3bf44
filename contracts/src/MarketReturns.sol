// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IModelMarketplace} from "./interfaces/IModelMarketplace.sol";
import {IRevenueSplitter} from "./interfaces/IRevenueSplitter.sol";
import {MarketSales} from "./MarketSales.sol";

/// @title The part of {ModelMarketplace} that undoes purchases: refunds, disputes and their rulings.
abstract contract MarketReturns is MarketSales {
    bytes32 private constant DISPUTE_LIMIT = "disputeLimit";

    /// @inheritdoc IModelMarketplace
    mapping(bytes32 receipt => uint64) public ruleBy;

    /// @inheritdoc IModelMarketplace
    // Pass, splitter and ratings are of the same set and call nobody here.
    // slither-disable-next-line reentrancy-no-eth
    function refund(bytes32 modelId, address buyer, Purchase memory p, uint128 referral, uint8 reason) external {
        if (msg.sender != buyer && msg.sender != sellerOf(modelId)) revert NotParty(modelId, buyer, msg.sender);

        _takeBack(modelId, buyer, p, referral);
        splitter.refund(p.token, p.splitHash, _sale(modelId, p, referral), buyer);
        _void(modelId, buyer);
        emit PurchaseRefunded(modelId, buyer, msg.sender, p.paid, reason);
    }

    /// @inheritdoc IModelMarketplace
    function openDispute(bytes32 modelId, Purchase memory p, uint128 referral, string calldata evidence) external {
        _checkText(evidence);
        bytes32 receipt = _takeBack(modelId, msg.sender, p, referral);
        if (ruleBy[receipt] != 0) revert AlreadyDisputed(receipt);

        uint64 last = uint64(block.timestamp + parameters.get(DISPUTE_LIMIT));
        ruleBy[receipt] = last;
        splitter.hold(p.token, p.splitHash, _sale(modelId, p, referral));
        emit DisputeOpened(modelId, msg.sender, receipt, p.paid, last, evidence);
    }

    /// @inheritdoc IModelMarketplace
    function ruleDispute(
        bytes32 modelId,
        address buyer,
        Purchase memory p,
        uint128 referral,
        bool forBuyer,
        string calldata reason
    ) external restricted {
        _checkText(reason);
        uint64 last = _ruleBy(receiptOf(modelId, buyer, p, referral));
        if (block.timestamp > last) revert RulingTimeOver(last, block.timestamp);
        _rule(modelId, buyer, p, referral, forBuyer, reason);
    }

    /// @inheritdoc IModelMarketplace
    function closeDispute(bytes32 modelId, address buyer, Purchase memory p, uint128 referral) external {
        uint64 last = _ruleBy(receiptOf(modelId, buyer, p, referral));
        bool over = block.timestamp > last;
        bool bySeller = msg.sender == sellerOf(modelId);
        if (!over && !bySeller && msg.sender != buyer) revert RulingTimeNotOver(last, block.timestamp);
        _rule(modelId, buyer, p, referral, !over && bySeller && msg.sender != buyer, "");
    }

    function _rule(
        bytes32 modelId,
        address buyer,
        Purchase memory p,
        uint128 referral,
        bool forBuyer,
        string memory reason
    ) private {
        bytes32 receipt = receiptOf(modelId, buyer, p, referral);
        delete ruleBy[receipt];
        if (forBuyer) {
            splitter.payBack(p.token, _sale(modelId, p, referral), buyer);
            _void(modelId, buyer);
        } else {
            _giveBack(modelId, buyer, p, referral);
            splitter.release(p.token, p.splitHash, _sale(modelId, p, referral));
        }
        emit DisputeRuled(modelId, buyer, receipt, msg.sender, forBuyer, p.paid, reason);
    }

    /// @dev End an open purchase, and take back what was bought by it.
    function _takeBack(bytes32 modelId, address buyer, Purchase memory p, uint128 referral)
        private
        returns (bytes32 receipt)
    {
        receipt = receiptOf(modelId, buyer, p, referral);
        StoredStanding storage standing = _standings[modelId][buyer];
        if (standing.receipt != bytes23(receipt)) revert WrongReceipt(modelId, buyer);
        uint256 today = block.timestamp / 1 days;
        if (p.maturityDay < today) revert RefundWindowOver(p.maturityDay, today);

        (standing.openFees, standing.day, standing.receipt) = (0, 0, 0);
        if (p.plan == Plan.LASTING) accessPass.burn(p.recipient, modelId, p.quantity, p.recipient != buyer);
        else subscriptionExpiry[modelId][p.recipient] -= p.quantity * PERIOD;
    }

    function _giveBack(bytes32 modelId, address buyer, Purchase memory p, uint128 referral) private {
        StoredStanding storage standing = _standings[modelId][buyer];
        standing.fees = _sum(standing.fees, _weight(p.token, p.fee - referral));
        if (p.plan == Plan.LASTING) accessPass.restore(p.recipient, modelId, p.quantity);
        else _extend(modelId, p.recipient, p.quantity);
    }

    function _void(bytes32 modelId, address buyer) private {
        if (!_standings[modelId][buyer].rated) return;
        _standings[modelId][buyer].rated = false;
        ratings.void(modelId, buyer);
    }

    function _ruleBy(bytes32 receipt) private view returns (uint64 last) {
        last = ruleBy[receipt];
        if (last == 0) revert NotDisputed(receipt);
    }

    /// @dev What the splitter was told of a purchase.
    function _sale(bytes32 modelId, Purchase memory p, uint128 referral)
        private
        pure
        returns (IRevenueSplitter.Accrual memory)
    {
        return IRevenueSplitter.Accrual(modelId, p.paid, p.fee, p.maturityDay, p.referrer, referral);
    }

    function _checkText(string calldata text) private pure {
        if (bytes(text).length > MOST_TEXT) revert TextTooLong(bytes(text).length, MOST_TEXT);
    }
}
