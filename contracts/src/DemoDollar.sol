// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "./ERC3009.sol";
import {IDemoDollar} from "./interfaces/IDemoDollar.sol";

/// @title The one implementation of {IDemoDollar}, where its functions are described.
/// @dev Six decimals, as most dollars have, so that nothing here can take eighteen for granted.
contract DemoDollar is IDemoDollar, ERC20Permit, ERC3009 {
    uint256 private constant PORTION = 1_000e6;
    uint256 private constant PAUSE = 24 hours;

    /// @inheritdoc IDemoDollar
    mapping(address account => uint256) public nextFaucet;

    constructor() ERC20("Demo Dollar", "DEMOUSD") ERC20Permit("Demo Dollar") {}

    /// @inheritdoc IDemoDollar
    function faucet() external {
        uint256 next = nextFaucet[msg.sender];
        if (block.timestamp < next) revert TooEarly(msg.sender, next);

        nextFaucet[msg.sender] = block.timestamp + PAUSE;
        _mint(msg.sender, PORTION);
    }

    /// @inheritdoc ERC20
    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
