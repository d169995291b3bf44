// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IInferenceEscrow} from "../src/interfaces/IInferenceEscrow.sol";
import {ModelSearch} from "../src/ModelSearch.sol";
import {EscrowTest} from "./base/EscrowTest.sol";
import {VM} from "./base/Vm.sol";

/// @dev Run and gated like {GasTest}; see there.
contract EscrowGasTest is EscrowTest {
    uint256 private constant BATCH = 20;
    uint256 private constant PER_CHARGE = 45_000;

    function test_deposit_and_authorise() public {
        _ready(1 ether);
        _at_most("escrow: deposit and authorise", 150_000);
        VM.prank(payer);
        escrow.deposit{value: 1}(payer, COIN, 1);
        _at_most("escrow: deposit again", 50_000);
    }

    function test_settle_a_batch() public {
        IInferenceEscrow.Charge[] memory charges = _batch(5);
        VM.prank(settler);
        escrow.settle(charges);
        _at_most("escrow: settle 20, each payer's first use of its model, 5 models", BATCH * 65_000);
        VM.prank(settler);
        escrow.settle(charges);
        _at_most("escrow: settle 20 again, 5 models", BATCH * PER_CHARGE);
        VM.warp(START + 1 days);
        VM.prank(settler);
        escrow.settle(charges);
        _at_most("escrow: settle 20 on another day, 5 models", BATCH * PER_CHARGE);
    }

    function test_settle_a_batch_of_as_many_models() public {
        IInferenceEscrow.Charge[] memory charges = _batch(BATCH);
        VM.prank(settler);
        escrow.settle(charges);
        _at_most("escrow: settle 20, each payer's first use of its model, 20 models", BATCH * 79_000); // decision 0210
        VM.prank(settler);
        escrow.settle(charges);
        _at_most("escrow: settle 20 again, 20 models", BATCH * PER_CHARGE);
        VM.warp(START + 1 days);
        VM.prank(settler);
        escrow.settle(charges);
        _at_most("escrow: settle 20 on another day, 20 models", BATCH * 61_500); // decision 0210
    }

    function test_pay_with_authorisation() public {
        for (uint256 i = 0; i < 2; ++i) {
            IInferenceEscrow.Payment memory payment = _payment(1e6, bytes32(i));
            (uint8 v, bytes32 r, bytes32 s) = _signPayment(payment);
            escrow.payWithAuthorisation(payment, v, r, s);
            if (i == 0) _at_most("escrow: pay a first call by authorisation", 200_000);
            else _at_most("escrow: pay another call by authorisation", 145_000);
        }
    }

    function test_withdraw() public {
        _ready(2 ether);
        VM.prank(payer);
        escrow.requestWithdraw(COIN, 1 ether);
        _at_most("escrow: request a withdrawal", 60_000); // with the second at which it was made: decision 0210
        VM.warp(START + 24 hours);
        VM.prank(payer);
        escrow.withdraw(COIN);
        _at_most("escrow: withdraw", 45_000);
    }

    function test_post_terms() public {
        ModelSearch finder = search;
        bytes32[] memory eight = finder.normalise("a b c d e f g h");
        bytes32[] memory one = finder.normalise("single");
        VM.prank(address(market));
        finder.post(model, eight);
        _at_most("search: post eight new terms", 21_000 + 8 * 50_000);
        VM.prank(address(market));
        finder.post(_id(seller, 50), eight);
        _at_most("search: post eight terms again", 21_000 + 8 * 33_000);
        VM.prank(address(market));
        finder.post(_id(seller, 51), one);
        _at_most("search: post one new term", 21_000 + 2 * 50_000);
    }

    /// @dev Twenty payers with a key each, and among them this many models.
    function _batch(uint256 models) private returns (IInferenceEscrow.Charge[] memory charges) {
        for (uint96 i = 0; i < models; ++i) {
            VM.prank(seller);
            market.listModel(_id(seller, 100 + i), PRICE, METADATA);
        }
        charges = new IInferenceEscrow.Charge[](BATCH);
        for (uint160 i = 0; i < BATCH; ++i) {
            address from = address(0xBA7E000 + i);
            VM.deal(from, 1 ether);
            VM.prank(from);
            escrow.depositAndAuthorise{value: 1 ether}(
                IInferenceEscrow.Authorisation(from, KEY, COIN, CEILING, END), 1 ether
            );
            charges[i] = IInferenceEscrow.Charge(from, KEY, _id(seller, uint96(100 + i % models)), 123_456_789_012);
        }
    }

    function _at_most(string memory name, uint256 target) private {
        VM.assertLe(VM.snapshotGasLastCall(name), target, name);
    }
}
