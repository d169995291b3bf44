// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {GovernorPreventLateQuorum} from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";
import {GovernorProposalGuardian} from "@openzeppelin/contracts/governance/extensions/GovernorProposalGuardian.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotesQuorumFraction} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {IERC1155Receiver} from "@openzeppelin/contracts/token/ERC1155/IERC1155Receiver.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {Panic} from "@openzeppelin/contracts/utils/Panic.sol";
import {Roles} from "../../src/Roles.sol";
import {IAnchors} from "../../src/interfaces/IAnchors.sol";
import {IBonusPool} from "../../src/interfaces/IBonusPool.sol";
import {IGuardian} from "../../src/interfaces/IGuardian.sol";
import {IFeeVault} from "../../src/interfaces/IFeeVault.sol";
import {ILatticeClaim} from "../../src/interfaces/ILatticeClaim.sol";
import {ILatticeFaucet} from "../../src/interfaces/ILatticeFaucet.sol";
import {ILatticeDAO} from "../../src/interfaces/ILatticeDAO.sol";
import {ILatticeStaking} from "../../src/interfaces/ILatticeStaking.sol";
import {ILatticeToken} from "../../src/interfaces/ILatticeToken.sol";
import {IProtocolParameters} from "../../src/interfaces/IProtocolParameters.sol";
import {ITreasury} from "../../src/interfaces/ITreasury.sol";
import {IVoteRelay} from "../../src/interfaces/IVoteRelay.sol";
import {DaoTest} from "../base/DaoTest.sol";
import {VM} from "../base/Vm.sol";

