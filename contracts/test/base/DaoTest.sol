// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {CodeGuard} from "../../src/dao/CodeGuard.sol";
import {Guardian} from "../../src/dao/Guardian.sol";
import {LatticeDAO} from "../../src/dao/LatticeDAO.sol";
import {LatticeStaking} from "../../src/dao/LatticeStaking.sol";
import {LatticeToken} from "../../src/dao/LatticeToken.sol";
import {Treasury} from "../../src/dao/Treasury.sol";
import {VoteRelay} from "../../src/dao/VoteRelay.sol";
import {ProtocolParameters} from "../../src/ProtocolParameters.sol";
import {Roles} from "../../src/Roles.sol";
import {ILatticeToken} from "../../src/interfaces/ILatticeToken.sol";
import {IProtocolParameters} from "../../src/interfaces/IProtocolParameters.sol";
import {VM} from "./Vm.sol";

/// @title The whole DAO, its roles given as they will be, and three voters: of 200 million LATTICE that can vote Ann has
/// 100, Ben 60 and Cyd 40. A quorum is 8 million.
abstract contract DaoTest {
    /// @dev A proposal as it is made.
    struct Draft {
        address[] targets;
        uint256[] values;
        bytes[] calldatas;
        string description;
    }

    uint8 internal constant AGAINST = 0;
    uint8 internal constant FOR = 1;
    uint8 internal constant ABSTAIN = 2;
    uint256 internal constant SUCCEEDED = 1 << uint8(IGovernor.ProposalState.Succeeded);
    uint256 internal constant QUEUED = 1 << uint8(IGovernor.ProposalState.Queued);
    uint256 internal constant START = 20_000 days + 1 hours;
    uint256 internal constant MILLION = 1_000_000e18;
    uint256 internal constant SUPPLY = 1_000 * MILLION;
    uint256 internal constant ANN_KEY = 0xA11;
    uint256 internal constant BEN_KEY = 0xB11;
    uint256 internal constant CYD_KEY = 0xC11;
    bytes32 private constant BALLOT =
        keccak256("Ballot(uint256 proposalId,uint8 support,address voter,uint256 nonce)");

    address internal immutable ann = VM.addr(ANN_KEY);
    address internal immutable ben = VM.addr(BEN_KEY);
    address internal immutable cyd = VM.addr(CYD_KEY);
    address internal immutable stranger = _account("stranger");
    address internal immutable member = _account("member");
    address internal immutable vesting = _account("vesting");
    address internal immutable claim = _account("claim");

    AccessManager internal manager;
    ProtocolParameters internal parameters;
    LatticeToken internal token;
    LatticeStaking internal staking;
    Treasury internal treasury;
    LatticeDAO internal dao;
    CodeGuard internal codeGuard;
    Guardian internal guardian;
    VoteRelay internal relay;

    function setUp() public virtual {
        VM.warp(START);
        _deploy();
        _delegate(ann, ann);
        _delegate(ben, ben);
        _delegate(cyd, cyd);
        VM.deal(address(treasury), 1_000 ether);
        VM.warp(START + 1);
    }

    /// @dev The constructors name each other, so each contract's address is reckoned before it is there.
    function _deploy() private {
        uint256 nonce = VM.getNonce(address(this));
        address[8] memory places;
        for (uint256 i = 0; i < 8; ++i) {
            places[i] = VM.computeCreateAddress(address(this), nonce + i);
        }
        manager = AccessManager(_new("AccessManager", abi.encode(address(this))));
        token = LatticeToken(_new("LatticeToken", abi.encode(_genesis(places[3]), _unvotable(places), places[2])));
        staking = LatticeStaking(_new("LatticeStaking", abi.encode(token, places[4], places[3])));
        treasury = Treasury(payable(_new("Treasury", abi.encode(places[4], token))));
        dao = LatticeDAO(payable(_new("LatticeDAO", abi.encode(token, treasury, places[7]))));
        parameters = ProtocolParameters(_new("ProtocolParameters", abi.encode(manager)));
        codeGuard = CodeGuard(_new("CodeGuard", ""));
        uint64 end = uint64(START + 365 days);
        guardian = Guardian(_new("Guardian", abi.encode(manager, dao, parameters, codeGuard, member, end)));
        relay = VoteRelay(_new("VoteRelay", abi.encode(dao)));
        _handOver();
    }

    function _genesis(address treasury_) internal view returns (ILatticeToken.Allocation[] memory genesis) {
        genesis = new ILatticeToken.Allocation[](6);
        genesis[0] = ILatticeToken.Allocation(treasury_, 600 * MILLION);
        genesis[1] = ILatticeToken.Allocation(vesting, 100 * MILLION);
        genesis[2] = ILatticeToken.Allocation(claim, 100 * MILLION);
        genesis[3] = ILatticeToken.Allocation(ann, 100 * MILLION);
        genesis[4] = ILatticeToken.Allocation(ben, 60 * MILLION);
        genesis[5] = ILatticeToken.Allocation(cyd, 40 * MILLION);
    }

    function _unvotable(address[8] memory places) private view returns (address[] memory accounts) {
        accounts = new address[](4);
        (accounts[0], accounts[1], accounts[2], accounts[3]) = (places[3], places[2], vesting, claim);
    }

    function _handOver() private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = IProtocolParameters.pause.selector;
        manager.setTargetFunctionRole(address(parameters), selectors, Roles.GUARDIAN);
        manager.grantRole(Roles.GUARDIAN, address(guardian), 0);
        manager.grantRole(0, address(treasury), 0);
        manager.renounceRole(0, address(this));
    }

    /// @dev From the compiler's output: `new` would put all these contracts into each test, which takes minutes to compile.
    function _new(string memory name, bytes memory args) internal returns (address) {
        return VM.deployCode(string.concat(name, ".sol:", name), args);
    }

    function _account(string memory name) internal returns (address account) {
        account = address(uint160(uint256(keccak256(bytes(name)))));
        VM.label(account, name);
    }

    function _delegate(address from, address to) internal {
        VM.prank(from);
        token.delegate(to);
    }

    function _send(address from, address to, uint256 amount) internal {
        VM.prank(from);
        token.transfer(to, amount);
    }

    function _stake(address who, uint256 amount) internal {
        VM.prank(who);
        staking.stake(amount);
    }

    /// @dev One action.
    function _draft(address target, bytes memory data) internal pure returns (Draft memory) {
        return _draft(target, 0, data, "An action.");
    }

    function _draft(address target, uint256 value, bytes memory data, string memory description)
        internal
        pure
        returns (Draft memory draft)
    {
        (draft.targets, draft.values, draft.calldatas) = (new address[](1), new uint256[](1), new bytes[](1));
        (draft.targets[0], draft.values[0], draft.calldatas[0]) = (target, value, data);
        draft.description = description;
    }

    /// @dev The same draft with one action more, at its end.
    function _and(Draft memory draft, address target, uint256 value, bytes memory data)
        internal
        pure
        returns (Draft memory more)
    {
        uint256 count = draft.targets.length;
        more.targets = new address[](count + 1);
        more.values = new uint256[](count + 1);
        more.calldatas = new bytes[](count + 1);
        more.description = draft.description;
        for (uint256 i = 0; i < count; ++i) {
            (more.targets[i], more.values[i], more.calldatas[i]) = (draft.targets[i], draft.values[i], draft.calldatas[i]);
        }
        (more.targets[count], more.values[count], more.calldatas[count]) = (target, value, data);
    }

    function _propose(address who, Draft memory draft) internal returns (uint256) {
        VM.prank(who);
        return dao.propose(draft.targets, draft.values, draft.calldatas, draft.description);
    }

    function _vote(address who, uint256 id, uint8 support) internal {
        VM.prank(who);
        dao.castVote(id, support);
    }

    function _queue(Draft memory draft) internal {
        dao.queue(draft.targets, draft.values, draft.calldatas, keccak256(bytes(draft.description)));
    }

    function _execute(Draft memory draft) internal {
        dao.execute(draft.targets, draft.values, draft.calldatas, keccak256(bytes(draft.description)));
    }

    function _toVote(uint256 id) internal {
        VM.warp(dao.proposalSnapshot(id) + 1);
    }

    function _afterVote(uint256 id) internal {
        VM.warp(dao.proposalDeadline(id) + 1);
    }

    /// @dev Ann proposes it, it succeeds.
    function _succeed(Draft memory draft) internal returns (uint256 id) {
        id = _propose(ann, draft);
        _toVote(id);
        _vote(ann, id, FOR);
        _afterVote(id);
    }

    /// @dev The same, queued until it can be executed.
    function _ready(Draft memory draft) internal returns (uint256 id) {
        id = _succeed(draft);
        _queue(draft);
        VM.warp(dao.proposalEta(id));
    }

    function _govern(Draft memory draft) internal returns (uint256 id) {
        id = _ready(draft);
        _execute(draft);
    }

    function _govern_refused(bytes memory reason, Draft memory draft) internal {
        _ready(draft);
        _refused(reason);
        _execute(draft);
    }

    /// @dev It is refused because the proposal stands so, and not as one of these.
    function _state_refused(uint256 id, IGovernor.ProposalState state, uint256 wanted) internal {
        _refused(abi.encodeWithSelector(IGovernor.GovernorUnexpectedProposalState.selector, id, state, wanted));
    }

    function _is(uint256 id, IGovernor.ProposalState expected) internal view {
        VM.assertEq(uint256(dao.state(id)), uint256(expected));
    }

    /// @dev With the voter's next nonce of this proposal.
    function _ballot(uint256 key, uint256 id, uint8 support) internal view returns (bytes memory) {
        return _signed(key, id, support, dao.nonces(VM.addr(key), uint192(id)));
    }

    function _signed(uint256 key, uint256 id, uint8 support, uint256 nonce) internal view returns (bytes memory) {
        bytes32 hash = keccak256(abi.encode(BALLOT, id, support, VM.addr(key), nonce));
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, keccak256(abi.encodePacked(hex"1901", _domain(address(dao)), hash)));
        return abi.encodePacked(r, s, v);
    }

    function _domain(address governor) internal view returns (bytes32) {
        bytes32 kind = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        return keccak256(abi.encode(kind, keccak256("LatticeDAO"), keccak256("1"), block.chainid, governor));
    }

    function _refused(bytes memory reason) internal {
        VM.expectRevert(reason);
    }
}
