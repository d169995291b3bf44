// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {TokenDouble} from "../doubles/TokenDouble.sol";
import {GovernorDouble, GovernorTimelockDouble} from "../doubles/GovernorDouble.sol";
import {TimelockDouble} from "../doubles/TimelockDouble.sol";
import {VM} from "../base/Vm.sol";

/// @dev The doubles do what OpenZeppelin's suites begin with: small numbers, one vote, one call.
contract DoublesTest {
    address private constant VOTER = address(0xA11);

    TokenDouble private _token;

    function setUp() public {
        VM.warp(1_000);
        _token = TokenDouble(VM.deployCode("TokenDouble.sol:TokenDouble", abi.encode("MockToken", "MTKN", "1")));
        _token.$_mint(VOTER, 100);
        VM.prank(VOTER);
        _token.delegate(VOTER);
        VM.warp(1_001);
    }

    function test_the_token_has_any_name_and_is_made_and_burnt_at_will() public {
        VM.assertEq(_token.name(), "MockToken");
        VM.assertEq(_token.symbol(), "MTKN");
        _token.$_burn(VOTER, 40);
        _token.$_transfer(VOTER, address(2), 10);
        _token.$_update(address(0), address(2), 1);
        _token.$_approve(VOTER, address(this), 5);
        _token.transferFrom(VOTER, address(2), 5);
        VM.assertEq(_token.getVotes(VOTER), 45);
        VM.assertEq(_token.totalSupply(), 61);
    }

    function test_the_governor_executes_by_itself() public {
        bytes memory args = abi.encode("OZ-Governor", 4, 16, 0, _token, 10);
        GovernorDouble governor = GovernorDouble(payable(VM.deployCode("GovernorDouble.sol:GovernorDouble", args)));
        governor.$_setProposalThreshold(1);
        governor.$_useCheckedNonce(VOTER, 0);
        VM.assertEq(governor.nonces(VOTER), 1);
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = _call();
        VM.deal(address(governor), 1);
        VM.prank(VOTER);
        uint256 id = governor.propose(targets, values, datas, "One wei.");
        VM.assertEq(id, governor.hashProposal(targets, values, datas, keccak256("One wei.")));
        VM.warp(block.timestamp + 5);
        VM.prank(VOTER);
        governor.castVote(id, 1);
        VM.warp(block.timestamp + 16);
        governor.execute(targets, values, datas, keccak256("One wei."));
        VM.assertEq(uint256(governor.state(id)), uint256(IGovernor.ProposalState.Executed));
    }

    function test_the_governor_with_a_timelock_queues() public {
        address[] memory none = new address[](0);
        TimelockDouble timelock = TimelockDouble(
            payable(VM.deployCode("TimelockDouble.sol:TimelockDouble", abi.encode(3600, none, none, address(this))))
        );
        bytes memory args = abi.encode("OZ-Governor", 4, 16, 0, timelock, _token, 0);
        GovernorTimelockDouble governor =
            GovernorTimelockDouble(payable(VM.deployCode("GovernorDouble.sol:GovernorTimelockDouble", args)));
        timelock.grantRole(timelock.PROPOSER_ROLE(), address(governor));
        timelock.grantRole(timelock.CANCELLER_ROLE(), address(governor));
        timelock.grantRole(timelock.EXECUTOR_ROLE(), address(0));

        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = _call();
        (targets[0], values[0]) = (address(governor), 0);
        datas[0] = abi.encodeCall(governor.updateTimelock, (TimelockController(payable(VOTER))));
        uint256 id = governor.propose(targets, values, datas, "Another timelock.");
        VM.warp(block.timestamp + 5);
        VM.prank(VOTER);
        governor.castVote(id, 1);
        VM.warp(block.timestamp + 16);
        governor.queue(targets, values, datas, keccak256("Another timelock."));
        VM.warp(block.timestamp + 3600);
        governor.execute(targets, values, datas, keccak256("Another timelock."));
        VM.assertEq(governor.timelock(), VOTER);
    }

    function _call()
        private
        pure
        returns (address[] memory targets, uint256[] memory values, bytes[] memory datas)
    {
        (targets, values, datas) = (new address[](1), new uint256[](1), new bytes[](1));
        (targets[0], values[0]) = (VOTER, 1);
    }
}
