// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ITreasury} from "../../src/interfaces/ITreasury.sol";
import {Treasury} from "../../src/dao/Treasury.sol";
import {DaoTest} from "../base/DaoTest.sol";
import {FeeToken} from "../base/Tokens.sol";
import {VM} from "../base/Vm.sol";

/// @dev A token whose balances cannot be asked for any more, or are dear to ask for.
contract BrokenToken is FeeToken {
    bool private _broken;

    function break_() external {
        _broken = true;
    }

    function balanceOf(address account) public view override returns (uint256) {
        while (_broken) {}
        return super.balanceOf(account);
    }
}

/// @dev The treasury holds 1,000 of the coin, 600 million LATTICE, and what a test gives it.
abstract contract TreasuryTest is DaoTest {
    address internal constant COIN = address(0);
    uint256 private _salt;

    /// @dev Carry out one call, as the DAO would: scheduled, waited for, executed.
    function _do(address target, uint256 value, bytes memory data) internal {
        _carryOut(target, value, data, _schedule(target, value, data));
    }

    function _carryOut(address target, uint256 value, bytes memory data, bytes32 salt) internal {
        VM.prank(address(dao));
        treasury.execute(target, value, data, 0, salt);
    }

    function _do_refused(bytes memory reason, address target, uint256 value, bytes memory data) internal {
        bytes32 salt = _schedule(target, value, data);
        _refused(reason);
        _carryOut(target, value, data, salt);
    }

    function _schedule(address target, uint256 value, bytes memory data) internal returns (bytes32 salt) {
        salt = bytes32(++_salt);
        VM.prank(address(dao));
        treasury.schedule(target, value, data, 0, salt, 2 days);
        VM.warp(block.timestamp + 2 days);
    }

    function _pay(address to, uint256 amount) internal pure returns (bytes memory) {
        return abi.encodeCall(IERC20.transfer, (to, amount));
    }

    function _itself(bytes memory data) internal {
        _do(address(treasury), 0, data);
    }

    function _over(bytes4 selector, address asset, uint256 amount, uint256 most) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, asset, amount, most);
    }

    function _listed() internal returns (FeeToken listed) {
        listed = FeeToken(VM.deployCode("Treasury.t.sol:BrokenToken", ""));
        listed.mint(address(treasury), 1_000);
        _itself(abi.encodeCall(ITreasury.listAsset, (address(listed))));
    }
}

