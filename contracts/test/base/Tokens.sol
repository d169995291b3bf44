// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev Keeps one part in a hundred of each transfer for itself.
contract FeeToken is ERC20("Fee", "FEE") {
    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }

    /// @dev It believes any signature (ERC-3009).
    function receiveWithAuthorization(
        address from,
        address to,
        uint256 value,
        uint256,
        uint256,
        bytes32,
        uint8,
        bytes32,
        bytes32
    ) external {
        _transfer(from, to, value);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from != address(0) && to != address(0)) super._update(to, address(this), value / 100);
    }
}

/// @dev Its balances can be halved, for everybody at once.
contract RebasingToken is ERC20("Rebasing", "REB") {
    uint256 private _divisor = 1;

    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }

    function halve() external {
        _divisor *= 2;
    }

    function balanceOf(address account) public view override returns (uint256) {
        return super.balanceOf(account) / _divisor;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value * _divisor);
    }
}

/// @dev Calls whoever it is told to in the middle of a transfer or a permit, as a token with hooks would.
contract HookToken is ERC20("Hook", "HOOK") {
    address private _target;
    bytes private _call;
    bytes public reason;

    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }

    function arm(address target, bytes calldata call_) external {
        (_target, _call) = (target, call_);
    }

    function permit(address, address, uint256, uint256, uint8, bytes32, bytes32) external {
        _strike();
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        _strike();
    }

    function _strike() private {
        if (_target == address(0)) return;
        address target = _target;
        _target = address(0);
        (, reason) = target.call(_call);
    }
}
