// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IModelMarketplace} from "../src/interfaces/IModelMarketplace.sol";
import {IPricing} from "../src/interfaces/IPricing.sol";
import {IRatings} from "../src/interfaces/IRatings.sol";
import {IRevenueSplitter} from "../src/interfaces/IRevenueSplitter.sol";
import {Belongings} from "./base/Belongings.sol";
import {MarketHandler} from "./base/MarketHandler.sol";
import {MarketTest} from "./base/MarketTest.sol";
import {Roles} from "../src/Roles.sol";
import {VM} from "./base/Vm.sol";

/// @dev What has to hold after every call, in sentences. The handler stops and resumes the market in between, and no call
/// of its may fail, so that what is paused or suspended pays out all the same.
abstract contract MarketSentences is MarketTest {
    MarketHandler internal handler;

    function setUp() public override {
        VM.warp(START);
        _deploy();
        VM.prank(admin);
        manager.grantRole(Roles.MODERATOR, admin, 0);
        handler = new MarketHandler(market, splitter, parameters, pass, pricing, admin, vault, address(dollar));
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function _the_splitter_holds_exactly_what_it_owes(address token) internal view {
        uint256 balance = token == COIN ? address(splitter).balance : dollar.balanceOf(address(splitter));
        uint256 buckets = handler.waiting(token) + handler.waitingReferrals(token);
        VM.assertEq(splitter.held(token), handler.disputed(token), "held");
        VM.assertEq(balance, buckets + splitter.held(token) + handler.credited(token), "owed");
    }

    function _the_others_hold_nothing() internal view {
        address[5] memory others = [address(market), address(pass), address(pricing), address(ratings), address(escrow)];
        for (uint256 i = 0; i < others.length; ++i) {
            VM.assertEq(others[i].balance + dollar.balanceOf(others[i]), 0);
        }
    }

    function _what_was_paid_is_fee_referral_and_sellers_part_to_the_wei(address token) internal view {
        MarketHandler.Books memory books = handler.books(token);
        uint256 open = handler.waiting(token) + handler.waitingReferrals(token) + handler.disputed(token);
        VM.assertEq(books.paid, books.returned + open + books.fees + books.referrals + books.shared, "paid");
    }

    function _nobody_takes_out_more_than_is_owed_to_them(address token) internal view {
        MarketHandler.Books memory books = handler.books(token);
        uint256 owed = books.returned + books.fees + books.referrals + books.shared + books.resold;
        VM.assertEq(books.withdrawn + handler.credited(token), owed, "withdrawn");
        for (uint256 i = 0; i < handler.ACTORS(); ++i) {
            address actor = handler.actor(i);
            VM.assertLe(handler.withdrawnBy(actor, token), handler.earnedBy(actor, token), "actor");
        }
    }

    function _one_person_in_every_part_loses_a_tenth_of_the_fees(address token) internal view {
        MarketHandler.Books memory books = handler.books(token);
        // A fee is rounded down, so each sale may leave one wei more to the others.
        VM.assertLe(books.rebates * 10, (books.charged + books.sales) * 9, "rebates");
    }

    function _time_granted_is_time_paid_and_not_used() internal view {
        for (uint256 i = 0; i < handler.ACTORS(); ++i) {
            VM.assertEq(handler.timeLeft(handler.actor(i)), handler.paidTime(handler.actor(i)), "time");
        }
    }

    /// @dev The handler compares what everybody has before and after each return; here, what waits for the next ones.
    function _nobodys_refund_takes_anothers() internal view {
        for (uint256 i = 0; i < handler.ACTORS(); ++i) {
            Belongings.Open memory open = handler.openOf(handler.actor(i));
            if (open.buyer == address(0)) continue;
            bytes32 receipt = market.receiptOf(handler.model(), open.buyer, open.p, open.referral);
            VM.assertTrue(market.standingOf(handler.model(), open.buyer).receipt == bytes23(receipt));
            _what_is_open_is_there(open);
        }
    }

    /// @dev Together with all other open purchases of its bucket.
    function _what_is_open_is_there(Belongings.Open memory open) private view {
        (uint256 gross, uint256 fee, uint256 referral) = (0, 0, 0);
        for (uint256 i = 0; i < handler.ACTORS(); ++i) {
            Belongings.Open memory other = handler.openOf(handler.actor(i));
            if (other.buyer == address(0) || other.p.token != open.p.token) continue;
            if (other.p.maturityDay != open.p.maturityDay) continue;
            if (other.p.referrer == open.p.referrer) referral += other.referral;
            if (other.p.splitHash != open.p.splitHash) continue;
            (gross, fee) = (gross + other.p.paid - other.referral, fee + other.p.fee - other.referral);
        }
        IRevenueSplitter.Bucket memory full =
            splitter.bucket(handler.model(), open.p.token, open.p.splitHash, open.p.maturityDay);
        VM.assertLe(gross, full.gross, "open sales");
        VM.assertLe(fee, full.fee, "their fees");
        if (open.p.referrer == address(0)) return;
        uint256 waits = splitter.referralBucket(open.p.referrer, open.p.token, open.p.maturityDay);
        VM.assertLe(referral, waits, "their referrals");
    }

    function _quotes_stay_inside_floor_and_cap() internal view {
        bytes32 model = handler.model();
        if (market.stateOf(model) != IModelMarketplace.ListingState.LISTED || parameters.isPaused()) return;
        IPricing.Terms memory terms = pricing.termsOf(model);
        (uint256 floor, uint256 cap) = terms.target == 0 ? (10_000, 10_000) : (terms.floorBps, terms.capBps);
        for (uint256 plan = 0; plan < 2; ++plan) {
            IModelMarketplace.Quote memory asked = market.quote(model, IModelMarketplace.Plan(plan), 3);
            VM.assertLe(asked.basePrice * floor, asked.unitPrice * 10_000, "floor");
            VM.assertLe(asked.unitPrice * 10_000, asked.basePrice * cap, "cap");
            VM.assertEq(asked.total, asked.unitPrice * 3, "total");
        }
    }

    function _every_pass_was_bought_and_none_is_locked_twice() internal view {
        uint256 held;
        for (uint256 i = 0; i < handler.ACTORS(); ++i) {
            uint256 balance = pass.balanceOf(handler.actor(i), uint256(handler.model()));
            VM.assertLe(pass.lockedOf(handler.actor(i), uint256(handler.model())), balance, "locked");
            held += balance;
        }
        VM.assertEq(held, handler.passes(), "passes");
    }

    function _ratings_weigh_fees_of_distinct_buyers_that_were_kept() internal view {
        IRatings.Score memory score = ratings.scoreOf(handler.model());
        (uint256 raters, uint256 sum) = (0, 0);
        for (uint256 i = 0; i < handler.ACTORS(); ++i) {
            (, uint256 weight) = ratings.ratingOf(handler.model(), handler.actor(i));
            VM.assertLe(weight, handler.keptFees(handler.actor(i)), "weight");
            VM.assertLe(weight, 1e16, "cap");
            (raters, sum) = (raters + (weight == 0 ? 0 : 1), sum + weight);
        }
        (uint8 own,) = ratings.ratingOf(handler.model(), handler.actor(0));
        VM.assertEq(own, 0, "owner");
        VM.assertEq(score.raters, raters, "raters");
        VM.assertEq(score.weight, sum, "sum");
    }
}

/// @dev Each sentence by its name, after every call of short histories.
/// forge-config: default.invariant.runs = 16
/// forge-config: default.invariant.depth = 40
/// forge-config: default.invariant.check_interval = 1
contract MarketInvariants is MarketSentences {
    function invariant_time_granted_is_time_paid_and_not_used() public view {
        _time_granted_is_time_paid_and_not_used();
    }

    function invariant_nobodys_refund_takes_anothers() public view {
        _nobodys_refund_takes_anothers();
    }

    function invariant_the_splitter_holds_exactly_what_it_owes() public view {
        _the_splitter_holds_exactly_what_it_owes(COIN);
        _the_splitter_holds_exactly_what_it_owes(address(dollar));
    }

    function invariant_the_others_hold_nothing() public view {
        _the_others_hold_nothing();
    }

    function invariant_what_was_paid_is_fee_referral_and_sellers_part_to_the_wei() public view {
        _what_was_paid_is_fee_referral_and_sellers_part_to_the_wei(COIN);
        _what_was_paid_is_fee_referral_and_sellers_part_to_the_wei(address(dollar));
    }

    function invariant_nobody_takes_out_more_than_is_owed_to_them() public view {
        _nobody_takes_out_more_than_is_owed_to_them(COIN);
        _nobody_takes_out_more_than_is_owed_to_them(address(dollar));
    }

    function invariant_one_person_in_every_part_loses_a_tenth_of_the_fees() public view {
        _one_person_in_every_part_loses_a_tenth_of_the_fees(COIN);
        _one_person_in_every_part_loses_a_tenth_of_the_fees(address(dollar));
    }

    function invariant_quotes_stay_inside_floor_and_cap() public view {
        _quotes_stay_inside_floor_and_cap();
    }

    function invariant_every_pass_was_bought_and_none_is_locked_twice() public view {
        _every_pass_was_bought_and_none_is_locked_twice();
    }

    function invariant_ratings_weigh_fees_of_distinct_buyers_that_were_kept() public view {
        _ratings_weigh_fees_of_distinct_buyers_that_were_kept();
    }
}

/// @dev All the sentences in long histories; in many more of them by `make fuzz`.
contract MarketFuzz is MarketSentences {
    function invariant_all_of_them() public view {
        address[2] memory tokens = [COIN, address(dollar)];
        for (uint256 i = 0; i < 2; ++i) {
            _the_splitter_holds_exactly_what_it_owes(tokens[i]);
            _what_was_paid_is_fee_referral_and_sellers_part_to_the_wei(tokens[i]);
            _nobody_takes_out_more_than_is_owed_to_them(tokens[i]);
            _one_person_in_every_part_loses_a_tenth_of_the_fees(tokens[i]);
        }
        _time_granted_is_time_paid_and_not_used();
        _nobodys_refund_takes_anothers();
        _quotes_stay_inside_floor_and_cap();
        _the_others_hold_nothing();
        _every_pass_was_bought_and_none_is_locked_twice();
        _ratings_weigh_fees_of_distinct_buyers_that_were_kept();
    }
}
