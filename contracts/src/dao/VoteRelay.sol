// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IVoteRelay} from "../interfaces/IVoteRelay.sol";

/// @title The one implementation of {IVoteRelay}, where its functions and events are described.
contract VoteRelay is IVoteRelay {
    uint256 private constant OF_A_BATCH = 300_000; // a first vote that moves the deadline takes 150,000
    uint256 private constant ALONE = 1_000_000;
    uint256 private constant RESERVE = 20_000; // for what happens here after a ballot

    IGovernor public immutable dao;

    constructor(IGovernor dao_) {
        dao = dao_;
    }

    /// @inheritdoc IVoteRelay
    function relay(Ballot[] calldata ballots) external returns (uint256 cast) {
        uint256 gas = portion(ballots.length);
        // A call gets at most 63/64 of what is left.
        uint256 needed = gas * 64 / 63 + RESERVE;
        for (uint256 i = 0; i < ballots.length; ++i) {
            if (gasleft() < needed) revert TooLittleGas(i, gasleft(), needed);
            if (_cast(ballots[i], gas, ballots.length == 1)) ++cast;
        }
    }

    /// @inheritdoc IVoteRelay
    function portion(uint256 ballots) public pure returns (uint256) {
        return ballots == 1 ? ALONE : OF_A_BATCH;
    }

    function _cast(Ballot calldata ballot, uint256 gas, bool alone) private returns (bool) {
        (uint256 proposalId, address voter) = (ballot.proposalId, ballot.voter);
        if (!alone && voter.code.length != 0) {
            emit BallotRefused(proposalId, voter, abi.encodeWithSelector(ComesAlone.selector, voter));
            return false;
        }
        try dao.castVoteBySig{gas: gas}(proposalId, ballot.support, voter, ballot.signature) returns (uint256 weight) {
            emit BallotCast(proposalId, voter, weight);
            return true;
        } catch (bytes memory reason) {
            emit BallotRefused(proposalId, voter, reason);
            return false;
        }
    }
}
