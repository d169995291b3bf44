// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC3009} from "../src/interfaces/IERC3009.sol";
import {IInferenceEscrow} from "../src/interfaces/IInferenceEscrow.sol";
import {IModelMarketplace} from "../src/interfaces/IModelMarketplace.sol";
import {EscrowTest} from "./base/EscrowTest.sol";
import {FeeToken} from "./base/Tokens.sol";
import {Recorder, VM} from "./base/Vm.sol";

/// @dev A smart account: accepts exactly the signature that it was made with (EIP-1271).
contract SmartAccount {
    bytes32 private immutable _accepted;

    constructor(bytes memory signature) {
        _accepted = keccak256(signature);
    }

    function isValidSignature(bytes32, bytes calldata signature) external view returns (bytes4) {
        return keccak256(signature) == _accepted ? this.isValidSignature.selector : bytes4(0);
    }
}

contract EscrowDepositTest is EscrowTest {
    function test_adds_coin_to_the_payers_balance() public {
        VM.expectEmit(address(escrow));
        emit IInferenceEscrow.Deposited(payer, COIN, 1 ether, payer);
        VM.prank(payer);
        escrow.deposit{value: 1 ether}(payer, COIN, 1 ether);
        VM.assertEq(_balance(), 1 ether);
        VM.assertEq(escrow.chargeable(payer, COIN), 1 ether);
        VM.assertEq(address(escrow).balance, 1 ether);
    }

    function test_anyone_may_give_to_a_payer() public {
        VM.expectEmit(address(escrow));
        emit IInferenceEscrow.Deposited(payer, COIN, 5, friend);
        VM.prank(friend);
        escrow.deposit{value: 5}(payer, COIN, 5);
        VM.assertEq(_balance(), 5);
        VM.assertEq(escrow.account(friend, COIN).balance, 0);
    }

    function test_takes_a_token_that_was_approved() public {
        VM.prank(payer);
        dollar.approve(address(escrow), 10e6);
        VM.prank(payer);
        escrow.deposit(payer, address(dollar), 10e6);
        VM.assertEq(escrow.account(payer, address(dollar)).balance, 10e6);
        VM.assertEq(dollar.balanceOf(address(escrow)), 10e6);
        VM.assertEq(_balance(), 0);
    }

    function test_refuses_nothing_nobody_and_a_wrong_value() public {
        _deposit_refused(abi.encodeWithSelector(IInferenceEscrow.ZeroAmount.selector), payer, COIN, 0, 0);
        _deposit_refused(abi.encodeWithSelector(IInferenceEscrow.ZeroAddress.selector), address(0), COIN, 1, 1);
        _deposit_refused(abi.encodeWithSelector(IInferenceEscrow.WrongValue.selector, 1, 2), payer, COIN, 2, 1);
        _deposit_refused(abi.encodeWithSelector(IInferenceEscrow.WrongValue.selector, 2, 1), payer, COIN, 1, 2);
        bytes memory both = abi.encodeWithSelector(IInferenceEscrow.WrongValue.selector, 1, 0);
        _deposit_refused(both, payer, address(dollar), 1, 1);
    }

    function test_refuses_a_token_that_the_market_does_not_take() public {
        bytes memory reason = abi.encodeWithSelector(IInferenceEscrow.TokenNotAccepted.selector, stranger);
        _deposit_refused(reason, payer, stranger, 1, 0);
    }

    function test_refuses_a_token_that_keeps_a_part_of_the_transfer() public {
        FeeToken token = new FeeToken();
        _accept(address(token));
        token.mint(payer, 1_000);
        VM.prank(payer);
        token.approve(address(escrow), 1_000);
        _deposit_refused(
            abi.encodeWithSelector(IInferenceEscrow.AmountNotReceived.selector, token, 1_000, 990),
            payer,
            address(token),
            1_000,
            0
        );
    }

    function _deposit_refused(bytes memory reason, address account, address token, uint256 amount, uint256 value)
        private
    {
        _refused(reason);
        VM.prank(payer);
        escrow.deposit{value: value}(account, token, amount);
    }
}

