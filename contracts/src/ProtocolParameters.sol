// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";

/// @title The one implementation of {IProtocolParameters}, where its functions and events are described.
contract ProtocolParameters is IProtocolParameters, AccessManaged {
    bytes32 private constant FEE_BPS = "feeBps";
    bytes32 private constant REFUND_WINDOW = "refundWindow";

    SaleTerms private _saleTerms;

    constructor(address authority) AccessManaged(authority) {
        _set(FEE_BPS, 250);
        _set(REFUND_WINDOW, 7 days);
    }

    /// @inheritdoc IProtocolParameters
    function set(bytes32 key, uint256 value) external restricted {
        _set(key, value);
    }

    /// @inheritdoc IProtocolParameters
    function saleTerms() external view returns (SaleTerms memory) {
        return _saleTerms;
    }

    /// @inheritdoc IProtocolParameters
    function get(bytes32 key) public view returns (uint256) {
        if (key == FEE_BPS) return _saleTerms.feeBps;
        if (key == REFUND_WINDOW) return _saleTerms.refundWindow;
        revert UnknownParameter(key);
    }

    /// @inheritdoc IProtocolParameters
    function bounds(bytes32 key) public pure returns (uint256 least, uint256 most) {
        if (key == FEE_BPS) return (0, 500);
        if (key == REFUND_WINDOW) return (1 days, 30 days);
        revert UnknownParameter(key);
    }

    function _set(bytes32 key, uint256 value) private {
        (uint256 least, uint256 most) = bounds(key);
        if (value < least || value > most) revert ParameterOutOfBounds(key, value, least, most);

        emit ParameterSet(key, get(key), value);
        // The bounds above are far below what these types hold.
        if (key == FEE_BPS) _saleTerms.feeBps = uint16(value);
        else _saleTerms.refundWindow = uint32(value);
    }
}
