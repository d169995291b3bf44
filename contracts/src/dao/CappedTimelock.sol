// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IERC1363} from "@openzeppelin/contracts/interfaces/IERC1363.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ITreasury} from "../interfaces/ITreasury.sol";

/// @title All of {ITreasury} but whom it takes orders from.
abstract contract CappedTimelock is ITreasury, TimelockController {
    using Checkpoints for Checkpoints.Trace208;
    using EnumerableSet for EnumerableSet.AddressSet;
    using SafeCast for uint256;

    struct Caps {
        uint16 batchBps;
        uint16 monthBps;
    }

    /// @dev What was there, and had been spent, before a batch.
    struct Books {
        uint16 batchBps;
        uint16 monthBps;
        address[] assets;
        uint256[] balances;
        uint256[] spent;
    }

    address private constant COIN = address(0);
    uint256 private constant BPS = 10_000;
    uint256 private constant MONTH = 30 days;
    uint256 private constant MOST_ASSETS = 16;
    uint256 private constant READ_GAS = 100_000;

    address private immutable _lattice;

    /// @inheritdoc ITreasury
    Caps public caps;
    EnumerableSet.AddressSet private _assets;
    mapping(address asset => Checkpoints.Trace208) private _spent;

    modifier onlySelf() {
        if (msg.sender != address(this)) revert TimelockUnauthorizedCaller(msg.sender);
        _;
    }

    modifier capped() {
        Books memory books = _open();
        _;
        _close(books);
    }

    constructor(address lattice, uint16 batchBps, uint16 monthBps) {
        _checkDelay(getMinDelay());
        _setCaps(batchBps, monthBps);
        _lattice = lattice;
        _list(COIN);
        _list(lattice);
    }

    /// @inheritdoc TimelockController
    function execute(address target, uint256 value, bytes calldata payload, bytes32 predecessor, bytes32 salt)
        public
        payable
        override
        capped
    {
        super.execute(target, value, payload, predecessor, salt);
    }

    /// @inheritdoc TimelockController
    function executeBatch(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata payloads,
        bytes32 predecessor,
        bytes32 salt
    ) public payable override capped {
        super.executeBatch(targets, values, payloads, predecessor, salt);
    }

    /// @inheritdoc TimelockController
    function updateDelay(uint256 newDelay) public override {
        _checkDelay(newDelay);
        super.updateDelay(newDelay);
    }

    /// @inheritdoc ITreasury
    function setCaps(uint16 batchBps, uint16 monthBps) external onlySelf {
        _setCaps(batchBps, monthBps);
    }

    /// @inheritdoc ITreasury
    function listAsset(address asset) external onlySelf {
        _list(asset);
    }

    /// @inheritdoc ITreasury
    function unlistAsset(address asset) external onlySelf {
        if (asset == COIN || asset == _lattice) revert AlwaysCapped(asset);
        uint256 balance = _balance(asset);
        if (balance != 0) revert StillHeld(asset, balance);
        if (!_assets.remove(asset)) revert NotListed(asset);
        emit AssetUnlisted(asset);
    }

    /// @inheritdoc ITreasury
    function assets() external view returns (address[] memory) {
        return _assets.values();
    }

    /// @inheritdoc ITreasury
    function spentInMonth(address asset) public view returns (uint256) {
        Checkpoints.Trace208 storage spent = _spent[asset];
        return spent.latest() - spent.upperLookup(uint48(block.timestamp - MONTH));
    }

    function _execute(address target, uint256 value, bytes calldata data) internal override {
        if (data.length >= 4 && _assets.contains(target) && _isRefused(bytes4(data))) {
            revert CallRefused(target, bytes4(data));
        }
        super._execute(target, value, data);
    }

    /// @dev A double may widen the bounds.
    function _checkDelay(uint256 delay) internal view virtual {
        if (delay < 1 days || delay > 14 days) revert DelayOutOfBounds(delay, 1 days, 14 days);
    }

    /// @dev A double may widen the bounds.
    function _checkCaps(uint16 batchBps, uint16 monthBps) internal pure virtual {
        if (batchBps < 100 || batchBps > 1_000) revert CapOutOfBounds(batchBps, 100, 1_000);
        if (monthBps < 200 || monthBps > 2_000) revert CapOutOfBounds(monthBps, 200, 2_000);
    }

    function _setCaps(uint16 batchBps, uint16 monthBps) private {
        _checkCaps(batchBps, monthBps);
        caps = Caps(batchBps, monthBps);
        emit CapsSet(batchBps, monthBps);
    }

    function _list(address asset) private {
        if (_assets.length() == MOST_ASSETS) revert TooManyAssets(MOST_ASSETS);
        if (!_assets.add(asset)) revert AlreadyListed(asset);
        emit AssetListed(asset);
    }

    /// @dev What a batch changes of caps and assets holds for the next one.
    function _open() private view returns (Books memory books) {
        (books.batchBps, books.monthBps, books.assets) = (caps.batchBps, caps.monthBps, _assets.values());
        uint256 count = books.assets.length;
        (books.balances, books.spent) = (new uint256[](count), new uint256[](count));
        uint256 along = msg.value; // what comes along with the call was not there before it
        for (uint256 i = 0; i < count; ++i) {
            address asset = books.assets[i];
            books.balances[i] = _balance(asset) - (asset == COIN ? along : 0);
            books.spent[i] = _spent[asset].latest();
        }
    }

    function _close(Books memory books) private {
        for (uint256 i = 0; i < books.assets.length; ++i) {
            (address asset, uint256 before) = (books.assets[i], books.balances[i]);
            uint256 left = _balance(asset);
            if (left < before) _spend(books, asset, before, before - left, books.spent[i]);
        }
    }

    /// @param spent all that had ever been spent of the asset before this batch
    function _spend(Books memory books, address asset, uint256 before, uint256 amount, uint256 spent) private {
        uint256 most = before * books.batchBps / BPS;
        if (amount > most) revert BatchCapExceeded(asset, amount, most);

        // A batch inside this one has counted its part already.
        uint256 total = Math.max(spent + amount, _spent[asset].latest());
        // Which checkpoint it was is of no interest.
        // slither-disable-next-line unused-return
        _spent[asset].push(uint48(block.timestamp), total.toUint208());
        emit Spent(asset, amount);

        uint256 month = spentInMonth(asset);
        most = (before + month - amount) * books.monthBps / BPS;
        if (month > most) revert MonthCapExceeded(asset, month, most);
    }

    /// @dev A token that does not answer counts as none, so that it cannot stop the DAO.
    function _balance(address asset) private view returns (uint256) {
        if (asset == COIN) return address(this).balance;
        bytes memory question = abi.encodeCall(IERC20.balanceOf, (address(this)));
        (bool done, bytes memory answer) = asset.staticcall{gas: READ_GAS}(question);
        return done && answer.length >= 32 ? abi.decode(answer, (uint256)) : 0;
    }

    function _isRefused(bytes4 selector) private pure returns (bool) {
        return selector == IERC20.approve.selector || selector == IERC20Permit.permit.selector
            || selector == IVotes.delegate.selector || selector == IVotes.delegateBySig.selector
            || selector == bytes4(keccak256("approveAndCall(address,uint256)"))
            || selector == bytes4(keccak256("approveAndCall(address,uint256,bytes)"))
            || selector == bytes4(keccak256("increaseAllowance(address,uint256)"));
    }
}
