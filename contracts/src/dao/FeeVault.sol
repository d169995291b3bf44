// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IFeeVault} from "../interfaces/IFeeVault.sol";
import {ILatticeStaking} from "../interfaces/ILatticeStaking.sol";
import {IProtocolParameters} from "../interfaces/IProtocolParameters.sol";
import {IRevenueSplitter} from "../interfaces/IRevenueSplitter.sol";

/// @title The one implementation of {IFeeVault}, where its function and event are described.
contract FeeVault is IFeeVault, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    address private constant COIN = address(0);

    IRevenueSplitter public immutable splitter;
    IProtocolParameters public immutable parameters;
    ILatticeStaking public immutable staking;
    address payable public immutable bonusPool;
    address payable public immutable treasury;

    constructor(
        IRevenueSplitter splitter_,
        IProtocolParameters parameters_,
        ILatticeStaking staking_,
        address payable bonusPool_,
        address payable treasury_
    ) {
        (splitter, parameters, staking) = (splitter_, parameters_, staking_);
        (bonusPool, treasury) = (bonusPool_, treasury_);
    }

    receive() external payable {}

    /// @inheritdoc IFeeVault
    function release(address token) external nonReentrant {
        if (splitter.credits(address(this), token) != 0) splitter.withdraw(token);
        uint256 amount = token == COIN ? address(this).balance : IERC20(token).balanceOf(address(this));
        if (amount == 0) revert NothingToRelease(token);

        if (token == COIN) return _releaseCoin(amount);
        emit Released(token, amount, 0, 0, amount);
        IERC20(token).safeTransfer(treasury, amount);
    }

    /// @dev The parameters keep the two parts, together, below nine tenths of the fee.
    function _releaseCoin(uint256 amount) private {
        uint256 feeBps = parameters.get("feeBps");
        uint256 stakers = feeBps == 0 ? 0 : amount * parameters.get("stakersBps") / feeBps;
        uint256 bonus = feeBps == 0 ? 0 : amount * parameters.get("bonusCapBps") / feeBps;
        uint256 rest = amount - stakers - bonus;
        emit Released(COIN, amount, stakers, bonus, rest);

        if (stakers != 0) staking.notify{value: stakers}();
        if (bonus != 0) Address.sendValue(bonusPool, bonus);
        Address.sendValue(treasury, rest);
    }
}
