// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Registry} from "../src/Registry.sol";
import {IRegistry} from "../src/interfaces/IRegistry.sol";
import {MarketTest} from "./base/MarketTest.sol";
import {VM} from "./base/Vm.sol";

contract RegistryRegisterTest is MarketTest {
    bytes32 private constant NAME = "ModelMarketplace";

    Registry private registry;

    function setUp() public override {
        super.setUp();
        registry = Registry(VM.deployCode("Registry.sol:Registry", abi.encode(manager)));
    }

    function test_a_name_stands_for_the_latest_address() public {
        _register(NAME, address(0), address(market));
        VM.assertEq(registry.addressOf(NAME), address(market));
        _register(NAME, address(market), address(splitter));
        VM.assertEq(registry.addressOf(NAME), address(splitter));
        VM.assertEq(registry.count(), 1);
    }

    function test_the_names_can_be_listed_in_parts() public {
        _register("a", address(0), address(1));
        _register("b", address(0), address(2));
        VM.assertEq(registry.names(0, 10).length, 2);
        VM.assertEq(registry.names(1, 2)[0], bytes32("b"));
    }

    function test_the_zero_address_takes_the_name_away() public {
        _register(NAME, address(0), address(market));
        _register(NAME, address(market), address(0));
        VM.assertEq(registry.count(), 0);
        _refused(abi.encodeWithSelector(IRegistry.NotRegistered.selector, NAME));
        registry.addressOf(NAME);
    }

    function test_refuses_an_empty_name_what_is_there_already_and_everybody_else() public {
        _refused(abi.encodeWithSelector(IRegistry.EmptyName.selector));
        VM.prank(admin);
        registry.register(0, address(1));
        _refused(abi.encodeWithSelector(IRegistry.AlreadyRegistered.selector, NAME, address(0)));
        VM.prank(admin);
        registry.register(NAME, address(0));
        _refused(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        VM.prank(stranger);
        registry.register(NAME, stranger);
    }

    function _register(bytes32 name, address previous, address current) private {
        VM.expectEmit(address(registry));
        emit IRegistry.Registered(name, previous, current);
        VM.prank(admin);
        registry.register(name, current);
    }
}
