// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {AccessPass} from "../../src/AccessPass.sol";
import {ModelMarketplace} from "../../src/ModelMarketplace.sol";
import {Pricing} from "../../src/Pricing.sol";
import {RevenueSplitter} from "../../src/RevenueSplitter.sol";
import {IModelMarketplace} from "../../src/interfaces/IModelMarketplace.sol";
import {VM} from "./Vm.sol";

/// @title What each of six people has of one model, and the time of their subscriptions, reckoned again by who paid for it.
/// @dev An account's own time runs first; what it was given waits until then, and is then used at everybody's rate alike.
abstract contract Belongings {
    /// @dev A purchase that can still be undone.
    /// @param time seconds that a dispute took
    struct Open {
        IModelMarketplace.Purchase p;
        address buyer;
        uint128 referral;
        uint256 time;
    }

    /// @dev What an account has that a return could touch.
    struct Having {
        uint256 passes;
        uint256 fees;
        bytes23 receipt;
        uint256 weight;
        uint256 time;
        uint256 coin;
        uint256 tokens;
    }

    /// @dev Seconds that are left of what an account bought itself, and of what it was given.
    struct Left {
        uint256 own;
        uint256 given;
    }

    uint256 public constant ACTORS = 6;
    address internal constant COIN = address(0);
    IModelMarketplace.Plan internal constant LASTING = IModelMarketplace.Plan.LASTING;
    IModelMarketplace.Plan internal constant SUBSCRIPTION = IModelMarketplace.Plan.SUBSCRIPTION;
    uint256 private constant PERIOD = 30 days;
    uint256 private constant ONE = 1e18;
    uint256 private constant ROUNDING = 60; // seconds that shares in what was given may differ by, after many roundings

    ModelMarketplace internal immutable _market;
    RevenueSplitter internal immutable _splitter;
    AccessPass internal immutable _pass;
    Pricing internal immutable _pricing;
    address public immutable token;
    bytes32 public immutable model;

    address[ACTORS] internal _actors;
    mapping(address buyer => Open) internal _open;
    mapping(address account => Left) private _left;
    mapping(address giver => uint256) private _giftLeft; // of its open gift, in parts of a second

    constructor(
        ModelMarketplace market,
        RevenueSplitter splitter,
        AccessPass pass,
        Pricing pricing,
        address token_,
        address[ACTORS] memory actors
    ) {
        (_market, _splitter, _pass, _pricing, token, _actors) = (market, splitter, pass, pricing, token_, actors);
        model = bytes32(bytes20(actors[0]));
    }

    function actor(uint256 which) public view returns (address) {
        return _actors[which % ACTORS];
    }

    /// @return seconds that were paid for, that nobody took back and that are not used
    function paidTime(address account) external view returns (uint256) {
        return _left[account].own + _left[account].given;
    }

    /// @return open the buyer's last purchase; of nobody if it can be returned no more
    function openOf(address buyer) external view returns (Open memory open) {
        if (_returnable(_open[buyer])) return _open[buyer];
    }

    function timeLeft(address account) public view returns (uint256) {
        uint256 end = _market.subscriptionExpiry(model, account);
        return end > block.timestamp ? end - block.timestamp : 0;
    }

    function _paidFor(Open memory open) internal {
        if (open.p.plan == LASTING) return;
        _add(open, open.p.quantity * PERIOD);
        if (open.p.recipient != open.buyer) _giftLeft[open.buyer] = open.p.quantity * PERIOD * ONE;
    }

    /// @dev Time is used: call it before it passes.
    function _use(uint256 time) internal {
        for (uint256 i = 0; i < ACTORS; ++i) {
            Left memory left = _left[_actors[i]];
            uint256 own = time < left.own ? time : left.own;
            uint256 given = time - own < left.given ? time - own : left.given;
            if (given != 0) _useGifts(_actors[i], given, left.given);
            _left[_actors[i]] = Left(left.own - own, left.given - given);
        }
    }

    function _havings() internal view returns (Having[ACTORS] memory all) {
        for (uint256 i = 0; i < ACTORS; ++i) {
            address who = _actors[i];
            IModelMarketplace.Standing memory standing = _market.standingOf(model, who);
            (, uint256 weight) = _pricing.ratings().ratingOf(model, who);
            all[i] = Having({
                passes: _pass.balanceOf(who, uint256(model)),
                fees: standing.fees,
                receipt: standing.receipt,
                weight: weight,
                time: timeLeft(who),
                coin: _splitter.credits(who, COIN),
                tokens: _splitter.credits(who, token)
            });
        }
    }

    /// @dev A return took what was bought by it, from whom it was bought for, and nothing of anybody else's.
    /// @return taken seconds
    function _took(Having[ACTORS] memory before, Open memory open, uint256 paid) internal returns (uint256 taken) {
        Having[ACTORS] memory now_ = _havings();
        for (uint256 i = 0; i < ACTORS; ++i) {
            (Having memory had, Having memory has) = (before[i], now_[i]);
            bool buys = _actors[i] == open.buyer;
            if (buys) {
                VM.assertTrue(has.receipt == 0 && has.fees == had.fees && has.weight <= had.weight);
                if (open.p.token == COIN) had.coin += paid;
                else had.tokens += paid;
            } else {
                VM.assertTrue(has.receipt == had.receipt && has.fees == had.fees && has.weight == had.weight);
            }
            if (_actors[i] == open.p.recipient) {
                if (open.p.plan == LASTING) had.passes -= open.p.quantity;
                else (taken, had.time) = (had.time - has.time, has.time);
            }
            VM.assertEq(has.passes, had.passes, "passes of another purchase");
            VM.assertEq(has.time, had.time, "time of another account");
            VM.assertEq(has.coin, had.coin, "coin");
            VM.assertEq(has.tokens, had.tokens, "tokens");
        }
        if (open.p.plan == SUBSCRIPTION) _takeTime(open, taken);
    }

    function _add(Open memory open, uint256 time) internal {
        Left storage left = _left[open.p.recipient];
        if (open.p.recipient == open.buyer) left.own += time;
        else left.given += time;
    }

    function _returnable(Open memory open) internal view returns (bool) {
        return open.buyer != address(0) && open.p.maturityDay >= block.timestamp / 1 days;
    }

    function _takeTime(Open memory open, uint256 taken) private {
        Left storage left = _left[open.p.recipient];
        uint256 most = open.p.quantity * PERIOD;
        VM.assertLe(taken, most, "more time than was bought");
        if (open.p.recipient == open.buyer) {
            VM.assertEq(taken, left.own < most ? left.own : most, "one's own time");
            left.own -= taken;
        } else {
            uint256 expected = _giftLeft[open.buyer] / ONE;
            VM.assertLe(taken, expected + ROUNDING, "time of another gift");
            VM.assertLe(expected, taken + ROUNDING, "time of the gift is left");
            left.given -= taken;
        }
    }

    function _useGifts(address recipient, uint256 used, uint256 of_) private {
        for (uint256 i = 0; i < ACTORS; ++i) {
            Open storage open = _open[_actors[i]];
            if (open.buyer == address(0) || open.p.recipient != recipient || open.p.plan == LASTING) continue;
            _giftLeft[open.buyer] -= _giftLeft[open.buyer] * used / of_;
        }
    }
}
