// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {DemoDollar} from "../src/DemoDollar.sol";
import {IDemoDollar} from "../src/interfaces/IDemoDollar.sol";
import {IERC3009} from "../src/interfaces/IERC3009.sol";
import {VM} from "./base/Vm.sol";

contract DemoDollarFaucetTest {
    DemoDollar private dollar = DemoDollar(VM.deployCode("DemoDollar.sol:DemoDollar", ""));

    function test_says_what_it_is() public view {
        VM.assertEq(dollar.name(), "Demo Dollar");
        VM.assertEq(dollar.symbol(), "DEMOUSD");
        VM.assertEq(dollar.decimals(), 6);
        VM.assertEq(dollar.totalSupply(), 0);
    }

    function test_gives_a_thousand_once_a_day() public {
        VM.warp(1_000_000);
        dollar.faucet();
        VM.assertEq(dollar.balanceOf(address(this)), 1_000e6);
        VM.assertEq(dollar.nextFaucet(address(this)), 1_000_000 + 24 hours);

        VM.warp(1_000_000 + 24 hours - 1);
        VM.expectRevert(
            abi.encodeWithSelector(IDemoDollar.TooEarly.selector, address(this), 1_000_000 + 24 hours)
        );
        dollar.faucet();
        VM.warp(1_000_000 + 24 hours);
        dollar.faucet();
        VM.assertEq(dollar.totalSupply(), 2_000e6);
    }
}

/// @dev Transfers by signature: the contract that is tested, one who signs, and what is signed.
abstract contract AuthorizationTest {
    uint256 internal constant KEY = 0xA11CE;
    uint256 internal constant NOW = 1_000_000;
    bytes32 internal constant NONCE = "one";

    DemoDollar internal dollar = DemoDollar(VM.deployCode("DemoDollar.sol:DemoDollar", ""));
    address internal from = VM.addr(KEY);
    address internal to = address(0xBEEF);

    function setUp() public {
        VM.warp(NOW);
        VM.prank(from);
        dollar.faucet();
    }

    function _signed(string memory kind, uint256 value, uint256 validAfter, uint256 validBefore)
        internal
        view
        returns (uint8, bytes32, bytes32)
    {
        string memory fields =
            "(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)";
        bytes32 typehash = keccak256(abi.encodePacked(kind, fields));
        return _sign(keccak256(abi.encode(typehash, from, to, value, validAfter, validBefore, NONCE)));
    }

    function _sign(bytes32 contents) internal view returns (uint8, bytes32, bytes32) {
        return VM.sign(KEY, keccak256(abi.encodePacked("\x19\x01", dollar.DOMAIN_SEPARATOR(), contents)));
    }

    function _cancel() internal {
        bytes32 typehash = keccak256("CancelAuthorization(address authorizer,bytes32 nonce)");
        (uint8 v, bytes32 r, bytes32 s) = _sign(keccak256(abi.encode(typehash, from, NONCE)));
        dollar.cancelAuthorization(from, NONCE, v, r, s);
    }

    function _transfer(uint256 value, uint256 validAfter, uint256 validBefore) internal {
        (uint8 v, bytes32 r, bytes32 s) = _signed("TransferWithAuthorization", value, validAfter, validBefore);
        dollar.transferWithAuthorization(from, to, value, validAfter, validBefore, NONCE, v, r, s);
    }
}

contract AuthorizationTypesTest is AuthorizationTest {
    /// @dev The numbers stand in ERC-3009 itself.
    function test_what_is_signed_has_the_types_of_the_standard() public view {
        bytes32 transfers = 0x7c7c6cdb67a18743f49ec6fa9b35f50d52ed05cbed4cc592e13b44501c1a2267;
        bytes32 receives = 0xd099cc98ef71107a616c4f0f941f04c322d8e254fe26b3c6668db87aae413de8;
        bytes32 cancels = 0x158b0a9edf7a828aad02f63cd515c68ef2f50ba807396f6d12842833a1597429;
        VM.assertEq(dollar.TRANSFER_WITH_AUTHORIZATION_TYPEHASH(), transfers);
        VM.assertEq(dollar.RECEIVE_WITH_AUTHORIZATION_TYPEHASH(), receives);
        VM.assertEq(dollar.CANCEL_AUTHORIZATION_TYPEHASH(), cancels);
    }
}

