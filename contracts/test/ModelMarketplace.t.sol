// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IModelMarketplace} from "../src/interfaces/IModelMarketplace.sol";
import {IPricing} from "../src/interfaces/IPricing.sol";
import {IRevenueSplitter} from "../src/interfaces/IRevenueSplitter.sol";
import {MarketTest} from "./base/MarketTest.sol";
import {VM} from "./base/Vm.sol";

contract MarketListModelTest is MarketTest {
    function test_lists_for_lasting_access_in_coin() public {
        bytes32 id = _id(seller, 2);
        VM.expectEmit(address(market));
        emit IModelMarketplace.ModelListed(id, seller, 0, METADATA);
        VM.expectEmit(address(market));
        emit IModelMarketplace.PlanSet(id, IModelMarketplace.Plan.LASTING, COIN, 5, 0);
        VM.prank(seller);
        market.listModel(id, 5, METADATA);

        IModelMarketplace.ModelListing memory listing = market.getListing(id);
        VM.assertEq(listing.modelId, id);
        VM.assertEq(listing.owner, seller);
        VM.assertEq(listing.price, 5);
        VM.assertEq(listing.totalSales, 0);
        VM.assertEq(listing.category, 0);
        VM.assertEq(listing.metadata, METADATA);
        VM.assertFalse(listing.featured);
        VM.assertTrue(market.stateOf(id) == IModelMarketplace.ListingState.LISTED);
    }

    function test_the_id_names_its_seller() public view {
        VM.assertEq(market.sellerOf(_id(seller, 2)), seller);
    }

    function test_refuses_an_id_of_somebody_else() public {
        _refused(abi.encodeWithSelector(IModelMarketplace.NotSeller.selector, _id(seller, 2), stranger));
        VM.prank(stranger);
        market.listModel(_id(seller, 2), 5, METADATA);
    }

    function test_refuses_a_second_time() public {
        _list_refused(abi.encodeWithSelector(IModelMarketplace.AlreadyListed.selector, model), model, 5, METADATA);
    }

    function test_refuses_a_price_of_zero_and_one_that_is_too_high() public {
        uint256 most = type(uint88).max;
        bytes4 selector = IModelMarketplace.PriceOutOfBounds.selector;
        _list_refused(abi.encodeWithSelector(selector, 0, 1, most), _id(seller, 2), 0, METADATA);
        _list_refused(abi.encodeWithSelector(selector, most + 1, 1, most), _id(seller, 2), most + 1, METADATA);
    }

    function test_refuses_metadata_that_is_empty_or_too_long() public {
        bytes4 selector = IModelMarketplace.MetadataLength.selector;
        _list_refused(abi.encodeWithSelector(selector, 0, 256), _id(seller, 2), 5, "");
        string memory long = string(new bytes(257));
        _list_refused(abi.encodeWithSelector(selector, 257, 256), _id(seller, 2), 5, long);
        VM.prank(seller);
        market.listModel(_id(seller, 2), 5, string(new bytes(256)));
    }

    function _list_refused(bytes memory reason, bytes32 id, uint256 price, string memory metadata) private {
        _refused(reason);
        VM.prank(seller);
        market.listModel(id, price, metadata);
    }
}

