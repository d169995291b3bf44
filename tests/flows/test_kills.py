"""Any process may be killed at any moment: nothing that was paid is lost, and nothing is given that was not paid."""

from __future__ import annotations

import gzip
import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from contracts.chain import codec
from contracts.chain.client import Client
from contracts.names import COIN
from stack.anvil import state_of
from tests import anvil
from tests.contracts.tables import contents

from .buyer import ETHER, Buyer
from .stack_demo import StackDemo

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.long(500)]

SELLER, NAME = "pocket-lab", "smollm2-chat"
MODEL = f"{SELLER}/{NAME}"
PRICE = 20 * ETHER // 1000
FAIR_USE = 1_000_000
HEARD = 48  # pieces of an answer: the journal is written at least every 16, and a busy machine writes it late
PATIENCE = 120.0  # seconds until a killed process is back, and until an order ends
STORY = "Tell a long story about a lighthouse keeper."

PURCHASES = """select tx_hash, model_id, paid::text, split_hash, maturity_day, block_number
  from marketplace_purchasefact where buyer = %s"""
BUCKET = """select sum(paid)::text, sum(fee)::text from marketplace_purchasefact
  where model_id = %s and split_hash = %s and maturity_day = %s"""
CALLS = """select c.state, c.prompt_tokens, c.completion_tokens, w.spent, w.reserved from inference_call c
  join inference_call_windows l on l.call_id = c.id join inference_usagewindow w on w.id = l.usagewindow_id
  where starts_with(c.payer, %s)"""
TWO_MINUTES_LATER = """update inference_call set journaled_at = journaled_at - interval '2 minutes'
  where starts_with(payer, %s) returning 1"""


@pytest.fixture(scope="module", autouse=True)
def engines(demo: StackDemo) -> None:
    """What does not answer is not for sale."""
    demo.wait_for_engines()


@pytest.fixture
def buyer(demo: StackDemo) -> Iterator[Buyer]:
    """Somebody who has signed in."""
    made = Buyer(demo)
    with made.browser:
        made.sign_in()
        yield made


@pytest.fixture
def holder(demo: StackDemo, buyer: Buyer) -> Buyer:
    """Somebody who has a pass."""
    order = buyer.order(MODEL)
    buyer.pay(order)
    demo.mine()
    becomes(buyer, order, "final")
    return buyer


def kill(demo: StackDemo, name: str) -> None:
    """Kill a process, and return when the supervisor has started another one in its place."""
    was = demo.pids()
    os.kill(demo.pid(name), signal.SIGKILL)
    name = {"anvil": "chain"}.get(name, name)
    demo.wait(lambda: demo.pids()[name] not in (0, was[name]), PATIENCE)
    demo.wait(demo.is_open, PATIENCE)


def becomes(buyer: Buyer, order: str, *states: str) -> str:
    """Return which of the states an order comes to, by its page, which is not made all the time."""
    buyer.demo.wait(lambda: buyer.state(order) in states, PATIENCE, every=0.5)
    return buyer.state(order)


def is_whole(buyer: Buyer, order: str) -> None:
    """See that the order ends final, and that chain, database and pages agree on what was paid and is had for it.

    Final is so many blocks deep, and counted anew whenever the chain moves. A demo's chain that was killed goes on from
    its last copy, some blocks shorter: until the indexer has looked, pages still go by the longer one and say final;
    then the order is confirming once more, and its pass is not had, until the chain has grown again. Only the local
    chain can do that. So this first waits until what is indexed is the chain that runs; from then on final stays.
    """
    buyer.demo.wait(lambda: is_in_step(buyer.demo), PATIENCE)
    becomes(buyer, order, "final")
    ((tx_hash, model_id, paid, split_hash, day, block),) = buyer.demo.ask(PURCHASES, buyer.address)
    with Client([buyer.demo.rpc]) as rpc:
        receipt, balance = rpc.batch(
            [("eth_getTransactionReceipt", [tx_hash]), ("eth_getBalance", [buyer.address, "latest"])]
        )
    gas = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    assert (int(receipt["blockNumber"], 16), int(receipt["status"], 16), int(paid)) == (block, 1, PRICE)
    assert int(balance, 16) == ETHER - PRICE - gas
    assert contract(buyer.demo, "AccessPass", "balanceOf", buyer.address, int(model_id, 16)) == 1
    ((gross, fee),) = buyer.demo.ask(BUCKET, model_id, split_hash, day)
    bucket = contract(buyer.demo, "RevenueSplitter", "bucket", model_id, COIN, split_hash, day)
    assert bucket == {"gross": int(gross), "fee": int(fee)}
    assert "Lasting access" in buyer.get("/account/")


def is_in_step(demo: StackDemo) -> bool:
    """Whether the last block that is indexed is a block of the chain that runs now."""
    ((number, hashed),) = demo.ask("select number, hash from contracts_cursor")
    with suppress(OSError):  # it is on its way back
        found = anvil.call(demo.rpc, "eth_getBlockByNumber", hex(number), False)
        return bool(found and found["hash"] == hashed)
    return False


def contract(demo: StackDemo, name: str, function: str, *arguments: Any) -> Any:
    """Ask a contract."""
    deployment = demo.ask("select deployment from contracts_chain")[0][0]
    with Client([demo.rpc]) as rpc:
        answer = rpc.eth_call(deployment[name], codec.call_data(name, function, arguments))
    return codec.decode_result(name, function, answer)


