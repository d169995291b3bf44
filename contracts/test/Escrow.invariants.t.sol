// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IInferenceEscrow} from "../src/interfaces/IInferenceEscrow.sol";
import {EscrowHandler} from "./base/EscrowHandler.sol";
import {EscrowTest} from "./base/EscrowTest.sol";
import {VM} from "./base/Vm.sol";

/// @dev What has to hold after every call, in sentences.
abstract contract EscrowSentences is EscrowTest {
    EscrowHandler internal handler;

    function setUp() public override {
        super.setUp();
        handler = new EscrowHandler(escrow, dollar, parameters, admin, settler, model);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function _the_escrow_holds_exactly_what_it_owes() internal view {
        VM.assertEq(address(escrow).balance, _owed(COIN), "coin");
        VM.assertEq(dollar.balanceOf(address(escrow)), _owed(address(dollar)), "dollars");
    }

    function _what_was_deposited_is_charged_withdrawn_or_still_there() internal view {
        for (uint256 i = 0; i < 2; ++i) {
            address token = handler.token(i);
            uint256 gone = handler.charged(token) + handler.withdrawn(token);
            VM.assertEq(handler.deposited(token), gone + _owed(token), "deposited");
        }
    }

    function _what_was_charged_waits_in_the_splitter() internal view {
        VM.assertEq(address(splitter).balance, handler.charged(COIN), "coin");
        VM.assertEq(dollar.balanceOf(address(splitter)), handler.charged(address(dollar)), "dollars");
    }

    function _no_key_is_charged_above_its_ceiling() internal view {
        for (uint256 i = 0; i < handler.PAYERS(); ++i) {
            for (uint256 j = 0; j < handler.KEYS(); ++j) {
                IInferenceEscrow.Key memory key = escrow.key(handler.payer(i), bytes32(j));
                VM.assertLe(key.spent, key.ceiling, "ceiling");
                VM.assertEq(key.spent, handler.chargedTo(handler.payer(i), bytes32(j)), "spent");
            }
        }
    }

    function _what_waits_for_withdrawal_after_its_delay_is_out_of_reach() internal view {
        for (uint256 i = 0; i < 2 * handler.PAYERS(); ++i) {
            (address payer_, address token) = (handler.payer(i / 2), handler.token(i));
            IInferenceEscrow.Account memory held = escrow.account(payer_, token);
            uint256 ready = handler.readyAt(payer_, token);
            VM.assertEq(escrow.chargeable(payer_, token), handler.reach(payer_, token), "clock");
            if (ready == 0 || ready > block.timestamp || held.requested > held.balance) continue;
            VM.assertEq(escrow.chargeable(payer_, token) + held.requested, held.balance, "reach");
        }
    }

    function _owed(address token) private view returns (uint256 sum) {
        for (uint256 i = 0; i < handler.PAYERS(); ++i) {
            sum += escrow.account(handler.payer(i), token).balance;
        }
    }
}

/// @dev Each sentence by its name, after every call of short histories.
/// forge-config: default.invariant.runs = 16
/// forge-config: default.invariant.depth = 40
/// forge-config: default.invariant.check_interval = 1
contract EscrowInvariants is EscrowSentences {
    function invariant_the_escrow_holds_exactly_what_it_owes() public view {
        _the_escrow_holds_exactly_what_it_owes();
    }

    function invariant_what_was_deposited_is_charged_withdrawn_or_still_there() public view {
        _what_was_deposited_is_charged_withdrawn_or_still_there();
    }

    function invariant_what_was_charged_waits_in_the_splitter() public view {
        _what_was_charged_waits_in_the_splitter();
    }

    function invariant_no_key_is_charged_above_its_ceiling() public view {
        _no_key_is_charged_above_its_ceiling();
    }

    function invariant_what_waits_for_withdrawal_after_its_delay_is_out_of_reach() public view {
        _what_waits_for_withdrawal_after_its_delay_is_out_of_reach();
    }
}

/// @dev All the sentences in long histories; in many more of them by `make fuzz`.
contract EscrowFuzz is EscrowSentences {
    function invariant_all_of_them() public view {
        _the_escrow_holds_exactly_what_it_owes();
        _what_was_deposited_is_charged_withdrawn_or_still_there();
        _what_was_charged_waits_in_the_splitter();
        _no_key_is_charged_above_its_ceiling();
        _what_waits_for_withdrawal_after_its_delay_is_out_of_reach();
    }
}