contract MarketListTest is MarketTest {
    IModelMarketplace.ListingTerms private terms;

    function setUp() public override {
        super.setUp();
        terms.modelId = _id(seller, 2);
        terms.metadata = METADATA;
        terms.plans.push(_lasting(PRICE));
    }

    function test_lists_with_all_its_terms() public {
        (address[] memory recipients, uint16[] memory bps) = _shared(3);
        (terms.recipients, terms.bps, terms.category) = (recipients, bps, 7);
        (terms.parent, terms.royaltyBps) = (model, 500);
        terms.plans.push(_subscription(PERIOD_PRICE));
        VM.expectEmit(address(splitter));
        emit IRevenueSplitter.RoyaltySet(terms.modelId, model, 500);
        VM.prank(seller);
        market.list(terms);

        VM.assertEq(market.getListing(terms.modelId).category, 7);
        VM.assertEq(market.plans(terms.modelId).length, 2);
        VM.assertEq(splitter.splitHash(terms.modelId), splitter.hashSplit(recipients, bps));
    }

    function test_lists_what_is_free() public {
        terms.free = true;
        terms.plans[0].price = 0;
        VM.prank(seller);
        market.list(terms);
        VM.assertEq(market.getListing(terms.modelId).price, 0);
    }

    function test_refuses_a_price_on_what_is_free() public {
        terms.free = true;
        _list_refused(abi.encodeWithSelector(IModelMarketplace.PriceOutOfBounds.selector, PRICE, 0, 0));
    }

    function test_refuses_an_id_of_somebody_else() public {
        _refused(abi.encodeWithSelector(IModelMarketplace.NotSeller.selector, terms.modelId, stranger));
        VM.prank(stranger);
        market.list(terms);
    }

    function test_refuses_a_listing_without_a_plan() public {
        delete terms.plans;
        _list_refused(abi.encodeWithSelector(IModelMarketplace.NoPlan.selector));
    }

    function test_is_found_by_its_terms() public {
        terms.searchTerms.push("chat");
        VM.prank(seller);
        market.list(terms);
        VM.assertEq(market.searchModels("chat")[0], terms.modelId);
    }

    function test_may_be_for_metered_use_alone() public {
        delete terms.plans;
        terms.rates.push(IPricing.Rates(COIN, 5, 7));
        VM.expectEmit(address(pricing));
        emit IPricing.RatesSet(terms.modelId, COIN, 5, 7, uint64(START + 10 minutes));
        VM.prank(seller);
        market.list(terms);
        VM.assertEq(market.plans(terms.modelId).length, 0);
    }

    function test_refuses_five_rates_and_a_market_that_is_paused() public {
        for (uint256 i = 0; i < 5; ++i) {
            terms.rates.push(IPricing.Rates(COIN, 5, 7));
        }
        _list_refused(abi.encodeWithSelector(IModelMarketplace.TooManyRates.selector, 5, 4));
        delete terms.rates;
        _pause();
        _list_refused(abi.encodeWithSelector(IModelMarketplace.MarketPaused.selector, START + 1 days));
    }

    function test_refuses_a_parent_that_is_not_listed_such_as_itself() public {
        terms.parent = terms.modelId;
        _list_refused(abi.encodeWithSelector(IModelMarketplace.NotListed.selector, terms.modelId));
    }

    function test_refuses_a_royalty_without_a_parent() public {
        terms.royaltyBps = 1;
        _list_refused(abi.encodeWithSelector(IModelMarketplace.RoyaltyWithoutParent.selector, 1));
    }

    function _list_refused(bytes memory reason) private {
        _refused(reason);
        VM.prank(seller);
        market.list(terms);
    }
}

