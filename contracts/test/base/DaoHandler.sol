// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Guardian} from "../../src/dao/Guardian.sol";
import {LatticeDAO} from "../../src/dao/LatticeDAO.sol";
import {LatticeStaking} from "../../src/dao/LatticeStaking.sol";
import {LatticeToken} from "../../src/dao/LatticeToken.sol";
import {Treasury} from "../../src/dao/Treasury.sol";
import {IGuardian} from "../../src/interfaces/IGuardian.sol";
import {ILatticeDAO} from "../../src/interfaces/ILatticeDAO.sol";
import {ILatticeStaking} from "../../src/interfaces/ILatticeStaking.sol";
import {IProtocolParameters} from "../../src/interfaces/IProtocolParameters.sol";
import {ITreasury} from "../../src/interfaces/ITreasury.sol";
import {VM} from "./Vm.sol";

/// @title Drives the holders through stakes, delegations, transfers, rewards, proposals, votes and executions, and a
/// guardian whose mandate ends, and keeps its own books.
contract DaoHandler {
    struct Paper {
        uint256 id;
        address target;
        uint256 value;
        bytes data;
        string description;
    }

    /// @dev What an account's votes were at a time that is over.
    struct Past {
        address account;
        uint256 timepoint;
        uint256 votes;
    }

    uint256 public constant ACTORS = 5;
    uint256 private constant MOST_PASTS = 60;
    bytes4 private constant EARLY = TimelockController.TimelockUnexpectedOperationState.selector;

    LatticeToken private immutable _token;
    LatticeStaking private immutable _staking;
    LatticeDAO private immutable _dao;
    Treasury private immutable _treasury;
    Guardian private immutable _guardian;
    address private immutable _member;

    address[ACTORS] private _actors;
    Paper[] private _papers;
    Past[] private _pasts;
    uint256 public received;
    uint256 public claimed;
    uint256 public coinPaid;
    uint256 public latticePaid;
    uint256 public executed;
    uint256 public stopped;
    uint256 public paused;
    uint256 private _restedAt;

    constructor(
        LatticeToken token,
        LatticeStaking staking,
        LatticeDAO dao,
        Treasury treasury,
        Guardian guardian,
        address[ACTORS] memory actors
    ) {
        (_token, _staking, _dao, _treasury, _guardian, _actors) = (token, staking, dao, treasury, guardian, actors);
        _member = guardian.member();
    }

    function transfer(uint256 from, uint256 to, uint256 amount) external {
        uint256 free = _token.balanceOf(actor(from)) - _token.lockedOf(actor(from));
        VM.prank(actor(from));
        _token.transfer(actor(to), amount % (free + 1));
    }

    function delegate(uint256 from, uint256 to) external {
        VM.prank(actor(from));
        _token.delegate(to % 8 == 7 ? address(0) : actor(to));
    }

    function stake(uint256 who, uint256 amount) external {
        uint256 free = _token.balanceOf(actor(who)) - _token.lockedOf(actor(who));
        if (free == 0) return;
        VM.prank(actor(who));
        _staking.stake(1 + amount % free);
    }

    function unstake(uint256 who, uint256 amount) external {
        uint256 staked = _staking.stakeOf(actor(who)).staked;
        if (staked == 0) return;
        VM.prank(actor(who));
        _staking.unstake(1 + amount % staked);
    }

    function settle(uint256 who, bool back) external {
        ILatticeStaking.Stake memory held = _staking.stakeOf(actor(who));
        if (held.leaving == 0) return;
        if (!back && block.timestamp < held.freeAt) {
            VM.expectRevert(abi.encodeWithSelector(ILatticeStaking.StillCooling.selector, actor(who), held.freeAt));
        }
        VM.prank(actor(who));
        if (back) _staking.restake();
        else _staking.withdraw();
    }

    function notify(uint64 amount) external {
        if (amount == 0) return;
        VM.deal(address(this), amount);
        _staking.notify{value: amount}();
        received += amount;
    }

    function claim(uint256 who) external {
        uint256 amount = _staking.claimable(actor(who));
        if (amount == 0) return;
        VM.prank(actor(who));
        _staking.claim(actor(who));
        claimed += amount;
    }

    /// @dev Payments of up to a tenth, of which one in two is above the cap; sometimes other caps or a new mandate.
    function propose(uint256 who, uint256 kind, uint256 amount) external {
        address proposer = actor(who);
        bytes memory reason = _barred(proposer);
        Paper memory paper = _paper(kind, proposer, amount);
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = _actions(paper);
        if (reason.length != 0) VM.expectRevert(reason);
        VM.prank(proposer);
        uint256 id = _dao.propose(targets, values, datas, paper.description);
        if (reason.length != 0) return;
        paper.id = id;
        _papers.push(paper);
    }

    function vote(uint256 who, uint256 which, uint8 support) external {
        if (_papers.length == 0) return;
        uint256 id = _find(IGovernor.ProposalState.Active, which).id;
        if (_dao.state(id) != IGovernor.ProposalState.Active || _dao.hasVoted(id, actor(who))) return;
        VM.prank(actor(who));
        _dao.castVote(id, support % 4 == 0 ? 0 : support % 4 == 3 ? 2 : 1);
    }

    function queue(uint256 which) external {
        if (_papers.length == 0) return;
        Paper memory paper = _find(IGovernor.ProposalState.Succeeded, which);
        if (_dao.state(paper.id) != IGovernor.ProposalState.Succeeded) {
            VM.expectPartialRevert(IGovernor.GovernorUnexpectedProposalState.selector);
        }
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = _actions(paper);
        _dao.queue(targets, values, datas, keccak256(bytes(paper.description)));
    }

    /// @dev What is above a cap is refused by the treasury, and stays queued.
    function execute(uint256 which) external {
        if (_papers.length == 0) return;
        Paper memory paper = _find(IGovernor.ProposalState.Queued, which);
        bool ready =
            _dao.state(paper.id) == IGovernor.ProposalState.Queued && block.timestamp >= _dao.proposalEta(paper.id);
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = _actions(paper);
        (uint256 coin, uint256 lattice) = (address(_treasury).balance, _token.balanceOf(address(_treasury)));
        bytes32 hash = keccak256(bytes(paper.description));
        try _dao.execute(targets, values, datas, hash) {
            VM.assertTrue(ready);
            ++executed;
            coinPaid += coin - address(_treasury).balance;
            latticePaid += lattice - _token.balanceOf(address(_treasury));
        } catch (bytes memory reason) {
            bytes4 why = bytes4(reason);
            if (ready) VM.assertTrue(_isBound(why));
            else VM.assertTrue(why == IGovernor.GovernorUnexpectedProposalState.selector || why == EARLY);
        }
    }

    function stop(uint256 which) external {
        if (_papers.length == 0 || which % 8 != 0) return;
        Paper memory paper = _papers[which / 8 % _papers.length];
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = _actions(paper);
        bytes32 hash = keccak256(bytes(paper.description));
        bytes memory reason = _expired();
        if (reason.length == 0 && paper.target == address(_guardian)) {
            reason = abi.encodeWithSelector(IGuardian.ReplacesGuardian.selector);
        }
        if (reason.length == 0 && uint256(_dao.state(paper.id)) > uint256(IGovernor.ProposalState.Queued)) return;
        if (reason.length == 0 && _dao.state(paper.id) == IGovernor.ProposalState.Canceled) return;
        if (reason.length != 0) VM.expectRevert(reason);
        VM.prank(_member);
        _guardian.cancel(targets, values, datas, hash);
        if (reason.length == 0) ++stopped;
    }

    /// @dev The guardian pauses the market, and votes go on; not before it has rested, and never with an expired mandate.
    function pause(uint256 time) external {
        uint64 until = uint64(block.timestamp + 1 + time % 7 days);
        bytes memory reason = _expired();
        if (reason.length == 0 && block.timestamp < _restedAt) {
            reason = abi.encodeWithSelector(IProtocolParameters.PauseResting.selector, _restedAt);
        }
        if (reason.length != 0) VM.expectRevert(reason);
        VM.prank(_member);
        _guardian.pause(until);
        if (reason.length != 0) return;
        _restedAt = until + 30 days;
        ++paused;
    }

    /// @dev So long that mandates end, now and then.
    function sleep(uint256 time) external {
        if (time % 16 == 0) VM.warp(block.timestamp + 60 days + time % 340 days);
    }

    function wait(uint256 time) external {
        uint256 now_ = block.timestamp;
        VM.warp(now_ + 1 + time % 5 days);
        if (_pasts.length == MOST_PASTS) return;
        address account = actor(time);
        _pasts.push(Past(account, now_, _token.getPastVotes(account, now_)));
    }

    function actor(uint256 which) public view returns (address) {
        return _actors[which % ACTORS];
    }

    function pasts() external view returns (Past[] memory) {
        return _pasts;
    }

    function proposals() external view returns (uint256) {
        return _papers.length;
    }

    /// @return why this account may not propose now; empty if it may
    function _barred(address proposer) private view returns (bytes memory) {
        (uint256 votes, uint256 least) = (_dao.getVotes(proposer, block.timestamp - 1), _dao.proposalThreshold());
        if (votes < least) {
            return abi.encodeWithSelector(
                IGovernor.GovernorInsufficientProposerVotes.selector, proposer, votes, least
            );
        }
        uint256 earlier = _dao.latestProposalOf(proposer);
        if (earlier == 0 || uint256(_dao.state(earlier)) > uint256(IGovernor.ProposalState.Active)) return "";
        return abi.encodeWithSelector(ILatticeDAO.ProposalStillLive.selector, proposer, earlier);
    }

    /// @return why the guardian can do nothing; empty if it can
    function _expired() private view returns (bytes memory) {
        uint256 end = _guardian.mandateEnd();
        return block.timestamp < end ? bytes("") : abi.encodeWithSelector(IGuardian.MandateOver.selector, end);
    }

    /// @dev Whether it is one of the bounds of what these proposals do.
    function _isBound(bytes4 why) private pure returns (bool) {
        return why == ITreasury.BatchCapExceeded.selector || why == ITreasury.MonthCapExceeded.selector
            || why == ITreasury.CapOutOfBounds.selector || why == IGuardian.MandateTooLong.selector;
    }

    /// @dev Among the newest, one that stands so; sometimes, or where there is none, any.
    function _find(IGovernor.ProposalState wanted, uint256 which) private view returns (Paper memory) {
        uint256 count = _papers.length;
        for (uint256 i = 1; i <= 6 && i <= count && which % 8 != 0; ++i) {
            if (_dao.state(_papers[count - i].id) == wanted) return _papers[count - i];
        }
        return _papers[which % count];
    }

    function _paper(uint256 kind, address to, uint256 amount) private view returns (Paper memory paper) {
        kind %= 8;
        paper.description = string(abi.encodePacked(_papers.length, to));
        if (kind < 3) {
            (paper.target, paper.value) = (to, amount % (address(_treasury).balance / 10 + 1));
        } else if (kind < 6) {
            paper.target = address(_token);
            amount %= _token.balanceOf(address(_treasury)) / 10 + 1;
            paper.data = abi.encodeCall(IERC20.transfer, (to, amount));
        } else if (kind == 6) {
            paper.target = address(_treasury);
            paper.data = abi.encodeCall(ITreasury.setCaps, (uint16(amount % 1_200), uint16(amount % 2_200)));
        } else {
            paper.target = address(_guardian);
            paper.data = abi.encodeCall(IGuardian.appoint, (_member, uint64(block.timestamp + amount % 400 days)));
        }
    }

    function _actions(Paper memory paper)
        private
        pure
        returns (address[] memory targets, uint256[] memory values, bytes[] memory datas)
    {
        (targets, values, datas) = (new address[](1), new uint256[](1), new bytes[](1));
        (targets[0], values[0], datas[0]) = (paper.target, paper.value, paper.data);
    }
}
