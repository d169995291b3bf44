// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

/// A token as some old ones are: its symbol is bytes32, approve and transferFrom answer nothing, and an allowance that is
/// not zero can only be set to zero. Zero for a symbol, or the largest number for decimals: it has no such view.
/// OddToken.hex is its creation code: solc 0.8.35, optimizer on, 200 runs, cancun, no metadata.
contract OddToken {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;
    bytes32 immutable mark;
    uint256 immutable places;

    constructor(bytes32 mark_, uint256 places_) {
        mark = mark_;
        places = places_;
        balanceOf[msg.sender] = 1e30;
    }

    function symbol() external view returns (bytes32) {
        require(mark != 0);
        return mark;
    }

    function decimals() external view returns (uint256) {
        require(places != type(uint256).max);
        return places;
    }

    function approve(address spender, uint256 amount) external {
        require(amount == 0 || allowance[msg.sender][spender] == 0);
        allowance[msg.sender][spender] = amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }
}
