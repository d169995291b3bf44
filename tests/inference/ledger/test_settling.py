"""What was used is charged on chain once, whatever dies in between, and one bad charge holds up no other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from contracts.chain import transactions
from contracts.errors import EndpointError
from contracts.models import SentTransaction
from contracts.names import COIN, DAY, ESCROW
from inference.ledger import tasks
from inference.ledger.auditing import audit_chain
from inference.ledger.models import Charge, Line, Owed, Settlement, SettlementState
from inference.ledger.settling import _Fit, gas_used, gather_lines, settle_chain
from tests.deploying import SETTLER
from tests.governance.signing import key_of
from tests.waiting import until

from .books import is_balanced
from .conftest import ETHER, Escrow

pytestmark = pytest.mark.long(40)


def is_sound(escrow: Escrow) -> bool:
    return is_balanced() and audit_chain(chain=escrow.chain).differences == []


def test_many_calls_are_one_charge_and_settling_again_does_nothing(escrow: Escrow) -> None:
    escrow.fund(4)
    escrow.use(3, 1_000, calls=5)
    escrow.use(4, 7)
    assert is_sound(escrow)
    assert escrow.settle(final=False) == 1
    assert is_sound(escrow)
    escrow.index()
    assert (escrow.account(3).charged, escrow.account(3).settled) == (0, 5_000)  # at first sight
    assert (escrow.settle(), escrow.settle()) == (0, 0)
    assert (escrow.spent(3), escrow.spent(4)) == (5_000, 7)
    assert (escrow.line(3).calls, escrow.line(3).is_settled) == (5, True)
    settlement = Settlement.objects.get()
    assert settlement.state == SettlementState.DONE
    assert 0 < settlement.gas == gas_used(escrow.chain) < 500_000
    assert not Owed.objects.filter(line=None).exists()
    assert Owed.objects.count() == Charge.objects.count() == 6
    assert is_sound(escrow)


def test_two_at_once_settle_once(escrow: Escrow) -> None:
    escrow.use(3, 1_000, calls=5)

    def work(_number: int) -> int:
        try:
            return settle_chain(chain=escrow.chain, settler=escrow.settler)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(work, range(4))) == 1
    escrow.settle()
    assert escrow.spent(3) == 5_000
    assert (Settlement.objects.count(), SentTransaction.objects.filter(business_id__startswith="settle").count()) == (
        1,
        1,
    )
    assert is_sound(escrow)


def test_killed_before_it_was_sent_and_before_its_receipt_it_is_charged_once(
    escrow: Escrow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_given: object) -> None:
        raise EndpointError(reason="the process died here")

    escrow.use(3, 1_000)
    with monkeypatch.context() as broken:
        broken.setattr("inference.ledger.settling.send_transaction", lambda **_given: gone())
        assert escrow.settle(final=False) == 1
    assert not SentTransaction.objects.filter(business_id__startswith="settle").exists()
    with monkeypatch.context() as broken:
        broken.setattr(transactions, "_broadcast", gone)
        assert escrow.settle(final=False) == 0
    assert (escrow.spent(3), SentTransaction.objects.filter(business_id__startswith="settle").count()) == (0, 1)
    assert escrow.settle() == 0
    assert escrow.spent(3) == 1_000
    assert Settlement.objects.get().state == SettlementState.DONE
    assert is_sound(escrow)


def test_a_bad_charge_does_not_hold_up_the_others(escrow: Escrow) -> None:
    now = int(escrow.rpc.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
    escrow.fund(4, ceiling=1_000)
    escrow.fund(5, ends=now + 3_600)
    escrow.fund(6, amount=5_000)
    for number in (3, 4, 5, 6):
        escrow.use(number, 900)
    # The settler's key is used by somebody else too; one key was revoked long ago, one payer has drawn its money.
    spent = {"payer": escrow.market.accounts[4], "keyId": escrow.keys[4].key_id, "modelId": escrow.model}
    escrow.market.send(SETTLER, ESCROW, "settle", [[{**spent, "amount": 500}]])
    escrow.market.send(5, ESCROW, "revoke", [escrow.keys[5].key_id])
    escrow.market.send(6, ESCROW, "requestWithdraw", [COIN, 5_000])
    escrow.rpc.call("evm_increaseTime", 4 * DAY)
    escrow.market.send(6, ESCROW, "withdraw", [COIN])
    assert escrow.settle() == 1
    assert (escrow.spent(3), escrow.line(3).is_settled) == (900, True)
    refusals = {number: escrow.line(number).refusal for number in (4, 5, 6)}
    assert refusals == {4: "CeilingExceeded", 5: "AuthorisationExpired", 6: "BalanceExceeded"}
    assert escrow.account(6).available == -900
    alarms = {each["name"] for each in audit_chain(chain=escrow.chain).differences}
    assert alarms == {"nothing below zero", "what a key was charged on chain, of what was sent"}
    # What is filled up is charged when it is tried again.
    escrow.fund(6, amount=5_000)
    assert escrow.settle() == 0
    Line.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert escrow.settle() == 1
    assert escrow.spent(6) == 900
    assert is_balanced()


def test_a_transaction_that_failed_in_its_block_gives_its_charges_back(
    escrow: Escrow, monkeypatch: pytest.MonkeyPatch
) -> None:
    escrow.fund(4, amount=1_000)
    escrow.use(3, 500)
    escrow.use(4, 900)
    escrow.market.send(4, ESCROW, "requestWithdraw", [COIN, 1_000])
    escrow.rpc.call("evm_increaseTime", 2 * DAY)
    escrow.market.mine()

    def drawn_before(**given: Any) -> SentTransaction:
        monkeypatch.undo()
        escrow.market.send(4, ESCROW, "withdraw", [COIN])  # after the estimate, in a block before ours
        return transactions.send_transaction(**given)

    # What can be drawn cannot be charged any more; the estimate has to be of before.
    monkeypatch.setattr("inference.ledger.settling.send_transaction", drawn_before)
    monkeypatch.setattr("inference.ledger.settling._fitting", lambda *given: ([_Fit(given[2], 900_000)], []))
    assert settle_chain(chain=escrow.chain, settler=escrow.settler) == 1
    escrow.index(final=True)
    assert escrow.spent(3) == 0
    assert settle_chain(chain=escrow.chain, settler=escrow.settler) == 1
    assert Settlement.objects.order_by("pk")[0].state == SettlementState.FAILED
    escrow.settle()
    assert (escrow.spent(3), escrow.spent(4)) == (500, 0)
    assert escrow.line(4).refusal == "BalanceExceeded"
    assert is_balanced()


def test_a_reorganisation_that_takes_a_settlement_back_is_followed_by_the_same_one(escrow: Escrow) -> None:
    escrow.use(3, 1_000)
    assert escrow.settle(final=False) == 1

    def settled() -> bool:  # the node answers before it has made the block
        escrow.index()
        return escrow.account(3).settled == 1_000

    until(settled, "the settlement is in a block")
    escrow.rpc.call("anvil_reorg", 1, [])
    escrow.index()
    assert (escrow.account(3).charged, escrow.account(3).settled, escrow.spent(3)) == (1_000, 0, 0)
    assert escrow.settle() == 0
    assert (escrow.spent(3), Settlement.objects.get().state) == (1_000, SettlementState.DONE)
    assert is_sound(escrow)


def test_what_is_used_up_of_the_day_waits(escrow: Escrow, settings: Any) -> None:
    settings.SETTLE_GAS_A_DAY = 1_000
    escrow.use(3, 1_000)
    assert escrow.settle() == 0
    settings.SETTLE_GAS_A_DAY = 10_000_000
    escrow.rpc.call("anvil_setBalance", escrow.settler.address, "0x1")
    assert escrow.settle() == 0
    escrow.rpc.call("anvil_setBalance", escrow.settler.address, hex(ETHER))
    settings.SETTLER_KEY = f"0x{bytes(key_of(SETTLER).key).hex()}"
    tasks.settle()
    escrow.index(final=True)
    tasks.settle()
    tasks.audit()
    assert escrow.spent(3) == 1_000
    assert is_sound(escrow)


def test_what_is_in_a_line_is_in_no_other(escrow: Escrow) -> None:
    escrow.use(3, 10, calls=3)
    assert (gather_lines(chain=escrow.chain), gather_lines(chain=escrow.chain)) == (3, 0)
    assert escrow.line(3).amount == 30
