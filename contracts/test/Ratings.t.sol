// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IRatings} from "../src/interfaces/IRatings.sol";
import {MarketTest} from "./base/MarketTest.sol";
import {VM} from "./base/Vm.sol";

contract RatingsRecordTest is MarketTest {
    function test_the_mean_is_weighted() public {
        _record(buyer, 5, 3e14);
        _record(friend, 1, 1e14);
        IRatings.Score memory score = ratings.scoreOf(model);
        VM.assertEq(score.raters, 2);
        VM.assertEq(score.weight, 4e14);
        VM.assertEq(score.mean, 40_000);
    }

    function test_a_later_one_takes_the_place_of_the_earlier() public {
        _record(buyer, 1, 3e14);
        _record(buyer, 4, 6e14);
        IRatings.Score memory score = ratings.scoreOf(model);
        VM.assertEq(score.raters, 1);
        VM.assertEq(score.weight, 6e14);
        VM.assertEq(score.mean, 40_000);
    }

    function test_below_the_least_fee_it_weighs_nothing() public {
        _record(buyer, 5, 1e14 - 1);
        VM.assertEq(ratings.scoreOf(model).raters, 0);
        VM.assertEq(ratings.scoreOf(model).mean, 0);
        (uint8 rating, uint256 weight) = ratings.ratingOf(model, buyer);
        VM.assertEq(rating, 5);
        VM.assertEq(weight, 0);
    }

    function test_a_review_may_be_as_long_as_the_cid_of_any_text() public {
        VM.prank(address(market));
        ratings.record(model, buyer, 5, 1e14, string(new bytes(100)));
        VM.assertEq(ratings.scoreOf(model).raters, 1);
    }

    function test_refuses_other_numbers_a_long_review_and_everybody_but_the_market() public {
        _refused(abi.encodeWithSelector(IRatings.RatingOutOfBounds.selector, 0, 1, 5));
        _record(buyer, 0, 1e14);
        _refused(abi.encodeWithSelector(IRatings.RatingOutOfBounds.selector, 6, 1, 5));
        _record(buyer, 6, 1e14);
        _refused(abi.encodeWithSelector(IRatings.ReviewTooLong.selector, 101, 100));
        VM.prank(address(market));
        ratings.record(model, buyer, 5, 1e14, string(new bytes(101)));
        _refused(abi.encodeWithSelector(IRatings.NotMarket.selector, buyer));
        VM.prank(buyer);
        ratings.record(model, buyer, 5, 1e14, "");
    }

    function _record(address rater, uint8 rating, uint256 weight) private {
        VM.prank(address(market));
        ratings.record(model, rater, rating, weight, "");
    }
}

contract RatingsVoidTest is MarketTest {
    function test_it_counts_no_more_and_a_second_time_changes_nothing() public {
        VM.prank(address(market));
        ratings.record(model, buyer, 5, 3e14, "");
        for (uint256 i = 0; i < 2; ++i) {
            VM.prank(address(market));
            ratings.void(model, buyer);
            VM.assertEq(ratings.scoreOf(model).weight, 0);
            VM.assertEq(ratings.scoreOf(model).raters, 0);
        }
    }

    function test_refuses_everybody_but_the_market() public {
        _refused(abi.encodeWithSelector(IRatings.NotMarket.selector, buyer));
        VM.prank(buyer);
        ratings.void(model, buyer);
    }
}
