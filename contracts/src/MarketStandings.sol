// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IModelMarketplace} from "./interfaces/IModelMarketplace.sol";
import {IRevenueSplitter} from "./interfaces/IRevenueSplitter.sol";
import {MarketBase} from "./MarketBase.sol";

/// @title What a buyer has with a model, and how a purchase is taken back and given back: for {ModelMarketplace} and for
/// {MarketTerms}.
abstract contract MarketStandings is MarketBase {
    using SafeCast for uint256;

    uint256 internal constant ONE = 1e18;
    uint256 private constant MOST_WEIGHT = 1e16 / 1 gwei;
    uint256 private constant MOST_SUBSCRIPTION_WINDOW = PERIOD - 1 days; // so that it runs while it can be refunded

    /// @dev End an open purchase, and take back what was bought by it.
    /// @return receipt of the purchase
    /// @return left seconds of a subscription that were not used yet
    function _takeBack(bytes32 modelId, address buyer, IModelMarketplace.Purchase memory p, uint128 referral)
        internal
        returns (bytes32 receipt, uint64 left)
    {
        receipt = _receiptOf(modelId, buyer, p, referral);
        StoredStanding storage kept = _standings[modelId][buyer];
        StoredStanding memory standing = kept;
        if (standing.receipt != bytes23(receipt)) revert IModelMarketplace.WrongReceipt(modelId, buyer);
        uint256 today = block.timestamp / 1 days;
        if (p.maturityDay < today) revert IModelMarketplace.RefundWindowOver(p.maturityDay, today);

        uint8 window = standing.flags >> WINDOW_SHIFT;
        (standing.openFees, standing.day, standing.receipt) = (0, 0, 0);
        standing.flags &= RATED | PAID;
        _write(kept, standing);
        --_listings[modelId].totalSales;
        if (window != 0) pricing.giveBack(modelId, p.quantity, window, _latest(p));
        if (p.plan != IModelMarketplace.Plan.LASTING) return (receipt, _takeTime(modelId, buyer, p));
        accessPass.burn(p.recipient, modelId, p.quantity, p.maturityDay, p.recipient != buyer);
    }

    /// @dev Let the buyer have again what a dispute took, and its fee count.
    function _giveBack(
        bytes32 modelId,
        address buyer,
        IModelMarketplace.Purchase memory p,
        uint128 referral,
        uint64 left
    ) internal {
        _keepPaid(_standings[modelId][buyer], _weight(p.token, p.fee - referral));
        ++_listings[modelId].totalSales;
        if (p.plan == IModelMarketplace.Plan.LASTING) {
            accessPass.restore(p.recipient, modelId, p.quantity);
        } else {
            _addTime(modelId, p.recipient, buyer, left);
            emit IModelMarketplace.SubscriptionMoved(modelId, buyer, p.recipient, _times[modelId][p.recipient].end);
        }
    }

    /// @dev Void the buyer's rating where nothing that it paid is left.
    function _void(bytes32 modelId, address buyer) internal {
        StoredStanding storage kept = _standings[modelId][buyer];
        uint8 flags = kept.flags;
        if (flags & (RATED | PAID) != RATED || kept.fees != 0 || kept.receipt != 0) return;
        kept.flags = flags & ~RATED;
        ratings.void(modelId, buyer);
    }

    /// @dev Add to an account's subscription what somebody paid for it.
    /// @return shares in what was given, by which what is left of it can be told later; zero if the account paid itself
    function _addTime(bytes32 modelId, address account, address payer, uint64 time) internal returns (uint128 shares) {
        StoredTime storage kept = _times[modelId][account];
        (uint64 own, uint64 end, uint128 all) = _timeLeft(kept);
        if (account == payer) {
            own += time;
        } else {
            // Everybody's part of what was given is used at the same rate; rounded up, so that none comes to less. Seconds
            // that rounding left behind, after all givers went, have no shares that another's could be measured by.
            shares = all == 0 ? time : Math.ceilDiv(uint256(time) * all, end - own).toUint128();
            all += shares;
        }
        _write(kept, own, end + time, all);
    }

    /// @dev Take from a subscription what is left of one purchase of the buyer's, and nothing of anybody else's.
    function _takeTime(bytes32 modelId, address buyer, IModelMarketplace.Purchase memory p)
        private
        returns (uint64 left)
    {
        StoredTime storage kept = _times[modelId][p.recipient];
        (uint64 own, uint64 end, uint128 all) = _timeLeft(kept);
        uint256 most = uint256(p.quantity) * PERIOD;
        if (p.recipient == buyer) {
            left = uint64(Math.min(most, own - block.timestamp));
            own -= left;
        } else if (all != 0) {
            uint128 shares = uint128(_given[modelId][p.recipient][buyer]);
            delete _given[modelId][p.recipient][buyer];
            left = uint64(Math.min(most, uint256(end - own) * shares / all));
            all -= shares;
        }
        end -= left;
        _write(kept, own, end, all);
        emit IModelMarketplace.SubscriptionMoved(modelId, buyer, p.recipient, end);
    }

    /// @dev Make a purchase the buyer's open one. It closes the earlier, whose fees now count, and which is paid for good. By
    /// the bits of the slot, because a purchase has no gas to spare.
    function _open(StoredStanding storage kept, uint256 openFees, uint256 day, uint256 window, bytes32 receipt)
        internal
    {
        uint256 slot = _read(kept);
        uint256 fees = Math.min(uint256(uint24(slot)) + uint24(slot >> 24), MOST_WEIGHT);
        uint256 flags = uint8(slot >> 64) & (RATED | PAID);
        if (slot >> 72 != 0) flags |= PAID;
        slot = fees | openFees << 24 | day << 48 | (flags | window << WINDOW_SHIFT) << 64 | uint256(receipt) >> 72 << 72;
        assembly ("memory-safe") {
            sstore(kept.slot, slot)
        }
    }

    /// @dev Note that something was paid for good, and what it weighs.
    function _keepPaid(StoredStanding storage kept, uint256 weight) internal {
        uint256 slot = _read(kept);
        uint256 fees = Math.min(uint256(uint24(slot)) + weight, MOST_WEIGHT);
        slot = slot >> 24 << 24 | fees | uint256(PAID) << 64;
        assembly ("memory-safe") {
            sstore(kept.slot, slot)
        }
    }

    function _read(StoredStanding storage kept) private view returns (uint256 slot) {
        assembly ("memory-safe") {
            slot := sload(kept.slot)
        }
    }

    /// @dev Write the slot at once: the compiler writes it once a member, which costs a purchase 800 gas.
    function _write(StoredStanding storage to, StoredStanding memory standing) private {
        uint256 slot = uint256(standing.fees) | uint256(standing.openFees) << 24 | uint256(standing.day) << 48
            | uint256(standing.flags) << 64 | uint256(uint184(standing.receipt)) << 72;
        assembly ("memory-safe") {
            sstore(to.slot, slot)
        }
    }

    function _write(StoredTime storage to, uint64 own, uint64 end, uint128 shares) private {
        uint256 slot = uint256(own) | uint256(end) << 64 | uint256(shares) << 128;
        assembly ("memory-safe") {
            sstore(to.slot, slot)
        }
    }

    /// @dev What a fee counts as in ratings, in gwei; never more than the cap.
    function _weight(address token, uint256 fee) internal view returns (uint24) {
        if (token != COIN) fee = Math.mulDiv(fee, parameters.tokenTerms(token).weight, ONE);
        return uint24(Math.min(fee / 1 gwei, MOST_WEIGHT));
    }

    /// @dev How long a purchase of this plan can be refunded, in seconds.
    function _window(IModelMarketplace.Plan plan, uint256 window) internal pure returns (uint256) {
        return plan == IModelMarketplace.Plan.SUBSCRIPTION ? Math.min(window, MOST_SUBSCRIPTION_WINDOW) : window;
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

    /// @dev A subscription as it stands now: `now <= own <= end`; no shares where nothing that was given is left.
    function _timeLeft(StoredTime storage kept) private view returns (uint64 own, uint64 end, uint128 shares) {
        (own, end, shares) = (kept.own, kept.end, kept.shares);
        if (own < block.timestamp) own = uint64(block.timestamp);
        if (end <= own) (end, shares) = (own, 0);
    }

    /// @dev The last second at which this purchase can have been made, under the present refund window.
    function _latest(IModelMarketplace.Purchase memory p) private view returns (uint256) {
        return (uint256(p.maturityDay) + 1) * 1 days - 1 - _window(p.plan, parameters.saleTerms().refundWindow);
    }
}
