// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// @title Every number of the protocol, each inside bounds that code fixes.
/// @notice A key is the parameter's name as a short string, for example `bytes32("feeBps")`.
interface IProtocolParameters {
    /// @notice What a sale is made under, in one read.
    /// @param feeBps the protocol's part of the price, in 1/10,000
    /// @param refundWindow seconds from a purchase until its money matures
    struct SaleTerms {
        uint16 feeBps;
        uint32 refundWindow;
    }

    event ParameterSet(bytes32 indexed key, uint256 oldValue, uint256 newValue);

    error UnknownParameter(bytes32 key);
    error ParameterOutOfBounds(bytes32 key, uint256 value, uint256 least, uint256 most);

    /// @notice Change one parameter. Only who the authority allows; sales already made keep their terms.
    function set(bytes32 key, uint256 value) external;

    function get(bytes32 key) external view returns (uint256);

    /// @notice The least and the greatest value that `set` takes for this key.
    function bounds(bytes32 key) external pure returns (uint256 least, uint256 most);

    function saleTerms() external view returns (SaleTerms memory);
}
