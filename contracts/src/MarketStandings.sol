// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IModelMarketplace} from "./interfaces/IModelMarketplace.sol";
import {IRevenueSplitter} from "./interfaces/IRevenueSplitter.sol";
import {MarketBase} from "./MarketBase.sol";

/// @title What a buyer has with a model, and how a purchase is taken back and given back: for {ModelMarketplace} and for
/// {MarketTerms}.
abstract contract MarketStandings is MarketBase {
    uint256 private constant ONE = 1e18;
    uint256 private constant MOST_WEIGHT = 1e16 / 1 gwei;

    /// @dev End an open purchase, and take back what was bought by it.
    function _takeBack(bytes32 modelId, address buyer, IModelMarketplace.Purchase memory p, uint128 referral)
        internal
        returns (bytes32 receipt)
    {
        receipt = _receiptOf(modelId, buyer, p, referral);
        StoredStanding storage standing = _standings[modelId][buyer];
        if (standing.receipt != bytes23(receipt)) revert IModelMarketplace.WrongReceipt(modelId, buyer);
        uint256 today = block.timestamp / 1 days;
        if (p.maturityDay < today) revert IModelMarketplace.RefundWindowOver(p.maturityDay, today);

        (standing.openFees, standing.day, standing.receipt) = (0, 0, 0);
        if (p.plan == IModelMarketplace.Plan.LASTING) {
            accessPass.burn(p.recipient, modelId, p.quantity, p.recipient != buyer);
        } else {
            _expiries[modelId][p.recipient] -= p.quantity * PERIOD;
        }
    }

    function _giveBack(bytes32 modelId, address buyer, IModelMarketplace.Purchase memory p, uint128 referral) internal {
        StoredStanding storage standing = _standings[modelId][buyer];
        standing.fees = _sum(standing.fees, _weight(p.token, p.fee - referral));
        if (p.plan == IModelMarketplace.Plan.LASTING) accessPass.restore(p.recipient, modelId, p.quantity);
        else _extend(modelId, p.recipient, p.quantity);
    }

    function _void(bytes32 modelId, address buyer) internal {
        if (!_standings[modelId][buyer].rated) return;
        _standings[modelId][buyer].rated = false;
        ratings.void(modelId, buyer);
    }

    function _extend(bytes32 modelId, address account, uint32 periods) internal {
        uint64 expiry = _expiries[modelId][account];
        uint64 start = expiry > block.timestamp ? expiry : uint64(block.timestamp);
        _expiries[modelId][account] = start + periods * PERIOD;
    }

    /// @dev What a fee counts as in ratings, in gwei; never more than the cap.
    function _weight(address token, uint256 fee) internal view returns (uint24) {
        if (token != COIN) fee = Math.mulDiv(fee, parameters.tokenTerms(token).weight, ONE);
        return uint24(Math.min(fee / 1 gwei, MOST_WEIGHT));
    }

    function _sum(uint24 left, uint24 right) internal pure returns (uint24) {
        return uint24(Math.min(uint256(left) + right, MOST_WEIGHT));
    }

    /// @dev What the splitter was told of a purchase.
    function _sale(bytes32 modelId, IModelMarketplace.Purchase memory p, uint128 referral)
        internal
        pure
        returns (IRevenueSplitter.Accrual memory)
    {
        return IRevenueSplitter.Accrual(modelId, p.paid, p.fee, p.maturityDay, p.referrer, referral);
    }

    function _receiptOf(bytes32 modelId, address buyer, IModelMarketplace.Purchase memory p, uint128 referral)
        internal
        pure
        returns (bytes32 receipt)
    {
        uint256 account = uint160(buyer);
        uint256 part = referral;
        // keccak256(abi.encode(modelId, buyer, p, referral)): p lies in memory as it is encoded, nine words.
        assembly ("memory-safe") {
            let encoded := mload(0x40)
            mstore(encoded, modelId)
            mstore(add(encoded, 0x20), account)
            mcopy(add(encoded, 0x40), p, 0x120)
            mstore(add(encoded, 0x160), part)
            receipt := keccak256(encoded, 0x180)
        }
    }
}
