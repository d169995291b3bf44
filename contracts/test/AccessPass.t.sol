// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IAccessPass} from "../src/interfaces/IAccessPass.sol";
import {MarketTest} from "./base/MarketTest.sol";
import {VM} from "./base/Vm.sol";

contract PassMintTest is MarketTest {
    function test_a_minter_mints_locked_passes() public {
        VM.prank(address(market));
        VM.expectEmit(address(pass));
        emit IERC1155.TransferSingle(address(market), address(0), buyer, uint256(model), 3);
        pass.mint(buyer, model, 3, MATURITY, false);
        VM.assertEq(pass.balanceOf(buyer, uint256(model)), 3);
        VM.assertEq(pass.lockedOf(buyer, uint256(model)), 3);
        VM.assertEq(pass.holding(buyer, uint256(model)).boughtDay, MATURITY);
    }

    function test_refuses_everybody_else() public {
        _refused(abi.encodeWithSelector(IAccessPass.NotMinter.selector, stranger));
        VM.prank(stranger);
        pass.mint(stranger, model, 1, MATURITY, false);
    }

    function test_a_contract_that_takes_no_pass_is_refused() public {
        _refused(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidReceiver.selector, address(market)));
        VM.prank(address(market));
        pass.mint(address(market), model, 1, MATURITY, false);
    }
}

contract PassSetMinterTest is MarketTest {
    function test_a_minter_can_be_stopped() public {
        VM.expectEmit(address(pass));
        emit IAccessPass.MinterSet(address(market), false);
        VM.prank(admin);
        pass.setMinter(address(market), false);
        VM.assertFalse(pass.isMinter(address(market)));
    }

    function test_refuses_everybody_but_the_admin() public {
        _refused(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        VM.prank(stranger);
        pass.setMinter(stranger, true);
    }
}

contract PassTransferTest is MarketTest {
    uint256 private id;

    function setUp() public override {
        super.setUp();
        id = uint256(model);
        _buy(buyer, 5, buyer);
    }

    function test_a_matured_pass_moves_where_the_seller_allows_it() public {
        _allow();
        VM.warp((MATURITY + 1) * 1 days);
        _move(2);
        VM.assertEq(pass.balanceOf(buyer, id), 3);
        VM.assertEq(pass.balanceOf(friend, id), 2);
        VM.assertEq(pass.lockedOf(buyer, id), 0);
    }

    function test_to_oneself_it_changes_nothing() public {
        _allow();
        VM.warp((MATURITY + 1) * 1 days);
        VM.prank(buyer);
        pass.safeTransferFrom(buyer, buyer, id, 5, "");
        VM.assertEq(pass.balanceOf(buyer, id), 5);
    }

    function test_a_batch_moves_too() public {
        _allow();
        VM.warp((MATURITY + 1) * 1 days);
        (uint256[] memory ids, uint256[] memory values) = (new uint256[](2), new uint256[](2));
        (ids[0], ids[1], values[0], values[1]) = (id, id, 1, 2);
        VM.prank(buyer);
        pass.safeBatchTransferFrom(buyer, friend, ids, values, "");
        VM.assertEq(pass.balanceOf(friend, id), 3);

        _refused(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidArrayLength.selector, 2, 1));
        VM.prank(buyer);
        pass.safeBatchTransferFrom(buyer, friend, ids, new uint256[](1), "");
    }

    function test_refuses_where_the_seller_did_not_allow_it() public {
        VM.warp((MATURITY + 1) * 1 days);
        _refused(abi.encodeWithSelector(IAccessPass.TransfersNotAllowed.selector, id));
        _move(1);
    }

    function test_refuses_through_the_whole_maturity_day() public {
        _allow();
        VM.warp((MATURITY + 1) * 1 days - 1);
        _refused(abi.encodeWithSelector(IAccessPass.PassesLocked.selector, buyer, id, 1, 0));
        _move(1);
    }

    function test_refuses_more_than_there_is() public {
        _allow();
        _refused(abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, buyer, 5, 6, id));
        _move(6);
    }

    function test_refuses_a_stranger() public {
        _refused(abi.encodeWithSelector(IERC1155Errors.ERC1155MissingApprovalForAll.selector, stranger, buyer));
        VM.prank(stranger);
        pass.safeTransferFrom(buyer, stranger, id, 1, "");
    }

    function test_later_passes_lock_alone_once_the_earlier_ones_are_free() public {
        _allow();
        VM.warp((MATURITY + 1) * 1 days);
        _buy(buyer, 2, buyer);
        VM.assertEq(pass.lockedOf(buyer, id), 2);
        _move(5);
        _refused(abi.encodeWithSelector(IAccessPass.PassesLocked.selector, buyer, id, 1, 0));
        _move(1);
    }

    function test_passes_bought_during_a_lock_prolong_it() public {
        VM.warp(START + 2 days);
        _buy(buyer, 1, buyer);
        VM.warp((MATURITY + 1) * 1 days);
        VM.assertEq(pass.lockedOf(buyer, id), 6);
        VM.warp((MATURITY + 3) * 1 days);
        VM.assertEq(pass.lockedOf(buyer, id), 0);
    }

    function test_a_gift_prolongs_no_lock_of_what_was_bought() public {
        VM.warp(START + 2 days);
        _buy(_richStranger(), 1, buyer);
        VM.assertEq(pass.lockedOf(buyer, id), 6);
        VM.warp((MATURITY + 1) * 1 days);
        VM.assertEq(pass.lockedOf(buyer, id), 1);
        _buy(_richStranger(), 1, buyer);
        VM.assertEq(pass.lockedOf(buyer, id), 2);
    }

    function test_a_shorter_window_shortens_no_lock() public {
        VM.prank(admin);
        parameters.set("refundWindow", 1 days);
        _buy(buyer, 1, buyer);
        VM.assertEq(pass.holding(buyer, id).boughtDay, MATURITY);
        _buy(friend, 1, stranger);
        VM.prank(admin);
        parameters.set("refundWindow", 1 days + 1);
        _buy(friend, 1, stranger);
        VM.assertEq(pass.holding(stranger, id).givenDay, 20_001);
        VM.assertEq(pass.holding(stranger, id).given, 2);
    }

    function _richStranger() private returns (address) {
        VM.deal(stranger, 10 ether);
        return stranger;
    }

    function _allow() private {
        VM.prank(seller);
        pass.allowTransfers(model, true);
    }

    function _move(uint256 value) private {
        VM.prank(buyer);
        pass.safeTransferFrom(buyer, friend, id, value, "");
    }
}

contract PassAllowTransfersTest is MarketTest {
    function test_the_seller_allows_and_forbids() public {
        VM.expectEmit(address(pass));
        emit IAccessPass.TransfersAllowed(uint256(model), true);
        VM.prank(seller);
        pass.allowTransfers(model, true);
        VM.assertTrue(pass.transfersAllowed(uint256(model)));
        VM.prank(seller);
        pass.allowTransfers(model, false);
        VM.assertFalse(pass.transfersAllowed(uint256(model)));
    }

    function test_refuses_everybody_else() public {
        _refused(abi.encodeWithSelector(IAccessPass.NotSeller.selector, model, stranger));
        VM.prank(stranger);
        pass.allowTransfers(model, true);
    }
}
