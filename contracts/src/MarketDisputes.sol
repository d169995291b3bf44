// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IModelMarketplace} from "./interfaces/IModelMarketplace.sol";
import {MarketStandings} from "./MarketStandings.sol";

/// @title The part of {MarketTerms} that has disputed purchases ruled.
abstract contract MarketDisputes is MarketStandings {
    bytes32 private constant DISPUTE_LIMIT = "disputeLimit";

    address private immutable _own = address(this);

    error CalledDirectly();

    modifier throughMarket() {
        _checkDelegated();
        _;
    }

    // Pass, splitter and pricing are of the same set and call nobody here.
    // slither-disable-next-line reentrancy-no-eth
    function openDispute(
        bytes32 modelId,
        IModelMarketplace.Purchase memory p,
        uint128 referral,
        string calldata evidence
    ) external throughMarket {
        _checkText(evidence);
        (bytes32 receipt, uint64 left) = _takeBack(modelId, msg.sender, p, referral);
        if (_disputes[receipt].ruleBy != 0) revert IModelMarketplace.AlreadyDisputed(receipt);

        uint64 last = uint64(block.timestamp + parameters.get(DISPUTE_LIMIT));
        _disputes[receipt] = StoredDispute(last, left, false);
        splitter.hold(p.token, p.splitHash, _sale(modelId, p, referral));
        emit IModelMarketplace.DisputeOpened(modelId, msg.sender, receipt, p.paid, last, evidence);
    }

    function answerDispute(
        bytes32 modelId,
        address buyer,
        IModelMarketplace.Purchase memory p,
        uint128 referral,
        string calldata answer
    ) external throughMarket {
        _checkSeller(modelId);
        _checkText(answer);
        if (bytes(answer).length == 0) revert IModelMarketplace.NoAnswer();
        bytes32 receipt = _receiptOf(modelId, buyer, p, referral);
        uint64 last = _lastRuling(receipt);
        if (block.timestamp > last) revert IModelMarketplace.RulingTimeOver(last, block.timestamp);

        _disputes[receipt].answered = true;
        emit IModelMarketplace.DisputeAnswered(modelId, buyer, receipt, answer);
    }

    function ruleDispute(
        bytes32 modelId,
        address buyer,
        IModelMarketplace.Purchase memory p,
        uint128 referral,
        bool forBuyer,
        string calldata reason
    ) external throughMarket restricted {
        _checkText(reason);
        // Through the AccessManager nobody knows who it was.
        bool party = msg.sender == buyer || msg.sender == p.recipient || msg.sender == _seller(modelId);
        if (party || msg.sender == authority()) revert IModelMarketplace.OwnDispute(modelId, msg.sender);
        uint64 last = _lastRuling(_receiptOf(modelId, buyer, p, referral));
        if (block.timestamp > last) revert IModelMarketplace.RulingTimeOver(last, block.timestamp);
        _rule(modelId, buyer, p, referral, forBuyer, reason);
    }

    function closeDispute(bytes32 modelId, address buyer, IModelMarketplace.Purchase memory p, uint128 referral)
        external
        throughMarket
    {
        bytes32 receipt = _receiptOf(modelId, buyer, p, referral);
        uint64 last = _lastRuling(receipt);
        bool forBuyer = !_disputes[receipt].answered;
        if (block.timestamp <= last) {
            forBuyer = msg.sender != buyer;
            if (forBuyer && msg.sender != _seller(modelId)) {
                revert IModelMarketplace.RulingTimeNotOver(last, block.timestamp);
            }
        }
        _rule(modelId, buyer, p, referral, forBuyer, "");
    }

    function _checkDelegated() internal view {
        if (address(this) == _own) revert CalledDirectly();
    }

    function _rule(
        bytes32 modelId,
        address buyer,
        IModelMarketplace.Purchase memory p,
        uint128 referral,
        bool forBuyer,
        string memory reason
    ) private {
        bytes32 receipt = _receiptOf(modelId, buyer, p, referral);
        uint64 left = _disputes[receipt].left;
        delete _disputes[receipt];
        if (forBuyer) {
            splitter.payBack(p.token, _sale(modelId, p, referral), buyer);
            _void(modelId, buyer);
        } else {
            _giveBack(modelId, buyer, p, referral, left);
            splitter.release(p.token, p.splitHash, _sale(modelId, p, referral));
        }
        emit IModelMarketplace.DisputeRuled(modelId, buyer, receipt, msg.sender, forBuyer, p.paid, reason);
    }

    function _lastRuling(bytes32 receipt) private view returns (uint64 last) {
        last = _disputes[receipt].ruleBy;
        if (last == 0) revert IModelMarketplace.NotDisputed(receipt);
    }

    function _checkText(string calldata text) private pure {
        if (bytes(text).length > MOST_TEXT) revert IModelMarketplace.TextTooLong(bytes(text).length, MOST_TEXT);
    }
}
