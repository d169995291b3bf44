// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IRevenueSplitter} from "./interfaces/IRevenueSplitter.sol";

/// @title The one implementation of {IRevenueSplitter}, where its functions and events are described.
/// @dev For each token the balance here is never below the buckets not yet distributed plus the credits.
contract RevenueSplitter is IRevenueSplitter, AccessManaged, ReentrancyGuardTransient {
    uint256 private constant BPS = 10_000;
    uint256 private constant MOST_RECIPIENTS = 20;
    uint16 private constant MOST_ROYALTY = 3_000;
    address private constant COIN = address(0);

    /// @inheritdoc IRevenueSplitter
    address public feeVault;

    /// @inheritdoc IRevenueSplitter
    mapping(address account => bool) public isAccruer;

    /// @inheritdoc IRevenueSplitter
    mapping(address account => mapping(address token => uint256)) public credits;

    mapping(bytes32 modelId => bytes32) private _splitHashes;
    mapping(bytes32 modelId => Royalty) private _royalties;
    mapping(bytes32 key => Bucket) private _buckets;

    modifier onlyAccruer() {
        if (!isAccruer[msg.sender]) revert NotAccruer(msg.sender);
        _;
    }

    constructor(address authority, address feeVault_) AccessManaged(authority) {
        _setFeeVault(feeVault_);
    }

    /// @inheritdoc IRevenueSplitter
    function accrue(bytes32 modelId, address token, uint128 gross, uint128 fee, uint32 day)
        external
        payable
        onlyAccruer
        returns (bytes32 hash)
    {
        if (token != COIN) revert TokenNotAccepted(token);
        if (msg.value != gross) revert WrongValue(msg.value, gross);
        if (fee > gross) revert FeeAbovePrice(fee, gross);

        hash = splitHash(modelId);
        Bucket storage filled = _buckets[_bucketKey(modelId, token, hash, day)];
        (uint128 grossBefore, uint128 feeBefore) = (filled.gross, filled.fee);
        (filled.gross, filled.fee) = (grossBefore + gross, feeBefore + fee);
    }

    /// @inheritdoc IRevenueSplitter
    function creditTo(address account) external payable onlyAccruer {
        _credit(account, COIN, msg.value);
    }

    /// @inheritdoc IRevenueSplitter
    function setSplit(bytes32 modelId, address[] calldata recipients, uint16[] calldata bps) external {
        if (msg.sender != _seller(modelId) && !isAccruer[msg.sender]) revert NotSeller(modelId, msg.sender);
        _checkSplit(recipients, bps);

        bytes32 hash = hashSplit(recipients, bps);
        _splitHashes[modelId] = hash;
        emit SplitSet(modelId, hash, recipients, bps);
    }

    /// @inheritdoc IRevenueSplitter
    function setRoyalty(bytes32 modelId, bytes32 parent, uint16 bps) external onlyAccruer {
        if (bps > MOST_ROYALTY) revert RoyaltyTooHigh(bps, MOST_ROYALTY);
        if (_royalties[modelId].payee != address(0)) revert RoyaltyFixed(modelId);

        _royalties[modelId] = Royalty(_seller(parent), bps);
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
        uint32 today = uint32(block.timestamp / 1 days);
        if (day >= today) revert NotMature(day, today);

        bytes32 hash = hashSplit(recipients, bps);
        bytes32 key = _bucketKey(modelId, token, hash, day);
        Bucket memory full = _buckets[key];
        if (full.gross == 0) revert EmptyBucket(modelId, token, hash, day);

        delete _buckets[key];
        emit Distributed(modelId, token, day, hash, full.gross);

        _credit(feeVault, token, full.fee);
        uint256 left = full.gross - full.fee;
        left -= _creditRoyalty(modelId, token, left);
        _creditSplit(token, left, recipients, bps);
    }

    /// @inheritdoc IRevenueSplitter
    function withdraw(address token) external nonReentrant {
        uint256 amount = credits[msg.sender][token];
        if (amount == 0) revert NothingToWithdraw(msg.sender, token);

        credits[msg.sender][token] = 0;
        emit Withdrawn(msg.sender, token, amount);

        // `accrue` takes the chain's coin alone, so nobody has a credit in anything else.
        (bool done,) = msg.sender.call{value: amount}("");
        if (!done) revert PaymentFailed(msg.sender, amount);
    }

    /// @inheritdoc IRevenueSplitter
    function setAccruer(address accruer, bool allowed) external restricted {
        isAccruer[accruer] = allowed;
        emit AccruerSet(accruer, allowed);
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
    function royalty(bytes32 modelId) external view returns (Royalty memory) {
        return _royalties[modelId];
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

    function _credit(address account, address token, uint256 amount) private {
        if (amount == 0) return;
        credits[account][token] += amount;
        emit Credited(account, token, amount);
    }

    function _creditRoyalty(bytes32 modelId, address token, uint256 left) private returns (uint256 amount) {
        Royalty memory owed = _royalties[modelId];
        amount = left * owed.bps / BPS;
        _credit(owed.payee, token, amount);
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

    function _sellerAlone(bytes32 modelId) private pure returns (bytes32) {
        address[] memory recipients = new address[](1);
        uint16[] memory bps = new uint16[](1);
        (recipients[0], bps[0]) = (_seller(modelId), uint16(BPS));
        return keccak256(abi.encode(recipients, bps));
    }

    function _seller(bytes32 modelId) private pure returns (address) {
        return address(bytes20(modelId));
    }

    function _bucketKey(bytes32 modelId, address token, bytes32 hash, uint32 day) private pure returns (bytes32) {
        return keccak256(abi.encode(modelId, token, hash, day));
    }
}