contract EscrowDepositWithPermitTest is EscrowTest {
    function test_takes_a_token_that_the_callers_signature_approves() public {
        IInferenceEscrow.Permit memory permit = _permit(10e6);
        VM.prank(payer);
        escrow.depositWithPermit(friend, address(dollar), 10e6, permit);
        VM.assertEq(escrow.account(friend, address(dollar)).balance, 10e6);
        VM.assertEq(dollar.allowance(payer, address(escrow)), 0);
    }

    function test_a_permit_that_somebody_used_before_does_no_harm() public {
        IInferenceEscrow.Permit memory permit = _permit(10e6);
        VM.prank(stranger);
        dollar.permit(payer, address(escrow), 10e6, permit.deadline, permit.v, permit.r, permit.s);
        VM.prank(payer);
        escrow.depositWithPermit(payer, address(dollar), 10e6, permit);
        VM.assertEq(escrow.account(payer, address(dollar)).balance, 10e6);
    }

    function test_a_stranger_cannot_spend_anothers_permit() public {
        IInferenceEscrow.Permit memory permit = _permit(10e6);
        _refused(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(escrow), 0, 10e6)
        );
        VM.prank(stranger);
        escrow.depositWithPermit(stranger, address(dollar), 10e6, permit);
    }

    function test_authorises_in_the_same_call() public {
        IInferenceEscrow.Permit memory permit = _permit(10e6);
        IInferenceEscrow.Authorisation memory wanted = _authorisation();
        wanted.token = address(dollar);
        VM.prank(payer);
        escrow.depositAndAuthoriseWithPermit(wanted, 10e6, permit);
        VM.assertEq(escrow.account(payer, address(dollar)).balance, 10e6);
        VM.assertEq(escrow.key(payer, KEY).token, address(dollar));
    }

    function test_refuses_coin_and_tokens_that_the_market_does_not_take() public {
        IInferenceEscrow.Permit memory permit = _permit(1);
        _refused(abi.encodeWithSelector(IInferenceEscrow.TokenNotAccepted.selector, COIN));
        VM.prank(payer);
        escrow.depositWithPermit(payer, COIN, 1, permit);
        _refused(abi.encodeWithSelector(IInferenceEscrow.TokenNotAccepted.selector, stranger));
        VM.prank(payer);
        escrow.depositWithPermit(payer, stranger, 1, permit);
    }

    function _permit(uint256 amount) private view returns (IInferenceEscrow.Permit memory permit) {
        bytes32 kind =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        permit.deadline = block.timestamp;
        bytes32 contents = keccak256(abi.encode(kind, payer, address(escrow), amount, 0, permit.deadline));
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", dollar.DOMAIN_SEPARATOR(), contents));
        (permit.v, permit.r, permit.s) = VM.sign(PAYER_KEY, digest);
    }
}

