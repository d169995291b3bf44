// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IModelMarketplace} from "./interfaces/IModelMarketplace.sol";
import {MarketSales} from "./MarketSales.sol";

/// @title The part of {ModelMarketplace} that undoes purchases: refunds, disputes and their rulings.
abstract contract MarketReturns is MarketSales {
    /// @inheritdoc IModelMarketplace
    // Pass, splitter and ratings are of the same set and call nobody here.
    // slither-disable-next-line reentrancy-no-eth
    function refund(bytes32 modelId, address buyer, Purchase memory p, uint128 referral, uint8 reason) external {
        if (msg.sender != buyer && msg.sender != _seller(modelId)) revert NotParty(modelId, buyer, msg.sender);

        _takeBack(modelId, buyer, p, referral);
        splitter.refund(p.token, p.splitHash, _sale(modelId, p, referral), buyer);
        _void(modelId, buyer);
        emit PurchaseRefunded(modelId, buyer, msg.sender, p.paid, reason);
    }

    /// @inheritdoc IModelMarketplace
    function openDispute(bytes32, Purchase calldata, uint128, string calldata) external {
        _passOn();
    }

    /// @inheritdoc IModelMarketplace
    function answerDispute(bytes32, address, Purchase calldata, uint128, string calldata) external {
        _passOn();
    }

    /// @inheritdoc IModelMarketplace
    function ruleDispute(bytes32, address, Purchase calldata, uint128, bool, string calldata) external {
        _passOn();
    }

    /// @inheritdoc IModelMarketplace
    function closeDispute(bytes32, address, Purchase calldata, uint128) external {
        _passOn();
    }

    /// @inheritdoc IModelMarketplace
    function ruleBy(bytes32 receipt) external view returns (uint64) {
        return _disputes[receipt].ruleBy;
    }

    /// @inheritdoc IModelMarketplace
    function isAnswered(bytes32 receipt) external view returns (bool) {
        return _disputes[receipt].answered;
    }
}
