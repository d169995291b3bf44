// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC1155Errors, IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IAccessPass} from "../src/interfaces/IAccessPass.sol";
import {IContractFactory} from "../src/interfaces/IContractFactory.sol";
import {IDemoDollar} from "../src/interfaces/IDemoDollar.sol";
import {IERC3009} from "../src/interfaces/IERC3009.sol";
import {IInferenceEscrow} from "../src/interfaces/IInferenceEscrow.sol";
import {IModelMarketplace} from "../src/interfaces/IModelMarketplace.sol";
import {IModelSearch} from "../src/interfaces/IModelSearch.sol";
import {IPricing} from "../src/interfaces/IPricing.sol";
import {IProtocolParameters} from "../src/interfaces/IProtocolParameters.sol";
import {IRatings} from "../src/interfaces/IRatings.sol";
import {IRegistry} from "../src/interfaces/IRegistry.sol";
import {IRevenueSplitter} from "../src/interfaces/IRevenueSplitter.sol";
import {EscrowTest} from "./base/EscrowTest.sol";
import {VM} from "./base/Vm.sol";

/// @dev Every external function that writes, called by every role: refused for want of right exactly where it has to be.
/// tests/contracts/test_role_matrix.py checks that no function is missing here.
contract RoleMatrixTest is EscrowTest {
    uint256 private constant NOBODY = 0; // the AccessManager itself
    uint256 private constant ADMIN = 1;
    uint256 private constant MODERATOR = 2;
    uint256 private constant GUARDIAN = 4;
    uint256 private constant SELLER = 8;
    uint256 private constant BUYER = 16;
    uint256 private constant MARKET = 32;
    uint256 private constant ESCROW = 64;
    uint256 private constant PASS = 128;
    uint256 private constant SETTLER = 256;
    uint256 private constant STRANGER = 512;
    uint256 private constant ALL = 1023;

    mapping(bytes4 selector => bool) private _refusals;
    address[10] private _callers;
    IModelMarketplace.Purchase private p;

    function setUp() public override {
        super.setUp();
        _callers = [
            admin,
            moderator,
            guardian,
            seller,
            buyer,
            address(market),
            address(escrow),
            address(pass),
            settler,
            stranger
        ];
        _buy(buyer, 1, buyer);
        p = _bought(1, buyer);
        bytes4[18] memory refusals = [
            IAccessManaged.AccessManagedUnauthorized.selector,
            IModelMarketplace.NotSeller.selector,
            IModelMarketplace.NotEscrow.selector,
            IModelMarketplace.NotParty.selector,
            IModelMarketplace.NotEligibleToRate.selector,
            IModelMarketplace.WrongReceipt.selector,
            IRevenueSplitter.NotMarket.selector,
            IRevenueSplitter.NotCreditor.selector,
            IERC1155Errors.ERC1155MissingApprovalForAll.selector,
            IModelMarketplace.RulingTimeNotOver.selector,
            IInferenceEscrow.NotPayer.selector,
            IERC20Errors.ERC20InsufficientAllowance.selector,
            ERC20Permit.ERC2612InvalidSigner.selector,
            IAccessManager.AccessManagerUnauthorizedAccount.selector,
            IAccessManager.AccessManagerUnauthorizedCall.selector,
            IAccessManager.AccessManagerBadConfirmation.selector,
            IERC3009.CallerNotPayee.selector,
            IERC3009.InvalidAuthorizer.selector
        ];
        for (uint256 i = 0; i < refusals.length; ++i) {
            _refusals[refusals[i]] = true;
        }
    }

    function test_the_parameters() public {
        address where = address(parameters);
        _only(ADMIN, where, abi.encodeCall(IProtocolParameters.set, ("feeBps", 300)));
        _only(ADMIN, where, abi.encodeCall(IProtocolParameters.setToken, (stranger, true, 0)));
        _only(ADMIN, where, abi.encodeCall(IProtocolParameters.setPause, (1)));
        _only(GUARDIAN, where, abi.encodeCall(IProtocolParameters.pause, (uint64(START + 1))));
        _only(NOBODY, where, abi.encodeCall(IAccessManaged.setAuthority, (where)));
    }

    function test_the_splitter() public {
        address where = address(splitter);
        IRevenueSplitter.Accrual memory sale;
        IRevenueSplitter.Accrual[] memory none = new IRevenueSplitter.Accrual[](0);
        (address[] memory to, uint16[] memory bps) = _alone(seller);
        sale.modelId = model;
        _only(MARKET, where, abi.encodeCall(IRevenueSplitter.accrue, (COIN, buyer, sale)));
        _only(ESCROW, where, abi.encodeCall(IRevenueSplitter.accrueBatch, (COIN, none)));
        _only(MARKET, where, abi.encodeCall(IRevenueSplitter.refund, (COIN, 0, sale, buyer)));
        _only(MARKET, where, abi.encodeCall(IRevenueSplitter.hold, (COIN, 0, sale)));
        _only(MARKET, where, abi.encodeCall(IRevenueSplitter.payBack, (COIN, sale, buyer)));
        _only(MARKET, where, abi.encodeCall(IRevenueSplitter.release, (COIN, 0, sale)));
        _only(MARKET | ESCROW | PASS, where, abi.encodeCall(IRevenueSplitter.creditTo, (buyer, COIN, buyer, 0)));
        _only(
            PASS,
            where,
            abi.encodeCall(IRevenueSplitter.resell, (COIN, buyer, IRevenueSplitter.Resale(model, buyer, 0, 0, 0)))
        );
        _only(SELLER | MARKET, where, abi.encodeCall(IRevenueSplitter.setSplit, (model, to, bps)));
        _only(MARKET, where, abi.encodeCall(IRevenueSplitter.setRoyalty, (model, model, 1)));
        _only(ADMIN, where, abi.encodeCall(IRevenueSplitter.setFeeVault, (vault)));
        _only(NOBODY, where, abi.encodeCall(IAccessManaged.setAuthority, (where)));
        _only(ALL, where, abi.encodeCall(IRevenueSplitter.distribute, (model, COIN, MATURITY, to, bps)));
        _only(ALL, where, abi.encodeCall(IRevenueSplitter.distributeReferral, (buyer, COIN, MATURITY)));
        _only(ALL, where, abi.encodeCall(IRevenueSplitter.withdraw, (COIN)));
        _only(ALL, where, abi.encodeCall(IRevenueSplitter.withdrawTo, (COIN, buyer)));
    }

    function test_the_pass() public {
        address where = address(pass);
        uint256 id = uint256(model);
        uint256[] memory ids = new uint256[](1);
        ids[0] = id;
        VM.prank(seller);
        pass.allowTransfers(model, true);
        _only(MARKET, where, abi.encodeCall(IAccessPass.mint, (buyer, model, 1, MATURITY, false)));
        _only(MARKET, where, abi.encodeCall(IAccessPass.burn, (buyer, model, 1, MATURITY, false)));
        _only(MARKET, where, abi.encodeCall(IAccessPass.restore, (buyer, model, 1)));
        _only(SELLER, where, abi.encodeCall(IAccessPass.allowTransfers, (model, true)));
        _only(SELLER, where, abi.encodeCall(IAccessPass.allowResale, (model, true, 1)));
        _only(ALL, where, abi.encodeCall(IAccessPass.offer, (id, 1, COIN, 1, uint64(START))));
        _only(ALL, where, abi.encodeCall(IAccessPass.withdrawOffer, (id)));
        _only(ALL, where, abi.encodeCall(IAccessPass.accept, (id, buyer, 1, friend, COIN, 1)));
        _only(BUYER, where, abi.encodeCall(IERC1155.safeTransferFrom, (buyer, friend, id, 1, "")));
        _only(BUYER, where, abi.encodeCall(IERC1155.safeBatchTransferFrom, (buyer, friend, ids, ids, "")));
        _only(ALL, where, abi.encodeCall(IERC1155.setApprovalForAll, (friend, true)));
    }

    function test_pricing_and_ratings() public {
        IPricing.Terms memory terms;
        address where = address(pricing);
        _only(MARKET, where, abi.encodeCall(IPricing.setTerms, (model, terms)));
        _only(MARKET, where, abi.encodeCall(IPricing.setRates, (model, IPricing.Rates(COIN, 1, 1))));
        _only(MARKET, where, abi.encodeCall(IPricing.setCallPrice, (model, COIN, 1)));
        _only(MARKET, where, abi.encodeCall(IPricing.take, (model, 1, 1)));
        _only(MARKET, where, abi.encodeCall(IPricing.giveBack, (model, 1, 1, START)));
        where = address(ratings);
        _only(MARKET, where, abi.encodeCall(IRatings.record, (model, buyer, 1, 1, "")));
        _only(MARKET, where, abi.encodeCall(IRatings.void, (model, buyer)));
    }

    function test_what_the_seller_alone_may_do_with_a_listing() public {
        IPricing.Terms memory terms;
        bytes32 next = _id(seller, 2);
        _market(SELLER, abi.encodeCall(IModelMarketplace.listModel, (next, 1, METADATA)));
        _market(SELLER, abi.encodeCall(IModelMarketplace.list, (_terms(next))));
        _market(SELLER, abi.encodeCall(IModelMarketplace.setPlan, (model, _lasting(1))));
        _market(SELLER, abi.encodeCall(IModelMarketplace.setRates, (model, IPricing.Rates(COIN, 1, 1))));
        _market(SELLER, abi.encodeCall(IModelMarketplace.setPricing, (model, terms)));
        _market(SELLER, abi.encodeCall(IModelMarketplace.setAccessList, (model, 0)));
        _market(SELLER, abi.encodeCall(IModelMarketplace.setMetadata, (model, 1, METADATA)));
        _market(SELLER, abi.encodeCall(IModelMarketplace.setSearchTerms, (model, new bytes32[](0))));
        _market(SELLER, abi.encodeCall(IModelMarketplace.pauseListing, (model)));
        _market(SELLER, abi.encodeCall(IModelMarketplace.resumeListing, (model)));
        _market(SELLER, abi.encodeCall(IModelMarketplace.retireListing, (model)));
    }

    function test_what_the_others_may_do_in_the_market() public {
        IModelMarketplace.Order memory order = _order(IModelMarketplace.Plan.LASTING, 1, friend);
        _market(MODERATOR, abi.encodeCall(IModelMarketplace.suspend, (model, uint64(START + 1))));
        _market(ADMIN, abi.encodeCall(IModelMarketplace.setSuspension, (model, 0)));
        _market(ADMIN, abi.encodeCall(IModelMarketplace.setFeatured, (model, true)));
        _market(NOBODY, abi.encodeCall(IAccessManaged.setAuthority, (address(market))));
        _market(ALL, abi.encodeCall(IModelMarketplace.purchaseAccess, (model)));
        _market(ALL, abi.encodeCall(IModelMarketplace.purchase, (order)));
        _market(ALL, abi.encodeCall(IModelMarketplace.purchaseWithProof, (order, new bytes32[](0))));
        _market(ALL, abi.encodeCall(IModelMarketplace.permit, (address(dollar), 1, START, 27, 0, 0)));
        _market(ALL, abi.encodeCall(IModelMarketplace.multicall, (new bytes[](0))));
        _market(BUYER | SELLER, abi.encodeCall(IModelMarketplace.refund, (model, buyer, p, 0, 0)));
        _market(BUYER, abi.encodeCall(IModelMarketplace.openDispute, (model, p, 0, "")));
        _market(BUYER, abi.encodeCall(IModelMarketplace.rateModel, (model, 5, "")));
        _market(ESCROW, abi.encodeCall(IModelMarketplace.notePaid, (model, buyer, COIN, 1)));
        VM.prank(buyer);
        market.openDispute(model, p, 0, "");
        _market(SELLER, abi.encodeCall(IModelMarketplace.answerDispute, (model, buyer, p, 0, "cid")));
        _market(MODERATOR, abi.encodeCall(IModelMarketplace.ruleDispute, (model, buyer, p, 0, true, "")));
        _market(BUYER | SELLER, abi.encodeCall(IModelMarketplace.closeDispute, (model, buyer, p, 0)));
    }

    function test_the_escrow() public {
        address where = address(escrow);
        IInferenceEscrow.Authorisation memory own = IInferenceEscrow.Authorisation(buyer, KEY, COIN, CEILING, END);
        IInferenceEscrow.Permit memory none;
        _only(ALL, where, abi.encodeCall(IInferenceEscrow.deposit, (buyer, COIN, 1)));
        _only(ALL, where, abi.encodeCall(IInferenceEscrow.depositWithPermit, (buyer, address(dollar), 0, none)));
        _only(BUYER, where, abi.encodeCall(IInferenceEscrow.depositAndAuthorise, (own, 0)));
        _only(BUYER, where, abi.encodeCall(IInferenceEscrow.depositAndAuthoriseWithPermit, (own, 0, none)));
        _only(ALL, where, abi.encodeCall(IInferenceEscrow.authorise, (own, "")));
        _only(ALL, where, abi.encodeCall(IInferenceEscrow.revoke, (KEY)));
        _only(SETTLER, where, abi.encodeCall(IInferenceEscrow.settle, (new IInferenceEscrow.Charge[](0))));
        IInferenceEscrow.Payment memory call_ = _payment(1, KEY);
        (uint8 v, bytes32 r, bytes32 s) = _signPayment(call_);
        _only(ALL, where, abi.encodeCall(IInferenceEscrow.payWithAuthorisation, (call_, v, r, s)));
        _only(ALL, where, abi.encodeCall(IInferenceEscrow.requestWithdraw, (COIN, 0)));
        _only(ALL, where, abi.encodeCall(IInferenceEscrow.withdraw, (COIN)));
        _only(ALL, where, abi.encodeCall(IInferenceEscrow.withdrawTo, (COIN, buyer)));
        _only(NOBODY, where, abi.encodeCall(IAccessManaged.setAuthority, (where)));
    }

    function test_the_registry_the_search_and_the_factory() public {
        address where = VM.deployCode("Registry.sol:Registry", abi.encode(manager));
        _only(ADMIN, where, abi.encodeCall(IRegistry.register, ("Market", address(market))));
        _only(NOBODY, where, abi.encodeCall(IAccessManaged.setAuthority, (where)));
        _only(MARKET, address(search), abi.encodeCall(IModelSearch.post, (model, new bytes32[](0))));
        _only(MARKET, address(search), abi.encodeCall(IModelSearch.drop, (model, 1)));
        where = VM.deployCode("ContractFactory.sol:ContractFactory", "");
        _only(ALL, where, abi.encodeCall(IContractFactory.deploy, (0, hex"00")));
    }

    function test_the_demo_dollar() public {
        (address where, bytes32 one) = (address(dollar), bytes32(uint256(1)));
        _only(ALL, where, abi.encodeCall(IDemoDollar.faucet, ()));
        _only(ALL, where, abi.encodeCall(IERC20.approve, (friend, 1)));
        _only(ALL, where, abi.encodeCall(IERC20.transfer, (friend, 1)));
        _only(NOBODY, where, abi.encodeCall(IERC20.transferFrom, (payer, friend, 1)));
        _only(NOBODY, where, abi.encodeCall(IERC20Permit.permit, (payer, friend, 1, START, 27, one, one)));
        uint256 end = START + 1;
        bytes memory moved =
            abi.encodeCall(IERC3009.transferWithAuthorization, (payer, friend, 1, 0, end, one, 27, one, one));
        _only(NOBODY, where, moved);
        moved = abi.encodeCall(IERC3009.receiveWithAuthorization, (payer, friend, 1, 0, end, one, 27, one, one));
        _only(NOBODY, where, moved);
        _only(NOBODY, where, abi.encodeCall(IERC3009.cancelAuthorization, (payer, one, 27, one, one)));
    }

    function test_the_manager_of_the_roles() public {
        address where = address(manager);
        bytes4[] memory one = new bytes4[](1);
        bytes memory set = abi.encodeCall(IProtocolParameters.set, ("feeBps", 300));
        _only(ADMIN, where, abi.encodeCall(IAccessManager.labelRole, (9, "ninth")));
        _only(ADMIN, where, abi.encodeCall(IAccessManager.grantRole, (1, stranger, 0)));
        _only(ADMIN, where, abi.encodeCall(IAccessManager.revokeRole, (1, moderator)));
        _only(MODERATOR, where, abi.encodeCall(IAccessManager.renounceRole, (1, moderator)));
        _only(ADMIN, where, abi.encodeCall(IAccessManager.setRoleAdmin, (1, 2)));
        _only(ADMIN, where, abi.encodeCall(IAccessManager.setRoleGuardian, (1, 2)));
        _only(ADMIN, where, abi.encodeCall(IAccessManager.setGrantDelay, (1, 1)));
        _only(ADMIN, where, abi.encodeCall(IAccessManager.setTargetFunctionRole, (address(market), one, 1)));
        _only(ADMIN, where, abi.encodeCall(IAccessManager.setTargetAdminDelay, (address(market), 1)));
        _only(ADMIN, where, abi.encodeCall(IAccessManager.setTargetClosed, (address(market), true)));
        _only(ADMIN, where, abi.encodeCall(IAccessManager.updateAuthority, (address(market), where)));
        _only(ADMIN, where, abi.encodeCall(IAccessManager.execute, (address(parameters), set)));
        _only(NOBODY, where, abi.encodeCall(IAccessManager.schedule, (address(parameters), set, 0)));
    }

    function _market(uint256 allowed, bytes memory data) private {
        _only(allowed, address(market), data);
    }

    function _only(uint256 allowed, address target, bytes memory data) private {
        for (uint256 i = 0; i < _callers.length; ++i) {
            uint256 state = VM.snapshotState();
            VM.prank(_callers[i]);
            (bool done, bytes memory reason) = target.call(data);
            bool refused = !done && reason.length >= 4 && _refusals[bytes4(reason)];
            VM.assertEq(refused ? 1 : 0, allowed >> i & 1 == 1 ? 0 : 1, string.concat("caller ", _digit(i)));
            VM.revertToState(state);
        }
    }

    function _digit(uint256 number) private pure returns (string memory) {
        return string(abi.encodePacked(bytes1(uint8(48 + number))));
    }
}
