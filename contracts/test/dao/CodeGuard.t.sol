// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {ICodeGuard} from "../../src/interfaces/ICodeGuard.sol";
import {DaoTest} from "../base/DaoTest.sol";
import {VM} from "../base/Vm.sol";

contract CodeGuardTest is DaoTest {
    function test_lets_pass_a_target_that_is_what_it_was() public view {
        codeGuard.requireHash(address(dao), address(dao).codehash);
    }

    function test_refuses_one_that_is_not() public {
        bytes32 hash = address(dao).codehash;
        VM.etch(address(dao), hex"00");
        _refused(abi.encodeWithSelector(ICodeGuard.CodeChanged.selector, dao, hash, keccak256(hex"00")));
        codeGuard.requireHash(address(dao), hash);
    }
}
