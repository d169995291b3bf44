// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IERC3009} from "./interfaces/IERC3009.sol";
import {IInferenceEscrow} from "./interfaces/IInferenceEscrow.sol";
import {IModelMarketplace} from "./interfaces/IModelMarketplace.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";
import {IRevenueSplitter} from "./interfaces/IRevenueSplitter.sol";

/// @title The one implementation of {IInferenceEscrow}, where its functions and events are described.
/// @dev For each token the balance here is never below the sum of the payers' balances.
contract InferenceEscrow is IInferenceEscrow, AccessManaged, ReentrancyGuardTransient, EIP712 {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    uint256 private constant BPS = 10_000;
    uint256 private constant GRACE = 2 days;
    address private constant COIN = address(0);
    bytes32 private constant AUTHORISATION_TYPEHASH = keccak256(
        "Authorisation(address payer,bytes32 keyId,address token,uint128 ceiling,uint64 validUntil)"
    );

    IProtocolParameters public immutable parameters;
    IRevenueSplitter public immutable splitter;
    IModelMarketplace public immutable market;

    mapping(address payer => mapping(address token => Account)) private _accounts;
    mapping(address payer => mapping(address token => uint256)) private _requestedAt;
    // Written through references to its entries, which the analyser does not follow.
    // slither-disable-next-line uninitialized-state
    mapping(address payer => mapping(bytes32 keyId => Key)) private _keys;

    constructor(
        address authority,
        IProtocolParameters parameters_,
        IRevenueSplitter splitter_,
        IModelMarketplace market_
    ) AccessManaged(authority) EIP712("InferenceEscrow", "1") {
        (parameters, splitter, market) = (parameters_, splitter_, market_);
    }

    /// @inheritdoc IInferenceEscrow
    function deposit(address payer, address token, uint256 amount) external payable nonReentrant {
        _deposit(payer, token, amount);
    }

    /// @inheritdoc IInferenceEscrow
    function depositWithPermit(address payer, address token, uint256 amount, Permit calldata permit)
        external
        nonReentrant
    {
        _permit(token, amount, permit);
        _deposit(payer, token, amount);
    }

    /// @inheritdoc IInferenceEscrow
    function depositAndAuthorise(Authorisation calldata authorisation, uint256 amount) external payable nonReentrant {
        _authoriseOwn(authorisation);
        if (amount != 0 || msg.value != 0) _deposit(msg.sender, authorisation.token, amount);
    }

    /// @inheritdoc IInferenceEscrow
    function depositAndAuthoriseWithPermit(
        Authorisation calldata authorisation,
        uint256 amount,
        Permit calldata permit
    ) external nonReentrant {
        _authoriseOwn(authorisation);
        _permit(authorisation.token, amount, permit);
        _deposit(msg.sender, authorisation.token, amount);
    }

    /// @inheritdoc IInferenceEscrow
    function authorise(Authorisation calldata authorisation, bytes calldata signature) external {
        address payer = authorisation.payer;
        if (!_signed(payer, hashAuthorisation(authorisation), signature)) revert InvalidSignature(payer);
        _authorise(authorisation);
    }

    /// @inheritdoc IInferenceEscrow
    function revoke(bytes32 keyId) external {
        Key storage held = _keys[msg.sender][keyId];
        if (held.revoked) revert KeyRevoked(msg.sender, keyId);

        held.revoked = true;
        if (held.validUntil > block.timestamp) held.validUntil = uint64(block.timestamp);
        emit Revoked(msg.sender, keyId, held.validUntil);
    }

    /// @inheritdoc IInferenceEscrow
    function settle(Charge[] calldata charges) external restricted nonReentrant {
        uint256 feeBps = _feeBps();
        if (charges.length == 0) return;

        address token = _keys[charges[0].payer][charges[0].keyId].token;
        IRevenueSplitter.Accrual[] memory accruals = new IRevenueSplitter.Accrual[](charges.length);
        uint256 sum;
        for (uint256 i = 0; i < charges.length; ++i) {
            _spend(charges[i], token);
            _fill(accruals[i], charges[i].modelId, charges[i].amount, feeBps);
            sum += charges[i].amount;
        }
        bytes32[] memory hashes = _pay(token, sum, accruals);
        for (uint256 i = 0; i < charges.length; ++i) {
            _tell(charges[i].payer, charges[i].keyId, token, accruals[i], hashes[i]);
        }
    }

    /// @inheritdoc IInferenceEscrow
    function payWithAuthorisation(Payment calldata payment, uint8 v, bytes32 r, bytes32 s) external nonReentrant {
        uint256 feeBps = _feeBps();
        (address token, uint256 amount) = (payment.token, payment.amount);
        if (amount == 0) revert ZeroAmount();
        if (token == COIN) revert TokenNotAccepted(token);
        _checkToken(token);

        uint256 before = IERC20(token).balanceOf(address(this));
        bytes32 nonce = _receiveSigned(payment, v, r, s);
        _checkReceived(token, amount, before);
        emit Deposited(payment.payer, token, amount, payment.payer);

        IRevenueSplitter.Accrual[] memory accruals = new IRevenueSplitter.Accrual[](1);
        _fill(accruals[0], payment.modelId, amount, feeBps);
        _tell(payment.payer, nonce, token, accruals[0], _pay(token, amount, accruals)[0]);
    }

    /// @inheritdoc IInferenceEscrow
    function requestWithdraw(address token, uint256 amount) external {
        Account storage held = _accounts[msg.sender][token];
        uint256 balance = held.balance;
        if (amount > balance) revert BalanceExceeded(msg.sender, token, amount, balance);

        uint256 readyAt = amount == 0 ? 0 : block.timestamp + parameters.get("escrowDelay");
        held.requested = amount.toUint104();
        held.readyAt = readyAt.toUint48();
        if (amount != 0) _requestedAt[msg.sender][token] = block.timestamp;
        emit WithdrawalRequested(msg.sender, token, amount, uint64(readyAt));
    }

    /// @inheritdoc IInferenceEscrow
    function withdraw(address token) external nonReentrant {
        _withdraw(token, msg.sender);
    }

    /// @inheritdoc IInferenceEscrow
    function withdrawTo(address token, address recipient) external nonReentrant {
        if (recipient == address(0)) revert ZeroAddress();
        _withdraw(token, recipient);
    }

    /// @inheritdoc IInferenceEscrow
    function account(address payer, address token) external view returns (Account memory) {
        return _accounts[payer][token];
    }

    /// @inheritdoc IInferenceEscrow
    function key(address payer, bytes32 keyId) external view returns (Key memory) {
        return _keys[payer][keyId];
    }

    /// @inheritdoc IInferenceEscrow
    function chargeable(address payer, address token) external view returns (uint256) {
        return _chargeable(_accounts[payer][token], payer, token);
    }

    /// @inheritdoc IInferenceEscrow
    function withdrawableFrom(address payer, address token) external view returns (uint256) {
        return _readyAt(_accounts[payer][token], payer, token);
    }

    /// @inheritdoc IInferenceEscrow
    function hashCall(bytes32 modelId, bytes32 salt) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), modelId, salt));
    }

    /// @inheritdoc IInferenceEscrow
    function hashAuthorisation(Authorisation calldata authorisation) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(AUTHORISATION_TYPEHASH, authorisation)));
    }

    function _withdraw(address token, address recipient) private {
        Account memory held = _accounts[msg.sender][token];
        uint104 amount = held.requested < held.balance ? held.requested : held.balance;
        uint256 ready = _readyAt(held, msg.sender, token);
        if (amount == 0 || block.timestamp < ready) revert NotWithdrawable(msg.sender, token, amount, uint64(ready));

        _accounts[msg.sender][token] = Account(held.balance - amount, 0, 0);
        emit Withdrawn(msg.sender, token, amount);
        _send(token, recipient, amount);
    }

    function _deposit(address payer, address token, uint256 amount) private {
        if (payer == address(0)) revert ZeroAddress();
        if (amount == 0) revert ZeroAmount();
        _checkToken(token);

        _accounts[payer][token].balance += amount.toUint104();
        emit Deposited(payer, token, amount, msg.sender);
        _receive(token, amount);
    }

    // Reached from `deposit`, which is payable; the analyser loses the way at the guard.
    // slither-disable-next-line msg-value-in-nonpayable
    function _receive(address token, uint256 amount) private {
        uint256 value = token == COIN ? amount : 0;
        if (msg.value != value) revert WrongValue(msg.value, value);
        if (token == COIN) return;

        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        _checkReceived(token, amount, before);
    }

    /// @dev By `receiveWithAuthorization`, which nobody else can use, so that no money comes without its purpose.
    function _receiveSigned(Payment calldata payment, uint8 v, bytes32 r, bytes32 s) private returns (bytes32 nonce) {
        nonce = hashCall(payment.modelId, payment.salt);
        IERC3009(payment.token).receiveWithAuthorization(
            payment.payer,
            address(this),
            payment.amount,
            payment.validAfter,
            payment.validBefore,
            nonce,
            v,
            r,
            s
        );
    }

    /// @dev A permit may have been used by somebody who saw it; then the approval is there, and the transfer decides.
    function _permit(address token, uint256 amount, Permit calldata permit) private {
        if (token == COIN) revert TokenNotAccepted(token);
        _checkToken(token);
        try IERC20Permit(token).permit(
            msg.sender, address(this), amount, permit.deadline, permit.v, permit.r, permit.s
        ) {} catch {}
    }

    function _authoriseOwn(Authorisation calldata authorisation) private {
        if (authorisation.payer != msg.sender) revert NotPayer(authorisation.payer, msg.sender);
        _authorise(authorisation);
    }

    /// @dev Ceiling and end only ever rise, so that it does not matter in which order, or how often, signatures come.
    function _authorise(Authorisation calldata authorisation) private {
        (address payer, bytes32 keyId) = (authorisation.payer, authorisation.keyId);
        (uint128 ceiling, uint64 validUntil) = (authorisation.ceiling, authorisation.validUntil);
        if (validUntil < block.timestamp) revert AuthorisationExpired(validUntil, block.timestamp);

        Key storage held = _keys[payer][keyId];
        if (held.revoked) revert KeyRevoked(payer, keyId);
        (uint128 oldCeiling, uint64 oldEnd) = (held.ceiling, held.validUntil);
        if (ceiling == oldCeiling && validUntil == oldEnd && authorisation.token == held.token) return;
        bool narrower = ceiling < oldCeiling || validUntil < oldEnd;
        if (oldEnd != 0 && (narrower || authorisation.token != held.token)) revert AuthorisationNarrowed(payer, keyId);

        (held.token, held.ceiling, held.validUntil) = (authorisation.token, ceiling, validUntil);
        emit Authorised(payer, keyId, authorisation.token, ceiling, validUntil);
    }

    /// @dev Take one charge from its key and from its payer's balance.
    function _spend(Charge calldata charge, address token) private {
        (address payer, bytes32 keyId) = (charge.payer, charge.keyId);
        if (charge.amount == 0) revert ZeroAmount();
        Key storage held = _keys[payer][keyId];
        uint256 validUntil = held.validUntil;
        if (validUntil == 0) revert NotAuthorised(payer, keyId);
        if (held.token != token) revert TokensDiffer(token, held.token);
        // The clock of what can still be charged stands still while nothing can be.
        if (block.timestamp > validUntil + GRACE) {
            uint256 last = validUntil + GRACE + parameters.pausedSince(validUntil);
            if (block.timestamp > last) revert AuthorisationExpired(uint64(validUntil), block.timestamp);
        }

        (uint256 ceiling, uint256 spent) = (held.ceiling, uint256(held.spent) + charge.amount);
        if (spent > ceiling) revert CeilingExceeded(payer, keyId, spent, ceiling);
        held.spent = uint128(spent);

        Account memory funds = _accounts[payer][token];
        uint256 most = _chargeable(funds, payer, token);
        if (charge.amount > most) revert BalanceExceeded(payer, token, charge.amount, most);
        _accounts[payer][token].balance = uint104(funds.balance - charge.amount);
    }

    function _pay(address token, uint256 sum, IRevenueSplitter.Accrual[] memory accruals)
        private
        returns (bytes32[] memory hashes)
    {
        if (token != COIN) IERC20(token).forceApprove(address(splitter), sum);
        return splitter.accrueBatch{value: token == COIN ? sum : 0}(token, accruals);
    }

    function _tell(
        address payer,
        bytes32 keyId,
        address token,
        IRevenueSplitter.Accrual memory accrual,
        bytes32 splitHash
    ) private {
        (bytes32 modelId, uint128 fee) = (accrual.modelId, accrual.fee);
        market.notePaid(modelId, payer, token, fee);
        emit Charged(payer, keyId, modelId, token, uint128(accrual.gross), fee, accrual.day, splitHash);
    }

    function _send(address token, address to, uint256 amount) private {
        if (token != COIN) return IERC20(token).safeTransfer(to, amount);
        (bool done,) = to.call{value: amount}("");
        if (!done) revert PaymentFailed(to, amount);
    }

    /// @dev The protocol's part of what is paid now. Raises while the market is paused.
    function _feeBps() private view returns (uint256) {
        IProtocolParameters.SaleTerms memory terms = parameters.saleTerms();
        if (block.timestamp < terms.pausedUntil) revert MarketPaused(terms.pausedUntil);
        return terms.feeBps;
    }

    function _checkReceived(address token, uint256 amount, uint256 before) private view {
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        if (received != amount) revert AmountNotReceived(token, amount, received);
    }

    function _checkToken(address token) private view {
        if (!parameters.tokenTerms(token).accepted) revert TokenNotAccepted(token);
    }

    /// @dev By its key first, for an account with a key may carry code as well (EIP-7702).
    function _signed(address payer, bytes32 hash, bytes calldata signature) private view returns (bool) {
        // The third value says why, which the caller is not told.
        // slither-disable-next-line unused-return
        (address signer, ECDSA.RecoverError failed,) = ECDSA.tryRecoverCalldata(hash, signature);
        if (failed == ECDSA.RecoverError.NoError && signer == payer) return true;
        return SignatureChecker.isValidERC1271SignatureNowCalldata(payer, hash, signature);
    }

    /// @dev When what was asked for may be drawn: so many seconds without pauses after it was asked for.
    function _readyAt(Account memory held, address payer, address token) private view returns (uint256) {
        if (held.readyAt == 0 || block.timestamp < held.readyAt) return held.readyAt;
        return held.readyAt + parameters.pausedSince(_requestedAt[payer][token]);
    }

    function _chargeable(Account memory held, address payer, address token) private view returns (uint256) {
        uint256 ready = _readyAt(held, payer, token);
        if (ready == 0 || block.timestamp < ready) return held.balance;
        return held.requested < held.balance ? held.balance - held.requested : 0;
    }

    function _fill(IRevenueSplitter.Accrual memory accrual, bytes32 modelId, uint256 amount, uint256 feeBps)
        private
        view
    {
        accrual.modelId = modelId;
        accrual.gross = uint128(amount);
        accrual.fee = uint128(amount * feeBps / BPS);
        accrual.day = uint32(block.timestamp / 1 days);
    }
}
