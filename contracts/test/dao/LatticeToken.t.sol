// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {Panic} from "@openzeppelin/contracts/utils/Panic.sol";
import {ILatticeToken} from "../../src/interfaces/ILatticeToken.sol";
import {DaoTest} from "../base/DaoTest.sol";
import {VM} from "../base/Vm.sol";

contract TokenGenesisTest is DaoTest {
    function test_the_supply_is_given_away_once() public view {
        VM.assertEq(token.totalSupply(), SUPPLY);
        VM.assertEq(token.SUPPLY(), SUPPLY);
        VM.assertEq(token.balanceOf(address(treasury)), 600 * MILLION);
        VM.assertEq(token.balanceOf(ann), 100 * MILLION);
        VM.assertEq(token.getPastTotalSupply(START), SUPPLY);
    }

    function test_it_has_a_name_and_counts_time_in_seconds() public view {
        VM.assertEq(token.name(), "Lattice");
        VM.assertEq(token.symbol(), "LATTICE");
        VM.assertEq(token.clock(), block.timestamp);
        VM.assertEq(token.CLOCK_MODE(), "mode=timestamp");
        VM.assertEq(token.staking(), address(staking));
    }

    function test_refuses_allocations_that_are_not_the_supply() public {
        ILatticeToken.Allocation[] memory genesis = _genesis(stranger);
        genesis[5].amount += 1;
        _refused(abi.encodeWithSelector(ILatticeToken.AllocationSum.selector, SUPPLY + 1, SUPPLY));
        this.make(genesis, new address[](0), stranger);
        genesis[5].amount -= 2;
        _refused(abi.encodeWithSelector(ILatticeToken.AllocationSum.selector, SUPPLY - 1, SUPPLY));
        this.make(genesis, new address[](0), stranger);
    }

    function test_refuses_the_zero_address_for_staking_and_among_the_unvotable() public {
        _refused(abi.encodeWithSelector(ILatticeToken.ZeroAddress.selector));
        this.make(_genesis(stranger), new address[](0), address(0));
        _refused(abi.encodeWithSelector(ILatticeToken.ZeroAddress.selector));
        this.make(_genesis(stranger), new address[](1), stranger);
    }

    /// @dev From outside, so that the refusal ends this call and not the test.
    function make(ILatticeToken.Allocation[] memory genesis, address[] memory unvotable, address staking_) external {
        _new("LatticeToken", abi.encode(genesis, unvotable, staking_));
    }
}

contract TokenLockTest is DaoTest {
    function test_what_is_locked_stays_and_keeps_its_votes() public {
        _lock(ann, 30 * MILLION);
        VM.assertEq(token.lockedOf(ann), 30 * MILLION);
        VM.assertEq(token.balanceOf(ann), 100 * MILLION);
        VM.assertEq(token.getVotes(ann), 100 * MILLION);
        _send(ann, stranger, 70 * MILLION);
        _refused(_locked(ann, 30 * MILLION, 30 * MILLION - 1));
        _send(ann, stranger, 1);
    }

    function test_a_spender_cannot_move_what_is_locked() public {
        _lock(ann, 100 * MILLION);
        VM.prank(ann);
        token.approve(stranger, 1);
        _refused(_locked(ann, 100 * MILLION, 100 * MILLION - 1));
        VM.prank(stranger);
        token.transferFrom(ann, stranger, 1);
    }

    function test_what_is_unlocked_moves_again() public {
        _lock(ann, 100 * MILLION);
        VM.expectEmit(address(token));
        emit ILatticeToken.Unlocked(ann, 10 * MILLION, 90 * MILLION);
        VM.prank(address(staking));
        token.unlock(ann, 10 * MILLION);
        _send(ann, stranger, 10 * MILLION);
        VM.assertEq(token.lockedOf(ann), 90 * MILLION);
    }

    function test_no_more_is_locked_than_there_is() public {
        _lock(ann, 60 * MILLION);
        _refused(_locked(ann, 100 * MILLION + 1, 100 * MILLION));
        _lock(ann, 40 * MILLION + 1);
    }

    function test_no_more_is_unlocked_than_is_locked() public {
        _lock(ann, 1);
        _refused(abi.encodeWithSignature("Panic(uint256)", Panic.UNDER_OVERFLOW));
        VM.prank(address(staking));
        token.unlock(ann, 2);
    }

    function test_only_the_staking_contract_locks_and_unlocks() public {
        _refused(abi.encodeWithSelector(ILatticeToken.NotStaking.selector, ann));
        VM.prank(ann);
        token.lock(ann, 1);
        _refused(abi.encodeWithSelector(ILatticeToken.NotStaking.selector, address(treasury)));
        VM.prank(address(treasury));
        token.unlock(ann, 1);
    }

    function test_an_account_without_a_delegate_becomes_its_own() public {
        _send(ann, stranger, 5);
        VM.expectEmit(address(token));
        emit ILatticeToken.Locked(stranger, 2, 2);
        _lock(stranger, 2);
        VM.assertEq(token.delegates(stranger), stranger);
        VM.assertEq(token.getVotes(stranger), 5);
    }

    function test_a_delegate_once_chosen_stays() public {
        _delegate(ann, ben);
        _lock(ann, 1);
        VM.assertEq(token.delegates(ann), ben);
    }

    function test_locks_of_several_accounts_are_apart(uint96 first, uint96 second) public {
        uint256 ofAnn = first % (100 * MILLION + 1);
        uint256 ofBen = second % (60 * MILLION + 1);
        _lock(ann, ofAnn);
        _lock(ben, ofBen);
        _send(ann, stranger, 100 * MILLION - ofAnn);
        _send(ben, stranger, 60 * MILLION - ofBen);
        VM.assertEq(token.balanceOf(ann), ofAnn);
        VM.assertEq(token.balanceOf(ben), ofBen);
    }

    function _lock(address account, uint256 amount) private {
        VM.prank(address(staking));
        token.lock(account, amount);
    }

    function _locked(address account, uint256 locked, uint256 balance) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILatticeToken.BalanceLocked.selector, account, locked, balance);
    }
}

