// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {IVoteRelay} from "../../src/interfaces/IVoteRelay.sol";
import {PlainGovernor} from "../base/Peers.sol";
import {DaoTest} from "../base/DaoTest.sol";
import {VM} from "../base/Vm.sol";

/// @dev Run and gated like {GasTest}; see there. Peers are measured in the same run.
contract DaoGasTest is DaoTest {
    /// @dev Somebody stakes already, and rewards have been streamed: the dearest first stake.
    function test_stake() public {
        _stake(ben, MILLION);
        staking.notify{value: 1 ether}();
        VM.warp(START + 20 days);
        _stake(ben, MILLION);
        _stake(ann, MILLION);
        _at_most("dao: first stake, delegated", 125_000);
        _stake(ann, MILLION);
        _at_most("dao: stake more", 70_000);
        VM.warp(START + 21 days);
        _stake(ann, MILLION);
        _at_most("dao: stake more, another day", 70_000);
        _send(ann, stranger, MILLION);
        _stake(stranger, MILLION);
        _at_most("dao: first stake, with self-delegation", 195_000);
    }

    function test_unstake_and_claim() public {
        _stake(ann, MILLION);
        staking.notify{value: 1 ether}();
        VM.warp(START + 20 days);
        VM.prank(ann);
        staking.claim(ann);
        _at_most("dao: claim rewards", 110_000);
        VM.prank(ann);
        staking.unstake(MILLION);
        _at_most("dao: unstake", 100_000);
        VM.warp(START + 40 days);
        VM.prank(ann);
        staking.withdraw();
        _at_most("dao: withdraw a stake", 55_000);
    }

    function test_transfer() public {
        IERC20 plain = IERC20(VM.deployCode("Peers.sol:PlainToken", ""));
        plain.transfer(ann, 100 * MILLION);
        plain.transfer(ben, 60 * MILLION);
        _send(ann, stranger, MILLION);
        VM.prank(ann);
        plain.transfer(stranger, MILLION);
        VM.prank(ann);
        token.delegate(address(0));
        _compare_transfers("dao: transfer, none delegated", plain);
        _delegate(ann, ann);
        VM.prank(ann);
        IVotes(address(plain)).delegate(ann);
        _compare_transfers("dao: transfer, one delegated", plain);
        _delegate(stranger, stranger);
        VM.prank(stranger);
        IVotes(address(plain)).delegate(stranger);
        _compare_transfers("dao: transfer, both delegated", plain);
        _stake(ann, MILLION);
        _compare_transfers("dao: transfer, both delegated, some of it staked", plain);
    }

    function test_vote() public {
        PlainGovernor plain = PlainGovernor(payable(VM.deployCode("Peers.sol:PlainGovernor", abi.encode(token, treasury))));
        _send(ann, stranger, MILLION);
        _delegate(stranger, stranger);
        VM.warp(START + 2);
        Draft memory draft = _draft(address(parameters), "");
        uint256 id = _propose(ann, draft);
        VM.prank(ann);
        plain.propose(draft.targets, draft.values, draft.calldatas, draft.description);
        _toVote(id);
        // Where all of a test is one transaction, each governor would find warm what the other has read.
        uint256 snapshot = dao.proposalSnapshot(id);
        VM.assertTrue(dao.quorum(snapshot) < plain.quorum(snapshot));
        _compare_votes("dao: vote, the first", plain, id, stranger);
        _compare_votes("dao: vote, crossing the quorum", plain, id, ann);
        _compare_votes("dao: vote, after the quorum", plain, id, ben);
    }

    function test_relay() public {
        IVoteRelay.Ballot[] memory ballots = new IVoteRelay.Ballot[](10);
        for (uint256 i = 0; i < 10; ++i) {
            _send(ann, VM.addr(i + 1), MILLION / 10);
            _delegate(VM.addr(i + 1), VM.addr(i + 1));
        }
        VM.warp(START + 2);
        uint256 id = _propose(ann, _draft(address(parameters), ""));
        _toVote(id);
        for (uint256 i = 0; i < 10; ++i) {
            ballots[i] = IVoteRelay.Ballot(id, FOR, VM.addr(i + 1), _ballot(i + 1, id, FOR));
        }
        VM.assertEq(relay.relay(ballots), 10);
        _at_most("dao: relay ten ballots", 10 * 110_000);
    }

    function _compare_transfers(string memory what, IERC20 plain) private {
        VM.warp(block.timestamp + 1);
        VM.prank(ann);
        plain.transfer(stranger, MILLION);
        uint256 beside = VM.snapshotGasLastCall(string.concat(what, ", plain ERC20Votes"));
        _send(ann, stranger, MILLION);
        _at_most(what, beside + 5_000);
    }

    function _compare_votes(string memory what, PlainGovernor plain, uint256 id, address who) private {
        VM.prank(who);
        plain.castVote(id, FOR);
        uint256 beside = VM.snapshotGasLastCall(string.concat(what, ", plain Governor"));
        _vote(who, id, FOR);
        _at_most(what, beside * 107 / 100);
    }

    function _at_most(string memory what, uint256 most) private {
        VM.assertLe(VM.snapshotGasLastCall(what), most, what);
    }
}