contract TreasuryCapsTest is TreasuryTest {
    function test_five_percent_of_the_coin_leave_at_once_and_no_more() public {
        _do_refused(
            _over(ITreasury.BatchCapExceeded.selector, COIN, 50 ether + 1, 50 ether), stranger, 50 ether + 1, ""
        );
        bytes32 salt = _schedule(stranger, 50 ether, "");
        VM.expectEmit(address(treasury));
        emit ITreasury.Spent(COIN, 50 ether);
        _carryOut(stranger, 50 ether, "", salt);
        VM.assertEq(stranger.balance, 50 ether);
        VM.assertEq(treasury.spentInMonth(COIN), 50 ether);
    }

    function test_ten_percent_leave_in_thirty_days_and_no_more() public {
        _do(stranger, 50 ether, "");
        uint256 first = block.timestamp;
        _do(stranger, 47.5 ether, "");
        // Of the 1,000 that were there at the beginning, 2.5 may still go.
        _do_refused(
            _over(ITreasury.MonthCapExceeded.selector, COIN, 100 ether + 1, 100 ether), stranger, 2.5 ether + 1, ""
        );
        _do(stranger, 2.5 ether, "");
        bytes32 salt = _schedule(stranger, 40 ether, "");
        VM.warp(first + 30 days - 1);
        VM.expectPartialRevert(ITreasury.MonthCapExceeded.selector);
        VM.prank(address(dao));
        treasury.execute(stranger, 40 ether, "", 0, salt);
        VM.warp(first + 30 days);
        VM.prank(address(dao));
        treasury.execute(stranger, 40 ether, "", 0, salt);
    }

    function test_lattice_is_capped_alike() public {
        uint256 most = 30 * MILLION;
        _do_refused(
            _over(ITreasury.BatchCapExceeded.selector, address(token), most + 1, most),
            address(token),
            0,
            _pay(stranger, most + 1)
        );
        _do(address(token), 0, _pay(stranger, most));
        VM.assertEq(token.balanceOf(stranger), most);
    }

    function test_a_listed_token_is_capped_alike() public {
        FeeToken listed = _listed();
        _do_refused(
            _over(ITreasury.BatchCapExceeded.selector, address(listed), 51, 50),
            address(listed),
            0,
            _pay(stranger, 51)
        );
        _do(address(listed), 0, _pay(stranger, 50));
        VM.assertEq(treasury.spentInMonth(address(listed)), 50);
    }

    function test_another_token_has_no_cap() public {
        FeeToken other = FeeToken(VM.deployCode("Treasury.t.sol:BrokenToken", ""));
        other.mint(address(treasury), 1_000);
        _do(address(other), 0, _pay(stranger, 1_000));
        VM.assertEq(other.balanceOf(address(treasury)), 0);
    }

    function test_many_payments_of_one_batch_count_together() public {
        address[] memory targets = new address[](2);
        uint256[] memory values = new uint256[](2);
        (targets[0], targets[1], values[0], values[1]) = (stranger, ann, 30 ether, 20 ether + 1);
        VM.prank(address(dao));
        treasury.scheduleBatch(targets, values, new bytes[](2), 0, 0, 2 days);
        VM.warp(START + 3 days);
        _refused(_over(ITreasury.BatchCapExceeded.selector, COIN, 50 ether + 1, 50 ether));
        VM.prank(address(dao));
        treasury.executeBatch(targets, values, new bytes[](2), 0, 0);
    }

    function test_what_comes_with_the_call_may_go_with_it() public {
        bytes32 salt = _schedule(stranger, 500 ether, "");
        VM.deal(address(dao), 500 ether);
        VM.prank(address(dao));
        treasury.execute{value: 500 ether}(stranger, 500 ether, "", 0, salt);
        VM.assertEq(address(treasury).balance, 1_000 ether);
        VM.assertEq(treasury.spentInMonth(COIN), 0);
    }

    function test_raising_a_cap_holds_for_the_next_batch_only() public {
        address[] memory targets = new address[](2);
        uint256[] memory values = new uint256[](2);
        bytes[] memory datas = new bytes[](2);
        (targets[0], targets[1], values[1]) = (address(treasury), stranger, 100 ether);
        datas[0] = abi.encodeCall(ITreasury.setCaps, (1_000, 2_000));
        VM.prank(address(dao));
        treasury.scheduleBatch(targets, values, datas, 0, 0, 2 days);
        VM.warp(START + 3 days);
        _refused(_over(ITreasury.BatchCapExceeded.selector, COIN, 100 ether, 50 ether));
        VM.prank(address(dao));
        treasury.executeBatch(targets, values, datas, 0, 0);
        _itself(datas[0]);
        _do(stranger, 100 ether, "");
    }

    function test_starving_the_balances_of_gas_gains_nothing() public {
        bytes memory pay = _pay(stranger, 31 * MILLION);
        bytes32 salt = _schedule(address(token), 0, pay);
        for (uint256 gas = 20_000; gas < 400_000; gas += 2_500) {
            VM.prank(address(dao));
            (bool done,) = address(treasury).call{gas: gas}(
                abi.encodeCall(TimelockController.execute, (address(token), 0, pay, 0, salt))
            );
            VM.assertFalse(done);
        }
        VM.assertEq(token.balanceOf(stranger), 0);
    }

    function test_a_batch_inside_a_batch_counts_once_and_under_both() public {
        bytes32 role = treasury.EXECUTOR_ROLE();
        _itself(abi.encodeCall(treasury.grantRole, (role, address(treasury))));
        bytes32 inner = _schedule(stranger, 10 ether, "");
        bytes memory again = abi.encodeCall(TimelockController.execute, (stranger, 10 ether, "", 0, inner));
        _do(address(treasury), 0, again);
        VM.assertEq(treasury.spentInMonth(COIN), 10 ether);
        VM.assertEq(stranger.balance, 10 ether);
    }
}

