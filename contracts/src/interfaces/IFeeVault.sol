// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title Where the market's fees come in, and are given on.
/// @notice Of the coin, the stakers and the bonus pool get the parts that the parameters name, as parts of the fee; the
/// treasury gets the rest, and all of any other token. Nothing stays here, and anyone may give it on.
interface IFeeVault {
    /// @param amount all that was given on; the zero address is the coin
    event Released(address indexed token, uint256 amount, uint256 stakers, uint256 bonus, uint256 treasury);

    error NothingToRelease(address token);

    /// @notice Draw what the splitter owes in this token, and give on all there is.
    function release(address token) external;
}
