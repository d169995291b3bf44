// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {ModelSearch} from "../src/ModelSearch.sol";
import {IModelMarketplace} from "../src/interfaces/IModelMarketplace.sol";
import {IModelSearch} from "../src/interfaces/IModelSearch.sol";
import {MarketTest} from "./base/MarketTest.sol";
import {Recorder, VM} from "./base/Vm.sol";

abstract contract SearchTest is MarketTest {
    ModelSearch internal finder;

    function setUp() public override {
        super.setUp();
        finder = search;
    }

    function _post(bytes32 modelId, bytes32[] memory terms) internal {
        VM.prank(address(market));
        finder.post(modelId, terms);
    }

    /// @dev List a model and let it be found by the words of a text.
    function _listed(uint96 salt, string memory text) internal returns (bytes32 id) {
        id = _id(seller, salt);
        VM.prank(seller);
        market.listModel(id, PRICE, METADATA);
        _post(id, finder.normalise(text));
    }

    function _listMany(uint96 salt, uint96 count, string memory text) internal {
        for (uint96 i = 0; i < count; ++i) {
            _listed(salt + i, text);
        }
    }

    function _finds(string memory query, bytes32 first, uint256 count) internal view {
        bytes32[] memory found = finder.search(query);
        VM.assertEq(found.length, count, query);
        if (count != 0) VM.assertEq(found[0], first);
    }
}

contract SearchSearchTest is SearchTest {
    function test_finds_what_carries_every_word_newest_first() public {
        bytes32 chat = _listed(100, "german chat");
        bytes32 both = _listed(101, "german embeddings multilingual");
        _listed(102, "english embeddings");
        _finds("german", both, 2);
        VM.assertEq(finder.search("german")[1], chat);
        _finds("embeddings GERMAN", both, 1);
        _finds("german klingon", 0, 0);
        _finds("klingon", 0, 0);
    }

    function test_finds_nothing_where_nothing_was_asked() public {
        _listed(100, "german");
        _finds("", 0, 0);
        _finds(" ,.- ", 0, 0);
    }

    function test_leaves_out_what_is_not_for_sale() public {
        bytes32 id = _listed(100, "german");
        VM.prank(seller);
        market.pauseListing(id);
        _finds("german", 0, 0);
        VM.prank(seller);
        market.resumeListing(id);
        _finds("german", id, 1);
    }

    function test_returns_at_most_fifty_of_many() public {
        bytes32 last;
        for (uint96 i = 0; i < 60; ++i) {
            last = _listed(1_000 + i, "common");
        }
        _finds("common", last, 50);
        VM.assertEq(finder.search("common")[49], _id(seller, 1_010));
        VM.assertEq(finder.postings("common"), 60);
    }

    function test_walks_no_further_than_the_256_newest_for_sale_of_the_rarest_word() public {
        bytes32 oldest = _listed(3, "common first");
        bytes32[] memory common = finder.normalise("common other");
        for (uint96 i = 0; i < 255; ++i) {
            _listed(1_000 + i, "common other");
        }
        _finds("common first", oldest, 1);
        _listed(2_000, "common first zzz");
        for (uint96 i = 0; i < 255; ++i) {
            _listed(3_000 + i, "common first");
        }
        _post(_id(seller, 4_000), common);
        VM.assertEq(finder.search("common first").length, 50);
        _finds("common zzz", _id(seller, 2_000), 1);
    }

    function test_what_stands_before_256_others_for_sale_is_not_found_at_once() public {
        _listed(3, "first second");
        for (uint96 i = 0; i < 256; ++i) {
            _listed(1_000 + i, "first");
            _listed(2_000 + i, "second");
        }
        _finds("first second", bytes32(0), 0);
    }

    function test_what_is_not_for_sale_takes_nobodys_place() public {
        bytes32 honest = _listed(3, "common");
        for (uint96 i = 0; i < 300; ++i) {
            bytes32 id = _listed(1_000 + i, "common");
            VM.prank(seller);
            if (i % 2 == 0) market.retireListing(id);
            else market.pauseListing(id);
        }
        _finds("common", honest, 1);
    }

    function test_a_cursor_leads_to_the_end_of_any_list() public {
        bytes32 first = _listed(3, "common");
        for (uint96 i = 0; i < 120; ++i) {
            _listed(1_000 + i, "common");
        }
        bytes32[] memory other = finder.normalise("common rare");
        for (uint96 i = 0; i < 300; ++i) {
            _post(_id(stranger, i), other);
        }
        (uint256 cursor, uint256 count, uint256 pages) = (0, 0, 0);
        bytes32 last;
        do {
            bytes32[] memory found;
            (found, cursor) = finder.searchFrom("common", cursor);
            count += found.length;
            if (found.length != 0) last = found[found.length - 1];
            ++pages;
        } while (cursor != 0);
        VM.assertEq(count, 121);
        VM.assertEq(last, first);
        VM.assertLe(pages, 5, "pages");
    }

    function test_a_walk_goes_on_along_its_word_when_another_has_become_the_rarest() public {
        _listMany(1_000, 10, "common");
        _listMany(2_000, 60, "common rare");
        (bytes32[] memory found, uint256 cursor) = finder.searchFrom("common rare", 0);
        VM.assertEq(found.length, 50);
        _listMany(3_000, 20, "rare");
        (found, cursor) = finder.searchFrom("common rare", cursor);
        VM.assertEq(found.length, 10);
        VM.assertEq(found[9], _id(seller, 2_000));
        VM.assertEq(cursor, 0);
    }

    function test_refuses_a_cursor_that_it_did_not_give() public {
        _listed(3, "common");
        uint256[4] memory cursors = [uint256(1), 2 << 32 | 1, 1 << 32, 1 << 32 | 2];
        for (uint256 i = 0; i < 4; ++i) {
            _refused(abi.encodeWithSelector(IModelSearch.CursorNotAccepted.selector, cursors[i]));
            finder.searchFrom("common", cursors[i]);
        }
        (bytes32[] memory found, uint256 next) = finder.searchFrom("", 0);
        VM.assertEq(found.length + next, 0);
    }

    function test_the_rarest_word_is_walked_wherever_it_stands() public {
        bytes32 rare = _listed(3, "aaa zzz");
        for (uint96 i = 0; i < 9; ++i) {
            _listed(1_000 + i, i % 2 == 0 ? "aaa" : "zzz");
        }
        _listed(2_000, "aaa");
        _finds("aaa zzz", rare, 1);
        _finds("zzz aaa", rare, 1);
    }
}