contract MarketSetPlanTest is MarketTest {
    function test_changes_a_price() public {
        VM.expectEmit(address(market));
        emit IModelMarketplace.PlanSet(model, IModelMarketplace.Plan.SUBSCRIPTION, COIN, 7, 30 days);
        VM.prank(seller);
        market.setPlan(model, _subscription(7));
        VM.assertEq(market.plans(model)[1].price, 7);
        VM.assertEq(market.plans(model)[1].period, 30 days);
    }

    function test_takes_a_plan_off() public {
        VM.prank(seller);
        market.setPlan(model, _lasting(NOT_OFFERED));
        VM.assertEq(market.getListing(model).price, NOT_OFFERED);
        VM.assertEq(market.plans(model).length, 1);
        VM.assertTrue(market.plans(model)[0].plan == IModelMarketplace.Plan.SUBSCRIPTION);

        VM.prank(seller);
        market.setPlan(model, _subscription(NOT_OFFERED));
        VM.assertEq(market.plans(model).length, 0);
    }

    function test_refuses_everybody_but_the_seller() public {
        _refused(abi.encodeWithSelector(IModelMarketplace.NotSeller.selector, model, stranger));
        VM.prank(stranger);
        market.setPlan(model, _lasting(1));
    }

    function test_refuses_what_is_not_listed_or_retired() public {
        bytes4 selector = IModelMarketplace.WrongState.selector;
        bytes32 id = _id(seller, 2);
        _set_refused(abi.encodeWithSelector(selector, id, IModelMarketplace.ListingState.NONE), id, _lasting(1));
        VM.prank(seller);
        market.retireListing(model);
        _set_refused(
            abi.encodeWithSelector(selector, model, IModelMarketplace.ListingState.RETIRED), model, _lasting(1)
        );
    }

    function test_refuses_a_token_a_period_and_a_plan_that_are_not_there() public {
        IModelMarketplace.PlanTerms memory plan = _lasting(1);
        plan.token = stranger;
        _set_refused(abi.encodeWithSelector(IModelMarketplace.TokenNotAccepted.selector, stranger), model, plan);
        (plan.token, plan.period) = (COIN, 1);
        _set_refused(abi.encodeWithSelector(IModelMarketplace.PeriodNotAccepted.selector, 1, 0), model, plan);
        plan = _subscription(1);
        plan.period = 1 days;
        bytes4 selector = IModelMarketplace.PeriodNotAccepted.selector;
        _set_refused(abi.encodeWithSelector(selector, 1 days, 30 days), model, plan);
        plan.plan = IModelMarketplace.Plan.METERED;
        _set_refused(abi.encodeWithSelector(selector, 1 days, 0), model, plan);
    }

    function _set_refused(bytes memory reason, bytes32 id, IModelMarketplace.PlanTerms memory plan) private {
        _refused(reason);
        VM.prank(seller);
        market.setPlan(id, plan);
    }
}

contract MarketSetMetadataTest is MarketTest {
    function test_the_last_one_counts() public {
        VM.expectEmit(address(market));
        emit IModelMarketplace.ModelListed(model, seller, 9, "ipfs://new");
        VM.prank(seller);
        market.setMetadata(model, 9, "ipfs://new");
        VM.assertEq(market.getListing(model).metadata, "ipfs://new");
        VM.assertEq(market.getListing(model).category, 9);
    }

    function test_refuses_everybody_but_the_seller_and_what_is_not_listed() public {
        _refused(abi.encodeWithSelector(IModelMarketplace.NotSeller.selector, model, stranger));
        VM.prank(stranger);
        market.setMetadata(model, 9, "ipfs://new");
        bytes32 id = _id(seller, 2);
        IModelMarketplace.ListingState none = IModelMarketplace.ListingState.NONE;
        _refused(abi.encodeWithSelector(IModelMarketplace.WrongState.selector, id, none));
        VM.prank(seller);
        market.setMetadata(id, 9, "ipfs://new");
    }
}

contract MarketPauseResumeRetireTest is MarketTest {
    function test_pauses_resumes_and_retires() public {
        _emits(IModelMarketplace.ListingState.PAUSED);
        market.pauseListing(model);
        _emits(IModelMarketplace.ListingState.LISTED);
        market.resumeListing(model);
        _emits(IModelMarketplace.ListingState.RETIRED);
        market.retireListing(model);
    }

    function test_retires_what_is_paused() public {
        VM.prank(seller);
        market.pauseListing(model);
        VM.prank(seller);
        market.retireListing(model);
        VM.assertTrue(market.stateOf(model) == IModelMarketplace.ListingState.RETIRED);
    }

    function test_refuses_steps_that_lead_nowhere() public {
        _wrong(IModelMarketplace.ListingState.LISTED);
        market.resumeListing(model);
        VM.prank(seller);
        market.retireListing(model);
        _wrong(IModelMarketplace.ListingState.RETIRED);
        market.pauseListing(model);
        _wrong(IModelMarketplace.ListingState.RETIRED);
        market.resumeListing(model);
        _wrong(IModelMarketplace.ListingState.RETIRED);
        market.retireListing(model);
    }

    function test_refuses_everybody_but_the_seller() public {
        bytes memory reason = abi.encodeWithSelector(IModelMarketplace.NotSeller.selector, model, stranger);
        _refused(reason);
        VM.prank(stranger);
        market.pauseListing(model);
        _refused(reason);
        VM.prank(stranger);
        market.resumeListing(model);
        _refused(reason);
        VM.prank(stranger);
        market.retireListing(model);
    }

    function _emits(IModelMarketplace.ListingState state) private {
        VM.expectEmit(address(market));
        emit IModelMarketplace.ListingStateChanged(model, state, 0);
        VM.prank(seller);
    }

    function _wrong(IModelMarketplace.ListingState state) private {
        _refused(abi.encodeWithSelector(IModelMarketplace.WrongState.selector, model, state));
        VM.prank(seller);
    }
}

