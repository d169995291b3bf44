// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ILatticeFaucet} from "../interfaces/ILatticeFaucet.sol";

/// @title The one implementation of {ILatticeFaucet}, where its functions and events are described.
contract LatticeFaucet is ILatticeFaucet {
    using SafeERC20 for IERC20;

    uint256 private constant PORTION = 3_000_000e18; // more than a proposal needs, so that anybody may try one
    uint256 private constant PAUSE = 24 hours;

    IERC20 public immutable token;

    /// @inheritdoc ILatticeFaucet
    mapping(address account => uint256) public nextFaucet;

    constructor(IERC20 token_) {
        token = token_;
    }

    /// @inheritdoc ILatticeFaucet
    function faucet() external {
        uint256 next = nextFaucet[msg.sender];
        if (block.timestamp < next) revert TooEarly(msg.sender, next);

        nextFaucet[msg.sender] = block.timestamp + PAUSE;
        emit Given(msg.sender, PORTION);
        token.safeTransfer(msg.sender, PORTION);
    }
}
