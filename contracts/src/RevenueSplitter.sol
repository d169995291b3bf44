// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IRevenueSplitter} from "./interfaces/IRevenueSplitter.sol";

/// @title The one implementation of {IRevenueSplitter}, where its functions and events are described.
/// @dev For each token the balance here is never below the buckets not yet distributed plus what is held plus the
/// credits.
contract RevenueSplitter is IRevenueSplitter, AccessManaged, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev One slot.
    /// @param matured fees in coin that the model's sales have brought and that can no longer be refunded, saturated
    struct StoredRoyalty {
        address payee;
        uint16 bps;
        uint80 matured;
    }

    uint256 private constant BPS = 10_000;
    uint256 private constant MOST_RECIPIENTS = 20;
    uint16 private constant MOST_ROYALTY = 3_000;
    address private constant COIN = address(0);

    address public immutable market;
    address public immutable escrow;
    address public immutable accessPass;

    /// @inheritdoc IRevenueSplitter
    address public feeVault;

    /// @inheritdoc IRevenueSplitter
    mapping(address account => mapping(address token => uint256)) public credits;

    /// @inheritdoc IRevenueSplitter
    mapping(address token => uint256) public held;

    mapping(bytes32 modelId => bytes32) private _splitHashes;
    mapping(bytes32 modelId => StoredRoyalty) private _royalties;
    mapping(bytes32 key => Bucket) private _buckets;
    mapping(bytes32 key => uint256) private _referralBuckets;

    modifier onlyMarket() {
        if (msg.sender != market) revert NotMarket(msg.sender);
        _;
    }

    constructor(address authority, address feeVault_, address market_, address escrow_, address accessPass_)
        AccessManaged(authority)
    {
        (market, escrow, accessPass) = (market_, escrow_, accessPass_);
        _setFeeVault(feeVault_);
    }

    /// @inheritdoc IRevenueSplitter
    function accrue(address token, address payer, Accrual memory sale)
        external
        payable
        onlyMarket
        returns (bytes32 hash)
    {
        _receive(token, payer, sale.gross);
        return _accrue(token, sale);
    }

    /// @inheritdoc IRevenueSplitter
    function accrueBatch(address token, Accrual[] calldata charges) external payable returns (bytes32[] memory hashes) {
        if (msg.sender != escrow) revert NotEscrow(msg.sender);

        uint256 sum;
        hashes = new bytes32[](charges.length);
        for (uint256 i = 0; i < charges.length; ++i) {
            Accrual memory charge = charges[i];
            sum += charge.gross;
            hashes[i] = _accrue(token, charge);
        }
        _receive(token, msg.sender, sum);
    }

    /// @inheritdoc IRevenueSplitter
    function refund(address token, bytes32 hash, Accrual memory sale, address buyer) external onlyMarket {
        _draw(token, hash, sale);
        _credit(buyer, token, sale.gross);
    }

    /// @inheritdoc IRevenueSplitter
    function hold(address token, bytes32 hash, Accrual memory sale) external onlyMarket {
        _draw(token, hash, sale);
        held[token] += sale.gross;
        emit Held(sale.modelId, token, sale.day, hash, sale.gross);
    }

    /// @inheritdoc IRevenueSplitter
    function payBack(address token, Accrual memory sale, address buyer) external onlyMarket {
        held[token] -= sale.gross;
        _credit(buyer, token, sale.gross);
    }

    /// @inheritdoc IRevenueSplitter
    function release(address token, bytes32 hash, Accrual memory sale) external onlyMarket {
        uint32 today = _today();
        held[token] -= sale.gross;
        _fill(token, hash, sale, today);
        emit Released(sale.modelId, token, today, hash, sale.gross);
    }

    /// @inheritdoc IRevenueSplitter
    function creditTo(address account, address token, address payer, uint256 amount) external payable {
        bool byPass = msg.sender == accessPass;
        if (!byPass && msg.sender != market && msg.sender != escrow) revert NotCreditor(msg.sender);

        _receive(token, byPass ? payer : msg.sender, amount);
        _credit(account, token, amount);
    }

    /// @inheritdoc IRevenueSplitter
    function resell(address token, address payer, Resale calldata resale) external payable returns (uint256 lineage) {
        if (msg.sender != accessPass) revert NotCreditor(msg.sender);

        _receive(token, payer, resale.price);
        uint256 left = resale.price - resale.fee;
        lineage = _creditFees(resale.modelId, token, resale.fee, left);
        _credit(_seller(resale.modelId), token, resale.royalty);
        _credit(resale.holder, token, left - lineage - resale.royalty);
    }

    /// @inheritdoc IRevenueSplitter
    function setSplit(bytes32 modelId, address[] calldata recipients, uint16[] calldata bps) external {
        if (msg.sender != _seller(modelId) && msg.sender != market) revert NotSeller(modelId, msg.sender);
        _checkSplit(recipients, bps);

        bytes32 hash = hashSplit(recipients, bps);
        _splitHashes[modelId] = hash;
        emit SplitSet(modelId, hash, recipients, bps);
    }

    /// @inheritdoc IRevenueSplitter
    function setRoyalty(bytes32 modelId, bytes32 parent, uint16 bps) external onlyMarket {
        if (bps > MOST_ROYALTY) revert RoyaltyTooHigh(bps, MOST_ROYALTY);
        if (_royalties[modelId].payee != address(0)) revert RoyaltyFixed(modelId);

        (_royalties[modelId].payee, _royalties[modelId].bps) = (_seller(parent), bps);
        emit RoyaltySet(modelId, parent, bps);
    }

    /// @inheritdoc IRevenueSplitter
    function distribute(
        bytes32 modelId,
        address token,
        uint32 day,
        address[] calldata recipients,
        uint16[] calldata bps
    ) external {
        _checkMature(day);
        bytes32 hash = hashSplit(recipients, bps);
        bytes32 key = _bucketKey(modelId, token, hash, day);
        Bucket memory full = _buckets[key];
        if (full.gross == 0) revert EmptyBucket(modelId, token, hash, day);

        delete _buckets[key];
        emit Distributed(modelId, token, day, hash, full.gross);

        uint256 left = full.gross - full.fee;
        left -= _creditFees(modelId, token, full.fee, left);
        _creditSplit(token, left, recipients, bps);
    }

    /// @inheritdoc IRevenueSplitter
    function distributeReferral(address referrer, address token, uint32 day) external {
        _checkMature(day);
        bytes32 key = _referralKey(referrer, token, day);
        uint256 amount = _referralBuckets[key];
        if (amount == 0) revert EmptyReferral(referrer, token, day);

        delete _referralBuckets[key];
        emit ReferralDistributed(referrer, token, day, amount);
        _credit(referrer, token, amount);
    }

    /// @inheritdoc IRevenueSplitter
    function withdraw(address token) external nonReentrant {
        _withdraw(token, msg.sender);
    }

    /// @inheritdoc IRevenueSplitter
    function withdrawTo(address token, address recipient) external nonReentrant {
        if (recipient == address(0)) revert ZeroAddress();
        _withdraw(token, recipient);
    }

    /// @inheritdoc IRevenueSplitter
    function setFeeVault(address feeVault_) external restricted {
        _setFeeVault(feeVault_);
    }

    /// @inheritdoc IRevenueSplitter
    function bucket(bytes32 modelId, address token, bytes32 hash, uint32 day) external view returns (Bucket memory) {
        return _buckets[_bucketKey(modelId, token, hash, day)];
    }

    /// @inheritdoc IRevenueSplitter
    function referralBucket(address referrer, address token, uint32 day) external view returns (uint256) {
        return _referralBuckets[_referralKey(referrer, token, day)];
    }

    /// @inheritdoc IRevenueSplitter
    function royalty(bytes32 modelId) external view returns (Royalty memory) {
        StoredRoyalty memory owed = _royalties[modelId];
        return Royalty(owed.payee, owed.bps);
    }

    /// @inheritdoc IRevenueSplitter
    function maturedFees(bytes32 modelId) external view returns (uint256) {
        return _royalties[modelId].matured;
    }

    /// @inheritdoc IRevenueSplitter
    function splitHash(bytes32 modelId) public view returns (bytes32 hash) {
        hash = _splitHashes[modelId];
        if (hash == 0) hash = _sellerAlone(modelId);
    }

    /// @inheritdoc IRevenueSplitter
    function hashSplit(address[] calldata recipients, uint16[] calldata bps) public pure returns (bytes32) {
        return keccak256(abi.encode(recipients, bps));
    }

    function _setFeeVault(address feeVault_) private {
        if (feeVault_ == address(0)) revert ZeroAddress();
        feeVault = feeVault_;
        emit FeeVaultSet(feeVault_);
    }

    /// @dev Take in exactly this amount: of coin with the call, of a token from the payer.
    function _receive(address token, address payer, uint256 amount) private {
        uint256 value = token == COIN ? amount : 0;
        if (msg.value != value) revert WrongValue(msg.value, value);
        if (token == COIN || amount == 0) return;

        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(payer, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received != amount) revert AmountNotReceived(token, amount, received);
    }

    function _withdraw(address token, address recipient) private {
        uint256 amount = credits[msg.sender][token];
        if (amount == 0) revert NothingToWithdraw(msg.sender, token);

        credits[msg.sender][token] = 0;
        emit Withdrawn(msg.sender, token, amount);
        if (token != COIN) return IERC20(token).safeTransfer(recipient, amount);

        (bool done,) = recipient.call{value: amount}("");
        if (!done) revert PaymentFailed(recipient, amount);
    }

    function _accrue(address token, Accrual memory sale) private returns (bytes32 hash) {
        if (sale.fee > sale.gross) revert FeeAbovePrice(sale.fee, sale.gross);
        if (sale.referral > sale.fee) revert ReferralAboveFee(sale.referral, sale.fee);

        hash = splitHash(sale.modelId);
        _fill(token, hash, sale, sale.day);
    }

    function _fill(address token, bytes32 hash, Accrual memory sale, uint32 day) private {
        Bucket storage filled = _buckets[_bucketKey(sale.modelId, token, hash, day)];
        (uint128 gross, uint128 fee) = (filled.gross, filled.fee);
        _write(filled, gross + sale.gross - sale.referral, fee + sale.fee - sale.referral);
        if (sale.referral == 0) return;

        if (sale.referrer == address(0)) revert ZeroAddress();
        _referralBuckets[_referralKey(sale.referrer, token, day)] += sale.referral;
        emit Referred(sale.referrer, sale.modelId, token, day, sale.referral);
    }

    /// @dev The market draws within the sale's maturity day only, when nothing can be distributed yet.
    function _draw(address token, bytes32 hash, Accrual memory sale) private {
        Bucket storage filled = _buckets[_bucketKey(sale.modelId, token, hash, sale.day)];
        (uint128 gross, uint128 fee) = (filled.gross, filled.fee);
        _write(filled, gross - (sale.gross - sale.referral), fee - (sale.fee - sale.referral));
        if (sale.referral != 0) _referralBuckets[_referralKey(sale.referrer, token, sale.day)] -= sale.referral;
    }

    /// @dev Write the slot at once: the compiler writes it once a member.
    function _write(Bucket storage to, uint128 gross, uint128 fee) private {
        uint256 slot = uint256(gross) | uint256(fee) << 128;
        assembly ("memory-safe") {
            sstore(to.slot, slot)
        }
    }

    function _credit(address account, address token, uint256 amount) private {
        if (amount == 0) return;
        credits[account][token] += amount;
        emit Credited(account, token, amount);
    }

    /// @dev Credit the protocol's fee, and the lineage out of what is left after it; and count the fee.
    function _creditFees(bytes32 modelId, address token, uint256 fee, uint256 left) private returns (uint256 amount) {
        _credit(feeVault, token, fee);
        StoredRoyalty storage kept = _royalties[modelId];
        (address payee, uint256 bps, uint256 matured) = (kept.payee, kept.bps, kept.matured);
        if (token == COIN && fee != 0) kept.matured = uint80(Math.min(matured + fee, type(uint80).max));
        amount = left * bps / BPS;
        _credit(payee, token, amount);
    }

    function _creditSplit(address token, uint256 amount, address[] calldata recipients, uint16[] calldata bps) private {
        uint256 left = amount;
        for (uint256 i = 1; i < recipients.length; ++i) {
            uint256 share = amount * bps[i] / BPS;
            left -= share;
            _credit(recipients[i], token, share);
        }
        _credit(recipients[0], token, left);
    }

    function _checkMature(uint32 day) private view {
        uint32 today = _today();
        if (day >= today) revert NotMature(day, today);
    }

    function _today() private view returns (uint32) {
        return uint32(block.timestamp / 1 days);
    }

    function _checkSplit(address[] calldata recipients, uint16[] calldata bps) private pure {
        uint256 count = recipients.length;
        if (count == 0 || count > MOST_RECIPIENTS || count != bps.length) revert SplitLength(count, bps.length);

        uint256 sum;
        for (uint256 i = 0; i < count; ++i) {
            if (recipients[i] == address(0)) revert ZeroAddress();
            if (bps[i] == 0) revert EmptyShare(i);
            sum += bps[i];
        }
        if (sum != BPS) revert SplitSum(sum);
    }

    /// @dev `hashSplit([seller], [10000])`, word by word, because an array costs a purchase four times as much.
    function _sellerAlone(bytes32 modelId) private pure returns (bytes32) {
        return keccak256(abi.encode(2 * 32, 4 * 32, 1, _seller(modelId), 1, BPS));
    }

    function _seller(bytes32 modelId) private pure returns (address) {
        return address(bytes20(modelId));
    }

    function _bucketKey(bytes32 modelId, address token, bytes32 hash, uint32 day) private pure returns (bytes32) {
        return keccak256(abi.encode(modelId, token, hash, day));
    }

    function _referralKey(address referrer, address token, uint32 day) private pure returns (bytes32) {
        return keccak256(abi.encode(referrer, token, day));
    }
}
