// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @dev Who the accounts that cannot vote are delegated to: an address that nobody has a key of.
address constant SENTINEL = 0x000000000000000000000000000000000000dEaD;
