// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Anchors} from "../../src/dao/Anchors.sol";
import {Roles} from "../../src/Roles.sol";
import {IAnchors} from "../../src/interfaces/IAnchors.sol";
import {DaoTest} from "../base/DaoTest.sol";
import {VM} from "../base/Vm.sol";

contract AnchorsTest is DaoTest {
    bytes32 private constant KIND = "receipts";
    bytes32 private constant ROOT = keccak256("root");

    Anchors private _anchors;
    address private immutable _keeper = _account("keeper");

    function setUp() public override {
        super.setUp();
        _anchors = Anchors(_new("Anchors", abi.encode(manager)));
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = IAnchors.anchor.selector;
        VM.prank(address(treasury));
        manager.setTargetFunctionRole(address(_anchors), selectors, Roles.KEEPER);
        VM.prank(address(treasury));
        manager.grantRole(Roles.KEEPER, _keeper, 0);
    }

    function test_the_keeper_writes_a_root_down_for_ever() public {
        VM.expectEmit(address(_anchors));
        emit IAnchors.Anchored(KIND, 7, ROOT, "bafk");
        _anchor(_keeper, KIND, 7, ROOT, "bafk");
        IAnchors.Anchor memory kept = _anchors.anchorOf(KIND, 7);
        VM.assertEq(kept.root, ROOT);
        VM.assertEq(kept.anchoredAt, block.timestamp);
        VM.assertEq(kept.cid, "bafk");
        VM.assertEq(_anchors.latestEpoch(KIND), 7);
        _refused(abi.encodeWithSelector(IAnchors.EpochNotNext.selector, KIND, 7, 7));
        _anchor(_keeper, KIND, 7, bytes32(uint256(1)), "");
        _refused(abi.encodeWithSelector(IAnchors.EpochNotNext.selector, KIND, 6, 7));
        _anchor(_keeper, KIND, 6, ROOT, "");
        _anchor(_keeper, "reviews", 1, ROOT, "");
        _anchor(_keeper, KIND, 9, ROOT, "");
    }

    function test_nobody_else_does() public {
        _refused(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        _anchor(stranger, KIND, 1, ROOT, "");
    }

    function test_refuses_what_says_nothing_or_too_much() public {
        _refused(abi.encodeWithSelector(IAnchors.EmptyKind.selector));
        _anchor(_keeper, 0, 1, ROOT, "");
        _refused(abi.encodeWithSelector(IAnchors.EmptyRoot.selector));
        _anchor(_keeper, KIND, 1, 0, "");
        _refused(abi.encodeWithSelector(IAnchors.EpochNotNext.selector, KIND, 0, 0));
        _anchor(_keeper, KIND, 0, ROOT, "");
        _refused(abi.encodeWithSelector(IAnchors.CidTooLong.selector, 101, 100));
        _anchor(_keeper, KIND, 1, ROOT, string(new bytes(101)));
        _anchor(_keeper, KIND, 1, ROOT, string(new bytes(100)));
    }

    function _anchor(address who, bytes32 kind, uint64 epoch, bytes32 root, string memory cid) private {
        VM.prank(who);
        _anchors.anchor(kind, epoch, root, cid);
    }
}