contract EscrowPayWithAuthorisationTest is EscrowTest {
    function test_pays_one_call_into_the_models_bucket_whoever_brings_it() public {
        IInferenceEscrow.Payment memory payment = _payment(10e6, "salt");
        (uint8 v, bytes32 r, bytes32 s) = _signPayment(payment);
        bytes32 nonce = escrow.hashCall(model, "salt");
        bytes32 split = splitter.splitHash(model);
        VM.expectEmit(address(escrow));
        emit IInferenceEscrow.Deposited(payer, address(dollar), 10e6, payer);
        VM.expectEmit(address(escrow));
        emit IInferenceEscrow.Charged(payer, nonce, model, address(dollar), 10e6, 250_000, TODAY, split);
        VM.prank(stranger);
        escrow.payWithAuthorisation(payment, v, r, s);
        VM.assertEq(dollar.balanceOf(address(splitter)), 10e6);
        VM.assertEq(dollar.balanceOf(address(escrow)), 0);
        VM.assertEq(escrow.account(payer, address(dollar)).balance, 0);
        VM.assertEq(dollar.balanceOf(payer), 990e6);
    }

    function test_counts_as_paid_use_of_the_model() public {
        _refused(abi.encodeWithSelector(IModelMarketplace.NotEligibleToRate.selector, model, payer));
        VM.prank(payer);
        market.rateModel(model, 5, "cid");
        _pay(_payment(10e6, "salt"));
        VM.prank(payer);
        market.rateModel(model, 5, "cid");
    }

    function test_pays_once_and_another_salt_is_another_call() public {
        IInferenceEscrow.Payment memory payment = _payment(10e6, "salt");
        (uint8 v, bytes32 r, bytes32 s) = _signPayment(payment);
        _pay(payment);
        bytes32 nonce = escrow.hashCall(model, "salt");
        _refused(abi.encodeWithSelector(IERC3009.AuthorizationUsedOrCanceled.selector, payer, nonce));
        escrow.payWithAuthorisation(payment, v, r, s);
        _pay(_payment(10e6, "pepper"));
        VM.assertEq(dollar.balanceOf(address(splitter)), 20e6);
    }

    function test_pays_no_other_model_payer_or_amount_than_was_signed() public {
        IInferenceEscrow.Payment memory payment = _payment(10e6, "salt");
        (uint8 v, bytes32 r, bytes32 s) = _signPayment(payment);
        VM.prank(friend);
        market.listModel(_id(friend, 1), PRICE, METADATA);
        payment.modelId = _id(friend, 1);
        _pay_refused(payment, v, r, s);
        payment = _payment(10e6 + 1, "salt");
        _pay_refused(payment, v, r, s);
        payment = _payment(10e6, "salt");
        payment.validBefore += 1;
        _pay_refused(payment, v, r, s);
        VM.assertEq(dollar.balanceOf(payer), 1_000e6);
    }

    function test_nobody_takes_the_signature_around_the_escrow() public {
        IInferenceEscrow.Payment memory payment = _payment(10e6, "salt");
        (uint8 v, bytes32 r, bytes32 s) = _signPayment(payment);
        bytes32 nonce = escrow.hashCall(model, "salt");
        _refused(abi.encodeWithSelector(IERC3009.CallerNotPayee.selector, stranger, address(escrow)));
        VM.prank(stranger);
        dollar.receiveWithAuthorization(
            payer, address(escrow), payment.amount, 0, payment.validBefore, nonce, v, r, s
        );
    }

    function test_is_refused_out_of_its_time_and_without_the_money() public {
        IInferenceEscrow.Payment memory payment = _payment(10e6, "salt");
        (uint8 v, bytes32 r, bytes32 s) = _signPayment(payment);
        VM.warp(payment.validBefore);
        _refused(
            abi.encodeWithSelector(
                IERC3009.AuthorizationExpired.selector, payment.validBefore, uint256(payment.validBefore)
            )
        );
        escrow.payWithAuthorisation(payment, v, r, s);
        VM.warp(START);
        payment = _payment(1_001e6, "salt");
        (v, r, s) = _signPayment(payment);
        _refused(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, payer, 1_000e6, 1_001e6)
        );
        escrow.payWithAuthorisation(payment, v, r, s);
    }

    function test_refuses_nothing_coin_unknown_tokens_and_models_that_are_not_listed() public {
        IInferenceEscrow.Payment memory payment = _payment(0, "salt");
        _refused(abi.encodeWithSelector(IInferenceEscrow.ZeroAmount.selector));
        escrow.payWithAuthorisation(payment, 27, 0, 0);
        payment.amount = 1;
        payment.token = COIN;
        _refused(abi.encodeWithSelector(IInferenceEscrow.TokenNotAccepted.selector, COIN));
        escrow.payWithAuthorisation(payment, 27, 0, 0);
        payment.token = stranger;
        _refused(abi.encodeWithSelector(IInferenceEscrow.TokenNotAccepted.selector, stranger));
        escrow.payWithAuthorisation(payment, 27, 0, 0);
        payment = _payment(1, "salt");
        payment.modelId = _id(seller, 77);
        (uint8 v, bytes32 r, bytes32 s) = _signPayment(payment);
        _refused(abi.encodeWithSelector(IModelMarketplace.NotListed.selector, payment.modelId));
        escrow.payWithAuthorisation(payment, v, r, s);
        VM.assertFalse(dollar.authorizationState(payer, escrow.hashCall(payment.modelId, "salt")));
    }

    function test_refuses_a_token_that_keeps_a_part_of_what_it_moves() public {
        FeeToken token = new FeeToken();
        token.mint(payer, 1_000);
        _accept(address(token));
        IInferenceEscrow.Payment memory payment = _payment(1_000, "salt");
        payment.token = address(token);
        _refused(abi.encodeWithSelector(IInferenceEscrow.AmountNotReceived.selector, token, 1_000, 990));
        escrow.payWithAuthorisation(payment, 27, 0, 0);
    }

    function test_waits_while_the_market_is_paused() public {
        VM.prank(admin);
        parameters.setPause(uint64(START + 10));
        _refused(abi.encodeWithSelector(IInferenceEscrow.MarketPaused.selector, START + 10));
        escrow.payWithAuthorisation(_payment(1, "salt"), 27, 0, 0);
    }

    function _pay_refused(IInferenceEscrow.Payment memory payment, uint8 v, bytes32 r, bytes32 s) private {
        uint256 before = dollar.balanceOf(payer);
        try escrow.payWithAuthorisation(payment, v, r, s) {
            revert("paid");
        } catch (bytes memory reason) {
            VM.assertEq(bytes32(bytes4(reason)), bytes32(IERC3009.InvalidAuthorizer.selector));
        }
        VM.assertEq(dollar.balanceOf(payer), before);
    }
}

