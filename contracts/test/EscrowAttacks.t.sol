// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInferenceEscrow} from "../src/interfaces/IInferenceEscrow.sol";
import {EscrowTest} from "./base/EscrowTest.sol";
import {HookToken, RebasingToken} from "./base/Tokens.sol";
import {VM} from "./base/Vm.sol";

/// @dev A payer that calls the escrow again while it is paid.
contract ReentrantPayer {
    IInferenceEscrow private immutable _escrow;
    bytes private _call;
    bytes public reason;

    constructor(IInferenceEscrow escrow) payable {
        _escrow = escrow;
        escrow.deposit{value: msg.value}(address(this), address(0), msg.value);
        escrow.requestWithdraw(address(0), msg.value / 2);
    }

    function withdraw(bytes calldata call_) external {
        _call = call_;
        _escrow.withdraw(address(0));
    }

    receive() external payable {
        bool done;
        (done, reason) = address(_escrow).call(_call);
        require(!done, "reentered");
    }
}

contract EscrowAttackTest is EscrowTest {
    function test_a_payer_cannot_reenter_while_it_is_paid() public {
        _ready(10 ether);
        _reenter(abi.encodeCall(IInferenceEscrow.withdraw, (COIN)));
        _reenter(abi.encodeCall(IInferenceEscrow.withdrawTo, (COIN, stranger)));
        _reenter(abi.encodeCall(IInferenceEscrow.deposit, (stranger, COIN, 0)));
        VM.assertEq(address(escrow).balance, 10 ether + 3 * 1 ether);
    }

    function test_a_token_with_hooks_cannot_reenter_a_deposit() public {
        HookToken token = new HookToken();
        _accept(address(token));
        token.mint(payer, 100);
        VM.prank(payer);
        token.approve(address(escrow), 100);
        token.arm(address(escrow), abi.encodeCall(IInferenceEscrow.deposit, (payer, address(token), 50)));
        VM.prank(payer);
        escrow.deposit(payer, address(token), 50);
        VM.assertEq(bytes32(token.reason()), _guard());
        VM.assertEq(escrow.account(payer, address(token)).balance, 50);
    }

    function test_a_token_with_hooks_cannot_reenter_a_withdrawal() public {
        HookToken token = new HookToken();
        _accept(address(token));
        token.mint(payer, 100);
        VM.prank(payer);
        token.approve(address(escrow), 100);
        VM.prank(payer);
        escrow.deposit(payer, address(token), 100);
        VM.prank(payer);
        escrow.requestWithdraw(address(token), 50);
        VM.warp(START + 24 hours);
        token.arm(address(escrow), abi.encodeCall(IInferenceEscrow.withdraw, (address(token))));
        VM.prank(payer);
        escrow.withdraw(address(token));
        VM.assertEq(bytes32(token.reason()), _guard());
        VM.assertEq(token.balanceOf(payer), 50);
    }

    function test_a_token_with_hooks_cannot_reenter_a_settlement() public {
        HookToken token = new HookToken();
        _accept(address(token));
        token.mint(payer, 100);
        VM.prank(payer);
        token.approve(address(escrow), 100);
        VM.prank(payer);
        escrow.depositAndAuthorise(IInferenceEscrow.Authorisation(payer, KEY, address(token), 100, END), 100);
        VM.prank(payer);
        escrow.requestWithdraw(address(token), 40);
        VM.warp(START + 24 hours);
        token.arm(address(escrow), abi.encodeCall(IInferenceEscrow.deposit, (payer, address(token), 1)));
        _settle(60);
        VM.assertEq(bytes32(token.reason()), _guard());
        VM.assertEq(escrow.account(payer, address(token)).balance, 40);
        VM.assertEq(token.balanceOf(address(escrow)), 40);
    }

    function test_a_permit_that_calls_back_deposits_nothing_twice() public {
        HookToken token = new HookToken();
        _accept(address(token));
        token.mint(payer, 100);
        VM.prank(payer);
        token.approve(address(escrow), 100);
        token.arm(address(escrow), abi.encodeCall(IInferenceEscrow.deposit, (payer, address(token), 1)));
        IInferenceEscrow.Permit memory none;
        VM.prank(payer);
        escrow.depositWithPermit(payer, address(token), 50, none);
        VM.assertEq(bytes32(token.reason()), _guard());
        VM.assertEq(escrow.account(payer, address(token)).balance, 50);
    }

    function test_a_settlement_after_a_request_takes_nothing_of_what_is_ready() public {
        _ready(2 ether);
        VM.prank(payer);
        escrow.requestWithdraw(COIN, 1.5 ether);
        VM.warp(START + 24 hours);
        _settle_refused(
            abi.encodeWithSelector(IInferenceEscrow.BalanceExceeded.selector, payer, COIN, 0.5 ether + 1, 0.5 ether),
            0.5 ether + 1
        );
        _settle(0.5 ether);
        VM.prank(payer);
        escrow.withdraw(COIN);
        VM.assertEq(address(escrow).balance, 0);
    }

    function test_a_token_that_shrinks_harms_its_own_holders_alone() public {
        _ready(3 ether);
        RebasingToken token = new RebasingToken();
        _accept(address(token));
        token.mint(payer, 100);
        VM.prank(payer);
        token.approve(address(escrow), 100);
        VM.prank(payer);
        escrow.deposit(payer, address(token), 100);
        token.halve();
        VM.prank(payer);
        escrow.requestWithdraw(address(token), 100);
        VM.prank(payer);
        escrow.requestWithdraw(COIN, 3 ether);
        VM.warp(START + 24 hours);
        VM.expectPartialRevert(IERC20Errors.ERC20InsufficientBalance.selector);
        VM.prank(payer);
        escrow.withdraw(address(token));
        VM.prank(payer);
        escrow.withdraw(COIN);
        VM.assertEq(address(escrow).balance, 0);
    }

    function test_a_token_that_grew_pays_nobody_more_than_is_owed() public {
        _readyInDollars("dollars", 10e6);
        VM.prank(payer);
        dollar.transfer(address(escrow), 5e6);
        VM.prank(payer);
        escrow.requestWithdraw(address(dollar), 10e6);
        VM.warp(START + 24 hours);
        VM.prank(payer);
        escrow.withdraw(address(dollar));
        VM.assertEq(dollar.balanceOf(address(escrow)), 5e6);
    }

    function test_coin_forced_into_the_escrow_is_nobodys() public {
        _ready(1 ether);
        VM.deal(address(escrow), 100 ether);
        _settle(1 ether);
        VM.assertEq(_balance(), 0);
        VM.assertEq(address(splitter).balance, 1 ether);
        (bool taken,) = address(escrow).call{value: 1}("");
        VM.assertFalse(taken);
    }

    function test_the_settler_can_take_nothing_out() public {
        _ready(1 ether);
        VM.prank(settler);
        VM.expectRevert(
            abi.encodeWithSelector(IInferenceEscrow.BalanceExceeded.selector, settler, COIN, 1, 0)
        );
        escrow.requestWithdraw(COIN, 1);
        bytes memory narrowed = abi.encodeWithSelector(IInferenceEscrow.InvalidSignature.selector, payer);
        IInferenceEscrow.Authorisation memory wanted = _authorisation();
        wanted.ceiling = type(uint128).max;
        VM.prank(settler);
        VM.expectRevert(narrowed);
        escrow.authorise(wanted, _signDigest(keccak256("something else")));
    }

    function test_a_key_of_one_payer_spends_nothing_of_another() public {
        _ready(1 ether);
        VM.deal(friend, 1 ether);
        VM.prank(friend);
        escrow.deposit{value: 1 ether}(friend, COIN, 1 ether);
        IInferenceEscrow.Charge[] memory charges = _charges(KEY, 1);
        charges[0].payer = friend;
        VM.prank(settler);
        VM.expectRevert(abi.encodeWithSelector(IInferenceEscrow.NotAuthorised.selector, friend, KEY));
        escrow.settle(charges);
        _settle(1 ether);
        VM.assertEq(escrow.account(friend, COIN).balance, 1 ether);
    }

    function _reenter(bytes memory call_) private {
        VM.warp(START);
        ReentrantPayer attacker = new ReentrantPayer{value: 2 ether}(escrow);
        VM.warp(START + 24 hours);
        attacker.withdraw(call_);
        VM.assertEq(bytes32(attacker.reason()), _guard());
        VM.assertEq(address(attacker).balance, 1 ether);
        VM.assertEq(escrow.account(address(attacker), COIN).balance, 1 ether);
    }

    function _guard() private pure returns (bytes32) {
        return bytes32(abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector));
    }
}
