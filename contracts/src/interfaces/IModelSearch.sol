// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title Finds listings by the terms that their sellers gave them, without ever walking over all listings.
/// @notice A term is a word in its normal form: 1 to 32 bytes, left-aligned, zero-padded; each byte a lower-case ASCII
/// letter, a digit, or part of a character beyond ASCII. Anything else in a query separates words. Listings are kept in
/// posting lists that only grow, one a term, newest last; a bloom of its terms stands beside each listing.
interface IModelSearch {
    /// @notice A listing can be found by these terms, each once, in ascending order, and by no earlier ones.
    event TermsPosted(bytes32 indexed modelId, bytes32[] terms);

    error NotMarket(address caller);
    error TooManyTerms(uint256 count, uint256 most);
    error TermNotNormal(bytes32 term);
    error TermsNotAscending(bytes32 term, bytes32 next);
    error CursorNotAccepted(uint256 cursor);
    error QueryTooLong(uint256 length, uint256 most);

    /// @notice Let a listing be found by these terms. The marketplace only, which drops the earlier ones first.
    /// @param terms at most eight, in their normal form, ascending without repetition; none changes nothing
    /// @return number by which the terms can be dropped; zero for none
    function post(bytes32 modelId, bytes32[] calldata terms) external returns (uint32 number);

    /// @notice Let a listing be found no more by what was posted under this number. The marketplace only.
    function drop(bytes32 modelId, uint32 number) external;

    /// @notice The listings for sale that carry every word of the query, newest first, at most 50.
    /// @dev Walks the 256 newest entries for sale of the rarest word's list and tests the other words by the blooms: a
    /// listing of eight terms passes for a word that it does not carry once in about 5,000. What is not LISTED is left out
    /// and not counted, but it looks at 2,048 entries at most; `searchFrom` goes on to the end of any list.
    /// @param query at most 256 bytes; its first eight different words count, and of a longer word its first 32 bytes
    function search(string calldata query) external view returns (bytes32[] memory modelIds);

    /// @notice The same page by page: at most 50, of the next 256 entries, whatever their state.
    /// @param cursor zero to begin; then what came back as `next` for the same query
    /// @return modelIds newest first; a page may be empty before the end
    /// @return next where the next page begins; zero: there is none
    function searchFrom(string calldata query, uint256 cursor)
        external
        view
        returns (bytes32[] memory modelIds, uint256 next);

    /// @notice How many listings were ever posted under this term.
    function postings(bytes32 term) external view returns (uint256);

    /// @notice The words of a text in their normal form, ascending, each once, at most eight.
    function normalise(string calldata text) external pure returns (bytes32[] memory terms);
}