/// @dev Every function of the DAO's contracts that writes, called by every role: refused for want of right exactly where it
/// has to be. A call that is allowed may fail for another reason.
contract DaoRoleMatrixTest is DaoTest {
    uint256 private constant NOBODY = 0;
    uint256 private constant TIMELOCK = 1;
    uint256 private constant DAO = 2;
    uint256 private constant STAKING = 4;
    uint256 private constant GUARDIAN = 8;
    uint256 private constant MEMBER = 16;
    uint256 private constant KEEPER = 32;
    uint256 private constant VOTER = 64;
    uint256 private constant STRANGER = 128;
    uint256 private constant ALL = 255;

    address private immutable _keeper = _account("keeper");
    mapping(bytes4 selector => bool) private _refusals;
    address[8] private _callers;
    address private _anchors;
    address private _pool;

    function setUp() public override {
        super.setUp();
        _anchors = _new("Anchors", abi.encode(manager));
        _pool = _new("BonusPool", abi.encode(manager, address(1), parameters));
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = IAnchors.anchor.selector;
        VM.prank(address(treasury));
        manager.setTargetFunctionRole(_anchors, selectors, Roles.KEEPER);
        VM.prank(address(treasury));
        manager.grantRole(Roles.KEEPER, _keeper, 0);
        _callers = [
            address(treasury), address(dao), address(staking), address(guardian), member, _keeper, ann, stranger
        ];
        bytes4[11] memory refusals = [
            IAccessManaged.AccessManagedUnauthorized.selector,
            IAccessControl.AccessControlUnauthorizedAccount.selector,
            IGovernor.GovernorOnlyExecutor.selector,
            IGovernor.GovernorUnableToCancel.selector,
            IGovernor.GovernorInsufficientProposerVotes.selector,
            TimelockController.TimelockUnauthorizedCaller.selector,
            ILatticeToken.NotStaking.selector,
            ILatticeDAO.TimelockFixed.selector,
            IGuardian.NotMember.selector,
            IBonusPool.NotSeller.selector,
            Ownable.OwnableUnauthorizedAccount.selector
        ];
        for (uint256 i = 0; i < refusals.length; ++i) {
            _refusals[refusals[i]] = true;
        }
    }

    function test_the_token() public {
        _only(STAKING, address(token), abi.encodeCall(ILatticeToken.lock, (ann, 1)));
        _only(STAKING, address(token), abi.encodeCall(ILatticeToken.unlock, (ann, 0)));
        _only(ALL, address(token), abi.encodeCall(IERC20.transfer, (ann, 0)));
        _only(ALL, address(token), abi.encodeCall(IERC20.approve, (ann, 0)));
        _only(ALL, address(token), abi.encodeCall(IVotes.delegate, (ann)));
        _only(ALL, address(token), abi.encodeCall(IVotes.delegateBySig, (ann, 0, START, 27, 0, 0)));
        _only(ALL, address(token), abi.encodeCall(IERC20.transferFrom, (ann, ben, 0)));
        _only(ALL, address(token), abi.encodeCall(IERC20Permit.permit, (ann, ben, 1, START, 27, 0, 0)));
    }

    function test_what_was_given_at_the_beginning_and_the_fees() public {
        address where = _new("LatticeVesting", abi.encode(ann, uint64(START), uint64(10 days), uint64(1 days)));
        _only(ALL, where, abi.encodeWithSignature("release()"));
        _only(ALL, where, abi.encodeWithSignature("release(address)", token));
        _only(VOTER, where, abi.encodeCall(Ownable.transferOwnership, (ben)));
        _only(VOTER, where, abi.encodeCall(Ownable.renounceOwnership, ()));
        where = _new("LatticeClaim", abi.encode(token, treasury, bytes32(uint256(1)), uint64(START + 1 days)));
        _only(ALL, where, abi.encodeCall(ILatticeClaim.claim, (0, ann, 1, new bytes32[](0))));
        _only(ALL, where, abi.encodeCall(ILatticeClaim.sweep, ()));
        _only(ALL, _new("LatticeFaucet", abi.encode(token)), abi.encodeCall(ILatticeFaucet.faucet, ()));
        where = _new("FeeVault", abi.encode(address(1), parameters, staking, _pool, treasury));
        _only(ALL, where, abi.encodeCall(IFeeVault.release, (address(token))));
    }

    /// @dev The Governor takes nothing, since its purse is the treasury; that is no question of right.
    function test_what_anybody_may_send_to_the_dao() public {
        address[2] memory places = [address(dao), address(treasury)];
        uint256[] memory none = new uint256[](0);
        for (uint256 i = 0; i < 2; ++i) {
            _only(ALL, places[i], abi.encodeCall(IERC721Receiver.onERC721Received, (ann, ben, 1, "")));
            _only(ALL, places[i], abi.encodeCall(IERC1155Receiver.onERC1155Received, (ann, ben, 1, 1, "")));
            _only(ALL, places[i], abi.encodeCall(IERC1155Receiver.onERC1155BatchReceived, (ann, ben, none, none, "")));
        }
    }

    function test_ballots_of_every_form() public {
        address where = address(dao);
        uint256 id = _propose(ann, _draft(stranger, ""));
        _toVote(id);
        _only(ALL, where, abi.encodeCall(IGovernor.castVoteWithReason, (id, FOR, "Yes.")));
        _only(ALL, where, abi.encodeCall(IGovernor.castVoteWithReasonAndParams, (id, FOR, "Yes.", "")));
        _only(ALL, where, abi.encodeCall(IGovernor.castVoteBySig, (id, FOR, ann, "")));
        _only(ALL, where, abi.encodeCall(IGovernor.castVoteWithReasonAndParamsBySig, (id, FOR, ann, "", "", "")));
    }

    function test_the_staking() public {
        _only(ALL, address(staking), abi.encodeCall(ILatticeStaking.stake, (1)));
        _only(ALL, address(staking), abi.encodeCall(ILatticeStaking.unstake, (1)));
        _only(ALL, address(staking), abi.encodeCall(ILatticeStaking.restake, ()));
        _only(ALL, address(staking), abi.encodeCall(ILatticeStaking.withdraw, ()));
        _only(ALL, address(staking), abi.encodeCall(ILatticeStaking.claim, (ann)));
        _only(ALL, address(staking), abi.encodeCall(ILatticeStaking.notify, ()));
    }

    /// @dev Not even the timelock, unless it is executing a proposal that says so.
    function test_the_governors_settings() public {
        address where = address(dao);
        _only_by_proposal(abi.encodeCall(GovernorSettings.setVotingDelay, (1 days)));
        _only_by_proposal(abi.encodeCall(GovernorSettings.setVotingPeriod, (6 days)));
        _only_by_proposal(abi.encodeCall(GovernorSettings.setProposalThreshold, (MILLION)));
        _only_by_proposal(abi.encodeCall(GovernorVotesQuorumFraction.updateQuorumNumerator, (4)));
        _only_by_proposal(abi.encodeCall(GovernorPreventLateQuorum.setLateQuorumVoteExtension, (1 days)));
        _only_by_proposal(abi.encodeCall(GovernorProposalGuardian.setProposalGuardian, (ann)));
        _only_by_proposal(abi.encodeCall(Governor.relay, (ann, 0, "")));
        _only(NOBODY, where, abi.encodeCall(GovernorTimelockControl.updateTimelock, (treasury)));
    }

    function test_the_governors_proposals() public {
        address where = address(dao);
        Draft memory draft = _draft(stranger, "");
        bytes32 hash = keccak256(bytes(draft.description));
        _only(VOTER, where, abi.encodeCall(IGovernor.propose, (draft.targets, draft.values, draft.calldatas, "Mine.")));
        uint256 id = _propose(ann, draft);
        bytes memory cancel = abi.encodeCall(IGovernor.cancel, (draft.targets, draft.values, draft.calldatas, hash));
        _only(VOTER | GUARDIAN, where, cancel);
        _toVote(id);
        _only(GUARDIAN, where, cancel);
        _only(ALL, where, abi.encodeCall(IGovernor.castVote, (id, FOR)));
        _vote(ann, id, FOR);
        _afterVote(id);
        _only(ALL, where, abi.encodeCall(IGovernor.queue, (draft.targets, draft.values, draft.calldatas, hash)));
        _queue(draft);
        VM.warp(dao.proposalEta(id));
        _only(GUARDIAN, where, cancel);
        _only(ALL, where, abi.encodeCall(IGovernor.execute, (draft.targets, draft.values, draft.calldatas, hash)));
        _only(ALL, address(relay), abi.encodeCall(IVoteRelay.relay, (new IVoteRelay.Ballot[](0))));
    }

    function test_the_treasury() public {
        address where = address(treasury);
        address[] memory targets = new address[](1);
        uint256[] memory values = new uint256[](1);
        bytes[] memory datas = new bytes[](1);
        _only(DAO, where, abi.encodeCall(TimelockController.schedule, (ann, 0, "", 0, 0, 2 days)));
        _only(DAO, where, abi.encodeCall(TimelockController.scheduleBatch, (targets, values, datas, 0, 0, 2 days)));
        _only(DAO, where, abi.encodeCall(TimelockController.execute, (ann, 0, "", 0, 0)));
        _only(DAO, where, abi.encodeCall(TimelockController.executeBatch, (targets, values, datas, 0, 0)));
        _only(DAO, where, abi.encodeCall(TimelockController.cancel, (0)));
        _only(TIMELOCK, where, abi.encodeCall(TimelockController.updateDelay, (2 days)));
        _only(TIMELOCK, where, abi.encodeCall(IAccessControl.grantRole, (0, ann)));
        _only(TIMELOCK, where, abi.encodeCall(IAccessControl.revokeRole, (0, ann)));
        _only(ALL, where, abi.encodeCall(IAccessControl.renounceRole, (0, ann))); // one's own, and only by name
        _only(TIMELOCK, where, abi.encodeCall(ITreasury.setCaps, (100, 200)));
        _only(TIMELOCK, where, abi.encodeCall(ITreasury.listAsset, (ann)));
        _only(TIMELOCK, where, abi.encodeCall(ITreasury.unlistAsset, (ann)));
    }

    function test_the_guardian_the_bonus_pool_and_the_anchors() public {
        Draft memory draft = _draft(stranger, "");
        bytes32 hash = keccak256(bytes(draft.description));
        _propose(ann, draft);
        bytes memory cancel = abi.encodeCall(IGuardian.cancel, (draft.targets, draft.values, draft.calldatas, hash));
        _only(MEMBER, address(guardian), cancel);
        _only(MEMBER, address(guardian), abi.encodeCall(IGuardian.pause, (uint64(block.timestamp + 1))));
        _only(TIMELOCK, address(guardian), abi.encodeCall(IGuardian.appoint, (ann, 1)));
        _only(NOBODY, address(guardian), abi.encodeCall(IAccessManaged.setAuthority, (ann)));
        _only(GUARDIAN, address(parameters), abi.encodeCall(IProtocolParameters.pause, (uint64(block.timestamp + 1))));
        _only(TIMELOCK, _pool, abi.encodeCall(IBonusPool.setRoot, (1, bytes32(uint256(1)), "")));
        bytes32 model = bytes32(bytes20(ann));
        _only(VOTER, _pool, abi.encodeCall(IBonusPool.claim, (1, model, 1, new bytes32[](0), ann)));
        _only(NOBODY, _pool, abi.encodeCall(IAccessManaged.setAuthority, (ann)));
        _only(KEEPER, _anchors, abi.encodeCall(IAnchors.anchor, ("kind", 1, bytes32(uint256(1)), "")));
        _only(NOBODY, _anchors, abi.encodeCall(IAccessManaged.setAuthority, (ann)));
    }

    function _only_by_proposal(bytes memory data) private {
        _only(TIMELOCK, address(dao), data);
        VM.prank(address(treasury));
        (bool done, bytes memory reason) = address(dao).call(data);
        VM.assertFalse(done);
        bytes memory empty = abi.encodeWithSignature("Panic(uint256)", Panic.EMPTY_ARRAY_POP);
        VM.assertEq(keccak256(reason), keccak256(empty));
    }

    function _only(uint256 allowed, address target, bytes memory data) private {
        for (uint256 i = 0; i < _callers.length; ++i) {
            uint256 state = VM.snapshotState();
            VM.prank(_callers[i]);
            (bool done, bytes memory reason) = target.call(data);
            bool refused = !done && reason.length >= 4 && _refusals[bytes4(reason)];
            VM.assertEq(refused ? 1 : 0, allowed >> i & 1 == 1 ? 0 : 1, string(abi.encodePacked("caller ", bytes1(uint8(48 + i)))));
            VM.revertToState(state);
        }
    }
}