contract EscrowDepositAndAuthoriseTest is EscrowTest {
    function test_authorises_a_key_and_adds_to_the_balance() public {
        VM.expectEmit(address(escrow));
        emit IInferenceEscrow.Authorised(payer, KEY, COIN, CEILING, END);
        VM.expectEmit(address(escrow));
        emit IInferenceEscrow.Deposited(payer, COIN, 1 ether, payer);
        _ready(1 ether);
        IInferenceEscrow.Key memory key = escrow.key(payer, KEY);
        VM.assertEq(key.ceiling, CEILING);
        VM.assertEq(key.validUntil, END);
        VM.assertEq(key.spent, 0);
        VM.assertEq(_balance(), 1 ether);
    }

    function test_authorises_without_a_deposit_but_keeps_no_stray_coin() public {
        _ready(0);
        VM.assertEq(escrow.key(payer, KEY).ceiling, CEILING);
        _refused(abi.encodeWithSelector(IInferenceEscrow.ZeroAmount.selector));
        VM.prank(payer);
        escrow.depositAndAuthorise{value: 1}(_authorisation(), 0);
    }

    function test_refuses_anothers_key() public {
        _refused(abi.encodeWithSelector(IInferenceEscrow.NotPayer.selector, payer, stranger));
        VM.prank(stranger);
        escrow.depositAndAuthorise(_authorisation(), 0);
    }
}

