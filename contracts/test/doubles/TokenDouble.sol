// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {StakableVotes} from "../../src/dao/StakableVotes.sol";

/// @title The token with what OpenZeppelin's own suites need: any name, and supply made and burnt at will.
/// @dev Who deploys it may lock. The version of the signed domain is OpenZeppelin's, "1", whatever is asked for.
contract TokenDouble is StakableVotes {
    constructor(string memory name, string memory symbol, string memory)
        ERC20(name, symbol)
        ERC20Permit(name)
        StakableVotes(msg.sender, new address[](0))
    {}

    function $_mint(address account, uint256 value) external {
        _mint(account, value);
    }

    function $_burn(address account, uint256 value) external {
        _burn(account, value);
    }

    function $_transfer(address from, address to, uint256 value) external {
        _transfer(from, to, value);
    }

    function $_approve(address owner, address spender, uint256 value) external {
        _approve(owner, spender, value);
    }

    function $_update(address from, address to, uint256 value) external {
        _update(from, to, value);
    }
}

/// @title In the place of `$VotesTimestampMock`, with the arguments of its constructor: who delegates is not asked.
contract VotesDouble is TokenDouble {
    constructor(string memory name, string memory version) TokenDouble(name, "VOTES", version) {}

    function delegate(address account, address delegatee) external {
        _delegate(account, delegatee);
    }

    function getTotalSupply() external view returns (uint256) {
        return _getTotalSupply();
    }
}
