// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {ERC1155Utils} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Utils.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAccessPass} from "./interfaces/IAccessPass.sol";
import {IProtocolParameters} from "./interfaces/IProtocolParameters.sol";
import {IRevenueSplitter} from "./interfaces/IRevenueSplitter.sol";

/// @title The one implementation of {IAccessPass}, where its functions and events are described.
/// @dev Balance and lock share one slot, so that locking a pass costs a purchase nothing. OpenZeppelin's own balances
/// stay unused: `balanceOf` and `_update` are all that touches them there.
contract AccessPass is IAccessPass, ERC1155, ReentrancyGuardTransient {
    using SafeCast for uint256;

    /// @dev One slot. Gifts of one day have a lane here, and gifts that come while it is locked for another day stand in
    /// `_later`, so that no gift prolongs the lock of another.
    /// @param laterDay last day of which there is something in `_later`
    struct StoredHolding {
        uint64 balance;
        uint64 bought;
        uint64 given;
        uint16 boughtDay;
        uint16 givenDay;
        uint16 laterDay;
    }

    uint256 private constant MOST_DAYS = 31; // of a lock
    uint256 private constant LANES = 4; // days to a word of `_later`, 64 bits each
    uint256 private constant BPS = 10_000;
    uint16 private constant MOST_ROYALTY = 1_000;
    address private constant COIN = address(0);

    address public immutable market;
    IRevenueSplitter public immutable splitter;
    IProtocolParameters public immutable parameters;

    mapping(uint256 id => Policy) private _policies;
    mapping(uint256 id => mapping(address holder => Offer)) private _offers;
    mapping(uint256 id => mapping(address account => StoredHolding)) private _holdings;
    mapping(uint256 id => mapping(address account => mapping(uint256 word => uint256))) private _later;

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
        if (given) _lockGiven(id, recipient, quantity, uint16(maturityDay));
        else _lockBought(_holdings[id][recipient], quantity, maturityDay);
        emit TransferSingle(msg.sender, address(0), recipient, id, quantity);
        ERC1155Utils.checkOnERC1155Received(msg.sender, address(0), recipient, id, quantity, "");
    }

    /// @inheritdoc IAccessPass
    function burn(address holder, bytes32 modelId, uint32 quantity, uint32 maturityDay, bool given)
        external
        onlyMarket
    {
        StoredHolding storage kept = _holdings[uint256(modelId)][holder];
        StoredHolding memory held = kept;
        held.balance -= quantity;
        if (!given) {
            held.bought -= quantity;
        } else {
            // Gifts of one day are alike, wherever they stand.
            uint64 here = held.givenDay != maturityDay ? 0 : held.given < quantity ? held.given : quantity;
            held.given -= here;
            if (here != quantity) _addLater(uint256(modelId), holder, maturityDay, -int256(uint256(quantity - here)));
        }
        _write(kept, held);
        emit TransferSingle(msg.sender, holder, address(0), uint256(modelId), quantity);
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
        if (!parameters.tokenTerms(token).accepted) revert TokenNotAccepted(token);
        uint256 price = uint256(unitPrice) * quantity;
        uint256 royalty = price * made.royaltyBps / BPS;
        emit Resold(id, holder, msg.sender, recipient, token, quantity, price, royalty);
        _pay(id, holder, token, price, royalty);
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
        StoredHolding memory held = _holdings[id][account];
        uint256 later = _laterFrom(id, account, 0, held.laterDay);
        uint32 givenDay = later != 0 && held.laterDay > held.givenDay ? held.laterDay : held.givenDay;
        return Holding(held.balance, held.bought, held.boughtDay, held.given + uint64(later), givenDay);
    }

    /// @inheritdoc IAccessPass
    function lockedOf(address account, uint256 id) external view returns (uint256) {
        return _locked(id, account, _holdings[id][account]);
    }

    /// @inheritdoc IERC2981
    function royaltyInfo(uint256 id, uint256 price) external view returns (address, uint256) {
        return (address(bytes20(bytes32(id))), Math.mulDiv(price, _policies[id].royaltyBps, BPS));
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

    /// @dev The splitter checks what came along, and credits the fee, the lineage, the seller and the holder.
    function _pay(uint256 id, address holder, address token, uint256 price, uint256 royalty) private {
        uint256 fee = price * parameters.saleTerms().feeBps / BPS;
        uint256 lineage = splitter.resell{value: msg.value}(
            token, msg.sender, IRevenueSplitter.Resale(bytes32(id), holder, price, fee, royalty)
        );
        emit ResaleShared(id, holder, token, price, fee, lineage, royalty);
    }

    function _take(address from, uint256 id, uint256 value) private {
        StoredHolding storage held = _holdings[id][from];
        uint256 balance = held.balance;
        if (balance < value) revert ERC1155InsufficientBalance(from, balance, value, id);
        uint256 unlocked = balance - _locked(id, from, held);
        if (unlocked < value) revert PassesLocked(from, id, value, unlocked);
        held.balance = uint64(balance - value);
    }

    function _checkTransfer(uint256 id) private view {
        if (!_policies[id].transfers) revert TransfersNotAllowed(id);
    }

    function _locked(uint256 id, address account, StoredHolding storage held) private view returns (uint256 locked) {
        uint256 today = block.timestamp / 1 days;
        if (held.boughtDay >= today) locked += held.bought;
        if (held.givenDay >= today) locked += held.given;
        locked += _laterFrom(id, account, today, held.laterDay);
    }

    /// @dev What stands in `_later` from this day on; there are at most as many days as the longest refund window has.
    function _laterFrom(uint256 id, address account, uint256 first, uint256 last) private view returns (uint256 sum) {
        if (first + MOST_DAYS < last) first = last - MOST_DAYS;
        for (uint256 day = first; day <= last && last != 0; ++day) {
            // A day's lane in its slot; nothing is drawn by lot.
            // slither-disable-next-line weak-prng
            sum += uint64(_later[id][account][day / LANES] >> (day % LANES * 64));
        }
    }

    function _addLater(uint256 id, address account, uint256 day, int256 change) private {
        uint256 word = _later[id][account][day / LANES];
        uint256 shift = day % LANES * 64;
        uint256 count = uint256(int256(uint256(uint64(word >> shift))) + change);
        word &= ~(uint256(type(uint64).max) << shift);
        _later[id][account][day / LANES] = word | uint256(count.toUint64()) << shift;
    }

    /// @dev Write the slot at once: the compiler writes it once a member, which costs a purchase 800 gas.
    function _write(StoredHolding storage to, StoredHolding memory held) private {
        uint256 slot = uint256(held.balance) | uint256(held.bought) << 64 | uint256(held.given) << 128
            | uint256(held.boughtDay) << 192 | uint256(held.givenDay) << 208 | uint256(held.laterDay) << 224;
        assembly ("memory-safe") {
            sstore(to.slot, slot)
        }
    }

    /// @dev Let a holder have so many bought passes more, all that it bought locked until the later day. By the bits of the
    /// slot, because a purchase has no gas to spare.
    function _lockBought(StoredHolding storage kept, uint256 quantity, uint256 day) private {
        uint256 slot;
        assembly ("memory-safe") {
            slot := sload(kept.slot)
        }
        uint256 balance = uint64(slot) + quantity;
        uint256 lockedThrough = uint16(slot >> 192);
        uint256 bought = (lockedThrough < block.timestamp / 1 days ? 0 : uint64(slot >> 64)) + quantity;
        // No lane runs over, locked passes being part of the balance: only whether it fits is asked.
        // slither-disable-next-line unused-return
        balance.toUint64();
        if (lockedThrough > day) day = lockedThrough;
        slot = slot >> 208 << 208 | slot >> 128 << 192 >> 64 | balance | bought << 64 | day << 192;
        assembly ("memory-safe") {
            sstore(kept.slot, slot)
        }
    }

    /// @dev Let a holder have a gift, locked through its own day.
    function _lockGiven(uint256 id, address account, uint64 quantity, uint16 day) private {
        StoredHolding storage kept = _holdings[id][account];
        StoredHolding memory held = kept;
        held.balance += quantity;
        if (held.givenDay < block.timestamp / 1 days) {
            (held.given, held.givenDay) = (quantity, day);
        } else if (held.givenDay == day) {
            held.given += quantity;
        } else {
            _addLater(id, account, day, int256(uint256(quantity)));
            if (held.laterDay < day) held.laterDay = day;
        }
        _write(kept, held);
    }
}