def may_run(buyer: Buyer) -> None:
    """See that the holder's call is accepted and answered."""
    with buyer.playground(MODEL) as socket:
        assert socket.hear("ready")["allowance"]["budget"] == FAIR_USE
        socket.ask("Say hello.")
        assert socket.hear("text")["text"]


def wait_for_state(demo: StackDemo, block: int) -> None:
    """Return when the state that is kept is of this block or of a later one."""
    state = state_of(demo.made.chain)
    demo.wait(lambda: json.loads(gzip.decompress(state.read_bytes()))["best_block_number"] >= block, PATIENCE)


@pytest.mark.parametrize("name", ["web", "indexer", "watch", "embeddings", "chat", "postgres", "redis"])
def test_a_purchase_goes_on_though_a_process_is_killed(demo: StackDemo, buyer: Buyer, name: str) -> None:
    order = buyer.order(MODEL)
    tx_hash = buyer.pay(order)
    if name != "web":  # which is gone before it hears the hash
        buyer.tell(order, tx_hash)
    kill(demo, name)
    demo.mine()  # whether the chain does so by itself is asked where the chain is killed
    is_whole(buyer, order)
    if name in ("chat", "embeddings"):
        demo.wait_for_engines()
    may_run(buyer)


@pytest.mark.parametrize("name", ["anvil", "chain"])
@pytest.mark.parametrize("known", ["sent", "confirming"])
def test_a_chain_that_forgets_the_purchase_has_neither_money_nor_pass(
    demo: StackDemo, buyer: Buyer, name: str, known: str
) -> None:
    order = buyer.order(MODEL)
    buyer.tell(order, buyer.pay(order))
    becomes(buyer, order, known, "confirming")
    kill(demo, name)
    if becomes(buyer, order, "final", "dropped") == "dropped":
        assert demo.ask(PURCHASES, buyer.address) == []
        assert "Lasting access" not in buyer.get("/account/")
        buyer.fund()
        order = buyer.order_again(order)
        buyer.tell(order, buyer.pay(order))
    is_whole(buyer, order)
    may_run(buyer)


def test_everything_is_killed_and_comes_back_as_it_was(demo: StackDemo, buyer: Buyer) -> None:
    order = buyer.order(MODEL)
    buyer.tell(order, buyer.pay(order))
    becomes(buyer, order, "confirming", "final")
    ((*_, block),) = demo.ask(PURCHASES, buyer.address)
    wait_for_state(demo, block)
    demo.kill_everything()
    demo.restart()
    is_whole(buyer, order)
    demo.wait_for_engines()
    may_run(buyer)
    assert_like_a_fresh_sync(demo)


@pytest.mark.parametrize("name", ["runner", "supervisor"])
def test_the_next_demo_waits_for_what_is_left_of_the_one_before(demo: StackDemo, buyer: Buyer, name: str) -> None:
    order = buyer.order(MODEL)
    with buyer.playground(MODEL):  # an open socket is what the web waits for at its end
        buyer.tell(order, buyer.pay(order))
        becomes(buyer, order, "confirming", "final")  # what is in no block yet goes with the chain that was to mine it
        os.kill(demo.pid(name), signal.SIGKILL)
        demo.restart()
    is_whole(buyer, order)
    demo.wait_for_engines()
    may_run(buyer)


def assert_like_a_fresh_sync(demo: StackDemo) -> None:
    anvil.call(demo.rpc, "evm_setIntervalMining", 3_600)  # by hand, so that nobody else mines
    head = int(anvil.call(demo.rpc, "eth_blockNumber"), 16)
    demo.wait(lambda: demo.ask("select number from contracts_cursor") == [(head,)], PATIENCE)
    kept = contents(demo.ask)
    demo.supervisor("stopProcess", "indexer")
    demo.manage("forget_chain", "--chain", "anvil")
    demo.manage("index_chain")
    assert contents(demo.ask) == kept
    demo.supervisor("startProcess", "indexer")
    anvil.call(demo.rpc, "evm_setIntervalMining", 0)


@pytest.mark.parametrize("name", ["web", "chat"])
def test_what_an_answer_had_reserved_is_free_again_and_what_was_sent_is_counted(
    demo: StackDemo, holder: Buyer, name: str
) -> None:
    with holder.playground(MODEL) as socket:
        socket.ask(STORY)
        for _ in range(HEARD):
            socket.hear("text")
        os.kill(demo.pid(name), signal.SIGKILL)
        sent = HEARD + rest_of(socket)
    demo.wait(demo.is_open, PATIENCE)
    if name == "web":
        assert demo.ask(TWO_MINUTES_LATER, holder.address) == [(1,)]
    demo.wait(lambda: demo.ask(CALLS, holder.address)[0][0] == "failed", PATIENCE)
    ((_, prompt, completion, spent, reserved),) = demo.ask(CALLS, holder.address)
    assert (spent, reserved) == (prompt + completion, 0)
    assert 16 <= completion <= sent
    demo.wait_for_engines()
    with holder.playground(MODEL) as socket:
        assert socket.hear("ready")["allowance"]["left"] == FAIR_USE - spent
    may_run(holder)


def rest_of(socket: Any) -> int:
    """Return how many pieces still come until the socket closes, or an error ends the answer."""
    pieces = 0
    try:
        while socket.any()["type"] == "text":
            pieces += 1
    except ConnectionClosed:
        pass
    return pieces