contract TreasuryRefusedCallsTest is TreasuryTest {
    function test_nobody_is_allowed_to_pull_a_capped_asset_and_nobody_gets_its_votes() public {
        address listed = address(_listed());
        bytes[7] memory calls = [
            abi.encodeCall(IERC20.approve, (stranger, 1)),
            abi.encodeCall(IERC20Permit.permit, (address(treasury), stranger, 1, START, 27, 0, 0)),
            abi.encodeCall(IVotes.delegate, (ann)),
            abi.encodeCall(IVotes.delegateBySig, (ann, 0, START, 27, 0, 0)),
            abi.encodeWithSignature("approveAndCall(address,uint256)", stranger, 1),
            abi.encodeWithSignature("approveAndCall(address,uint256,bytes)", stranger, 1, ""),
            abi.encodeWithSignature("increaseAllowance(address,uint256)", stranger, 1)
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            bytes4 selector = bytes4(calls[i]);
            _do_refused(abi.encodeWithSelector(ITreasury.CallRefused.selector, token, selector), address(token), 0, calls[i]);
            _do_refused(abi.encodeWithSelector(ITreasury.CallRefused.selector, listed, selector), listed, 0, calls[i]);
        }
    }

    function test_other_tokens_can_be_approved() public {
        FeeToken other = FeeToken(VM.deployCode("Treasury.t.sol:BrokenToken", ""));
        _do(address(other), 0, abi.encodeCall(IERC20.approve, (stranger, 1)));
        VM.assertEq(other.allowance(address(treasury), stranger), 1);
    }
}

contract TreasuryListTest is TreasuryTest {
    function test_the_coin_and_lattice_are_capped_from_the_beginning() public {
        VM.assertEq(treasury.assets().length, 2);
        VM.assertEq(treasury.assets()[1], address(token));
        address listed = address(_listed());
        VM.assertEq(treasury.assets()[2], listed);
    }

    function test_lists_nothing_twice_and_no_more_than_sixteen() public {
        _do_refused(
            abi.encodeWithSelector(ITreasury.AlreadyListed.selector, token),
            address(treasury),
            0,
            abi.encodeCall(ITreasury.listAsset, (address(token)))
        );
        for (uint160 i = 1; i <= 14; ++i) {
            _itself(abi.encodeCall(ITreasury.listAsset, (address(i))));
        }
        _do_refused(
            abi.encodeWithSelector(ITreasury.TooManyAssets.selector, 16),
            address(treasury),
            0,
            abi.encodeCall(ITreasury.listAsset, (stranger))
        );
    }

    function test_a_token_that_is_held_stays_listed() public {
        FeeToken listed = _listed();
        _do_refused(
            abi.encodeWithSelector(ITreasury.StillHeld.selector, listed, 1_000),
            address(treasury),
            0,
            abi.encodeCall(ITreasury.unlistAsset, (address(listed)))
        );
    }

    function test_starving_its_balance_of_gas_unlists_nothing_that_is_held() public {
        bytes memory unlist = abi.encodeCall(ITreasury.unlistAsset, (address(_listed())));
        bytes32 salt = _schedule(address(treasury), 0, unlist);
        for (uint256 gas = 20_000; gas < 400_000; gas += 2_500) {
            VM.prank(address(dao));
            (bool done,) = address(treasury).call{gas: gas}(
                abi.encodeCall(TimelockController.execute, (address(treasury), 0, unlist, 0, salt))
            );
            VM.assertFalse(done);
        }
        VM.assertEq(treasury.assets().length, 3);
    }

    function test_a_token_that_does_not_answer_stops_nothing_and_leaves_the_list() public {
        BrokenToken listed = BrokenToken(address(_listed()));
        listed.break_();
        _do(stranger, 1 ether, "");
        bytes memory unlist = abi.encodeCall(ITreasury.unlistAsset, (address(listed)));
        bytes32 salt = _schedule(address(treasury), 0, unlist);
        VM.expectEmit(address(treasury));
        emit ITreasury.AssetUnlisted(address(listed));
        _carryOut(address(treasury), 0, unlist, salt);
        VM.assertEq(treasury.assets().length, 2);
    }

    function test_the_coin_and_lattice_never_leave_the_list_nor_does_what_is_not_on_it() public {
        _unlist_refused(ITreasury.AlwaysCapped.selector, COIN);
        _unlist_refused(ITreasury.AlwaysCapped.selector, address(token));
        _unlist_refused(ITreasury.NotListed.selector, stranger);
    }

    function _unlist_refused(bytes4 selector, address asset) private {
        _do_refused(
            abi.encodeWithSelector(selector, asset),
            address(treasury),
            0,
            abi.encodeCall(ITreasury.unlistAsset, (asset))
        );
    }
}

