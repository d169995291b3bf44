// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title The words of {IModelSearch}: their normal form, and their bits in a bloom of 256.
library SearchTerms {
    /// @dev Return the words of a text in their normal form, ascending, each once; of more than `most` the first ones.
    function split(bytes calldata text, uint256 most) internal pure returns (bytes32[] memory words) {
        words = new bytes32[](most);
        uint256 count;
        uint256 start;
        for (uint256 i = 0; i <= text.length && count < most; ++i) {
            if (i < text.length && normal(text[i]) != 0) continue;
            if (i > start) count = _insert(words, count, _word(text[start:i]));
            start = i + 1;
        }
        assembly ("memory-safe") {
            mstore(words, count)
        }
    }

    /// @dev Return whether this is one word in its normal form.
    function isNormal(bytes32 word) internal pure returns (bool) {
        uint256 length;
        while (length < 32 && word[length] != 0) {
            if (normal(word[length]) != word[length]) return false;
            ++length;
        }
        return length != 0 && (length == 32 || word << (length * 8) == 0);
    }

    /// @dev Return the byte as a word has it, or zero where it separates words.
    function normal(bytes1 char) internal pure returns (bytes1) {
        if (char >= "A" && char <= "Z") return char | 0x20;
        bool kept = (char >= "a" && char <= "z") || (char >= "0" && char <= "9") || char >= 0x80;
        return kept ? char : bytes1(0);
    }

    /// @dev Return the word's four bits, of which some may be the same.
    function bits(bytes32 word) internal pure returns (uint256) {
        uint256 hash = uint256(keccak256(abi.encode(word)));
        return 1 << uint8(hash) | 1 << uint8(hash >> 8) | 1 << uint8(hash >> 16) | 1 << uint8(hash >> 24);
    }

    function _word(bytes calldata text) private pure returns (bytes32 word) {
        uint256 length = text.length < 32 ? text.length : 32;
        for (uint256 i = 0; i < length; ++i) {
            word |= bytes32(normal(text[i])) >> (i * 8);
        }
    }

    /// @dev Put the word where it belongs among the first `count`, unless it is there; return how many there are now.
    function _insert(bytes32[] memory words, uint256 count, bytes32 word) private pure returns (uint256) {
        for (uint256 i = 0; i < count; ++i) {
            if (words[i] == word) return count;
        }
        uint256 place = count;
        for (; place > 0 && words[place - 1] > word; --place) {
            words[place] = words[place - 1];
        }
        words[place] = word;
        return count + 1;
    }
}
