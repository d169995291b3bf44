// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {AccessPass} from "../../src/AccessPass.sol";
import {ModelMarketplace} from "../../src/ModelMarketplace.sol";
import {Pricing} from "../../src/Pricing.sol";
import {ProtocolParameters} from "../../src/ProtocolParameters.sol";
import {RevenueSplitter} from "../../src/RevenueSplitter.sol";
import {IModelMarketplace} from "../../src/interfaces/IModelMarketplace.sol";
import {IPricing} from "../../src/interfaces/IPricing.sol";
import {IRevenueSplitter} from "../../src/interfaces/IRevenueSplitter.sol";
import {Belongings} from "./Belongings.sol";
import {VM} from "./Vm.sol";

/// @title Drives one model, sold in coin and in a token, through sales, demand, refunds, disputes, ratings, resales,
/// pauses, days, distributions and withdrawals, and keeps its own books.
contract MarketHandler is Belongings {
    /// @dev A bucket that was ever filled, with the split that opens it.
    struct Filled {
        address token;
        uint32 day;
        uint256 split;
    }

    /// @dev A referrer's bucket that was ever filled.
    struct FilledReferral {
        address referrer;
        address token;
        uint32 day;
    }

    /// @dev What the handler expects of one token.
    struct Books {
        uint256 paid;
        uint256 returned;
        uint256 fees;
        uint256 referrals;
        uint256 shared;
        uint256 resold;
        uint256 withdrawn;
        uint256 charged; // in fees, of all sales
        uint256 rebates; // of those fees, at most, to a buyer who is referrer, staker and bonus receiver as well
        uint256 sales;
    }

    ProtocolParameters private immutable _parameters;
    address private immutable _admin;

    address[][] private _recipients;
    uint16[][] private _bps;
    Filled[] private _filled;
    FilledReferral[] private _referred;
    Open[] private _disputes;
    mapping(bytes32 key => bool) private _known;
    uint256 private _split;

    mapping(address token => Books) private _books;
    mapping(address account => mapping(address token => uint256)) public earnedBy;
    mapping(address account => mapping(address token => uint256)) public withdrawnBy;
    mapping(address account => uint256) public keptFees;
    uint256 public passes;

    constructor(
        ModelMarketplace market,
        RevenueSplitter splitter,
        ProtocolParameters parameters,
        AccessPass pass,
        Pricing pricing,
        address admin,
        address vault,
        address token_
    ) Belongings(market, splitter, pass, pricing, token_, _six(vault)) {
        (_parameters, _admin) = (parameters, admin);
        _recipients.push([_actors[0]]);
        _bps.push([10_000]);
        _recipients.push([_actors[0], _actors[1]]);
        _bps.push([3_333, 6_667]);
        _recipients.push([_actors[2], _actors[1], _actors[0]]);
        _bps.push([1, 9_998, 1]);
        _list();
    }

    function buy(uint256 who, uint256 whom, uint256 by, uint8 quantity, uint64 surplus, bool lasting) external {
        if (_market.stateOf(model) != IModelMarketplace.ListingState.LISTED || _parameters.isPaused()) return;
        IModelMarketplace.Order memory order;
        (order.modelId, order.plan) = (model, lasting ? LASTING : SUBSCRIPTION);
        order.quantity = 1 + (lasting ? uint32(quantity) : quantity % 12);
        (order.recipient, order.token) = (actor(whom), lasting ? COIN : token);
        (order.maxPrice, order.deadline) = (type(uint256).max, uint64(block.timestamp));
        address buyer = actor(who);
        address referrer = actor(by);
        if (referrer != buyer && referrer != order.recipient && referrer != _actors[0]) order.referrer = referrer;
        _buy(buyer, order, surplus);
    }

    function refund(uint256 who, bool bySeller) external {
        Open memory open = _open[actor(who)];
        if (!_returnable(open)) return;
        Having[ACTORS] memory before = _havings();
        VM.prank(bySeller ? _actors[0] : open.buyer);
        _market.refund(model, open.buyer, open.p, open.referral, 0);
        _took(before, open, open.p.paid);
        _returned(open);
        _taken(open);
    }

    function dispute(uint256 who) external {
        Open memory open = _open[actor(who)];
        if (!_returnable(open)) return;
        if (_market.ruleBy(_market.receiptOf(model, open.buyer, open.p, open.referral)) != 0) return;
        Having[ACTORS] memory before = _havings();
        VM.prank(open.buyer);
        _market.openDispute(model, open.p, open.referral, "");
        open.time = _took(before, open, 0);
        _disputes.push(open);
        _taken(open);
    }

    function rule(uint256 which, bool forBuyer) external {
        if (_disputes.length == 0) return;
        which %= _disputes.length;
        Open memory open = _disputes[which];
        bytes32 receipt = _market.receiptOf(model, open.buyer, open.p, open.referral);
        if (block.timestamp > _market.ruleBy(receipt)) {
            forBuyer = !_market.isAnswered(receipt);
            _market.closeDispute(model, open.buyer, open.p, open.referral);
        } else {
            VM.prank(_admin);
            _market.ruleDispute(model, open.buyer, open.p, open.referral, forBuyer, "");
        }
        _disputes[which] = _disputes[_disputes.length - 1];
        _disputes.pop();
        if (forBuyer) return _returned(open);
        _giveBack(open);
    }

    function answer(uint256 which) external {
        if (_disputes.length == 0) return;
        Open memory open = _disputes[which % _disputes.length];
        if (block.timestamp > _market.ruleBy(_market.receiptOf(model, open.buyer, open.p, open.referral))) return;
        VM.prank(_actors[0]);
        _market.answerDispute(model, open.buyer, open.p, open.referral, "cid");
    }

    function rate(uint256 who, uint8 rating) external {
        address rater = actor(who);
        IModelMarketplace.Standing memory standing = _market.standingOf(model, rater);
        if (rater == _actors[0] || _parameters.isPaused()) return;
        if (standing.fees == 0 && standing.receipt == 0) return;
        VM.prank(rater);
        _market.rateModel(model, 1 + rating % 5, "");
    }

    function reprice(uint64 price, bool lasting) external {
        _setPlan(lasting, 1 + price % 1e18);
    }

    function setDemand(uint32 target, uint16 floor, uint16 cap) external {
        IPricing.Terms memory terms;
        if (target % 4 != 0) {
            terms.target = 1 + target % 300;
            (terms.floorBps, terms.capBps) = (5_000 + floor % 5_001, 10_000 + cap % 30_001);
        }
        VM.prank(_actors[0]);
        _market.setPricing(model, terms);
    }

    function resplit(uint256 split) external {
        _split = split % _recipients.length;
        VM.prank(_actors[0]);
        _splitter.setSplit(model, _recipients[_split], _bps[_split]);
    }

    function setFee(uint256 bps) external {
        VM.prank(_admin);
        _parameters.set("feeBps", 200 + bps % 301);
    }

    function setWindow(uint256 window) external {
        VM.prank(_admin);
        _parameters.set("refundWindow", 1 days + window % (29 days + 1));
    }

    function stop(uint256 time, bool all) external {
        if (time % 4 != 0) return;
        VM.prank(_admin);
        if (all) _parameters.setPause(uint64(block.timestamp + time % 3 days));
        else _market.setSuspension(model, uint64(block.timestamp + time % 3 days));
    }

    function wait(uint256 time) external {
        time %= 5 days;
        uint256 before = _pricing.demandOf(model);
        _use(time);
        VM.warp(block.timestamp + time);
        uint256 most = time / 1 days + 1; // windows that can have ended
        uint256 moved = _pricing.demandOf(model);
        // Of 1e18ths, a few: what was asked in between was rounded, and that is not what the next is reckoned from.
        VM.assertLe(moved * 8, (before + 16) * 9, "a step up");
        VM.assertLe(before * 7 ** most, (moved + 16) * 8 ** most, "steps down");
    }

    function distribute(uint256 which) external {
        if (_filled.length == 0) return;
        Filled memory filled = _filled[which % _filled.length];
        IRevenueSplitter.Bucket memory full = _bucket(filled);
        if (full.gross == 0 || filled.day >= block.timestamp / 1 days) return;

        uint256[ACTORS] memory before = _credits(filled.token);
        _splitter.distribute(model, filled.token, filled.day, _recipients[filled.split], _bps[filled.split]);
        _earned(filled.token, before);
        _books[filled.token].fees += full.fee;
        _books[filled.token].shared += full.gross - full.fee;
    }

    function distributeReferral(uint256 which) external {
        if (_referred.length == 0) return;
        FilledReferral memory filled = _referred[which % _referred.length];
        uint256 amount = _splitter.referralBucket(filled.referrer, filled.token, filled.day);
        if (amount == 0 || filled.day >= block.timestamp / 1 days) return;

        _splitter.distributeReferral(filled.referrer, filled.token, filled.day);
        _books[filled.token].referrals += amount;
        earnedBy[filled.referrer][filled.token] += amount;
    }

    function withdraw(uint256 who, bool coin) external {
        (address account, address of_) = (actor(who), coin ? COIN : token);
        if (_splitter.credits(account, of_) == 0) return;

        uint256 before = _balance(account, of_);
        VM.prank(account);
        _splitter.withdraw(of_);
        uint256 drawn = _balance(account, of_) - before;
        _books[of_].withdrawn += drawn;
        withdrawnBy[account][of_] += drawn;
    }

    function move(uint256 from, uint256 to, uint256 value) external {
        address holder = actor(from);
        uint256 id = uint256(model);
        uint256 free = _pass.balanceOf(holder, id) - _pass.lockedOf(holder, id);
        VM.prank(holder);
        _pass.safeTransferFrom(holder, actor(to), id, value % (free + 1), "");
    }

    function resell(uint256 from, uint256 to, uint8 quantity, uint64 price, bool coin) external {
        (address holder, address buyer, address of_) = (actor(from), actor(to), coin ? COIN : token);
        uint256 free = _pass.balanceOf(holder, uint256(model)) - _pass.lockedOf(holder, uint256(model));
        if (free == 0) return;
        uint32 sold = uint32(1 + quantity % free);
        uint128 unit = 1 + uint128(price);
        uint256 total = uint256(unit) * sold;
        VM.prank(holder);
        _pass.offer(uint256(model), sold, of_, unit, uint64(block.timestamp));
        _fund(buyer, of_, total);
        uint256[ACTORS] memory before = _credits(of_);
        VM.prank(buyer);
        _pass.accept{value: coin ? total : 0}(uint256(model), holder, sold, buyer, of_, unit);
        _earned(of_, before);
        _books[of_].resold += total;
    }

    function books(address of_) external view returns (Books memory) {
        return _books[of_];
    }

    /// @return sum of what waits in all buckets
    function waiting(address of_) external view returns (uint256 sum) {
        for (uint256 i = 0; i < _filled.length; ++i) {
            if (_filled[i].token == of_) sum += _bucket(_filled[i]).gross;
        }
    }

    /// @return sum of what waits for referrers
    function waitingReferrals(address of_) external view returns (uint256 sum) {
        for (uint256 i = 0; i < _referred.length; ++i) {
            FilledReferral memory filled = _referred[i];
            if (filled.token == of_) sum += _splitter.referralBucket(filled.referrer, of_, filled.day);
        }
    }

    /// @return sum of what disputes hold
    function disputed(address of_) external view returns (uint256 sum) {
        for (uint256 i = 0; i < _disputes.length; ++i) {
            if (_disputes[i].p.token == of_) sum += _disputes[i].p.paid;
        }
    }

    /// @return sum of all credits
    function credited(address of_) external view returns (uint256 sum) {
        for (uint256 i = 0; i < ACTORS; ++i) {
            sum += _splitter.credits(_actors[i], of_);
        }
    }

    function _list() private {
        VM.prank(_actors[0]);
        _market.listModel(model, 1 ether, "ipfs://model");
        _setPlan(false, 20e6);
        VM.prank(_actors[0]);
        _pass.allowTransfers(model, true);
        VM.prank(_actors[0]);
        _pass.allowResale(model, true, 700);
        for (uint256 i = 0; i < ACTORS; ++i) {
            VM.prank(_actors[i]);
            IERC20(token).approve(address(_splitter), type(uint256).max);
        }
    }

    function _setPlan(bool lasting, uint256 price) private {
        (IModelMarketplace.Plan plan, address of_) = lasting ? (LASTING, COIN) : (SUBSCRIPTION, token);
        uint64 period = lasting ? 0 : 30 days;
        VM.prank(_actors[0]);
        _market.setPlan(model, IModelMarketplace.PlanTerms(plan, of_, price, period));
    }

    function _buy(address buyer, IModelMarketplace.Order memory order, uint64 surplus) private {
        IModelMarketplace.Quote memory asked = _market.quote(model, order.plan, order.quantity);
        _fund(buyer, asked.token, asked.total);
        uint256 value = asked.token == COIN ? asked.total : 0;
        VM.deal(buyer, buyer.balance + surplus);
        uint256 before = _balance(buyer, asked.token);
        VM.prank(buyer);
        _market.purchase{value: value + surplus}(order);
        VM.assertEq(before - _balance(buyer, asked.token), asked.total, "surplus");
        _bought(buyer, order, asked);
    }

    function _bought(address buyer, IModelMarketplace.Order memory order, IModelMarketplace.Quote memory asked)
        private
    {
        Open memory open;
        (open.buyer, open.referral) = (buyer, order.referrer == address(0) ? 0 : uint128(asked.referral));
        (open.p.recipient, open.p.token, open.p.referrer) = (order.recipient, order.token, order.referrer);
        (open.p.plan, open.p.quantity, open.p.maturityDay) = (order.plan, order.quantity, asked.maturityDay);
        (open.p.paid, open.p.fee) = (uint128(asked.total), uint128(asked.fee));
        open.p.splitHash = _splitter.splitHash(model);
        _open[buyer] = open;
        _paidFor(open);
        _bookFee(order.token, open.referral, asked);
        keptFees[buyer] += _weight(open);
        if (order.plan == LASTING) passes += order.quantity;
        _remember(open, asked.maturityDay, _split);
    }

    function _bookFee(address of_, uint256 referral, IModelMarketplace.Quote memory asked) private {
        Books storage kept = _books[of_];
        kept.paid += asked.total;
        kept.charged += asked.fee;
        kept.rebates += referral;
        kept.rebates += asked.total * (_parameters.get("stakersBps") + _parameters.get("bonusCapBps")) / 10_000;
        ++kept.sales;
    }

    function _returned(Open memory open) private {
        _books[open.p.token].returned += open.p.paid;
        earnedBy[open.buyer][open.p.token] += open.p.paid;
    }

    function _taken(Open memory open) private {
        keptFees[open.buyer] -= _weight(open);
        if (open.p.plan == LASTING) passes -= open.p.quantity;
        delete _open[open.buyer];
    }

    function _giveBack(Open memory open) private {
        keptFees[open.buyer] += _weight(open);
        if (open.p.plan == LASTING) passes += open.p.quantity;
        else _add(open, open.time);
        for (uint256 i = 0; i < _recipients.length; ++i) {
            bytes32 hash = keccak256(abi.encode(_recipients[i], _bps[i]));
            if (hash == open.p.splitHash) _remember(open, uint32(block.timestamp / 1 days), i);
        }
    }

    function _remember(Open memory open, uint32 day, uint256 split) private {
        if (_first(abi.encode(open.p.token, day, split))) _filled.push(Filled(open.p.token, day, split));
        if (open.referral == 0) return;
        if (!_first(abi.encode(open.p.token, day, open.p.referrer, true))) return;
        _referred.push(FilledReferral(open.p.referrer, open.p.token, day));
    }

    function _first(bytes memory content) private returns (bool) {
        bytes32 key = keccak256(content);
        if (_known[key]) return false;
        return _known[key] = true;
    }

    function _fund(address account, address of_, uint256 amount) private {
        if (of_ == COIN) VM.deal(account, account.balance + amount);
        else VM.store(of_, keccak256(abi.encode(account, 0)), bytes32(_balance(account, of_) + amount));
    }

    function _earned(address of_, uint256[ACTORS] memory before) private {
        uint256[ACTORS] memory afterwards = _credits(of_);
        for (uint256 i = 0; i < ACTORS; ++i) {
            earnedBy[_actors[i]][of_] += afterwards[i] - before[i];
        }
    }

    function _weight(Open memory open) private view returns (uint256) {
        return uint256(open.p.fee - open.referral) * _parameters.tokenTerms(open.p.token).weight / 1e18;
    }

    function _bucket(Filled memory filled) private view returns (IRevenueSplitter.Bucket memory) {
        bytes32 hash = keccak256(abi.encode(_recipients[filled.split], _bps[filled.split]));
        return _splitter.bucket(model, filled.token, hash, filled.day);
    }

    function _balance(address account, address of_) private view returns (uint256) {
        return of_ == COIN ? account.balance : IERC20(of_).balanceOf(account);
    }

    function _credits(address of_) private view returns (uint256[ACTORS] memory all) {
        for (uint256 i = 0; i < ACTORS; ++i) {
            all[i] = _splitter.credits(_actors[i], of_);
        }
    }

    function _six(address vault) private pure returns (address[ACTORS] memory) {
        return [address(0xA11), address(0xA12), address(0xA13), address(0xA14), address(0xA15), vault];
    }
}