contract TokenUnvotableTest is DaoTest {
    address private _sentinel;

    function setUp() public override {
        super.setUp();
        _sentinel = token.sentinel();
    }

    function test_their_votes_are_the_sentinels_and_move_with_their_balance() public {
        VM.assertEq(token.delegates(address(treasury)), _sentinel);
        VM.assertEq(token.getVotes(_sentinel), 800 * MILLION);
        _send(claim, ann, 3 * MILLION);
        VM.assertEq(token.getVotes(_sentinel), 797 * MILLION);
        VM.assertEq(token.getVotes(ann), 103 * MILLION);
        _send(ann, vesting, MILLION);
        VM.assertEq(token.getVotes(_sentinel), 798 * MILLION);
    }

    function test_they_never_delegate_to_anybody_else() public {
        _refused(abi.encodeWithSelector(ILatticeToken.Unvotable.selector, claim));
        _delegate(claim, ann);
        _refused(abi.encodeWithSelector(ILatticeToken.Unvotable.selector, claim));
        _delegate(claim, address(0));
        _refused(abi.encodeWithSelector(ILatticeToken.Unvotable.selector, claim));
        _delegate(claim, _sentinel);
    }

    function test_nobody_else_delegates_to_the_sentinel() public {
        _refused(abi.encodeWithSelector(ILatticeToken.SentinelTakesNone.selector, ann));
        _delegate(ann, _sentinel);
    }

    function test_they_do_not_stake() public {
        _refused(abi.encodeWithSelector(ILatticeToken.Unvotable.selector, vesting));
        _stake(vesting, 1);
    }

    function test_a_signature_delegates_as_a_transaction_does() public {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(ANN_KEY, _digest(ben));
        token.delegateBySig(ben, 0, START + 1 days, v, r, s);
        VM.assertEq(token.delegates(ann), ben);
        VM.assertEq(token.nonces(ann), 1);
    }

    function test_no_signature_delegates_to_the_sentinel() public {
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(ANN_KEY, _digest(_sentinel));
        _refused(abi.encodeWithSelector(ILatticeToken.SentinelTakesNone.selector, ann));
        token.delegateBySig(_sentinel, 0, START + 1 days, v, r, s);
    }

    function _digest(address delegatee) private view returns (bytes32) {
        bytes32 kind = keccak256("Delegation(address delegatee,uint256 nonce,uint256 expiry)");
        bytes32 hash = keccak256(abi.encode(kind, delegatee, uint256(0), START + 1 days));
        return keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), hash));
    }
}
