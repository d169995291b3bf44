// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IModelMarketplace} from "./interfaces/IModelMarketplace.sol";
import {IPricing} from "./interfaces/IPricing.sol";
import {MarketBase} from "./MarketBase.sol";
import {MarketStandings} from "./MarketStandings.sol";
import {MarketTerms} from "./MarketTerms.sol";

/// @title The part of {ModelMarketplace} that lists models and says what state they are in.
/// @dev What is written of listings is written by the code of {MarketTerms}, because one contract has not room for all.
/// There is no fallback: each function that is passed on stands here with its name.
abstract contract MarketListings is IModelMarketplace, MarketStandings {
    /// @inheritdoc IModelMarketplace
    address public immutable marketTerms;

    constructor(address authority, Parts memory parts) MarketBase(authority, parts) {
        marketTerms = address(new MarketTerms(authority, parts));
    }

    /// @inheritdoc IModelMarketplace
    function listModel(bytes32 modelId, uint256 price, string calldata metadata) external {
        _checkSeller(modelId);
        _list(modelId, 0, false, metadata);
        _setPlan(modelId, Plan.LASTING, COIN, price);
    }

    /// @inheritdoc IModelMarketplace
    function list(ListingTerms calldata) external {
        _passOn();
    }

    /// @inheritdoc IModelMarketplace
    function setPlan(bytes32, PlanTerms calldata) external {
        _passOn();
    }

    /// @inheritdoc IModelMarketplace
    function setRates(bytes32, IPricing.Rates calldata) external {
        _passOn();
    }

    /// @inheritdoc IModelMarketplace
    function setPricing(bytes32, IPricing.Terms calldata) external {
        _passOn();
    }

    /// @inheritdoc IModelMarketplace
    function setAccessList(bytes32, bytes32) external {
        _passOn();
    }

    /// @inheritdoc IModelMarketplace
    function setMetadata(bytes32, uint8, string calldata) external {
        _passOn();
    }

    /// @inheritdoc IModelMarketplace
    function setSearchTerms(bytes32, bytes32[] calldata) external {
        _passOn();
    }

    /// @inheritdoc IModelMarketplace
    function pauseListing(bytes32) external {
        _passOn();
    }

    /// @inheritdoc IModelMarketplace
    function resumeListing(bytes32) external {
        _passOn();
    }

    /// @inheritdoc IModelMarketplace
    function retireListing(bytes32) external {
        _passOn();
    }

    /// @inheritdoc IModelMarketplace
    function suspend(bytes32, uint64) external {
        _passOn();
    }

    /// @inheritdoc IModelMarketplace
    function setSuspension(bytes32, uint64) external {
        _passOn();
    }

    /// @inheritdoc IModelMarketplace
    function setFeatured(bytes32, bool) external {
        _passOn();
    }

    /// @inheritdoc IModelMarketplace
    function getListing(bytes32) external view returns (ModelListing memory listing) {
        listing; // named for the compiler, which does not know that the call ends here
        _askOn();
    }

    /// @inheritdoc IModelMarketplace
    function suspendedUntil(bytes32 modelId) external view returns (uint64) {
        return _suspendedUntil(_listings[modelId]);
    }

    /// @inheritdoc IModelMarketplace
    function plans(bytes32) external view returns (PlanTerms[] memory offered) {
        offered;
        _askOn();
    }

    /// @inheritdoc IModelMarketplace
    function accessList(bytes32 modelId) external view returns (bytes32) {
        return _accessLists[modelId];
    }

    /// @inheritdoc IModelMarketplace
    function stateOf(bytes32 modelId) external view returns (ListingState) {
        return _stateOf(_listings[modelId]);
    }

    /// @inheritdoc IModelMarketplace
    function sellerOf(bytes32 modelId) external pure returns (address) {
        return _seller(modelId);
    }

    /// @dev Do what was called by the code of {MarketTerms}, in this storage, and end the call with its answer.
    function _passOn() internal {
        address to = marketTerms;
        assembly {
            calldatacopy(0, 0, calldatasize())
            let done := delegatecall(gas(), to, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(done) { revert(0, returndatasize()) }
            return(0, returndatasize())
        }
    }

    /// @dev The same for what writes nothing. The compiler takes no `delegatecall` for a view, whatever is called; what is
    /// called here it has compiled as one.
    function _askOn() private view {
        function() internal passOn = _passOn;
        function() internal view askOn;
        assembly ("memory-safe") {
            askOn := passOn
        }
        askOn();
    }
}
