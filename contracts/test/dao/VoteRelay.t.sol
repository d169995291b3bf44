// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IVoteRelay} from "../../src/interfaces/IVoteRelay.sol";
import {VoteRelay} from "../../src/dao/VoteRelay.sol";
import {DaoTest} from "../base/DaoTest.sol";
import {VM} from "../base/Vm.sol";

/// @dev A voter that is a contract: it agrees, refuses, or burns all gas it is given.
contract ContractVoter is IERC1271 {
    enum Mood {
        AGREES,
        REFUSES,
        BURNS
    }

    Mood public mood;

    function feel(Mood next) external {
        mood = next;
    }

    function isValidSignature(bytes32, bytes memory) external view returns (bytes4) {
        if (mood == Mood.AGREES) return IERC1271.isValidSignature.selector;
        while (mood == Mood.BURNS) {}
        return 0;
    }
}

contract RelayTest is DaoTest {
    uint256 private _id;

    function setUp() public override {
        super.setUp();
        _id = _propose(ann, _draft(stranger, ""));
        _toVote(_id);
    }

    function test_casts_what_can_be_cast_and_passes_over_the_rest() public {
        IVoteRelay.Ballot[] memory ballots = new IVoteRelay.Ballot[](4);
        ballots[0] = _of(ANN_KEY, FOR);
        ballots[1] = _of(BEN_KEY, AGAINST);
        ballots[1].support = FOR;
        ballots[2] = _of(ANN_KEY, FOR);
        ballots[3] = _of(CYD_KEY, ABSTAIN);
        VM.expectEmit(address(relay));
        emit IVoteRelay.BallotCast(_id, ann, 100 * MILLION);
        VM.expectEmit(address(relay));
        emit IVoteRelay.BallotRefused(
            _id, ben, abi.encodeWithSelector(IGovernor.GovernorInvalidSignature.selector, ben)
        );
        VM.assertEq(relay.relay(ballots), 2);
        VM.assertFalse(dao.hasVoted(_id, ben));
        VM.assertTrue(dao.hasVoted(_id, cyd));
    }

    function test_nothing_to_cast_is_nothing() public {
        VM.assertEq(relay.relay(new IVoteRelay.Ballot[](0)), 0);
    }

    function test_too_little_gas_reverts_the_batch() public {
        IVoteRelay.Ballot[] memory ballots = new IVoteRelay.Ballot[](2);
        (ballots[0], ballots[1]) = (_of(ANN_KEY, FOR), _of(BEN_KEY, FOR));
        // Enough for both if they were counted together, not for a whole portion of the second.
        for (uint256 gas = 330_000; gas < 450_000; gas += 10_000) {
            (bool done, bytes memory reason) = address(relay).call{gas: gas}(abi.encodeCall(IVoteRelay.relay, (ballots)));
            if (done) continue;
            VM.assertEq(bytes32(bytes4(reason)), bytes32(IVoteRelay.TooLittleGas.selector));
            VM.assertEq(_lastWord(reason), uint256(300_000) * 64 / 63 + 20_000);
            VM.assertFalse(dao.hasVoted(_id, ann));
        }
        VM.assertEq(relay.portion(1), 1_000_000);
        VM.assertEq(relay.portion(2), 300_000);
    }

    function _lastWord(bytes memory data) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(data, mload(data)))
        }
    }

    function test_a_contract_comes_alone() public {
        ContractVoter voter = _voter();
        IVoteRelay.Ballot[] memory ballots = new IVoteRelay.Ballot[](2);
        (ballots[0], ballots[1]) = (IVoteRelay.Ballot(_id, FOR, address(voter), ""), _of(BEN_KEY, FOR));
        VM.expectEmit(address(relay));
        emit IVoteRelay.BallotRefused(
            _id, address(voter), abi.encodeWithSelector(IVoteRelay.ComesAlone.selector, voter)
        );
        VM.assertEq(relay.relay(ballots), 1);
        VM.assertEq(relay.relay(_alone(address(voter))), 1);
        VM.assertTrue(dao.hasVoted(_id, address(voter)));
    }

    function test_a_contract_that_changes_its_mind_is_passed_over() public {
        ContractVoter voter = _voter();
        voter.feel(ContractVoter.Mood.REFUSES);
        VM.assertEq(relay.relay(_alone(address(voter))), 0);
        VM.assertFalse(dao.hasVoted(_id, address(voter)));
    }

    function test_a_contract_that_burns_gas_burns_its_portion_only() public {
        ContractVoter voter = _voter();
        voter.feel(ContractVoter.Mood.BURNS);
        IVoteRelay.Ballot[] memory ballots = _alone(address(voter));
        uint256 before = gasleft();
        VM.assertEq(relay.relay{gas: 5_000_000}(ballots), 0);
        VM.assertTrue(before - gasleft() < 1_100_000);
    }

    function test_a_ballot_counts_on_its_own_proposal_only() public {
        uint256 second = _propose(ben, _draft(ben, ""));
        VM.warp(dao.proposalSnapshot(second) + 1);
        IVoteRelay.Ballot[] memory ballots = new IVoteRelay.Ballot[](1);
        ballots[0] = _of(ANN_KEY, FOR);
        ballots[0].proposalId = second;
        VM.assertEq(relay.relay(ballots), 0);
        VM.assertFalse(dao.hasVoted(second, ann));
    }

    function test_a_ballot_counts_on_its_own_chain_only() public {
        IVoteRelay.Ballot[] memory ballots = new IVoteRelay.Ballot[](1);
        ballots[0] = _of(ANN_KEY, FOR);
        VM.chainId(5);
        VM.assertEq(relay.relay(ballots), 0);
    }

    function test_a_ballot_counts_once_whichever_relay_brings_it() public {
        VoteRelay other = VoteRelay(_new("VoteRelay", abi.encode(dao)));
        IVoteRelay.Ballot[] memory ballots = new IVoteRelay.Ballot[](1);
        ballots[0] = _of(ANN_KEY, FOR);
        VM.assertEq(other.relay(ballots), 1);
        VM.assertEq(relay.relay(ballots), 0);
        (, uint256 for_,) = dao.proposalVotes(_id);
        VM.assertEq(for_, 100 * MILLION);
    }

    function _voter() private returns (ContractVoter voter) {
        voter = new ContractVoter();
        VM.etch(stranger, address(voter).code);
        return ContractVoter(stranger);
    }

    function _alone(address voter) private view returns (IVoteRelay.Ballot[] memory ballots) {
        ballots = new IVoteRelay.Ballot[](1);
        ballots[0] = IVoteRelay.Ballot(_id, FOR, voter, "");
    }

    function _of(uint256 key, uint8 support) private view returns (IVoteRelay.Ballot memory) {
        return IVoteRelay.Ballot(_id, support, VM.addr(key), _ballot(key, _id, support));
    }
}
