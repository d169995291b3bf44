// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {Roles} from "../../src/Roles.sol";
import {IInferenceEscrow} from "../../src/interfaces/IInferenceEscrow.sol";
import {MarketTest} from "./MarketTest.sol";
import {VM} from "./Vm.sol";

/// @title A market whose escrow has a settler, a payer with a key of its own, and the demo dollar as second currency.
abstract contract EscrowTest is MarketTest {
    uint256 internal constant PAYER_KEY = 0xA11CE;
    bytes32 internal constant KEY = "key";
    uint128 internal constant CEILING = 2 ether;
    uint64 internal constant END = uint64(START + 30 days);
    uint32 internal constant TODAY = 20_000;

    address internal immutable payer = VM.addr(PAYER_KEY);
    address internal immutable settler = _account("settler");

    function setUp() public virtual override {
        super.setUp();
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = IInferenceEscrow.settle.selector;
        _giveRole(address(escrow), selectors, Roles.SETTLER, settler);
        VM.deal(payer, 1_000 ether);
        VM.prank(payer);
        dollar.faucet();
    }

    function _accept(address token) internal {
        VM.prank(admin);
        parameters.setToken(token, true, 1e18);
    }

    function _authorisation() internal view returns (IInferenceEscrow.Authorisation memory) {
        return IInferenceEscrow.Authorisation(payer, KEY, COIN, CEILING, END);
    }

    function _sign(IInferenceEscrow.Authorisation memory authorisation) internal view returns (bytes memory) {
        return _signDigest(escrow.hashAuthorisation(authorisation));
    }

    function _signDigest(bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(PAYER_KEY, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev Give the payer this balance in coin and its key the usual ceiling.
    function _ready(uint256 amount) internal {
        VM.prank(payer);
        escrow.depositAndAuthorise{value: amount}(_authorisation(), amount);
    }

    /// @dev The same in demo dollars, for a key of that name.
    function _readyInDollars(bytes32 keyId, uint128 amount) internal {
        VM.prank(payer);
        dollar.approve(address(escrow), amount);
        VM.prank(payer);
        escrow.depositAndAuthorise(
            IInferenceEscrow.Authorisation(payer, keyId, address(dollar), amount, END), amount
        );
    }

    function _charges(bytes32 keyId, uint128 amount) internal view returns (IInferenceEscrow.Charge[] memory charges) {
        charges = new IInferenceEscrow.Charge[](1);
        charges[0] = IInferenceEscrow.Charge(payer, keyId, model, amount);
    }

    function _settle(uint128 amount) internal {
        IInferenceEscrow.Charge[] memory charges = _charges(KEY, amount);
        VM.prank(settler);
        escrow.settle(charges);
    }

    function _settle_refused(bytes memory reason, uint128 amount) internal {
        IInferenceEscrow.Charge[] memory charges = _charges(KEY, amount);
        _refused(reason);
        VM.prank(settler);
        escrow.settle(charges);
    }

    /// @dev One call of the model, paid in dollars; a later salt is another call.
    function _payment(uint128 amount, bytes32 salt) internal view returns (IInferenceEscrow.Payment memory) {
        return IInferenceEscrow.Payment(payer, model, salt, address(dollar), amount, 0, uint64(START + 1 hours));
    }

    /// @dev What the payer signs for it (ERC-3009).
    function _signPayment(IInferenceEscrow.Payment memory payment)
        internal
        view
        returns (uint8 v, bytes32 r, bytes32 s)
    {
        bytes32 typehash = keccak256(
            "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
        );
        bytes32 contents = keccak256(
            abi.encode(
                typehash,
                payer,
                address(escrow),
                uint256(payment.amount),
                uint256(payment.validAfter),
                uint256(payment.validBefore),
                escrow.hashCall(payment.modelId, payment.salt)
            )
        );
        return VM.sign(PAYER_KEY, keccak256(abi.encodePacked("\x19\x01", dollar.DOMAIN_SEPARATOR(), contents)));
    }

    function _pay(IInferenceEscrow.Payment memory payment) internal {
        (uint8 v, bytes32 r, bytes32 s) = _signPayment(payment);
        escrow.payWithAuthorisation(payment, v, r, s);
    }

    function _balance() internal view returns (uint256) {
        return escrow.account(payer, COIN).balance;
    }
}