contract SearchPostTest is SearchTest {
    function test_posts_up_to_eight_terms() public {
        bytes32[] memory terms = finder.normalise("h g f e d c b a");
        VM.expectEmit(address(finder));
        emit IModelSearch.TermsPosted(model, terms);
        _post(model, terms);
        for (uint256 i = 0; i < 8; ++i) {
            VM.assertEq(finder.postings(terms[i]), 1);
        }
    }

    function test_no_terms_change_nothing() public {
        Recorder(address(VM)).recordLogs();
        _post(model, new bytes32[](0));
        VM.assertEq(Recorder(address(VM)).getRecordedLogs().length, 0);
        bytes32 id = _listed(5, "next");
        _finds("next", id, 1);
    }

    function test_refuses_everybody_but_the_market() public {
        _refused(abi.encodeWithSelector(IModelSearch.NotMarket.selector, seller));
        VM.prank(seller);
        finder.post(model, new bytes32[](1));
    }

    function test_refuses_too_many_and_disorder() public {
        _post_refused(abi.encodeWithSelector(IModelSearch.TooManyTerms.selector, 9, 8), new bytes32[](9));
        bytes32[] memory terms = new bytes32[](2);
        (terms[0], terms[1]) = ("b", "a");
        _post_refused(
            abi.encodeWithSelector(IModelSearch.TermsNotAscending.selector, bytes32("b"), bytes32("a")), terms
        );
        terms[1] = "b";
        _post_refused(
            abi.encodeWithSelector(IModelSearch.TermsNotAscending.selector, bytes32("b"), bytes32("b")), terms
        );
    }

    function test_refuses_words_that_are_not_in_their_normal_form() public {
        _not_normal(0);
        _not_normal("Upper");
        _not_normal("two words");
        _not_normal(bytes32(uint256(1)));
        _not_normal(bytes32("a") | bytes32(uint256(uint8(bytes1("b")))));
    }

    function _not_normal(bytes32 term) private {
        bytes32[] memory terms = new bytes32[](1);
        terms[0] = term;
        _post_refused(abi.encodeWithSelector(IModelSearch.TermNotNormal.selector, term), terms);
    }

    function _post_refused(bytes memory reason, bytes32[] memory terms) private {
        _refused(reason);
        VM.prank(address(market));
        finder.post(model, terms);
    }
}