contract EscrowAuthoriseTest is EscrowTest {
    function test_anyone_registers_what_the_payer_signed() public {
        bytes memory signature = _sign(_authorisation());
        VM.expectEmit(address(escrow));
        emit IInferenceEscrow.Authorised(payer, KEY, COIN, CEILING, END);
        VM.prank(settler);
        escrow.authorise(_authorisation(), signature);
        VM.assertEq(escrow.key(payer, KEY).ceiling, CEILING);
    }

    function test_the_same_again_changes_nothing() public {
        _ready(CEILING);
        _settle(1 ether);
        escrow.authorise(_authorisation(), _sign(_authorisation()));
        VM.assertEq(escrow.key(payer, KEY).spent, 1 ether);
    }

    function test_a_smart_account_signs_by_its_own_rules() public {
        SmartAccount smart = new SmartAccount("open sesame");
        IInferenceEscrow.Authorisation memory wanted = _authorisation();
        wanted.payer = address(smart);
        escrow.authorise(wanted, "open sesame");
        VM.assertEq(escrow.key(address(smart), KEY).ceiling, CEILING);
        wanted.ceiling += 1;
        _authorise_refused(wanted, "open barley");
    }

    function test_an_account_with_a_key_and_code_signs_by_its_key() public {
        bytes memory signature = _sign(_authorisation());
        VM.etch(payer, hex"60006000fd");
        escrow.authorise(_authorisation(), signature);
        VM.assertEq(escrow.key(payer, KEY).ceiling, CEILING);
    }

    function test_refuses_anything_but_exactly_what_was_signed() public {
        bytes memory signature = _sign(_authorisation());
        IInferenceEscrow.Authorisation memory wanted = _authorisation();
        wanted.ceiling += 1;
        _authorise_refused(wanted, signature);
        wanted = _authorisation();
        wanted.payer = friend;
        _authorise_refused(wanted, signature);
        _authorise_refused(_authorisation(), "");
    }

    function test_refuses_a_signature_for_another_chain_or_contract() public {
        bytes memory signature = _sign(_authorisation());
        bytes memory parts = abi.encode(manager, parameters, splitter, market);
        IInferenceEscrow other = IInferenceEscrow(VM.deployCode("InferenceEscrow.sol:InferenceEscrow", parts));
        _refused(abi.encodeWithSelector(IInferenceEscrow.InvalidSignature.selector, payer));
        other.authorise(_authorisation(), signature);
        VM.chainId(1);
        _authorise_refused(_authorisation(), signature);
    }

    function test_the_digest_is_that_of_eip_712() public view {
        (, string memory name, string memory version, uint256 chainId, address place,,) = escrow.eip712Domain();
        VM.assertEq(name, "InferenceEscrow");
        VM.assertEq(version, "1");
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256(bytes(version)),
                chainId,
                place
            )
        );
        bytes32 contents = keccak256(
            abi.encode(
                keccak256(
                    "Authorisation(address payer,bytes32 keyId,address token,uint128 ceiling,uint64 validUntil)"
                ),
                payer,
                KEY,
                COIN,
                CEILING,
                END
            )
        );
        VM.assertEq(
            escrow.hashAuthorisation(_authorisation()), keccak256(abi.encodePacked("\x19\x01", domain, contents))
        );
    }

    function test_raises_and_prolongs_but_never_narrows() public {
        _ready(0);
        IInferenceEscrow.Authorisation memory wanted = _authorisation();
        bytes memory older = _sign(wanted);
        (wanted.ceiling, wanted.validUntil) = (CEILING + 1, END + 1);
        escrow.authorise(wanted, _sign(wanted));
        VM.assertEq(escrow.key(payer, KEY).ceiling, CEILING + 1);

        bytes memory narrowed = abi.encodeWithSelector(IInferenceEscrow.AuthorisationNarrowed.selector, payer, KEY);
        _refused(narrowed);
        escrow.authorise(_authorisation(), older);
        wanted.validUntil = END;
        _own_refused(narrowed, wanted);
        wanted.validUntil = END + 1;
        wanted.token = address(dollar);
        _own_refused(narrowed, wanted);
    }

    function test_a_ceiling_is_raised_and_an_end_put_off_each_alone() public {
        _ready(0);
        IInferenceEscrow.Authorisation memory wanted = _authorisation();
        wanted.ceiling = CEILING + 1;
        escrow.authorise(wanted, _sign(wanted));
        VM.assertEq(escrow.key(payer, KEY).ceiling, CEILING + 1);
        wanted.validUntil = END + 1;
        escrow.authorise(wanted, _sign(wanted));
        VM.assertEq(escrow.key(payer, KEY).validUntil, END + 1);
        wanted.token = address(dollar);
        _own_refused(
            abi.encodeWithSelector(IInferenceEscrow.AuthorisationNarrowed.selector, payer, KEY), wanted
        );
    }

    function test_the_same_again_changes_nothing_and_nobody_is_told_of_it() public {
        _ready(0);
        bytes memory signature = _sign(_authorisation());
        Recorder(address(VM)).recordLogs();
        escrow.authorise(_authorisation(), signature);
        VM.assertEq(Recorder(address(VM)).getRecordedLogs().length, 0);
    }

    function test_refuses_what_has_ended() public {
        VM.warp(END + 1);
        _own_refused(
            abi.encodeWithSelector(IInferenceEscrow.AuthorisationExpired.selector, END, END + 1), _authorisation()
        );
    }

    function _authorise_refused(IInferenceEscrow.Authorisation memory wanted, bytes memory signature) private {
        _refused(abi.encodeWithSelector(IInferenceEscrow.InvalidSignature.selector, wanted.payer));
        escrow.authorise(wanted, signature);
    }

    function _own_refused(bytes memory reason, IInferenceEscrow.Authorisation memory wanted) private {
        _refused(reason);
        VM.prank(payer);
        escrow.depositAndAuthorise(wanted, 0);
    }
}

