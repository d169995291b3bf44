// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IModelMarketplace} from "./interfaces/IModelMarketplace.sol";
import {IModelSearch} from "./interfaces/IModelSearch.sol";
import {SearchTerms} from "./SearchTerms.sol";

/// @title The one implementation of {IModelSearch}, where its functions and events are described.
/// @dev Listings with terms have numbers from 1. A posting list is an array of 32-bit lanes, eight to a word: lane 0 is
/// the list's length, lane n its nth listing. So a new term takes one new word, and seven of eight later listings none.
contract ModelSearch is IModelSearch {
    uint256 private constant MOST_TERMS = 8;
    uint256 private constant MOST_WALKED = 256;
    uint256 private constant MOST_FOUND = 50;
    uint256 private constant MOST_QUERY = 256;

    IModelMarketplace public immutable market;

    bytes32[] private _modelIds;
    mapping(uint256 number => uint256) private _blooms;
    mapping(bytes32 term => mapping(uint256 word => uint256)) private _lists;

    constructor(IModelMarketplace market_) {
        market = market_;
        _modelIds.push(0); // so numbers begin at 1, and no listing pays for the array's first length
    }

    /// @inheritdoc IModelSearch
    function post(bytes32 modelId, bytes32[] calldata terms) external {
        if (msg.sender != address(market)) revert NotMarket(msg.sender);
        if (terms.length == 0) return;
        _check(terms);

        uint256 number = _modelIds.length;
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
    function search(string calldata query) external view returns (bytes32[] memory modelIds) {
        bytes32[] memory terms = normalise(query);
        bytes32 rarest;
        uint256 fewest = type(uint256).max;
        uint256 bloom;
        for (uint256 i = 0; i < terms.length; ++i) {
            uint256 count = postings(terms[i]);
            if (count < fewest) (rarest, fewest) = (terms[i], count);
            bloom |= SearchTerms.bits(terms[i]);
        }
        if (terms.length != 0) modelIds = _walk(rarest, fewest, bloom);
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

    /// @dev Return the newest of the list's listings that are for sale and whose bloom has all these bits.
    function _walk(bytes32 term, uint256 length, uint256 bloom) private view returns (bytes32[] memory found) {
        found = new bytes32[](MOST_FOUND);
        uint256 count;
        uint256 last = length > MOST_WALKED ? length - MOST_WALKED : 0;
        for (uint256 lane = length; lane > last && count < MOST_FOUND; --lane) {
            uint256 number = uint32(_lists[term][lane / 8] >> (lane % 8 * 32));
            if (_blooms[number] & bloom != bloom) continue;
            bytes32 modelId = _modelIds[number];
            if (market.stateOf(modelId) == IModelMarketplace.ListingState.LISTED) found[count++] = modelId;
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
