// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IModelMarketplace} from "./interfaces/IModelMarketplace.sol";
import {IModelSearch} from "./interfaces/IModelSearch.sol";
import {SearchTerms} from "./SearchTerms.sol";

/// @title The one implementation of {IModelSearch}, where its functions and events are described.
/// @dev Listings with terms have numbers from 1. A posting list is an array of 32-bit lanes, eight to a word: lane 0 is
/// the list's length, lane n its nth listing. So a new term takes one new word, and seven of eight later listings none.
contract ModelSearch is IModelSearch {
    using SafeCast for uint256;

    /// @dev How far a search has come along the list of one word.
    /// @param word its place among the words of the query, from 1
    /// @param lane where it stands; at zero it has ended
    /// @param steps entries that it may still pass
    /// @param offered entries that are for sale that it may still pass
    struct Walk {
        uint256 word;
        bytes32 term;
        uint256 lane;
        uint256 bloom;
        uint256 steps;
        uint256 offered;
    }

    uint256 private constant MOST_TERMS = 8;
    uint256 private constant MOST_WALKED = 256;
    uint256 private constant MOST_STEPS = 2_048; // what a node still answers in one call
    uint256 private constant MOST_FOUND = 50;
    uint256 private constant MOST_QUERY = 256;

    IModelMarketplace public immutable market;

    bytes32[] private _modelIds;
    mapping(uint256 number => uint256) private _blooms;
    mapping(bytes32 term => mapping(uint256 word => uint256)) private _lists;

    modifier onlyMarket() {
        if (msg.sender != address(market)) revert NotMarket(msg.sender);
        _;
    }

    constructor(IModelMarketplace market_) {
        market = market_;
        _modelIds.push(0); // so numbers begin at 1, and no listing pays for the array's first length
    }

    /// @inheritdoc IModelSearch
    function post(bytes32 modelId, bytes32[] calldata terms) external onlyMarket returns (uint32 number) {
        if (terms.length == 0) return 0;
        _check(terms);

        number = _modelIds.length.toUint32();
        _modelIds.push(modelId);
        uint256 bloom;
        for (uint256 i = 0; i < terms.length; ++i) {
            bloom |= SearchTerms.bits(terms[i]);
            _append(terms[i], number);
        }
        _blooms[number] = bloom;
        emit TermsPosted(modelId, terms);
    }

    /// @inheritdoc IModelSearch
    function drop(bytes32 modelId, uint32 number) external onlyMarket {
        delete _blooms[number]; // what has no bloom is passed by without a look at the market
        emit TermsPosted(modelId, new bytes32[](0));
    }

    /// @inheritdoc IModelSearch
    function search(string calldata query) external view returns (bytes32[] memory modelIds) {
        Walk memory walk = _begin(normalise(query), 0);
        (walk.steps, walk.offered) = (MOST_STEPS, MOST_WALKED);
        return _walk(walk);
    }

    /// @inheritdoc IModelSearch
    function searchFrom(string calldata query, uint256 cursor)
        external
        view
        returns (bytes32[] memory modelIds, uint256 next)
    {
        Walk memory walk = _begin(normalise(query), cursor);
        (walk.steps, walk.offered) = (MOST_WALKED, MOST_WALKED);
        modelIds = _walk(walk);
        if (walk.lane != 0) next = walk.word << 32 | walk.lane;
    }

    /// @inheritdoc IModelSearch
    function postings(bytes32 term) public view returns (uint256) {
        return uint32(_lists[term][0]);
    }

    /// @inheritdoc IModelSearch
    function normalise(string calldata text) public pure returns (bytes32[] memory terms) {
        uint256 length = bytes(text).length;
        if (length > MOST_QUERY) revert QueryTooLong(length, MOST_QUERY);
        return SearchTerms.split(bytes(text), MOST_TERMS);
    }

    function _append(bytes32 term, uint256 number) private {
        mapping(uint256 word => uint256) storage list = _lists[term];
        uint256 lane = uint32(list[0]) + 1;
        ++list[0]; // the length is the lowest lane
        list[lane / 8] |= number << (lane % 8 * 32);
    }

    /// @dev Begin at the newest listing of the rarest word, or where an earlier walk along a word's list ended.
    function _begin(bytes32[] memory terms, uint256 cursor) private view returns (Walk memory walk) {
        uint256 fewest = type(uint256).max;
        for (uint256 i = 0; i < terms.length; ++i) {
            walk.bloom |= SearchTerms.bits(terms[i]);
            uint256 count = postings(terms[i]);
            if (count < fewest) (walk.word, walk.term, walk.lane, fewest) = (i + 1, terms[i], count, count);
        }
        if (cursor == 0) return walk;

        uint256 lane = uint32(cursor);
        walk.word = cursor >> 32;
        if (walk.word == 0 || walk.word > terms.length) revert CursorNotAccepted(cursor);
        walk.term = terms[walk.word - 1];
        if (lane == 0 || lane > postings(walk.term)) revert CursorNotAccepted(cursor);
        walk.lane = lane;
    }

    /// @dev Return the newest of the list's listings, from the walk's lane on, that are for sale and whose bloom has all
    /// these bits; leave the lane where the next walk begins, or at zero.
    function _walk(Walk memory walk) private view returns (bytes32[] memory found) {
        found = new bytes32[](MOST_FOUND);
        uint256 count;
        for (; walk.lane > 0 && walk.steps > 0 && walk.offered > 0 && count < MOST_FOUND; --walk.lane) {
            --walk.steps;
            uint256 number = uint32(_lists[walk.term][walk.lane / 8] >> (walk.lane % 8 * 32));
            uint256 bloom = _blooms[number];
            bytes32 modelId = bloom == 0 ? bytes32(0) : _modelIds[number];
            if (bloom == 0 || market.stateOf(modelId) != IModelMarketplace.ListingState.LISTED) continue;
            --walk.offered; // what is not for sale takes nobody's place
            if (bloom & walk.bloom == walk.bloom) found[count++] = modelId;
        }
        assembly ("memory-safe") {
            mstore(found, count)
        }
    }

    function _check(bytes32[] calldata terms) private pure {
        if (terms.length > MOST_TERMS) revert TooManyTerms(terms.length, MOST_TERMS);

        for (uint256 i = 0; i < terms.length; ++i) {
            if (!SearchTerms.isNormal(terms[i])) revert TermNotNormal(terms[i]);
            if (i != 0 && terms[i - 1] >= terms[i]) revert TermsNotAscending(terms[i - 1], terms[i]);
        }
    }
}