contract MarketPurchaseAccessTest is MarketTest {
    function test_buys_one_pass_for_the_caller_and_returns_the_rest() public {
        uint256 before = buyer.balance;
        VM.prank(buyer);
        market.purchaseAccess{value: PRICE + 3}(model);
        VM.assertEq(before - buyer.balance, PRICE);
        VM.assertEq(pass.balanceOf(buyer, uint256(model)), 1);
        VM.assertEq(market.getListing(model).totalSales, 1);
        VM.assertEq(_bucket(MATURITY).gross, PRICE);
    }

    function test_refuses_less_than_the_price() public {
        _refused(abi.encodeWithSelector(IModelMarketplace.PriceAboveMaximum.selector, PRICE, PRICE - 1));
        VM.prank(buyer);
        market.purchaseAccess{value: PRICE - 1}(model);
    }
}

contract MarketPurchaseTest is MarketTest {
    IModelMarketplace.Plan private constant LASTING = IModelMarketplace.Plan.LASTING;
    IModelMarketplace.Plan private constant SUBSCRIPTION = IModelMarketplace.Plan.SUBSCRIPTION;

    function test_emits_what_it_was() public {
        IModelMarketplace.Purchase memory p = IModelMarketplace.Purchase({
            recipient: friend,
            token: COIN,
            referrer: address(0),
            plan: LASTING,
            quantity: 4,
            maturityDay: MATURITY,
            paid: 4 ether,
            fee: 0.1 ether,
            splitHash: splitter.splitHash(model)
        });
        VM.expectEmit(address(market));
        emit IModelMarketplace.AccessPurchased(model, buyer, keccak256("ref"), p);
        _buy(buyer, 4, friend);
        VM.assertEq(pass.balanceOf(friend, uint256(model)), 4);
        VM.assertEq(pass.holding(friend, uint256(model)).given, 4);
        VM.assertEq(_bucket(MATURITY).fee, 0.1 ether);
    }

    function test_a_subscription_runs_on_from_where_it_ends() public {
        _subscribe(2);
        VM.assertEq(market.subscriptionExpiry(model, friend), START + 60 days);
        _subscribe(1);
        VM.assertEq(market.subscriptionExpiry(model, friend), START + 90 days);
        VM.warp(START + 200 days);
        _subscribe(12);
        VM.assertEq(market.subscriptionExpiry(model, friend), START + 560 days);
        VM.assertEq(pass.balanceOf(friend, uint256(model)), 0);
    }

    function test_says_what_it_cost() public {
        VM.prank(buyer);
        uint256 paid = market.purchase{value: 3 ether}(_order(LASTING, 2, buyer));
        VM.assertEq(paid, 2 ether);
    }

    function test_what_is_free_costs_nothing() public {
        IModelMarketplace.ListingTerms memory terms = _terms(_id(seller, 2));
        terms.free = true;
        (terms.plans[0].price, terms.plans[1].price) = (0, 0);
        VM.prank(seller);
        market.list(terms);
        VM.prank(buyer);
        market.purchaseAccess(terms.modelId);
        VM.assertEq(pass.balanceOf(buyer, uint256(terms.modelId)), 1);
    }

    function test_a_buyer_who_takes_no_coin_is_credited() public {
        VM.deal(address(splitter), 10 ether);
        IModelMarketplace.Order memory order = _order(LASTING, 1, friend);
        VM.prank(address(pass));
        VM.deal(address(pass), 2 ether);
        market.purchase{value: 2 ether}(order);
        VM.assertEq(splitter.credits(address(pass), COIN), 1 ether);
        VM.assertEq(address(market).balance, 0);
    }

    function test_refuses_too_late() public {
        IModelMarketplace.Order memory order = _order(LASTING, 1, buyer);
        order.deadline = uint64(START - 1);
        _purchase_refused(
            abi.encodeWithSelector(IModelMarketplace.DeadlinePassed.selector, order.deadline, START), order
        );
    }

    function test_refuses_nobody_as_recipient_and_those_who_take_part_as_referrers() public {
        IModelMarketplace.Order memory order = _order(LASTING, 1, address(0));
        _purchase_refused(abi.encodeWithSelector(IModelMarketplace.ZeroRecipient.selector), order);
        order.recipient = friend;
        address[3] memory parties = [buyer, friend, seller];
        for (uint256 i = 0; i < parties.length; ++i) {
            order.referrer = parties[i];
            bytes4 selector = IModelMarketplace.ReferrerNotAccepted.selector;
            _purchase_refused(abi.encodeWithSelector(selector, parties[i]), order);
        }
    }

    function test_a_referrer_gets_its_part_of_the_fee() public {
        IModelMarketplace.Order memory order = _order(LASTING, 1, buyer);
        order.referrer = friend;
        IModelMarketplace.Purchase memory p = _bought(1, buyer);
        p.referrer = friend;
        VM.expectEmit(address(splitter));
        emit IRevenueSplitter.Referred(friend, model, COIN, MATURITY, 0.005 ether);
        VM.expectEmit(address(market));
        emit IModelMarketplace.AccessPurchased(model, buyer, order.ref, p);
        _purchase(buyer, order);
        VM.assertEq(splitter.referralBucket(friend, COIN, MATURITY), 0.005 ether);
        VM.assertEq(_bucket(MATURITY).fee, 0.02 ether);
        VM.assertEq(market.standingOf(model, buyer).openFees, 0.01 ether);
    }

    function test_a_subscription_can_be_refunded_only_while_it_runs() public {
        VM.prank(admin);
        parameters.set("refundWindow", 30 days);
        VM.assertEq(market.quote(model, LASTING, 1).maturityDay, 20_030);
        VM.assertEq(market.quote(model, SUBSCRIPTION, 1).maturityDay, 20_029);
    }

    function test_refuses_while_the_market_is_paused_or_the_model_suspended() public {
        VM.prank(moderator);
        market.suspend(model, uint64(START + 1 days));
        IModelMarketplace.ListingState suspended = IModelMarketplace.ListingState.SUSPENDED;
        bytes memory reason = abi.encodeWithSelector(IModelMarketplace.WrongState.selector, model, suspended);
        _purchase_refused(reason, _order(LASTING, 1, buyer));
        VM.prank(moderator);
        market.suspend(model, 0);
        _pause();
        reason = abi.encodeWithSelector(IModelMarketplace.MarketPaused.selector, START + 1 days);
        _purchase_refused(reason, _order(LASTING, 1, buyer));
        _refused(reason);
        market.quote(model, LASTING, 1);
    }

    function test_refuses_what_is_not_for_sale() public {
        IModelMarketplace.Order memory order = _order(IModelMarketplace.Plan.METERED, 1, buyer);
        _purchase_refused(abi.encodeWithSelector(IModelMarketplace.PlanNotOffered.selector, model, order.plan), order);
        VM.prank(seller);
        market.pauseListing(model);
        IModelMarketplace.ListingState paused = IModelMarketplace.ListingState.PAUSED;
        _purchase_refused(abi.encodeWithSelector(IModelMarketplace.WrongState.selector, model, paused), order);
    }

    function test_refuses_a_quantity_of_zero_and_thirteen_periods() public {
        uint256 most = type(uint32).max;
        bytes4 selector = IModelMarketplace.QuantityOutOfBounds.selector;
        _purchase_refused(abi.encodeWithSelector(selector, 0, most), _order(LASTING, 0, buyer));
        _purchase_refused(abi.encodeWithSelector(selector, 0, 12), _order(SUBSCRIPTION, 0, buyer));
        _purchase_refused(abi.encodeWithSelector(selector, 13, 12), _order(SUBSCRIPTION, 13, buyer));
    }

    function test_refuses_another_token_a_higher_price_and_too_little_coin() public {
        IModelMarketplace.Order memory order = _order(LASTING, 1, buyer);
        order.token = stranger;
        _purchase_refused(abi.encodeWithSelector(IModelMarketplace.TokenChanged.selector, stranger, COIN), order);
        order = _order(LASTING, 1, buyer);
        order.maxPrice = PRICE - 1;
        _purchase_refused(abi.encodeWithSelector(IModelMarketplace.PriceAboveMaximum.selector, PRICE, PRICE - 1), order);
        order = _order(LASTING, 6, buyer);
        _purchase_refused(abi.encodeWithSelector(IModelMarketplace.ValueTooLow.selector, 5 ether, 6 ether), order);
    }

    function _subscribe(uint32 periods) private {
        VM.prank(buyer);
        market.purchase{value: PERIOD_PRICE * periods}(_order(SUBSCRIPTION, periods, friend));
    }

    function _purchase_refused(bytes memory reason, IModelMarketplace.Order memory order) private {
        _refused(reason);
        VM.prank(buyer);
        market.purchase{value: 5 ether}(order);
    }
}