contract EscrowRevokeTest is EscrowTest {
    function test_ends_a_key_for_ever_but_what_was_used_can_be_charged() public {
        _ready(1 ether);
        VM.warp(START + 1 days);
        VM.expectEmit(address(escrow));
        emit IInferenceEscrow.Revoked(payer, KEY, uint64(START + 1 days));
        VM.prank(payer);
        escrow.revoke(KEY);

        VM.warp(START + 3 days);
        _settle(1);
        VM.warp(START + 3 days + 1);
        bytes memory over = abi.encodeWithSelector(
            IInferenceEscrow.AuthorisationExpired.selector, START + 1 days, START + 3 days + 1
        );
        _settle_refused(over, 1);
    }

    function test_no_signature_brings_it_back() public {
        bytes memory signature = _sign(_authorisation());
        VM.prank(payer);
        escrow.revoke(KEY);
        bytes memory revoked = abi.encodeWithSelector(IInferenceEscrow.KeyRevoked.selector, payer, KEY);
        _refused(revoked);
        escrow.authorise(_authorisation(), signature);
        _refused(revoked);
        VM.prank(payer);
        escrow.revoke(KEY);
    }

    function test_what_ended_before_is_not_prolonged() public {
        _ready(0);
        VM.warp(END + 5);
        VM.prank(payer);
        escrow.revoke(KEY);
        VM.assertEq(escrow.key(payer, KEY).validUntil, END);
    }

    function test_touches_only_the_callers_own_key() public {
        _ready(1 ether);
        VM.prank(stranger);
        escrow.revoke(KEY);
        VM.assertFalse(escrow.key(payer, KEY).revoked);
        _settle(1);
    }
}