contract TransferWithAuthorizationTest is AuthorizationTest {
    function test_moves_what_was_signed_once_whoever_brings_it() public {
        VM.expectEmit(address(dollar));
        emit IERC3009.AuthorizationUsed(from, NONCE);
        _transfer(5, 0, NOW + 1);
        VM.assertEq(dollar.balanceOf(to), 5);
        VM.assertTrue(dollar.authorizationState(from, NONCE));

        (uint8 v, bytes32 r, bytes32 s) = _signed("TransferWithAuthorization", 5, 0, NOW + 1);
        VM.expectRevert(abi.encodeWithSelector(IERC3009.AuthorizationUsedOrCanceled.selector, from, NONCE));
        dollar.transferWithAuthorization(from, to, 5, 0, NOW + 1, NONCE, v, r, s);
    }

    function test_refuses_the_seconds_outside_of_its_time_its_bounds_included() public {
        (uint8 v, bytes32 r, bytes32 s) = _signed("TransferWithAuthorization", 5, NOW, NOW + 9);
        VM.expectRevert(abi.encodeWithSelector(IERC3009.AuthorizationNotYetValid.selector, NOW, NOW));
        dollar.transferWithAuthorization(from, to, 5, NOW, NOW + 9, NONCE, v, r, s);
        VM.warp(NOW + 9);
        VM.expectRevert(abi.encodeWithSelector(IERC3009.AuthorizationExpired.selector, NOW + 9, NOW + 9));
        dollar.transferWithAuthorization(from, to, 5, NOW, NOW + 9, NONCE, v, r, s);
        VM.warp(NOW + 8);
        dollar.transferWithAuthorization(from, to, 5, NOW, NOW + 9, NONCE, v, r, s);
    }

    function test_refuses_anything_but_what_was_signed() public {
        (uint8 v, bytes32 r, bytes32 s) = _signed("TransferWithAuthorization", 5, 0, NOW + 1);
        _refused(6, NONCE, v, r, s);
        _refused(5, "two", v, r, s);
        (v, r, s) = _signed("ReceiveWithAuthorization", 5, 0, NOW + 1);
        _refused(5, NONCE, v, r, s);
        VM.assertEq(dollar.balanceOf(to), 0);
    }

    function test_keeps_the_nonce_where_the_money_is_not_there() public {
        (uint8 v, bytes32 r, bytes32 s) = _signed("TransferWithAuthorization", 1_001e6, 0, NOW + 1);
        VM.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, from, 1_000e6, 1_001e6)
        );
        dollar.transferWithAuthorization(from, to, 1_001e6, 0, NOW + 1, NONCE, v, r, s);
        VM.assertFalse(dollar.authorizationState(from, NONCE));
    }

    function _refused(uint256 value, bytes32 nonce, uint8 v, bytes32 r, bytes32 s) private {
        bytes32 typehash = keccak256(
            "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
        );
        bytes32 contents = keccak256(abi.encode(typehash, from, to, value, 0, NOW + 1, nonce));
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", dollar.DOMAIN_SEPARATOR(), contents));
        address signer = ecrecover(digest, v, r, s);
        VM.expectRevert(abi.encodeWithSelector(IERC3009.InvalidAuthorizer.selector, signer, from));
        dollar.transferWithAuthorization(from, to, value, 0, NOW + 1, nonce, v, r, s);
    }
}

contract ReceiveWithAuthorizationTest is AuthorizationTest {
    function test_is_brought_by_the_payee_alone() public {
        (uint8 v, bytes32 r, bytes32 s) = _signed("ReceiveWithAuthorization", 5, 0, NOW + 1);
        VM.expectRevert(abi.encodeWithSelector(IERC3009.CallerNotPayee.selector, address(this), to));
        dollar.receiveWithAuthorization(from, to, 5, 0, NOW + 1, NONCE, v, r, s);
        VM.prank(to);
        dollar.receiveWithAuthorization(from, to, 5, 0, NOW + 1, NONCE, v, r, s);
        VM.assertEq(dollar.balanceOf(to), 5);
    }

    function test_refuses_another_time_a_used_nonce_and_another_signature() public {
        (uint8 v, bytes32 r, bytes32 s) = _signed("ReceiveWithAuthorization", 5, NOW, NOW + 9);
        VM.prank(to);
        VM.expectRevert(abi.encodeWithSelector(IERC3009.AuthorizationNotYetValid.selector, NOW, NOW));
        dollar.receiveWithAuthorization(from, to, 5, NOW, NOW + 9, NONCE, v, r, s);
        VM.warp(NOW + 1);
        _cancel();
        VM.prank(to);
        VM.expectRevert(abi.encodeWithSelector(IERC3009.AuthorizationUsedOrCanceled.selector, from, NONCE));
        dollar.receiveWithAuthorization(from, to, 5, NOW, NOW + 9, NONCE, v, r, s);
    }
}

contract CancelAuthorizationTest is AuthorizationTest {
    function test_uses_the_nonce_up_without_a_transfer() public {
        VM.expectEmit(address(dollar));
        emit IERC3009.AuthorizationCanceled(from, NONCE);
        _cancel();
        VM.assertTrue(dollar.authorizationState(from, NONCE));
        (uint8 v, bytes32 r, bytes32 s) = _signed("TransferWithAuthorization", 5, 0, NOW + 1);
        VM.expectRevert(abi.encodeWithSelector(IERC3009.AuthorizationUsedOrCanceled.selector, from, NONCE));
        dollar.transferWithAuthorization(from, to, 5, 0, NOW + 1, NONCE, v, r, s);
    }

    function test_is_refused_after_use_and_by_another_signer() public {
        bytes32 typehash = keccak256("CancelAuthorization(address authorizer,bytes32 nonce)");
        (uint8 v, bytes32 r, bytes32 s) = _sign(keccak256(abi.encode(typehash, to, NONCE)));
        VM.expectRevert(abi.encodeWithSelector(IERC3009.InvalidAuthorizer.selector, from, to));
        dollar.cancelAuthorization(to, NONCE, v, r, s);
        _transfer(5, 0, NOW + 1);
        (v, r, s) = _sign(keccak256(abi.encode(typehash, from, NONCE)));
        VM.expectRevert(abi.encodeWithSelector(IERC3009.AuthorizationUsedOrCanceled.selector, from, NONCE));
        dollar.cancelAuthorization(from, NONCE, v, r, s);
    }
}
