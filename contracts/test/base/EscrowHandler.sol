// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {InferenceEscrow} from "../../src/InferenceEscrow.sol";
import {DemoDollar} from "../../src/DemoDollar.sol";
import {ProtocolParameters} from "../../src/ProtocolParameters.sol";
import {IERC3009} from "../../src/interfaces/IERC3009.sol";
import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {VM} from "./Vm.sol";

/// @title Drives payers with keys in two currencies through all that the escrow does, and through pauses, and keeps its own
/// books and its own clock, which stands still in a pause.
contract EscrowHandler {
    struct Pause {
        uint256 from;
        uint256 until;
    }

    uint256 public constant PAYERS = 3;
    uint256 public constant KEYS = 4;
    uint256 private constant FIRST = 0xBA7E0; // the private key of the first payer
    uint256 private constant SALTS = 16; // so few that one comes again
    address private constant COIN = address(0);

    InferenceEscrow private immutable _escrow;
    DemoDollar private immutable _dollar;
    ProtocolParameters private immutable _parameters;
    address private immutable _admin;
    address private immutable _settler;
    bytes32 private immutable _model;

    address[PAYERS] private _payers;
    Pause[] private _pauses;
    mapping(address payer => mapping(address token => uint256)) private _requestedAt;
    mapping(address token => uint256) public deposited;
    mapping(address token => uint256) public charged;
    mapping(address token => uint256) public withdrawn;
    mapping(address payer => mapping(bytes32 keyId => uint256)) public chargedTo;

    constructor(
        InferenceEscrow escrow,
        DemoDollar dollar,
        ProtocolParameters parameters,
        address admin,
        address settler,
        bytes32 model
    ) {
        (_escrow, _dollar, _parameters) = (escrow, dollar, parameters);
        (_admin, _settler, _model) = (admin, settler, model);
        for (uint256 i = 0; i < PAYERS; ++i) {
            _payers[i] = VM.addr(FIRST + i);
        }
    }

    function deposit(uint256 who, uint256 for_, uint256 amount, bool inCoin) external {
        address from = payer(who);
        if (inCoin) {
            amount = 1 + amount % 1e20;
            VM.deal(from, from.balance + amount);
            VM.prank(from);
            _escrow.deposit{value: amount}(payer(for_), COIN, amount);
        } else {
            uint256 most = _dollars(from);
            if (most == 0) return;
            amount = 1 + amount % most;
            VM.prank(from);
            _dollar.approve(address(_escrow), amount);
            VM.prank(from);
            _escrow.deposit(payer(for_), address(_dollar), amount);
        }
        deposited[inCoin ? COIN : address(_dollar)] += amount;
    }

    function authorise(uint256 who, uint256 which, uint128 more, uint256 longer) external {
        address from = payer(who);
        bytes32 keyId = bytes32(which % KEYS);
        IInferenceEscrow.Key memory key = _escrow.key(from, keyId);
        if (key.revoked) return;
        uint256 start = key.validUntil > block.timestamp ? key.validUntil : block.timestamp;
        uint64 end = uint64(start + longer % 5 days);
        VM.prank(from);
        _escrow.depositAndAuthorise(
            IInferenceEscrow.Authorisation(from, keyId, token(which), key.ceiling + more % 1e19, end), 0
        );
    }

    function revoke(uint256 who, uint256 which) external {
        if (which % 16 != 0 || _escrow.key(payer(who), bytes32(which / 16 % KEYS)).revoked) return;
        VM.prank(payer(who));
        _escrow.revoke(bytes32(which / 16 % KEYS));
    }

    /// @dev All that the rules allow, and sometimes one unit more; what they do not allow is refused for its reason.
    function settle(uint256 who, uint256 which, uint128 amount, bool tooMuch) external {
        (address from, bytes32 keyId) = (payer(who), bytes32(which % KEYS));
        IInferenceEscrow.Key memory key = _escrow.key(from, keyId);
        uint256 left = key.ceiling - key.spent;
        uint256 most = reach(from, key.token);
        if (left < most) most = left;
        amount = tooMuch || most == 0 ? uint128(most + 1) : 1 + amount % uint128(most);

        IInferenceEscrow.Charge[] memory charges = new IInferenceEscrow.Charge[](1);
        charges[0] = IInferenceEscrow.Charge(from, keyId, _model, amount);
        bytes memory reason = _refusal(key, charges[0]);
        if (reason.length != 0) VM.expectRevert(reason);
        VM.prank(_settler);
        _escrow.settle(charges);
        if (reason.length != 0) return;
        charged[key.token] += amount;
        chargedTo[from][keyId] += amount;
    }

    /// @dev One call by one signature, now and then by one that was used before.
    function pay(uint256 who, uint256 salt, uint128 amount) external {
        IInferenceEscrow.Payment memory payment;
        (payment.payer, payment.modelId, payment.salt) = (payer(who), _model, bytes32(salt % SALTS));
        (payment.token, payment.validBefore) = (address(_dollar), type(uint64).max);
        uint256 most = _dollars(payment.payer);
        if (most == 0) return;
        payment.amount = 1 + amount % uint128(most);
        bytes32 nonce = _escrow.hashCall(_model, payment.salt);
        (uint8 v, bytes32 r, bytes32 s) = _sign(FIRST + who % PAYERS, payment, nonce);
        bytes memory reason = _pausedNow();
        if (reason.length == 0 && _dollar.authorizationState(payment.payer, nonce)) {
            reason = abi.encodeWithSelector(IERC3009.AuthorizationUsedOrCanceled.selector, payment.payer, nonce);
        }
        if (reason.length != 0) VM.expectRevert(reason);
        _escrow.payWithAuthorisation(payment, v, r, s);
        if (reason.length != 0) return;
        deposited[address(_dollar)] += payment.amount;
        charged[address(_dollar)] += payment.amount;
    }

    function request(uint256 who, uint256 which, uint256 amount) external {
        (address from, address of_) = (payer(who), token(which));
        uint256 balance = _escrow.account(from, of_).balance;
        VM.prank(from);
        _escrow.requestWithdraw(of_, amount % (balance + 1));
        _requestedAt[from][of_] = block.timestamp;
    }

    function withdraw(uint256 who, uint256 which) external {
        (address from, address of_) = (payer(who), token(which));
        IInferenceEscrow.Account memory held = _escrow.account(from, of_);
        uint256 amount = held.requested < held.balance ? held.requested : held.balance;
        if (amount == 0 || block.timestamp < readyAt(from, of_)) return;
        VM.prank(from);
        _escrow.withdraw(of_);
        withdrawn[of_] += amount;
    }

    /// @dev Begin a pause, or end the one that is.
    function pause(uint256 time) external {
        if (time % 4 != 0) return;
        bool paused = _parameters.isPaused();
        uint256 until = paused ? block.timestamp : block.timestamp + time % 3 days;
        VM.prank(_admin);
        _parameters.setPause(uint64(until));
        if (paused) _pauses[_pauses.length - 1].until = until;
        else if (until != block.timestamp) _pauses.push(Pause(block.timestamp, until));
    }

    function wait(uint256 time) external {
        VM.warp(block.timestamp + time % 36 hours);
    }

    function payer(uint256 which) public view returns (address) {
        return _payers[which % PAYERS];
    }

    /// @dev Keys of even number spend coin, the others dollars.
    function token(uint256 which) public view returns (address) {
        return which % 2 == 0 ? COIN : address(_dollar);
    }

    /// @return when what was asked for is the payer's own, by the handler's clock; zero: nothing was asked for
    function readyAt(address from, address of_) public view returns (uint256) {
        uint256 ready = _escrow.account(from, of_).readyAt;
        return ready == 0 ? 0 : ready + _pausedSince(_requestedAt[from][of_]);
    }

    /// @return what charges can reach of a balance
    function reach(address from, address of_) public view returns (uint256) {
        IInferenceEscrow.Account memory held = _escrow.account(from, of_);
        uint256 ready = readyAt(from, of_);
        if (ready == 0 || block.timestamp < ready) return held.balance;
        return held.requested < held.balance ? held.balance - held.requested : 0;
    }

    function _dollars(address from) private returns (uint256) {
        if (_dollar.nextFaucet(from) <= block.timestamp) {
            VM.prank(from);
            _dollar.faucet();
        }
        return _dollar.balanceOf(from);
    }

    /// @return why the charge has to be refused; empty if it has not
    function _refusal(IInferenceEscrow.Key memory key, IInferenceEscrow.Charge memory charge)
        private
        view
        returns (bytes memory)
    {
        (address from, bytes32 keyId) = (charge.payer, charge.keyId);
        if (_parameters.isPaused()) return _pausedNow();
        if (key.validUntil == 0) return abi.encodeWithSelector(IInferenceEscrow.NotAuthorised.selector, from, keyId);
        uint256 last = uint256(key.validUntil) + 2 days + _pausedSince(key.validUntil);
        if (block.timestamp > last) {
            return abi.encodeWithSelector(
                IInferenceEscrow.AuthorisationExpired.selector, key.validUntil, block.timestamp
            );
        }
        uint256 spent = uint256(key.spent) + charge.amount;
        if (spent > key.ceiling) {
            return abi.encodeWithSelector(
                IInferenceEscrow.CeilingExceeded.selector, from, keyId, spent, key.ceiling
            );
        }
        uint256 most = reach(from, key.token);
        if (charge.amount <= most) return "";
        return abi.encodeWithSelector(
            IInferenceEscrow.BalanceExceeded.selector, from, key.token, charge.amount, most
        );
    }

    function _pausedNow() private view returns (bytes memory) {
        if (!_parameters.isPaused()) return "";
        return abi.encodeWithSelector(IInferenceEscrow.MarketPaused.selector, _pauses[_pauses.length - 1].until);
    }

    function _pausedSince(uint256 time) private view returns (uint256 sum) {
        for (uint256 i = 0; i < _pauses.length; ++i) {
            uint256 from = _pauses[i].from < time ? time : _pauses[i].from;
            uint256 until = _pauses[i].until < block.timestamp ? _pauses[i].until : block.timestamp;
            if (until > from) sum += until - from;
        }
    }

    function _sign(uint256 key, IInferenceEscrow.Payment memory payment, bytes32 nonce)
        private
        view
        returns (uint8 v, bytes32 r, bytes32 s)
    {
        bytes32 contents = keccak256(
            abi.encode(
                _dollar.RECEIVE_WITH_AUTHORIZATION_TYPEHASH(),
                payment.payer,
                address(_escrow),
                uint256(payment.amount),
                uint256(payment.validAfter),
                uint256(payment.validBefore),
                nonce
            )
        );
        return VM.sign(key, keccak256(abi.encodePacked("\x19\x01", _dollar.DOMAIN_SEPARATOR(), contents)));
    }
}
