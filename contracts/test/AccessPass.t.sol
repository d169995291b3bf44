// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC1155Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAccessPass} from "../src/interfaces/IAccessPass.sol";
import {MarketTest} from "./base/MarketTest.sol";
import {VM} from "./base/Vm.sol";

contract PassMintTest is MarketTest {
    function test_the_market_mints_locked_passes() public {
        VM.prank(address(market));
        VM.expectEmit(address(pass));
        emit IERC1155.TransferSingle(address(market), address(0), buyer, uint256(model), 3);
        pass.mint(buyer, model, 3, MATURITY, false);
        VM.assertEq(pass.balanceOf(buyer, uint256(model)), 3);
        VM.assertEq(pass.lockedOf(buyer, uint256(model)), 3);
        VM.assertEq(pass.holding(buyer, uint256(model)).boughtDay, MATURITY);
    }

    function test_refuses_everybody_else() public {
        _refused(abi.encodeWithSelector(IAccessPass.NotMarket.selector, stranger));
        VM.prank(stranger);
        pass.mint(stranger, model, 1, MATURITY, false);
    }

    function test_refuses_more_than_a_balance_holds() public {
        uint256 id = uint256(model);
        for (uint256 place = 0; pass.balanceOf(buyer, id) == 0; ++place) {
            bytes32 slot = keccak256(abi.encode(buyer, keccak256(abi.encode(id, place))));
            VM.store(address(pass), slot, bytes32(uint256(type(uint64).max)));
        }
        VM.assertEq(pass.balanceOf(buyer, id), type(uint64).max);
        _refused(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 64, uint256(1) << 64));
        VM.prank(address(market));
        pass.mint(buyer, model, 1, MATURITY, false);
        _refused(abi.encodeWithSignature("Panic(uint256)", 0x11));
        VM.prank(address(market));
        pass.mint(buyer, model, 1, MATURITY, true);
    }

    function test_a_contract_that_takes_no_pass_is_refused() public {
        _refused(abi.encodeWithSelector(IERC1155Errors.ERC1155InvalidReceiver.selector, address(market)));
        VM.prank(address(market));
        pass.mint(address(market), model, 1, MATURITY, false);
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

    function test_what_is_bought_on_the_last_locked_day_locks_what_was_bought_before() public {
        VM.warp(uint256(MATURITY) * 1 days);
        _buy(buyer, 1, buyer);
        VM.assertEq(pass.lockedOf(buyer, id), 6);
    }

    function test_to_oneself_it_changes_nothing() public {
        _allow();
        VM.warp((MATURITY + 1) * 1 days);
        VM.expectEmit(address(pass));
        emit IERC1155.TransferSingle(buyer, buyer, buyer, id, 5);
        VM.prank(buyer);
        pass.safeTransferFrom(buyer, buyer, id, 5, "");
        VM.assertEq(pass.balanceOf(buyer, id), 5);
    }

    function test_a_batch_moves_too() public {
        _allow();
        VM.warp((MATURITY + 1) * 1 days);
        (uint256[] memory ids, uint256[] memory values) = (new uint256[](2), new uint256[](2));
        (ids[0], ids[1], values[0], values[1]) = (id, id, 1, 2);
        VM.expectEmit(address(pass));
        emit IERC1155.TransferBatch(buyer, buyer, friend, ids, values);
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
        uint256[] memory ids = new uint256[](1);
        ids[0] = id;
        _refused(abi.encodeWithSelector(IAccessPass.TransfersNotAllowed.selector, id));
        VM.prank(buyer);
        pass.safeBatchTransferFrom(buyer, friend, ids, new uint256[](1), "");
    }

    function test_refuses_through_the_whole_maturity_day() public {
        _allow();
        VM.warp((MATURITY + 1) * 1 days - 1);
        _refused(abi.encodeWithSelector(IAccessPass.PassesLocked.selector, buyer, id, 1, 0));
        _move(1);
    }

    function test_refuses_more_than_there_is() public {
        _allow();
        VM.warp((MATURITY + 1) * 1 days);
        _refused(abi.encodeWithSelector(IERC1155Errors.ERC1155InsufficientBalance.selector, buyer, 5, 6, id));
        _move(6);
    }

    function test_refuses_a_stranger() public {
        _allow();
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

contract PassBurnAndRestoreTest is MarketTest {
    uint256 private id;

    function setUp() public override {
        super.setUp();
        id = uint256(model);
        _buy(buyer, 3, buyer);
        _buy(friend, 2, buyer);
    }

    function test_the_market_takes_back_what_was_bought_or_given() public {
        VM.prank(address(market));
        pass.burn(buyer, model, 2, MATURITY, false);
        VM.assertEq(pass.holding(buyer, id).bought, 1);
        VM.assertEq(pass.holding(buyer, id).given, 2);
        VM.prank(address(market));
        pass.burn(buyer, model, 2, MATURITY, true);
        VM.assertEq(pass.balanceOf(buyer, id), 1);
        VM.assertEq(pass.lockedOf(buyer, id), 1);
    }

    function test_the_market_gives_back_unlocked_passes_to_whatever_code() public {
        VM.expectEmit(address(pass));
        emit IERC1155.TransferSingle(address(market), address(0), address(splitter), id, 2);
        VM.prank(address(market));
        pass.restore(address(splitter), model, 2);
        VM.assertEq(pass.balanceOf(address(splitter), id), 2);
        VM.assertEq(pass.lockedOf(address(splitter), id), 0);
    }

    function test_refuses_everybody_else() public {
        bytes memory reason = abi.encodeWithSelector(IAccessPass.NotMarket.selector, buyer);
        _refused(reason);
        VM.prank(buyer);
        pass.burn(buyer, model, 1, MATURITY, false);
        _refused(reason);
        VM.prank(buyer);
        pass.restore(buyer, model, 1);
    }
}

abstract contract ResaleTest is MarketTest {
    uint256 internal id;
    uint128 internal constant ASKED = 2 ether;

    function setUp() public virtual override {
        super.setUp();
        id = uint256(model);
        _buy(buyer, 5, buyer);
        VM.warp((MATURITY + 1) * 1 days);
        VM.prank(seller);
        pass.allowResale(model, true, 500);
    }

    function _offer(uint32 quantity, address token, uint128 price) internal {
        VM.prank(buyer);
        pass.offer(id, quantity, token, price, uint64(block.timestamp + 1 days));
    }

    function _accept(uint32 quantity, uint256 value) internal {
        VM.prank(friend);
        pass.accept{value: value}(id, buyer, quantity, friend, COIN, ASKED);
    }
}

contract PassAllowResaleTest is ResaleTest {
    function test_the_seller_allows_and_names_its_royalty() public {
        VM.expectEmit(address(pass));
        emit IAccessPass.ResaleSet(id, true, 1_000);
        VM.prank(seller);
        pass.allowResale(model, true, 1_000);
        (address payee, uint256 royalty) = pass.royaltyInfo(id, 12_345);
        VM.assertEq(payee, seller);
        VM.assertEq(royalty, 1_234);
        VM.assertTrue(pass.policyOf(id).resale);
        VM.assertFalse(pass.policyOf(id).transfers);
    }

    function test_tells_that_it_knows_royalties() public view {
        VM.assertTrue(pass.supportsInterface(type(IERC2981).interfaceId));
        VM.assertTrue(pass.supportsInterface(type(IERC1155).interfaceId));
        VM.assertFalse(pass.supportsInterface(0xffffffff));
    }

    function test_refuses_more_than_a_tenth_and_everybody_else() public {
        _refused(abi.encodeWithSelector(IAccessPass.ResaleRoyaltyTooHigh.selector, 1_001, 1_000));
        VM.prank(seller);
        pass.allowResale(model, true, 1_001);
        _refused(abi.encodeWithSelector(IAccessPass.NotSeller.selector, model, buyer));
        VM.prank(buyer);
        pass.allowResale(model, true, 0);
    }
}

contract PassOfferTest is ResaleTest {
    function test_keeps_what_the_holder_asks_and_takes_it_back() public {
        IAccessPass.Offer memory made = IAccessPass.Offer(COIN, 500, uint64(block.timestamp + 1 days), 2, ASKED);
        VM.expectEmit(address(pass));
        emit IAccessPass.Offered(id, buyer, made);
        _offer(2, COIN, ASKED);
        VM.assertEq(pass.offerOf(id, buyer).quantity, 2);

        VM.expectEmit(address(pass));
        emit IAccessPass.OfferWithdrawn(id, buyer);
        VM.prank(buyer);
        pass.withdrawOffer(id);
        VM.assertEq(pass.offerOf(id, buyer).quantity, 0);
    }

    function test_refuses_nothing_no_price_an_unknown_token_and_the_past() public {
        _offer_refused(abi.encodeWithSelector(IAccessPass.QuantityOutOfBounds.selector, 0, type(uint32).max));
        _offer(0, COIN, ASKED);
        _offer_refused(abi.encodeWithSelector(IAccessPass.ZeroPrice.selector));
        _offer(1, COIN, 0);
        _offer_refused(abi.encodeWithSelector(IAccessPass.TokenNotAccepted.selector, stranger));
        _offer(1, stranger, ASKED);
        _offer_refused(
            abi.encodeWithSelector(IAccessPass.DeadlinePassed.selector, block.timestamp - 1, block.timestamp)
        );
        VM.prank(buyer);
        pass.offer(id, 1, COIN, ASKED, uint64(block.timestamp - 1));
    }

    function test_refuses_where_the_seller_did_not_allow_it_and_what_is_not_there() public {
        VM.prank(seller);
        pass.allowResale(model, false, 0);
        _offer_refused(abi.encodeWithSelector(IAccessPass.ResaleNotAllowed.selector, id));
        _offer(1, COIN, ASKED);
        _offer_refused(abi.encodeWithSelector(IAccessPass.NoOffer.selector, id, buyer));
        VM.prank(buyer);
        pass.withdrawOffer(id);
    }

    function _offer_refused(bytes memory reason) private {
        _refused(reason);
    }
}

contract PassAcceptTest is ResaleTest {
    function test_holder_and_seller_are_credited_and_the_pass_moves() public {
        _offer(3, COIN, ASKED);
        VM.expectEmit(address(pass));
        emit IAccessPass.Resold(id, buyer, friend, friend, COIN, 2, 4 ether, 0.2 ether);
        _accept(2, 4 ether);
        VM.assertEq(splitter.credits(seller, COIN), 0.2 ether);
        VM.assertEq(splitter.credits(vault, COIN), 0.1 ether);
        VM.assertEq(splitter.credits(buyer, COIN), 3.7 ether);
        VM.assertEq(pass.balanceOf(friend, id), 2);
        VM.assertEq(pass.offerOf(id, buyer).quantity, 1);
        _accept(1, 2 ether);
        VM.assertEq(pass.offerOf(id, buyer).quantity, 0);
        VM.assertEq(address(pass).balance, 0);
    }

    function test_a_token_is_paid_through_the_splitter() public {
        VM.prank(seller);
        pass.allowResale(model, true, 0);
        _offer(1, address(dollar), 700e6);
        VM.prank(friend);
        dollar.faucet();
        VM.prank(friend);
        dollar.approve(address(splitter), 700e6);
        VM.prank(friend);
        pass.accept(id, buyer, 1, stranger, address(dollar), 700e6);
        VM.assertEq(splitter.credits(buyer, address(dollar)), 682.5e6);
        VM.assertEq(splitter.credits(vault, address(dollar)), 17.5e6);
        VM.assertEq(pass.balanceOf(stranger, id), 1);
    }

    function test_a_standing_offer_keeps_its_royalty() public {
        _offer(1, COIN, ASKED);
        VM.prank(seller);
        pass.allowResale(model, true, 1_000);
        _accept(1, 2 ether);
        VM.assertEq(splitter.credits(seller, COIN), 0.1 ether);
    }

    function test_refuses_a_changed_offer_a_wrong_value_and_too_many() public {
        _offer(2, COIN, ASKED);
        bytes4 changed = IAccessPass.OfferChanged.selector;
        _refused(abi.encodeWithSelector(changed, COIN, ASKED));
        VM.prank(friend);
        pass.accept{value: 1 ether}(id, buyer, 1, friend, COIN, 1 ether);
        _refused(abi.encodeWithSelector(changed, COIN, ASKED));
        VM.prank(friend);
        pass.accept(id, buyer, 1, friend, address(dollar), ASKED);
        _refused(abi.encodeWithSelector(IAccessPass.WrongValue.selector, 1 ether, 2 ether));
        _accept(1, 1 ether);
        _refused(abi.encodeWithSelector(IAccessPass.QuantityOutOfBounds.selector, 3, 2));
        _accept(3, 6 ether);
        _refused(abi.encodeWithSelector(IAccessPass.QuantityOutOfBounds.selector, 0, 2));
        _accept(0, 0);
    }

    function test_refuses_coin_beside_a_token() public {
        _offer(1, address(dollar), 1);
        _refused(abi.encodeWithSelector(IAccessPass.WrongValue.selector, 1, 0));
        VM.prank(friend);
        pass.accept{value: 1}(id, buyer, 1, friend, address(dollar), 1);
    }

    function test_refuses_what_is_not_offered_over_or_forbidden_since() public {
        _refused(abi.encodeWithSelector(IAccessPass.NoOffer.selector, id, buyer));
        _accept(1, 2 ether);
        _offer(1, COIN, ASKED);
        VM.prank(seller);
        pass.allowResale(model, false, 0);
        _refused(abi.encodeWithSelector(IAccessPass.ResaleNotAllowed.selector, id));
        _accept(1, 2 ether);
        uint256 deadline = block.timestamp + 1 days;
        VM.warp(deadline + 1);
        _refused(abi.encodeWithSelector(IAccessPass.DeadlinePassed.selector, deadline, deadline + 1));
        _accept(1, 2 ether);
    }

    function test_refuses_locked_passes() public {
        _buy(buyer, 1, buyer);
        _offer(6, COIN, ASKED);
        _refused(abi.encodeWithSelector(IAccessPass.PassesLocked.selector, buyer, id, 6, 5));
        _accept(6, 12 ether);
    }
}
