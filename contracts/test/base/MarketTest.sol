// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {AccessPass} from "../../src/AccessPass.sol";
import {ModelMarketplace} from "../../src/ModelMarketplace.sol";
import {ProtocolParameters} from "../../src/ProtocolParameters.sol";
import {RevenueSplitter} from "../../src/RevenueSplitter.sol";
import {IModelMarketplace} from "../../src/interfaces/IModelMarketplace.sol";
import {IRevenueSplitter} from "../../src/interfaces/IRevenueSplitter.sol";
import {VM} from "./Vm.sol";

/// @title A whole market, deployed in the order of docs/mechanisms/money.md, with one model for sale.
abstract contract MarketTest {
    address internal constant COIN = address(0);
    uint256 internal constant NOT_OFFERED = type(uint256).max;
    uint256 internal constant PRICE = 1 ether;
    uint256 internal constant PERIOD_PRICE = 0.1 ether;
    uint256 internal constant START = 20_000 days + 1 hours;
    uint32 internal constant MATURITY = 20_007;
    string internal constant METADATA = "ipfs://bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

    address internal immutable admin = _account("admin");
    address internal immutable seller = _account("seller");
    address internal immutable buyer = _account("buyer");
    address internal immutable friend = _account("friend");
    address internal immutable stranger = _account("stranger");
    address internal immutable vault = _account("vault");

    AccessManager internal manager;
    ProtocolParameters internal parameters;
    AccessPass internal pass;
    RevenueSplitter internal splitter;
    ModelMarketplace internal market;

    bytes32 internal model;

    function setUp() public virtual {
        VM.warp(START);
        _deploy();
        VM.deal(buyer, 1_000_000 ether);
        VM.deal(friend, 1_000_000 ether);
        VM.deal(seller, 1_000 ether);
        model = _id(seller, 1);
        VM.prank(seller);
        market.list(_terms(model));
    }

    function _deploy() internal {
        manager = new AccessManager(admin);
        parameters = new ProtocolParameters(address(manager));
        pass = new AccessPass(address(manager), "https://market.example/passes/{id}.json");
        splitter = new RevenueSplitter(address(manager), vault);
        market = new ModelMarketplace(parameters, splitter, pass);
        VM.prank(admin);
        pass.setMinter(address(market), true);
        VM.prank(admin);
        splitter.setAccruer(address(market), true);
    }

    function _account(string memory name) internal returns (address account) {
        account = address(uint160(uint256(keccak256(bytes(name)))));
        VM.label(account, name);
    }

    function _id(address owner, uint96 salt) internal pure returns (bytes32) {
        return bytes32(bytes20(owner)) | bytes32(uint256(salt));
    }

    /// @dev Both plans in coin, everything else left at its default.
    function _terms(bytes32 modelId) internal pure returns (IModelMarketplace.ListingTerms memory terms) {
        terms.modelId = modelId;
        terms.category = 3;
        terms.metadata = METADATA;
        terms.plans = new IModelMarketplace.PlanTerms[](2);
        terms.plans[0] = _lasting(PRICE);
        terms.plans[1] = _subscription(PERIOD_PRICE);
    }

    function _lasting(uint256 price) internal pure returns (IModelMarketplace.PlanTerms memory) {
        return IModelMarketplace.PlanTerms(IModelMarketplace.Plan.LASTING, COIN, price, 0);
    }

    function _subscription(uint256 price) internal pure returns (IModelMarketplace.PlanTerms memory) {
        return IModelMarketplace.PlanTerms(IModelMarketplace.Plan.SUBSCRIPTION, COIN, price, 30 days);
    }

    function _order(IModelMarketplace.Plan plan, uint32 quantity, address recipient)
        internal
        view
        returns (IModelMarketplace.Order memory)
    {
        return IModelMarketplace.Order({
            modelId: model,
            plan: plan,
            quantity: quantity,
            recipient: recipient,
            token: COIN,
            maxPrice: type(uint256).max,
            deadline: uint64(block.timestamp),
            referrer: address(0),
            ref: keccak256("ref")
        });
    }

    function _buy(address who, uint32 quantity, address recipient) internal {
        IModelMarketplace.Order memory order = _order(IModelMarketplace.Plan.LASTING, quantity, recipient);
        VM.prank(who);
        market.purchase{value: PRICE * quantity}(order);
    }

    function _alone(address payee) internal pure returns (address[] memory recipients, uint16[] memory bps) {
        recipients = new address[](1);
        bps = new uint16[](1);
        (recipients[0], bps[0]) = (payee, 10_000);
    }

    /// @dev `count` payees with equal parts; the first has what does not divide.
    function _shared(uint160 count) internal pure returns (address[] memory recipients, uint16[] memory bps) {
        recipients = new address[](count);
        bps = new uint16[](count);
        for (uint160 i = 0; i < count; ++i) {
            (recipients[i], bps[i]) = (address(0x1000 + i), uint16(10_000 / count));
        }
        bps[0] += uint16(10_000 % count);
    }

    function _bucket(uint32 day) internal view returns (IRevenueSplitter.Bucket memory) {
        return splitter.bucket(model, COIN, splitter.splitHash(model), day);
    }

    function _distribute(uint32 day) internal {
        (address[] memory recipients, uint16[] memory bps) = _alone(seller);
        splitter.distribute(model, COIN, day, recipients, bps);
    }

    function _refused(bytes memory reason) internal {
        VM.expectRevert(reason);
    }
}
