// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {AccessPass} from "../../src/AccessPass.sol";
import {ModelMarketplace} from "../../src/ModelMarketplace.sol";
import {ProtocolParameters} from "../../src/ProtocolParameters.sol";
import {RevenueSplitter} from "../../src/RevenueSplitter.sol";
import {BonusPool} from "../../src/dao/BonusPool.sol";
import {FeeVault} from "../../src/dao/FeeVault.sol";
import {LatticeStaking} from "../../src/dao/LatticeStaking.sol";
import {IBonusPool} from "../../src/interfaces/IBonusPool.sol";
import {IModelMarketplace} from "../../src/interfaces/IModelMarketplace.sol";
import {IRevenueSplitter} from "../../src/interfaces/IRevenueSplitter.sol";
import {VM} from "./Vm.sol";

/// @title One person under four names: seller, buyer, receiver of gifts and referrer, who also holds all of the stake, gets
/// the model's bonus and resells to itself. Nobody else trades; others' money is in the bonus pool alone.
contract OnePersonHandler {
    struct Parts {
        ModelMarketplace market;
        RevenueSplitter splitter;
        ProtocolParameters parameters;
        AccessPass pass;
        FeeVault vault;
        BonusPool pool;
        LatticeStaking staking;
        address admin;
    }

    struct Open {
        IModelMarketplace.Purchase p;
        uint128 referral;
    }

    uint256 public constant NAMES = 4;
    address private constant COIN = address(0);
    IModelMarketplace.Plan private constant LASTING = IModelMarketplace.Plan.LASTING;
    IModelMarketplace.Plan private constant SUBSCRIPTION = IModelMarketplace.Plan.SUBSCRIPTION;

    Parts private _at;
    bytes32 public immutable model;
    address[NAMES] private _names;
    address[] private _recipients;
    uint16[] private _bps;
    uint32[] private _days; // of which there ever was a bucket
    mapping(uint32 day => bool) private _known;
    mapping(address buyer => Open) private _open;
    uint256 private _epoch;

    uint256 public put; // what the person had, and bought with
    uint256 public released; // of fees, by the vault
    uint256 public referrals; // of fees, paid out
    uint256 public bonus;
    uint256 public sales; // and resales
    bool public moved; // whether the shares changed while there were sales

    constructor(Parts memory parts, address seller) {
        _at = parts;
        _names = [seller, address(0xB01), address(0xB02), address(0xB03)];
        model = bytes32(bytes20(seller));
        _recipients.push(seller);
        _bps.push(10_000);
        VM.prank(seller);
        parts.market.listModel(model, 1 ether, "ipfs://model");
        _setPlan(SUBSCRIPTION, 0.1 ether);
        VM.prank(seller);
        parts.pass.allowResale(model, true, 700);
    }

    function buy(uint256 who, uint256 whom, uint256 by, uint8 quantity, bool lasting) external {
        IModelMarketplace.Order memory order;
        (order.modelId, order.plan) = (model, lasting ? LASTING : SUBSCRIPTION);
        order.quantity = 1 + (lasting ? uint32(quantity) : quantity % 12);
        (order.recipient, order.maxPrice) = (name(whom), type(uint256).max);
        order.deadline = uint64(block.timestamp);
        (address buyer, address referrer) = (name(who), name(by));
        if (referrer != buyer && referrer != order.recipient && referrer != _names[0]) order.referrer = referrer;
        IModelMarketplace.Quote memory asked = _at.market.quote(model, order.plan, order.quantity);
        _fund(buyer, asked.total);
        VM.prank(buyer);
        _at.market.purchase{value: asked.total}(order);
        _bought(buyer, order, asked);
    }

    function refund(uint256 who) external {
        Open memory open = _open[name(who)];
        if (open.p.quantity == 0 || open.p.maturityDay < block.timestamp / 1 days) return;
        VM.prank(name(who));
        _at.market.refund(model, name(who), open.p, open.referral, 0);
        delete _open[name(who)];
    }

    function resell(uint256 from, uint256 to, uint8 quantity, uint64 price) external {
        (address holder, address buyer) = (name(from), name(to));
        uint256 free = _at.pass.balanceOf(holder, uint256(model)) - _at.pass.lockedOf(holder, uint256(model));
        if (free == 0) return;
        (uint32 sold, uint128 unit) = (uint32(1 + quantity % free), 1 + uint128(price));
        VM.prank(holder);
        _at.pass.offer(uint256(model), sold, COIN, unit, uint64(block.timestamp));
        _fund(buyer, uint256(unit) * sold);
        VM.prank(buyer);
        _at.pass.accept{value: uint256(unit) * sold}(uint256(model), holder, sold, buyer, COIN, unit);
        ++sales;
    }

    function distribute(uint256 which) external {
        if (_days.length == 0) return;
        uint32 day = _days[which % _days.length];
        if (day >= block.timestamp / 1 days || _bucket(day).gross == 0) return;
        _at.splitter.distribute(model, COIN, day, _recipients, _bps);
    }

    function distributeReferral(uint256 which, uint256 who) external {
        if (_days.length == 0) return;
        uint32 day = _days[which % _days.length];
        uint256 amount = _at.splitter.referralBucket(name(who), COIN, day);
        if (day >= block.timestamp / 1 days || amount == 0) return;
        _at.splitter.distributeReferral(name(who), COIN, day);
        referrals += amount;
    }

    function release() external {
        uint256 amount = _at.splitter.credits(address(_at.vault), COIN);
        if (amount == 0) return;
        _at.vault.release(COIN);
        released += amount;
    }

    function claimReward() external {
        if (_at.staking.claimable(_names[0]) == 0) return;
        VM.prank(_names[0]);
        _at.staking.claim(_names[0]);
    }

    /// @dev By a root that gives the model anything, as a keeper who is the same person would; one wei above its cap is refused.
    function claimBonus(uint256 amount, bool tooMuch) external {
        (uint256 had, uint256 most) = (_at.pool.claimed(model), _at.pool.capOf(model));
        uint256 left = most > had ? most - had : 0;
        if (left == 0 && !tooMuch) return;
        amount = tooMuch ? left + 1 : 1 + amount % left;
        bytes32 root = keccak256(bytes.concat(keccak256(abi.encode(model, amount))));
        VM.prank(_at.admin);
        _at.pool.setRoot(++_epoch, root, "cid");
        if (tooMuch) {
            VM.expectRevert(abi.encodeWithSelector(IBonusPool.BonusCapExceeded.selector, model, had + amount, most));
        }
        VM.prank(_names[0]);
        _at.pool.claim(_epoch, model, amount, new bytes32[](0), _names[0]);
        if (!tooMuch) bonus += amount;
    }

    function reprice(uint64 price, bool lasting) external {
        _setPlan(lasting ? LASTING : SUBSCRIPTION, 1 + price % 1e18);
    }

    /// @dev Any shares that the setters take, now and then, and mostly before there are sales.
    function setShares(uint16[4] memory bps, uint256 dice) external {
        if (sales != 0 && dice % 16 != 0) return;
        bytes32[4] memory keys = [bytes32("referralBps"), "stakersBps", "bonusCapBps", "feeBps"];
        for (uint256 i = 0; i < 3; ++i) {
            VM.prank(_at.admin);
            _at.parameters.set(keys[i], 0);
        }
        VM.prank(_at.admin);
        _at.parameters.set("feeBps", 1 + bps[3] % 500);
        for (uint256 i = 0; i < 3; ++i) {
            uint256 share = bps[i] % 201;
            if (_shares() + share > (1 + bps[3] % 500) * 9 / 10) continue;
            VM.prank(_at.admin);
            _at.parameters.set(keys[i], share);
        }
        if (sales != 0) moved = true;
    }

    function wait(uint256 time) external {
        VM.warp(block.timestamp + time % 5 days);
    }

    function name(uint256 which) public view returns (address) {
        return _names[which % NAMES];
    }

    /// @return sum of what the person has, can draw and can claim, and of all that still waits for it
    function wealth() external view returns (uint256 sum) {
        sum = _at.staking.claimable(_names[0]);
        for (uint256 i = 0; i < NAMES; ++i) {
            sum += _names[i].balance + _at.splitter.credits(_names[i], COIN);
            for (uint256 j = 0; j < _days.length; ++j) {
                sum += _at.splitter.referralBucket(_names[i], COIN, _days[j]);
            }
        }
        for (uint256 j = 0; j < _days.length; ++j) {
            IRevenueSplitter.Bucket memory full = _bucket(_days[j]);
            // What can be refunded waits as a whole; of what cannot, the fee is gone.
            sum += _days[j] < block.timestamp / 1 days ? full.gross - full.fee : full.gross;
        }
    }

    function _bought(address buyer, IModelMarketplace.Order memory order, IModelMarketplace.Quote memory asked)
        private
    {
        Open memory open;
        (open.p.recipient, open.p.referrer) = (order.recipient, order.referrer);
        (open.p.plan, open.p.quantity, open.p.maturityDay) = (order.plan, order.quantity, asked.maturityDay);
        (open.p.paid, open.p.fee) = (uint128(asked.total), uint128(asked.fee));
        open.p.splitHash = _at.splitter.splitHash(model);
        if (order.referrer != address(0)) open.referral = uint128(asked.referral);
        _open[buyer] = open;
        ++sales;
        if (_known[asked.maturityDay]) return;
        _known[asked.maturityDay] = true;
        _days.push(asked.maturityDay);
    }

    function _fund(address account, uint256 amount) private {
        VM.deal(account, account.balance + amount);
        put += amount;
    }

    function _setPlan(IModelMarketplace.Plan plan, uint256 price) private {
        uint64 period = plan == LASTING ? 0 : 30 days;
        VM.prank(_names[0]);
        _at.market.setPlan(model, IModelMarketplace.PlanTerms(plan, COIN, price, period));
    }

    function _bucket(uint32 day) private view returns (IRevenueSplitter.Bucket memory) {
        return _at.splitter.bucket(model, COIN, _at.splitter.splitHash(model), day);
    }

    function _shares() private view returns (uint256) {
        ProtocolParameters parameters = _at.parameters;
        return parameters.get("referralBps") + parameters.get("stakersBps") + parameters.get("bonusCapBps");
    }
}