contract SearchSetSearchTermsTest is SearchTest {
    function test_whatever_was_listed_gets_terms_and_others_later() public {
        bytes32 id = _id(seller, 50);
        VM.prank(seller);
        market.listModel(id, PRICE, METADATA);
        _set(id, "german chat");
        _finds("german", id, 1);
        _set(id, "english");
        _finds("german", 0, 0);
        _finds("english", id, 1);
        _set(id, "german");
        VM.assertEq(finder.search("german").length, 1);
        _finds("chat", 0, 0);
        VM.expectEmit(address(finder));
        emit IModelSearch.TermsPosted(id, new bytes32[](0));
        _set(id, "");
        _finds("german", 0, 0);
    }

    function test_a_listing_with_terms_is_found_by_its_newest_alone_and_never_once_retired() public {
        bytes32 id = _id(seller, 50);
        IModelMarketplace.ListingTerms memory terms = _terms(id);
        terms.searchTerms = finder.normalise("german");
        VM.prank(seller);
        market.list(terms);
        _finds("german", id, 1);
        _set(id, "chat german");
        VM.assertEq(finder.search("german").length, 1);
        VM.prank(seller);
        market.retireListing(id);
        _finds("german", 0, 0);
        _refused(
            abi.encodeWithSelector(
                IModelMarketplace.WrongState.selector, id, IModelMarketplace.ListingState.RETIRED
            )
        );
        VM.prank(seller);
        market.setSearchTerms(id, terms.searchTerms);
    }

    function _set(bytes32 id, string memory text) private {
        bytes32[] memory terms = finder.normalise(text);
        VM.prank(seller);
        market.setSearchTerms(id, terms);
    }
}

contract SearchNormaliseTest is SearchTest {
    function test_lowers_splits_sorts_and_drops_repetitions() public view {
        bytes32[] memory words = finder.normalise("  Zebra,zebra;GPT-4o Apfel  ");
        VM.assertEq(words.length, 4);
        VM.assertEq(words[0], bytes32("4o"));
        VM.assertEq(words[1], bytes32("apfel"));
        VM.assertEq(words[2], bytes32("gpt"));
        VM.assertEq(words[3], bytes32("zebra"));
    }

    function test_keeps_what_is_beyond_ascii_and_cuts_at_32_bytes() public view {
        VM.assertEq(finder.normalise(unicode"日本語")[0], bytes32(bytes(unicode"日本語")));
        VM.assertEq(
            finder.normalise("abcdefghijklmnopqrstuvwxyz0123456789")[0], bytes32("abcdefghijklmnopqrstuvwxyz012345")
        );
    }

    function test_takes_the_first_eight_words() public view {
        bytes32[] memory words = finder.normalise("i h g f e d c b a");
        VM.assertEq(words.length, 8);
        VM.assertEq(words[0], bytes32("b"));
    }

    function test_refuses_a_long_text() public {
        finder.normalise(string(new bytes(256)));
        _refused(abi.encodeWithSelector(IModelSearch.QueryTooLong.selector, 257, 256));
        finder.normalise(string(new bytes(257)));
    }

    function test_what_it_makes_can_be_posted(string calldata text) public {
        VM.assume(bytes(text).length <= 256);
        bytes32[] memory words = finder.normalise(text);
        bytes32 id = _listed(9, text);
        if (words.length != 0) _finds(text, id, 1);
    }
}