contract EscrowSettleTest is EscrowTest {
    function test_charges_go_into_the_models_bucket_of_today() public {
        _ready(1 ether);
        VM.expectEmit(address(escrow));
        emit IInferenceEscrow.Charged(
            payer, KEY, model, COIN, 0.4 ether, 0.01 ether, TODAY, splitter.splitHash(model)
        );
        _settle(0.4 ether);
        VM.assertEq(_bucket(TODAY).gross, 0.4 ether);
        VM.assertEq(_bucket(TODAY).fee, 0.01 ether);
        VM.assertEq(_balance(), 0.6 ether);
        VM.assertEq(escrow.key(payer, KEY).spent, 0.4 ether);
        VM.assertEq(address(splitter).balance, 0.4 ether);

        VM.warp((TODAY + 1) * 1 days);
        _distribute(TODAY);
        VM.assertEq(splitter.credits(seller, COIN), 0.39 ether);
        VM.assertEq(splitter.credits(vault, COIN), 0.01 ether);
    }

    function test_many_keys_and_models_in_one_batch() public {
        bytes32 other = _id(seller, 2);
        VM.prank(seller);
        market.listModel(other, PRICE, METADATA);
        _ready(1 ether);
        IInferenceEscrow.Authorisation memory second = _authorisation();
        second.keyId = "second";
        escrow.authorise(second, _sign(second));
        IInferenceEscrow.Charge[] memory charges = new IInferenceEscrow.Charge[](3);
        charges[0] = IInferenceEscrow.Charge(payer, KEY, model, 10);
        charges[1] = IInferenceEscrow.Charge(payer, "second", other, 20);
        charges[2] = IInferenceEscrow.Charge(payer, KEY, model, 30);
        VM.prank(settler);
        escrow.settle(charges);
        VM.assertEq(_bucket(TODAY).gross, 40);
        VM.assertEq(splitter.bucket(other, COIN, splitter.splitHash(other), TODAY).gross, 20);
        VM.assertEq(_balance(), 1 ether - 60);
        VM.assertEq(escrow.key(payer, "second").spent, 20);
    }

    function test_charges_in_a_token_too() public {
        _readyInDollars("dollars", 100e6);
        IInferenceEscrow.Charge[] memory charges = _charges("dollars", 40e6);
        VM.prank(settler);
        escrow.settle(charges);
        VM.assertEq(dollar.balanceOf(address(splitter)), 40e6);
        VM.assertEq(dollar.allowance(address(escrow), address(splitter)), 0);
        VM.assertEq(splitter.bucket(model, address(dollar), splitter.splitHash(model), TODAY).fee, 1e6);
        VM.assertEq(escrow.account(payer, address(dollar)).balance, 60e6);
    }

    function test_the_payer_counts_as_having_paid() public {
        _ready(1 ether);
        _settle(0.4 ether);
        VM.assertEq(market.standingOf(model, payer).fees, 0.01 ether);
        VM.prank(payer);
        market.rateModel(model, 5, "");
    }

    function test_all_charges_of_a_key_together_stay_below_its_ceiling() public {
        _ready(5 ether);
        _settle(CEILING - 1);
        _settle_refused(
            abi.encodeWithSelector(IInferenceEscrow.CeilingExceeded.selector, payer, KEY, CEILING + 1, CEILING), 2
        );
        _settle(1);
        VM.assertEq(escrow.key(payer, KEY).spent, CEILING);
    }

    function test_and_below_the_balance() public {
        _ready(1 ether);
        bytes memory reason = abi.encodeWithSelector(
            IInferenceEscrow.BalanceExceeded.selector, payer, COIN, 1 ether + 1, 1 ether
        );
        _settle_refused(reason, 1 ether + 1);
        _settle(1 ether);
        VM.assertEq(_balance(), 0);
    }

    function test_until_two_days_after_the_end() public {
        _ready(1 ether);
        VM.warp(END + 2 days);
        _settle(1);
        VM.warp(END + 2 days + 1);
        _settle_refused(
            abi.encodeWithSelector(IInferenceEscrow.AuthorisationExpired.selector, END, END + 2 days + 1), 1
        );
    }

    function test_all_of_the_batch_or_none_of_it() public {
        _ready(1 ether);
        IInferenceEscrow.Charge[] memory charges = new IInferenceEscrow.Charge[](2);
        charges[0] = IInferenceEscrow.Charge(payer, KEY, model, 1);
        charges[1] = IInferenceEscrow.Charge(friend, KEY, model, 1);
        _refused(abi.encodeWithSelector(IInferenceEscrow.NotAuthorised.selector, friend, KEY));
        VM.prank(settler);
        escrow.settle(charges);
        VM.assertEq(_balance(), 1 ether);
        VM.prank(settler);
        escrow.settle(new IInferenceEscrow.Charge[](0));
    }

    function test_refuses_two_tokens_in_one_batch() public {
        _ready(1 ether);
        _readyInDollars("dollars", 1e6);
        IInferenceEscrow.Charge[] memory charges = new IInferenceEscrow.Charge[](2);
        charges[0] = IInferenceEscrow.Charge(payer, KEY, model, 1);
        charges[1] = IInferenceEscrow.Charge(payer, "dollars", model, 1);
        _refused(abi.encodeWithSelector(IInferenceEscrow.TokensDiffer.selector, COIN, address(dollar)));
        VM.prank(settler);
        escrow.settle(charges);
    }

    function test_refuses_nothing_an_unlisted_model_and_a_key_that_nobody_authorised() public {
        _settle_refused(abi.encodeWithSelector(IInferenceEscrow.NotAuthorised.selector, payer, KEY), 1);
        _ready(1 ether);
        _settle_refused(abi.encodeWithSelector(IInferenceEscrow.ZeroAmount.selector), 0);
        model = _id(seller, 77);
        _settle_refused(abi.encodeWithSelector(IModelMarketplace.NotListed.selector, model), 1);
    }

    function test_refuses_everybody_but_the_settler_and_stops_while_paused() public {
        _ready(1 ether);
        IInferenceEscrow.Charge[] memory charges = _charges(KEY, 1);
        _refused(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        VM.prank(stranger);
        escrow.settle(charges);
        VM.prank(admin);
        parameters.setPause(uint64(START + 1 days));
        _settle_refused(abi.encodeWithSelector(IInferenceEscrow.MarketPaused.selector, START + 1 days), 1);
        VM.warp(START + 1 days);
        _settle(1);
    }

    function test_a_listing_that_is_paused_or_retired_is_still_paid() public {
        _ready(1 ether);
        VM.prank(seller);
        market.pauseListing(model);
        _settle(1);
        VM.prank(seller);
        market.retireListing(model);
        _settle(1);
        VM.assertEq(_bucket(TODAY).gross, 2);
    }
}

contract EscrowWithdrawTest is EscrowTest {
    function setUp() public override {
        super.setUp();
        _ready(1 ether);
    }

    function test_gives_back_what_was_asked_for_after_the_delay() public {
        VM.expectEmit(address(escrow));
        emit IInferenceEscrow.WithdrawalRequested(payer, COIN, 0.6 ether, uint64(START + 24 hours));
        _request(0.6 ether);
        VM.warp(START + 24 hours - 1);
        _withdraw_refused(0.6 ether, START + 24 hours);

        VM.warp(START + 24 hours);
        uint256 before = payer.balance;
        VM.expectEmit(address(escrow));
        emit IInferenceEscrow.Withdrawn(payer, COIN, 0.6 ether);
        VM.prank(payer);
        escrow.withdraw(COIN);
        VM.assertEq(payer.balance - before, 0.6 ether);
        VM.assertEq(_balance(), 0.4 ether);
        _withdraw_refused(0, 0);
    }

    function test_use_from_before_is_charged_during_the_delay() public {
        _request(1 ether);
        VM.warp(START + 24 hours - 1);
        _settle(0.7 ether);
        VM.warp(START + 24 hours);
        VM.prank(payer);
        escrow.withdraw(COIN);
        VM.assertEq(_balance(), 0);
        VM.assertEq(address(escrow).balance, 0);
        VM.assertEq(_bucket(TODAY + 1).gross, 0.7 ether);
    }

    function test_once_the_delay_is_over_no_charge_reaches_what_was_asked_for() public {
        _request(0.6 ether);
        VM.warp(START + 24 hours);
        VM.assertEq(escrow.chargeable(payer, COIN), 0.4 ether);
        bytes memory reason = abi.encodeWithSelector(
            IInferenceEscrow.BalanceExceeded.selector, payer, COIN, 0.4 ether + 1, 0.4 ether
        );
        _settle_refused(reason, 0.4 ether + 1);
        _settle(0.4 ether);
        VM.prank(payer);
        escrow.withdraw(COIN);
        VM.assertEq(address(escrow).balance, 0);
    }

    function test_nothing_can_be_charged_where_charges_left_less_than_was_asked_for() public {
        _request(1 ether);
        _settle(0.5 ether);
        VM.warp(START + 24 hours);
        VM.assertEq(escrow.chargeable(payer, COIN), 0);
    }

    function test_a_later_request_takes_the_place_of_the_earlier() public {
        _request(1 ether);
        VM.warp(START + 12 hours);
        _request(0.2 ether);
        VM.warp(START + 24 hours);
        _withdraw_refused(0.2 ether, START + 36 hours);
        _request(0);
        VM.assertEq(escrow.account(payer, COIN).readyAt, 0);
        _withdraw_refused(0, 0);
        VM.assertEq(escrow.chargeable(payer, COIN), 1 ether);
    }

    function test_the_delay_is_that_of_the_request() public {
        _request(1 ether);
        VM.prank(admin);
        parameters.set("escrowDelay", 7 days);
        VM.warp(START + 24 hours);
        VM.prank(payer);
        escrow.withdraw(COIN);
        VM.assertEq(_balance(), 0);
    }

    function test_refuses_more_than_there_is() public {
        bytes memory reason = abi.encodeWithSelector(
            IInferenceEscrow.BalanceExceeded.selector, payer, COIN, 1 ether + 1, 1 ether
        );
        _refused(reason);
        VM.prank(payer);
        escrow.requestWithdraw(COIN, 1 ether + 1);
    }

    function test_gives_tokens_back_too_while_paused_and_no_longer_accepted() public {
        _readyInDollars("dollars", 100e6);
        VM.prank(payer);
        escrow.requestWithdraw(address(dollar), 100e6);
        VM.prank(admin);
        parameters.setToken(address(dollar), false, 0);
        VM.warp(START + 24 hours);
        VM.prank(admin);
        parameters.setPause(uint64(START + 20 days));
        VM.prank(payer);
        escrow.withdraw(address(dollar));
        VM.assertEq(dollar.balanceOf(payer), 1_000e6);
    }

    function test_a_payer_that_takes_no_coin_names_another_account() public {
        VM.etch(payer, hex"60006000fd");
        _request(1 ether);
        VM.warp(START + 24 hours);
        _refused(abi.encodeWithSelector(IInferenceEscrow.PaymentFailed.selector, payer, 1 ether));
        VM.prank(payer);
        escrow.withdraw(COIN);
        _refused(abi.encodeWithSelector(IInferenceEscrow.ZeroAddress.selector));
        VM.prank(payer);
        escrow.withdrawTo(COIN, address(0));
        VM.prank(payer);
        escrow.withdrawTo(COIN, stranger);
        VM.assertEq(stranger.balance, 1 ether);
    }

    function _request(uint256 amount) private {
        VM.prank(payer);
        escrow.requestWithdraw(COIN, amount);
    }

    function _withdraw_refused(uint256 amount, uint256 readyAt) private {
        _refused(
            abi.encodeWithSelector(IInferenceEscrow.NotWithdrawable.selector, payer, COIN, amount, readyAt)
        );
        VM.prank(payer);
        escrow.withdraw(COIN);
    }
}
