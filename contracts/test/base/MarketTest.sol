// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {AccessPass} from "../../src/AccessPass.sol";
import {DemoDollar} from "../../src/DemoDollar.sol";
import {InferenceEscrow} from "../../src/InferenceEscrow.sol";
import {MarketBase} from "../../src/MarketBase.sol";
import {ModelMarketplace} from "../../src/ModelMarketplace.sol";
import {ModelSearch} from "../../src/ModelSearch.sol";
import {Pricing} from "../../src/Pricing.sol";
import {ProtocolParameters} from "../../src/ProtocolParameters.sol";
import {Ratings} from "../../src/Ratings.sol";
import {RevenueSplitter} from "../../src/RevenueSplitter.sol";
import {Roles} from "../../src/Roles.sol";
import {IModelMarketplace} from "../../src/interfaces/IModelMarketplace.sol";
import {IPricing} from "../../src/interfaces/IPricing.sol";
import {IProtocolParameters} from "../../src/interfaces/IProtocolParameters.sol";
import {IRevenueSplitter} from "../../src/interfaces/IRevenueSplitter.sol";
import {VM} from "./Vm.sol";

/// @title A whole market, its roles given, with one model for sale and the demo dollar as second currency.
abstract contract MarketTest {
    address internal constant COIN = address(0);
    uint256 internal constant NOT_OFFERED = type(uint256).max;
    uint256 internal constant PRICE = 1 ether;
    uint256 internal constant PERIOD_PRICE = 0.1 ether;
    uint128 internal constant DOLLAR_WEIGHT = 4e26; // six decimals: a dollar counts as 0.0004 of the coin
    uint256 internal constant START = 20_000 days + 1 hours;
    uint32 internal constant MATURITY = 20_007;
    string internal constant PASS_URI = "https://market.example/passes/{id}.json";
    string internal constant METADATA = "ipfs://bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

    address internal immutable admin = _account("admin");
    address internal immutable seller = _account("seller");
    address internal immutable buyer = _account("buyer");
    address internal immutable friend = _account("friend");
    address internal immutable stranger = _account("stranger");
    address internal immutable vault = _account("vault");
    address internal immutable moderator = _account("moderator");
    address internal immutable guardian = _account("guardian");

    AccessManager internal manager;
    ProtocolParameters internal parameters;
    AccessPass internal pass;
    RevenueSplitter internal splitter;
    Ratings internal ratings;
    Pricing internal pricing;
    ModelSearch internal search;
    ModelMarketplace internal market;
    InferenceEscrow internal escrow;
    DemoDollar internal dollar;

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

    /// @dev The constructors name each other, so each contract's address is reckoned before it is there.
    function _deploy() internal {
        uint256 nonce = VM.getNonce(address(this));
        address[9] memory places;
        for (uint256 i = 0; i < 9; ++i) {
            places[i] = VM.computeCreateAddress(address(this), nonce + i);
        }
        manager = AccessManager(_new("AccessManager", abi.encode(admin)));
        parameters = ProtocolParameters(_new("ProtocolParameters", abi.encode(places[0])));
        splitter = RevenueSplitter(_new("RevenueSplitter", abi.encode(places[0], vault, places[7], places[8], places[3])));
        pass = AccessPass(_new("AccessPass", abi.encode(PASS_URI, places[7], splitter, parameters)));
        ratings = Ratings(_new("Ratings", abi.encode(places[7], parameters)));
        pricing = Pricing(_new("Pricing", abi.encode(places[7], parameters, ratings)));
        search = ModelSearch(_new("ModelSearch", abi.encode(places[7])));
        market = ModelMarketplace(
            _new(
                "ModelMarketplace",
                abi.encode(places[0], MarketBase.Parts(parameters, splitter, pass, pricing, ratings, search, places[8]))
            )
        );
        escrow = InferenceEscrow(_new("InferenceEscrow", abi.encode(places[0], parameters, splitter, market)));
        dollar = DemoDollar(_new("DemoDollar", ""));
        _giveRoles();
        VM.prank(admin);
        parameters.setToken(address(dollar), true, DOLLAR_WEIGHT);
    }

    /// @dev From the compiler's output: `new` would put all these contracts into each test, which takes minutes to compile.
    function _new(string memory name, bytes memory args) private returns (address) {
        return VM.deployCode(string.concat(name, ".sol:", name), args);
    }

    function _giveRoles() private {
        bytes4[] memory selectors = new bytes4[](2);
        selectors[0] = IModelMarketplace.suspend.selector;
        selectors[1] = IModelMarketplace.ruleDispute.selector;
        _giveRole(address(market), selectors, Roles.MODERATOR, moderator);
        selectors = new bytes4[](1);
        selectors[0] = IProtocolParameters.pause.selector;
        _giveRole(address(parameters), selectors, Roles.GUARDIAN, guardian);
    }

    function _giveRole(address target, bytes4[] memory selectors, uint64 role, address holder) internal {
        VM.prank(admin);
        manager.setTargetFunctionRole(target, selectors, role);
        VM.prank(admin);
        manager.grantRole(role, holder, 0);
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

    /// @dev What `_buy` made: what its event says of it, for a refund or a dispute.
    function _bought(uint32 quantity, address recipient)
        internal
        view
        returns (IModelMarketplace.Purchase memory p)
    {
        (p.recipient, p.quantity) = (recipient, quantity);
        p.maturityDay = uint32((block.timestamp + parameters.get("refundWindow")) / 1 days);
        p.paid = uint128(PRICE * quantity);
        p.fee = uint128(p.paid * parameters.get("feeBps") / 10_000);
        p.splitHash = splitter.splitHash(model);
    }

    function _purchase(address who, IModelMarketplace.Order memory order) internal {
        uint256 total = market.quote(order.modelId, order.plan, order.quantity).total;
        VM.prank(who);
        market.purchase{value: order.token == COIN ? total : 0}(order);
    }

    function _pause() internal {
        VM.prank(guardian);
        parameters.pause(uint64(block.timestamp + 1 days));
    }

    function _refund(address by, address owner, IModelMarketplace.Purchase memory p) internal {
        VM.prank(by);
        market.refund(model, owner, p, 0, 0);
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
