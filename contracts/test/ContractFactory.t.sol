// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {Errors} from "@openzeppelin/contracts/utils/Errors.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ContractFactory} from "../src/ContractFactory.sol";
import {IContractFactory} from "../src/interfaces/IContractFactory.sol";
import {Registry} from "../src/Registry.sol";
import {VM} from "./base/Vm.sol";

contract FactoryDeployTest {
    address private constant DEPLOYER = address(0xD1);
    bytes32 private constant SALT = "a name";

    ContractFactory private factory = new ContractFactory();

    function test_puts_a_contract_where_it_said_before() public {
        address where = factory.addressOf(DEPLOYER, SALT);
        VM.assertEq(where.code.length, 0);
        VM.expectEmit(address(factory));
        emit IContractFactory.ContractDeployed(DEPLOYER, SALT, where);
        VM.assertEq(_deploy(DEPLOYER, address(this)), where);
        VM.assertEq(IAccessManaged(where).authority(), address(this));
    }

    function test_the_address_depends_on_deployer_and_salt_alone() public view {
        address where = factory.addressOf(DEPLOYER, SALT);
        VM.assertTrue(where != factory.addressOf(address(0xD2), SALT));
        VM.assertTrue(where != factory.addressOf(DEPLOYER, "another name"));
    }

    function test_nobody_takes_anothers_address_and_none_is_used_twice() public {
        address where = factory.addressOf(DEPLOYER, SALT);
        VM.assertTrue(_deploy(address(0xD2), address(this)) != where);
        VM.assertEq(_deploy(DEPLOYER, address(this)), where);
        VM.expectRevert(abi.encodeWithSelector(Errors.FailedDeployment.selector));
        _deploy(DEPLOYER, address(0));
    }

    function _deploy(address deployer, address authority) private returns (address) {
        VM.prank(deployer);
        return factory.deploy(SALT, abi.encodePacked(type(Registry).creationCode, abi.encode(authority)));
    }
}
