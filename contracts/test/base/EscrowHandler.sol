// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {InferenceEscrow} from "../../src/InferenceEscrow.sol";
import {DemoDollar} from "../../src/DemoDollar.sol";
import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {VM} from "./Vm.sol";

/// @title Drives payers with keys in two currencies through all that the escrow does, and keeps its own books.
contract EscrowHandler {
    uint256 public constant PAYERS = 3;
    uint256 public constant KEYS = 4;
    address private constant COIN = address(0);

    InferenceEscrow private immutable _escrow;
    DemoDollar private immutable _dollar;
    address private immutable _settler;
    bytes32 private immutable _model;

    mapping(address token => uint256) public deposited;
    mapping(address token => uint256) public charged;
    mapping(address token => uint256) public withdrawn;
    mapping(address payer => mapping(bytes32 keyId => uint256)) public chargedTo;

    constructor(InferenceEscrow escrow, DemoDollar dollar, address settler, bytes32 model) {
        (_escrow, _dollar, _settler, _model) = (escrow, dollar, settler, model);
    }

    function deposit(uint256 who, uint256 for_, uint256 amount, bool inCoin) external {
        address from = payer(who);
        if (inCoin) {
            amount = 1 + amount % 1e20;
            VM.deal(from, from.balance + amount);
            VM.prank(from);
            _escrow.deposit{value: amount}(payer(for_), COIN, amount);
        } else {
            if (_dollar.nextFaucet(from) <= block.timestamp) {
                VM.prank(from);
                _dollar.faucet();
            }
            uint256 most = _dollar.balanceOf(from);
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

    /// @dev All that the rules allow, and sometimes one unit more, which has to fail.
    function settle(uint256 who, uint256 which, uint128 amount, bool tooMuch) external {
        (address from, bytes32 keyId) = (payer(who), bytes32(which % KEYS));
        IInferenceEscrow.Key memory key = _escrow.key(from, keyId);
        uint256 left = key.ceiling - key.spent;
        uint256 most = _escrow.chargeable(from, key.token);
        if (left < most) most = left;
        bool allowed = key.validUntil != 0 && block.timestamp <= uint256(key.validUntil) + 2 days;
        amount = tooMuch || most == 0 ? uint128(most + 1) : 1 + amount % uint128(most);

        IInferenceEscrow.Charge[] memory charges = new IInferenceEscrow.Charge[](1);
        charges[0] = IInferenceEscrow.Charge(from, keyId, _model, amount);
        if (!allowed || amount > most) VM.expectRevert();
        VM.prank(_settler);
        _escrow.settle(charges);
        if (!allowed || amount > most) return;
        charged[key.token] += amount;
        chargedTo[from][keyId] += amount;
    }

    function request(uint256 who, uint256 which, uint256 amount) external {
        uint256 balance = _escrow.account(payer(who), token(which)).balance;
        VM.prank(payer(who));
        _escrow.requestWithdraw(token(which), amount % (balance + 1));
    }

    function withdraw(uint256 who, uint256 which) external {
        IInferenceEscrow.Account memory held = _escrow.account(payer(who), token(which));
        uint256 amount = held.requested < held.balance ? held.requested : held.balance;
        if (amount == 0 || block.timestamp < held.readyAt) return;
        VM.prank(payer(who));
        _escrow.withdraw(token(which));
        withdrawn[token(which)] += amount;
    }

    function wait(uint256 time) external {
        VM.warp(block.timestamp + time % 36 hours);
    }

    function payer(uint256 which) public pure returns (address) {
        return address(uint160(0xBA7E0 + which % PAYERS));
    }

    /// @dev Keys of even number spend coin, the others dollars.
    function token(uint256 which) public view returns (address) {
        return which % 2 == 0 ? COIN : address(_dollar);
    }
}