contract TreasurySettingsTest is TreasuryTest {
    function test_the_caps_have_bounds() public {
        _caps(100, 200);
        _caps(1_000, 2_000);
        _caps_refused(99, 200, 99, 100, 1_000);
        _caps_refused(1_001, 200, 1_001, 100, 1_000);
        _caps_refused(100, 199, 199, 200, 2_000);
        _caps_refused(100, 2_001, 2_001, 200, 2_000);
    }

    function test_the_delay_has_bounds() public {
        _itself(abi.encodeCall(TimelockController.updateDelay, (1 days)));
        VM.assertEq(treasury.getMinDelay(), 1 days);
        _itself(abi.encodeCall(TimelockController.updateDelay, (2 days)));
        _delay_refused(1 days - 1);
        _delay_refused(14 days + 1);
        _itself(abi.encodeCall(TimelockController.updateDelay, (14 days)));
        VM.assertEq(treasury.getMinDelay(), 14 days);
    }

    function test_only_the_treasury_itself_sets_anything() public {
        bytes[4] memory calls = [
            abi.encodeCall(ITreasury.setCaps, (100, 200)),
            abi.encodeCall(ITreasury.listAsset, (stranger)),
            abi.encodeCall(ITreasury.unlistAsset, (stranger)),
            abi.encodeCall(TimelockController.updateDelay, (1 days))
        ];
        bytes memory unauthorised = abi.encodeWithSelector(TimelockController.TimelockUnauthorizedCaller.selector, dao);
        for (uint256 i = 0; i < calls.length; ++i) {
            VM.prank(address(dao));
            (bool done, bytes memory reason) = address(treasury).call(calls[i]);
            VM.assertFalse(done);
            VM.assertEq(keccak256(reason), keccak256(unauthorised));
        }
    }

    function test_the_dao_alone_gives_orders_and_nobody_is_admin() public view {
        VM.assertTrue(treasury.hasRole(treasury.PROPOSER_ROLE(), address(dao)));
        VM.assertTrue(treasury.hasRole(treasury.EXECUTOR_ROLE(), address(dao)));
        VM.assertTrue(treasury.hasRole(treasury.CANCELLER_ROLE(), address(dao)));
        VM.assertFalse(treasury.hasRole(treasury.EXECUTOR_ROLE(), address(0)));
        VM.assertFalse(treasury.hasRole(0, address(dao)));
        VM.assertFalse(treasury.hasRole(0, address(this)));
        VM.assertTrue(treasury.hasRole(0, address(treasury)));
    }

    function _caps(uint16 batch, uint16 month) private {
        bytes memory set = abi.encodeCall(ITreasury.setCaps, (batch, month));
        bytes32 salt = _schedule(address(treasury), 0, set);
        VM.expectEmit(address(treasury));
        emit ITreasury.CapsSet(batch, month);
        _carryOut(address(treasury), 0, set, salt);
        (uint16 first, uint16 second) = treasury.caps();
        VM.assertEq(first, batch);
        VM.assertEq(second, month);
    }

    function _caps_refused(uint16 batch, uint16 month, uint256 bps, uint256 least, uint256 most) private {
        _do_refused(
            abi.encodeWithSelector(ITreasury.CapOutOfBounds.selector, bps, least, most),
            address(treasury),
            0,
            abi.encodeCall(ITreasury.setCaps, (batch, month))
        );
    }

    function _delay_refused(uint256 delay) private {
        _do_refused(
            abi.encodeWithSelector(ITreasury.DelayOutOfBounds.selector, delay, 1 days, 14 days),
            address(treasury),
            0,
            abi.encodeCall(TimelockController.updateDelay, (delay))
        );
    }
}
