// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {BonusPool} from "../../src/dao/BonusPool.sol";
import {IBonusPool} from "../../src/interfaces/IBonusPool.sol";
import {IMaturedFees} from "../../src/interfaces/IMaturedFees.sol";
import {DaoTest} from "../base/DaoTest.sol";
import {VM} from "../base/Vm.sol";

/// @dev Stands for the splitter: any fees, without the sales that would have to mature first.
contract MaturedFees is IMaturedFees {
    mapping(bytes32 modelId => uint256) public maturedFees;

    function set(bytes32 modelId, uint256 amount) external {
        maturedFees[modelId] = amount;
    }
}

/// @dev Ann's model and Ben's have a bonus in epoch 1: 0.4 and 0.1 ether.
contract BonusPoolTest is DaoTest {
    BonusPool private _pool;
    MaturedFees private _fees;
    bytes32 private _annsModel;
    bytes32 private _bensModel;
    bytes32[] private _proof;

    function setUp() public override {
        super.setUp();
        _fees = new MaturedFees();
        _pool = BonusPool(payable(_new("BonusPool", abi.encode(manager, _fees, parameters))));
        (_annsModel, _bensModel) = (bytes32(bytes20(ann)), bytes32(bytes20(ben)));
        _fees.set(_annsModel, 100 ether);
        _fees.set(_bensModel, 10 ether);
        _proof.push(_leaf(_bensModel, 0.1 ether));
        (bool done,) = address(_pool).call{value: 10 ether}("");
        VM.assertTrue(done);
    }

    function test_pays_a_seller_once_what_the_root_says() public {
        _set(1);
        VM.expectEmit(address(_pool));
        emit IBonusPool.BonusClaimed(1, _annsModel, ann, 0.4 ether);
        _claim(ann, 1);
        VM.assertEq(stranger.balance, 0.4 ether);
        VM.assertEq(_pool.claimed(_annsModel), 0.4 ether);
        VM.assertTrue(_pool.isClaimed(1, _annsModel));
        _refused(abi.encodeWithSelector(IBonusPool.AlreadyClaimed.selector, 1, _annsModel));
        _claim(ann, 1);
    }

    function test_never_pays_a_model_more_than_its_part_of_the_fees_it_paid() public {
        VM.assertEq(_pool.capOf(_annsModel), 0.5 ether);
        _set(1);
        _set(2);
        _claim(ann, 1);
        _refused(abi.encodeWithSelector(IBonusPool.BonusCapExceeded.selector, _annsModel, 0.8 ether, 0.5 ether));
        _claim(ann, 2);
        _fees.set(_annsModel, 160 ether);
        _claim(ann, 2);
        VM.assertEq(_pool.claimed(_annsModel), _pool.capOf(_annsModel));
    }

    function test_refuses_everybody_but_the_seller() public {
        _set(1);
        _refused(abi.encodeWithSelector(IBonusPool.NotSeller.selector, _annsModel, ben));
        _claim(ben, 1);
    }

    function test_refuses_what_the_root_does_not_say() public {
        _refused(abi.encodeWithSelector(IBonusPool.InvalidProof.selector, 1, _annsModel, 0.4 ether));
        _claim(ann, 1);
        _set(1);
        _refused(abi.encodeWithSelector(IBonusPool.InvalidProof.selector, 1, _annsModel, 0.41 ether));
        VM.prank(ann);
        _pool.claim(1, _annsModel, 0.41 ether, _proof, ann);
    }

    function test_a_root_is_set_once_by_the_timelock() public {
        bytes32 root = _root();
        _refused(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, member));
        VM.prank(member);
        _pool.setRoot(1, root, "");
        VM.expectEmit(address(_pool));
        emit IBonusPool.RootSet(1, root, "bafk");
        VM.prank(address(treasury));
        _pool.setRoot(1, root, "bafk");
        VM.assertEq(_pool.rootOf(1), root);
        _refused(abi.encodeWithSelector(IBonusPool.RootFixed.selector, 1));
        _set(1);
    }

    function test_refuses_an_empty_root_and_a_long_cid() public {
        _refused(abi.encodeWithSelector(IBonusPool.EmptyRoot.selector));
        VM.prank(address(treasury));
        _pool.setRoot(1, 0, "");
        _refused(abi.encodeWithSelector(IBonusPool.CidTooLong.selector, 101, 100));
        VM.prank(address(treasury));
        _pool.setRoot(1, bytes32(uint256(1)), string(new bytes(101)));
        VM.prank(address(treasury));
        _pool.setRoot(1, bytes32(uint256(1)), string(new bytes(100)));
    }

    function _set(uint256 epoch) private {
        bytes32 root = _root();
        VM.prank(address(treasury));
        _pool.setRoot(epoch, root, "");
    }

    function _claim(address who, uint256 epoch) private {
        VM.prank(who);
        _pool.claim(epoch, _annsModel, 0.4 ether, _proof, stranger);
    }

    function _root() private view returns (bytes32) {
        (bytes32 first, bytes32 second) = (_leaf(_annsModel, 0.4 ether), _proof[0]);
        return first < second ? keccak256(abi.encode(first, second)) : keccak256(abi.encode(second, first));
    }

    function _leaf(bytes32 modelId, uint256 amount) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(modelId, amount))));
    }
}
