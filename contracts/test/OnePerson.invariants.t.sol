// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.35;

import {BonusPool} from "../src/dao/BonusPool.sol";
import {FeeVault} from "../src/dao/FeeVault.sol";
import {LatticeStaking} from "../src/dao/LatticeStaking.sol";
import {LatticeToken} from "../src/dao/LatticeToken.sol";
import {ILatticeToken} from "../src/interfaces/ILatticeToken.sol";
import {MarketTest} from "./base/MarketTest.sol";
import {OnePersonHandler} from "./base/OnePersonHandler.sol";
import {VM} from "./base/Vm.sol";

/// @dev A market whose fees are divided as they will be, and one person who is everybody in it.
abstract contract OnePersonSentences is MarketTest {
    uint256 private constant OTHERS = 1_000 ether; // in the bonus pool

    OnePersonHandler internal handler;
    FeeVault internal feeVault;
    BonusPool internal pool;
    LatticeStaking internal staking;
    address internal immutable treasury = _account("treasury");

    function setUp() public override {
        VM.warp(START);
        _deploy();
        _divide();
        OnePersonHandler.Parts memory parts =
            OnePersonHandler.Parts(market, splitter, parameters, pass, feeVault, pool, staking, admin);
        handler = new OnePersonHandler(parts, seller);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev The seller holds all LATTICE, and stakes all of it.
    function _divide() private {
        address place = VM.computeCreateAddress(address(this), VM.getNonce(address(this)) + 1);
        ILatticeToken.Allocation[] memory genesis = new ILatticeToken.Allocation[](1);
        genesis[0] = ILatticeToken.Allocation(seller, 1_000_000_000e18);
        LatticeToken token =
            LatticeToken(VM.deployCode("LatticeToken.sol:LatticeToken", abi.encode(genesis, new address[](0), place)));
        // Of the governor and the timelock it asks the cooldown alone, and nothing is unstaked here.
        staking = LatticeStaking(VM.deployCode("LatticeStaking.sol:LatticeStaking", abi.encode(token, admin, admin)));
        pool = BonusPool(payable(VM.deployCode("BonusPool.sol:BonusPool", abi.encode(manager, splitter, parameters))));
        feeVault = FeeVault(
            payable(VM.deployCode("FeeVault.sol:FeeVault", abi.encode(splitter, parameters, staking, pool, treasury)))
        );
        VM.prank(admin);
        splitter.setFeeVault(address(feeVault));
        VM.deal(address(pool), OTHERS);
        VM.prank(seller);
        staking.stake(1_000_000_000e18);
    }

    /// @dev All that was paid as fees is out of the person's hands but for its own shares of it. A tenth is lost for good; of
    /// shares that move in between, each was the most at its time, and a part in two hundred.
    function _one_person_in_every_role_loses() internal view {
        (uint256 had, uint256 has) = (handler.put(), handler.wealth());
        VM.assertLe(has, had, "gain");
        uint256 fees = handler.referrals() + handler.released() + splitter.credits(address(feeVault), COIN);
        uint256 parts = handler.moved() ? 200 : 10;
        // A fee is rounded down, so each sale may leave a wei more to the shares.
        VM.assertLe(fees, (had - has + handler.sales()) * parts, "loss");
    }

    function _the_bonus_is_at_most_its_part_of_the_fees() internal view {
        VM.assertEq(pool.claimed(handler.model()), handler.bonus(), "claimed");
        VM.assertLe(handler.bonus() * 50, splitter.maturedFees(handler.model()), "the highest cap is 2 %");
        VM.assertLe(OTHERS, address(pool).balance + handler.bonus(), "the pool");
    }

    function _the_vault_keeps_nothing() internal view {
        uint256 divided = address(staking).balance + treasury.balance + address(pool).balance + handler.bonus() - OTHERS;
        VM.assertEq(address(feeVault).balance, 0, "vault");
        VM.assertLe(divided, handler.released(), "divided");
    }

    function _all() internal view {
        _one_person_in_every_role_loses();
        _the_bonus_is_at_most_its_part_of_the_fees();
        _the_vault_keeps_nothing();
    }
}

/// @dev Each sentence by its name, after every call of short histories.
/// forge-config: default.invariant.runs = 16
/// forge-config: default.invariant.depth = 40
/// forge-config: default.invariant.check_interval = 1
contract OnePersonInvariants is OnePersonSentences {
    function invariant_one_person_in_every_role_loses() public view {
        _one_person_in_every_role_loses();
    }

    function invariant_the_bonus_is_at_most_its_part_of_the_fees() public view {
        _the_bonus_is_at_most_its_part_of_the_fees();
    }

    function invariant_the_vault_keeps_nothing() public view {
        _the_vault_keeps_nothing();
    }
}

/// @dev All the sentences in long histories; in many more of them by `make fuzz`.
contract OnePersonFuzz is OnePersonSentences {
    function invariant_all_of_them() public view {
        _all();
    }
}

/// @dev The handler really gets that far: sales mature, fees are divided, rewards and bonus are claimed.
contract OnePersonHandlerTest is OnePersonSentences {
    function test_the_handler_claims_from_every_role_and_has_lost() public {
        handler.buy(1, 2, 3, 9, true);
        handler.wait(5 days - 1);
        handler.wait(5 days - 1);
        handler.resell(2, 1, 4, 1 ether);
        handler.distribute(0);
        handler.distributeReferral(0, 3);
        handler.release();
        for (uint256 i = 0; i < 4; ++i) {
            handler.wait(5 days - 1);
        }
        handler.claimReward();
        handler.claimBonus(0, true);
        handler.claimBonus(1e15, false);
        VM.assertTrue(handler.bonus() != 0 && handler.referrals() != 0 && treasury.balance != 0);
        VM.assertTrue(seller.balance != 0);
        VM.assertTrue(handler.wealth() < handler.put());
        _all();
    }
}
