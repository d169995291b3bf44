// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {ERC1155Utils} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Utils.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAccessPass} from "./interfaces/IAccessPass.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";
import {IRevenueSplitter} from "./interfaces/IRevenueSplitter.sol";

/// @title The one implementation of {IAccessPass}, where its functions and events are described.
/// @dev Balance and lock share one slot, so that locking a pass costs a purchase nothing. OpenZeppelin's own balances
/// stay unused: `balanceOf` and `_update` are all that touches them there.
contract AccessPass is IAccessPass, ERC1155, ReentrancyGuardTransient {
    using SafeCast for uint256;

    uint256 private constant BPS = 10_000;
    uint16 private constant MOST_ROYALTY = 1_000;
    address private constant COIN = address(0);

    address public immutable market;
    IRevenueSplitter public immutable splitter;
    IProtocolParameters public immutable parameters;

    mapping(uint256 id => Policy) private _policies;
    mapping(uint256 id => mapping(address holder => Offer)) private _offers;
    mapping(uint256 id => mapping(address account => Holding)) private _holdings;

    modifier onlyMarket() {
        if (msg.sender != market) revert NotMarket(msg.sender);
        _;
    }

    modifier onlySeller(bytes32 modelId) {
        if (msg.sender != address(bytes20(modelId))) revert NotSeller(modelId, msg.sender);
        _;
    }

    /// @param uri where the metadata of a pass is found; `{id}` stands for its id, as ERC-1155 says
    constructor(string memory uri, address market_, IRevenueSplitter splitter_, IProtocolParameters parameters_)
        ERC1155(uri)
    {
        market = market_;
        splitter = splitter_;
        parameters = parameters_;
    }

    /// @inheritdoc IAccessPass
    function mint(address recipient, bytes32 modelId, uint32 quantity, uint32 maturityDay, bool given)
        external
        onlyMarket
    {
        uint256 id = uint256(modelId);
        Holding storage kept = _holdings[id][recipient];
        Holding memory held = kept;
        _addLocked(held, quantity, maturityDay, given);
        _write(kept, held);
        emit TransferSingle(msg.sender, address(0), recipient, id, quantity);
        ERC1155Utils.checkOnERC1155Received(msg.sender, address(0), recipient, id, quantity, "");
    }

    /// @inheritdoc IAccessPass
    function burn(address holder, bytes32 modelId, uint32 quantity, bool given) external onlyMarket {
        Holding storage held = _holdings[uint256(modelId)][holder];
        if (given) held.given -= quantity;
        else held.bought -= quantity;
        _burn(holder, uint256(modelId), quantity);
    }

    /// @inheritdoc IAccessPass
    function restore(address holder, bytes32 modelId, uint32 quantity) external onlyMarket {
        _holdings[uint256(modelId)][holder].balance += quantity;
        emit TransferSingle(msg.sender, address(0), holder, uint256(modelId), quantity);
    }

    /// @inheritdoc IAccessPass
    function allowTransfers(bytes32 modelId, bool allowed) external onlySeller(modelId) {
        _policies[uint256(modelId)].transfers = allowed;
        emit TransfersAllowed(uint256(modelId), allowed);
    }

    /// @inheritdoc IAccessPass
    function allowResale(bytes32 modelId, bool allowed, uint16 royaltyBps) external onlySeller(modelId) {
        if (royaltyBps > MOST_ROYALTY) revert ResaleRoyaltyTooHigh(royaltyBps, MOST_ROYALTY);

        Policy storage policy = _policies[uint256(modelId)];
        (policy.resale, policy.royaltyBps) = (allowed, royaltyBps);
        emit ResaleSet(uint256(modelId), allowed, royaltyBps);
    }

    /// @inheritdoc IAccessPass
    function offer(uint256 id, uint32 quantity, address token, uint128 unitPrice, uint64 deadline) external {
        Policy memory policy = _policies[id];
        if (!policy.resale) revert ResaleNotAllowed(id);
        if (quantity == 0) revert QuantityOutOfBounds(0, type(uint32).max);
        if (unitPrice == 0) revert ZeroPrice();
        if (deadline < block.timestamp) revert DeadlinePassed(deadline, block.timestamp);
        if (!parameters.tokenTerms(token).accepted) revert TokenNotAccepted(token);

        Offer memory made = Offer(token, policy.royaltyBps, deadline, quantity, unitPrice);
        _offers[id][msg.sender] = made;
        emit Offered(id, msg.sender, made);
    }

    /// @inheritdoc IAccessPass
    function withdrawOffer(uint256 id) external {
        if (_offers[id][msg.sender].quantity == 0) revert NoOffer(id, msg.sender);
        delete _offers[id][msg.sender];
        emit OfferWithdrawn(id, msg.sender);
    }

    /// @inheritdoc IAccessPass
    function accept(uint256 id, address holder, uint32 quantity, address recipient, address token, uint128 unitPrice)
        external
        payable
        nonReentrant
    {
        Offer memory made = _accepted(id, holder, quantity);
        if (made.token != token || made.unitPrice != unitPrice) revert OfferChanged(made.token, made.unitPrice);
        uint256 price = uint256(unitPrice) * quantity;
        uint256 value = token == COIN ? price : 0;
        if (msg.value != value) revert WrongValue(msg.value, value);

        uint256 royalty = price * made.royaltyBps / BPS;
        emit Resold(id, holder, msg.sender, recipient, token, quantity, price, royalty);
        _pay(address(bytes20(bytes32(id))), token, royalty);
        _pay(holder, token, price - royalty);
        _safeTransferFrom(holder, recipient, id, quantity, "");
    }

    /// @inheritdoc IAccessPass
    function offerOf(uint256 id, address holder) external view returns (Offer memory) {
        return _offers[id][holder];
    }

    /// @inheritdoc IAccessPass
    function transfersAllowed(uint256 id) external view returns (bool) {
        return _policies[id].transfers;
    }

    /// @inheritdoc IAccessPass
    function policyOf(uint256 id) external view returns (Policy memory) {
        return _policies[id];
    }

    /// @inheritdoc IAccessPass
    function holding(address account, uint256 id) external view returns (Holding memory) {
        return _holdings[id][account];
    }

    /// @inheritdoc IAccessPass
    function lockedOf(address account, uint256 id) external view returns (uint256) {
        return _locked(_holdings[id][account]);
    }

    /// @inheritdoc IERC2981
    function royaltyInfo(uint256 id, uint256 price) external view returns (address, uint256) {
        return (address(bytes20(bytes32(id))), price * _policies[id].royaltyBps / BPS);
    }

    /// @inheritdoc IERC1155
    function safeTransferFrom(address from, address to, uint256 id, uint256 value, bytes memory data)
        public
        override(ERC1155, IERC1155)
    {
        _checkTransfer(id);
        super.safeTransferFrom(from, to, id, value, data);
    }

    /// @inheritdoc IERC1155
    function safeBatchTransferFrom(
        address from,
        address to,
        uint256[] memory ids,
        uint256[] memory values,
        bytes memory data
    ) public override(ERC1155, IERC1155) {
        for (uint256 i = 0; i < ids.length; ++i) {
            _checkTransfer(ids[i]);
        }
        super.safeBatchTransferFrom(from, to, ids, values, data);
    }

    /// @inheritdoc IERC1155
    function balanceOf(address account, uint256 id) public view override(ERC1155, IERC1155) returns (uint256) {
        return _holdings[id][account].balance;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) public view override(ERC1155, IERC165) returns (bool) {
        return interfaceId == type(IERC2981).interfaceId || super.supportsInterface(interfaceId);
    }

    function _update(address from, address to, uint256[] memory ids, uint256[] memory values) internal override {
        if (ids.length != values.length) revert ERC1155InvalidArrayLength(ids.length, values.length);

        for (uint256 i = 0; i < ids.length; ++i) {
            if (from != address(0)) _take(from, ids[i], values[i]);
            if (to != address(0)) _holdings[ids[i]][to].balance += values[i].toUint64();
        }

        if (ids.length == 1) emit TransferSingle(msg.sender, from, to, ids[0], values[0]);
        else emit TransferBatch(msg.sender, from, to, ids, values);
    }

    /// @dev Take an accepted quantity off its offer.
    function _accepted(uint256 id, address holder, uint32 quantity) private returns (Offer memory made) {
        made = _offers[id][holder];
        if (made.quantity == 0) revert NoOffer(id, holder);
        if (made.deadline < block.timestamp) revert DeadlinePassed(made.deadline, block.timestamp);
        if (quantity == 0 || quantity > made.quantity) revert QuantityOutOfBounds(quantity, made.quantity);
        if (!_policies[id].resale) revert ResaleNotAllowed(id);

        if (quantity == made.quantity) delete _offers[id][holder];
        else _offers[id][holder].quantity = made.quantity - quantity;
    }

    function _pay(address account, address token, uint256 amount) private {
        if (amount == 0) return;
        splitter.creditTo{value: token == COIN ? amount : 0}(account, token, msg.sender, amount);
    }

    function _take(address from, uint256 id, uint256 value) private {
        Holding storage held = _holdings[id][from];
        uint256 balance = held.balance;
        if (balance < value) revert ERC1155InsufficientBalance(from, balance, value, id);
        uint256 unlocked = balance - _locked(held);
        if (unlocked < value) revert PassesLocked(from, id, value, unlocked);
        held.balance = uint64(balance - value);
    }

    function _checkTransfer(uint256 id) private view {
        if (!_policies[id].transfers) revert TransfersNotAllowed(id);
    }

    function _locked(Holding storage held) private view returns (uint256 locked) {
        uint256 today = block.timestamp / 1 days;
        if (held.boughtDay >= today) locked += held.bought;
        if (held.givenDay >= today) locked += held.given;
    }

    /// @dev Write the slot at once: the compiler writes it once a member, which costs a purchase 800 gas.
    function _write(Holding storage to, Holding memory held) private {
        uint256 slot = uint256(held.balance) | uint256(held.bought) << 64 | uint256(held.boughtDay) << 128
            | uint256(held.given) << 160 | uint256(held.givenDay) << 224;
        assembly ("memory-safe") {
            sstore(to.slot, slot)
        }
    }

    /// @dev Make it so many locked passes more.
    function _addLocked(Holding memory held, uint64 quantity, uint32 day, bool given) private view {
        uint256 today = block.timestamp / 1 days;
        held.balance += quantity;
        if (given) {
            held.given = held.givenDay < today ? quantity : held.given + quantity;
            if (held.givenDay < day) held.givenDay = day;
        } else {
            held.bought = held.boughtDay < today ? quantity : held.bought + quantity;
            if (held.boughtDay < day) held.boughtDay = day;
        }
    }
}
