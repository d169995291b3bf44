// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title The one thing the bonus pool asks of the splitter.
interface IMaturedFees {
    /// @notice The coin fees of a model's matured sales, over all its life, in wei.
    function maturedFees(bytes32 modelId) external view returns (uint256);
}