contract MarketQuoteTest is MarketTest {
    function test_shows_every_part() public view {
        IModelMarketplace.Quote memory asked = market.quote(model, IModelMarketplace.Plan.SUBSCRIPTION, 3);
        VM.assertEq(asked.token, COIN);
        VM.assertEq(asked.unitPrice, PERIOD_PRICE);
        VM.assertEq(asked.total, PERIOD_PRICE * 3);
        VM.assertEq(asked.fee, PERIOD_PRICE * 3 * 250 / 10_000);
        VM.assertEq(asked.maturityDay, MATURITY);
        VM.assertEq(asked.referral, PERIOD_PRICE * 3 * 50 / 10_000);
        VM.assertEq(asked.basePrice, PERIOD_PRICE);
        VM.assertEq(asked.demand, 1e18);
        VM.assertEq(asked.premiumBps, 0);
        VM.assertEq(asked.discountBps, 0);
    }

    function test_is_what_a_purchase_pays(uint88 price, uint32 quantity) public {
        VM.assume(price > 0 && quantity > 0);
        VM.prank(seller);
        market.setPlan(model, _lasting(price));
        IModelMarketplace.Quote memory asked = market.quote(model, IModelMarketplace.Plan.LASTING, quantity);
        VM.deal(buyer, asked.total);
        IModelMarketplace.Order memory order = _order(IModelMarketplace.Plan.LASTING, quantity, buyer);
        VM.prank(buyer);
        VM.assertEq(market.purchase{value: asked.total}(order), asked.total);
        VM.assertEq(_bucket(MATURITY).gross, asked.total);
        VM.assertEq(_bucket(MATURITY).fee, asked.fee);
    }

    function test_refuses_what_is_not_for_sale() public {
        bytes32 id = _id(seller, 2);
        IModelMarketplace.ListingState none = IModelMarketplace.ListingState.NONE;
        _refused(abi.encodeWithSelector(IModelMarketplace.WrongState.selector, id, none));
        market.quote(id, IModelMarketplace.Plan.LASTING, 1);
        _refused(abi.encodeWithSelector(IModelMarketplace.NotListed.selector, id));
        market.getListing(id);
    }

    function test_refuses_a_plan_that_is_not_offered_and_a_quantity_of_zero() public {
        VM.prank(seller);
        market.setPlan(model, _lasting(NOT_OFFERED));
        IModelMarketplace.Plan plan = IModelMarketplace.Plan.LASTING;
        _refused(abi.encodeWithSelector(IModelMarketplace.PlanNotOffered.selector, model, plan));
        market.quote(model, plan, 1);
        _refused(abi.encodeWithSelector(IModelMarketplace.QuantityOutOfBounds.selector, 0, 12));
        market.quote(model, IModelMarketplace.Plan.SUBSCRIPTION, 0);
    }
}
