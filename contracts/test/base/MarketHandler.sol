// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {AccessPass} from "../../src/AccessPass.sol";
import {ModelMarketplace} from "../../src/ModelMarketplace.sol";
import {ProtocolParameters} from "../../src/ProtocolParameters.sol";
import {RevenueSplitter} from "../../src/RevenueSplitter.sol";
import {IModelMarketplace} from "../../src/interfaces/IModelMarketplace.sol";
import {IRevenueSplitter} from "../../src/interfaces/IRevenueSplitter.sol";
import {VM} from "./Vm.sol";

/// @title Drives one model through sales, splits, days, distributions and withdrawals, and keeps its own books.
contract MarketHandler {
    /// @dev A bucket that was ever filled, with the split that opens it.
    struct Sale {
        uint32 day;
        uint256 split;
        bool open;
    }

    uint256 public constant ACTORS = 5;
    address private constant COIN = address(0);

    ModelMarketplace private immutable _market;
    RevenueSplitter private immutable _splitter;
    ProtocolParameters private immutable _parameters;
    AccessPass private immutable _pass;
    address private immutable _admin;
    bytes32 public immutable model;

    address[ACTORS] private _actors;
    address[][] private _recipients;
    uint16[][] private _bps;
    Sale[] private _sales;
    uint256 private _split;
    uint256 private _price = 1 ether;

    uint256 public paid;
    uint256 public fees;
    uint256 public shared;
    uint256 public withdrawn;
    uint256 public passes;
    mapping(address => uint256) public earnedBy;
    mapping(address => uint256) public withdrawnBy;

    constructor(
        ModelMarketplace market,
        RevenueSplitter splitter,
        ProtocolParameters parameters,
        AccessPass pass,
        address admin,
        address vault
    ) {
        (_market, _splitter, _parameters, _pass, _admin) = (market, splitter, parameters, pass, admin);
        _actors = [address(0xA11), address(0xA12), address(0xA13), address(0xA14), vault];
        model = bytes32(bytes20(_actors[0]));

        _recipients.push([_actors[0]]);
        _bps.push([10_000]);
        _recipients.push([_actors[0], _actors[1]]);
        _bps.push([3_333, 6_667]);
        _recipients.push([_actors[2], _actors[1], _actors[0]]);
        _bps.push([1, 9_998, 1]);

        VM.prank(_actors[0]);
        market.listModel(model, _price, "ipfs://model");
        VM.prank(_actors[0]);
        pass.allowTransfers(model, true);
    }

    function buy(uint256 who, uint256 whom, uint8 quantity, uint256 surplus) external {
        if (quantity == 0) quantity = 1;
        surplus %= 1 ether;
        uint256 price = _price * quantity;
        address buyer = actor(who);
        VM.deal(buyer, buyer.balance + price + surplus);
        IModelMarketplace.Quote memory asked = _market.quote(model, IModelMarketplace.Plan.LASTING, quantity);
        IModelMarketplace.Order memory order;
        (order.modelId, order.quantity, order.recipient) = (model, quantity, actor(whom));
        (order.maxPrice, order.deadline) = (price, uint64(block.timestamp));

        uint256 before = buyer.balance;
        VM.prank(buyer);
        _market.purchase{value: price + surplus}(order);
        VM.assertEq(before - buyer.balance, price, "surplus");
        paid += price;
        passes += quantity;
        _remember(asked.maturityDay);
    }

    function reprice(uint256 price) external {
        _price = 1 + price % 1e24;
        VM.prank(_actors[0]);
        _market.setPlan(model, IModelMarketplace.PlanTerms(IModelMarketplace.Plan.LASTING, COIN, _price, 0));
    }

    function resplit(uint256 split) external {
        _split = split % _recipients.length;
        VM.prank(_actors[0]);
        _splitter.setSplit(model, _recipients[_split], _bps[_split]);
    }

    function setFee(uint256 bps) external {
        VM.prank(_admin);
        _parameters.set("feeBps", bps % 501);
    }

    function setWindow(uint256 window) external {
        VM.prank(_admin);
        _parameters.set("refundWindow", 1 days + window % (29 days + 1));
    }

    function wait(uint256 time) external {
        VM.warp(block.timestamp + time % 5 days);
    }

    function distribute(uint256 which) external {
        if (_sales.length == 0) return;
        Sale storage sale = _sales[which % _sales.length];
        if (!sale.open || sale.day >= block.timestamp / 1 days) return;

        sale.open = false;
        IRevenueSplitter.Bucket memory full = _bucket(sale);
        uint256[ACTORS] memory before = _credits();
        _splitter.distribute(model, COIN, sale.day, _recipients[sale.split], _bps[sale.split]);
        uint256[ACTORS] memory afterwards = _credits();
        for (uint256 i = 0; i < ACTORS; ++i) {
            earnedBy[_actors[i]] += afterwards[i] - before[i];
        }
        fees += full.fee;
        shared += full.gross - full.fee;
    }

    function withdraw(uint256 who) external {
        address account = actor(who);
        uint256 owed = _splitter.credits(account, COIN);
        if (owed == 0) return;

        uint256 before = account.balance;
        VM.prank(account);
        _splitter.withdraw(COIN);
        withdrawn += account.balance - before;
        withdrawnBy[account] += account.balance - before;
    }

    function move(uint256 from, uint256 to, uint256 value) external {
        address holder = actor(from);
        uint256 id = uint256(model);
        uint256 free = _pass.balanceOf(holder, id) - _pass.lockedOf(holder, id);
        VM.prank(holder);
        _pass.safeTransferFrom(holder, actor(to), id, value % (free + 1), "");
    }

    function actor(uint256 which) public view returns (address) {
        return _actors[which % ACTORS];
    }

    /// @return sum of what waits in all buckets
    function waiting() external view returns (uint256 sum) {
        for (uint256 i = 0; i < _sales.length; ++i) {
            if (_sales[i].open) sum += _bucket(_sales[i]).gross;
        }
    }

    /// @return sum of all credits
    function credited() external view returns (uint256 sum) {
        for (uint256 i = 0; i < ACTORS; ++i) {
            sum += _splitter.credits(_actors[i], COIN);
        }
    }

    function _remember(uint32 day) private {
        for (uint256 i = 0; i < _sales.length; ++i) {
            if (_sales[i].open && _sales[i].day == day && _sales[i].split == _split) return;
        }
        _sales.push(Sale(day, _split, true));
    }

    function _bucket(Sale memory sale) private view returns (IRevenueSplitter.Bucket memory) {
        bytes32 hash = keccak256(abi.encode(_recipients[sale.split], _bps[sale.split]));
        return _splitter.bucket(model, COIN, hash, sale.day);
    }

    function _credits() private view returns (uint256[ACTORS] memory all) {
        for (uint256 i = 0; i < ACTORS; ++i) {
            all[i] = _splitter.credits(_actors[i], COIN);
        }
    }
}
