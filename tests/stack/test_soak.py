"""The demo's chain may be left alone for weeks: idle it makes a block a minute, and awake it stays small as well.

Prints what two hours of a chain that never sleeps cost; `python -m benchmarks.soak` measures weeks, and a whole demo.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from stack import anvil, chain
from stack.gate import Node
from stack.places import exclusive
from stack.trouble import Trouble

from .local_chain import Local
from .usage import cpu, disk, memory

TWO_HOURS = 7_200 // anvil.BLOCK_SECONDS  # blocks
STEP = 400
MOST_MEMORY, MOST_DISK = 300e6, 40e6  # bytes
MOST_CPU = 0.10  # of one core
BLOCK_BYTES = 1_000  # of the file, a block; two weeks idle are 20,160 blocks


@asynccontextmanager
async def kept(local: Local) -> AsyncIterator[tuple[chain.Keeper, int]]:
    """A chain without its gate: what keeps it, and anvil's process id."""
    with exclusive(local.folder) as lock:
        async with chain.running(local.folder, local.sockets, lock, preparing=False) as (child, node):
            yield chain.Keeper(node, local.folder), child.pid


async def head_of(node: Node) -> int:
    return int(await node.ask("eth_blockNumber"), 16)


async def send(node: Node) -> Any:
    accounts = await node.ask("eth_accounts")
    return await node.ask("eth_sendTransaction", {"from": accounts[0], "to": accounts[1], "value": "0x1"})


def test_two_hours_without_sleep_stay_small(local: Local) -> None:
    local.prepare()
    asyncio.run(_soak(local))


async def _soak(local: Local) -> None:
    async with kept(local) as (keeper, pid):
        await keeper.save()
        first, before = disk(local.folder), cpu(pid) + time.process_time()
        for blocks in range(STEP, TWO_HOURS + 1, STEP):
            await send(keeper.node)
            await keeper.node.ask("anvil_mine", hex(STEP - 1), hex(anvil.BLOCK_SECONDS))
            await keeper.beat()
            await keeper.save()
            print(f"{blocks:6} blocks: {memory(pid) / 1e6:6.0f} MB, {disk(local.folder) / 1e6:5.2f} MB on disk")  # noqa: T201  the figures are wanted
        used = (cpu(pid) + time.process_time() - before) / 7_200
        started = time.process_time() + cpu(pid)
        await keeper.save()
        keeper.wake()
        await keeper.beat()
        save = time.process_time() + cpu(pid) - started
        print(f"blocks of two hours: {used:.2%} of a core; a save: {save:.2f} s, at most {chain.SAVE_SHARE:.0%}")  # noqa: T201  as above
        assert await head_of(keeper.node) >= TWO_HOURS
        assert memory(pid) < MOST_MEMORY
        assert disk(local.folder) < MOST_DISK
        assert disk(local.folder) - first < BLOCK_BYTES * TWO_HOURS
        assert used + chain.SAVE_SHARE < MOST_CPU


def test_states_of_older_blocks_are_neither_kept_nor_written(local: Local) -> None:
    local.prepare()
    asyncio.run(_forget(local))


async def _forget(local: Local) -> None:
    async with kept(local) as (keeper, _):
        await send(keeper.node)
        await keeper.node.ask("anvil_mine", hex(5 * chain.STATES), "0x1")
        await keeper.save()
        first = disk(local.folder)
        account, head = (await keeper.node.ask("eth_accounts"))[0], await head_of(keeper.node)
        assert await keeper.node.ask("eth_getBalance", account, hex(head - chain.STATES + 2))
        with pytest.raises(Trouble, match="refused eth_getBalance"):
            await keeper.node.ask("eth_getBalance", account, hex(head - 2 * chain.STATES))
        assert first < BLOCK_BYTES * head
        assert {each.name for each in local.folder.iterdir()} == {"contracts.sha256", "state.json.gz"}


def test_an_idle_chain_makes_no_blocks_and_one_that_is_used_makes_them(local: Local) -> None:
    local.prepare()
    asyncio.run(_sleep(local))


async def _sleep(local: Local) -> None:
    async with kept(local) as (keeper, _):
        await keeper.beat()
        keeper.awake_until = 0
        await keeper.beat()  # it falls asleep, and saves
        state, idle = anvil.state_of(local.folder), await head_of(keeper.node)
        written = state.stat().st_mtime_ns
        for _ in range(20):
            await keeper.beat()
        assert await head_of(keeper.node) == idle
        assert state.stat().st_mtime_ns == written

        sent = await send(keeper.node)  # whoever sends it, by whatever way
        await keeper.beat()
        assert (await keeper.node.ask("eth_getTransactionReceipt", sent))["status"] == "0x1"
        for confirmations in range(1, 4):
            await keeper.beat()
            assert await head_of(keeper.node) == idle + 1 + confirmations

        keeper.awake_until = 0
        keeper.mined -= anvil.IDLE_BLOCK_SECONDS
        head = await head_of(keeper.node)
        await keeper.beat()
        await keeper.beat()
        assert await head_of(keeper.node) == head + 1  # a minute has passed


def test_whoever_sets_an_interval_by_hand_has_the_chain_until_it_is_taken_back(local: Local) -> None:
    local.prepare()
    asyncio.run(_take(local))


async def _take(local: Local) -> None:
    async with kept(local) as (keeper, _):
        await keeper.beat()
        head = await head_of(keeper.node)
        await keeper.node.ask("evm_setIntervalMining", 3_600)
        for _ in range(3):
            await keeper.beat()
        assert await head_of(keeper.node) == head
        await keeper.node.ask("evm_setIntervalMining", 0)
        await keeper.beat()
        assert await head_of(keeper.node) == head + 1


def test_saving_leaves_the_chain_alone_most_of_the_time(local: Local) -> None:
    local.prepare()
    asyncio.run(_save(local))


async def _save(local: Local) -> None:
    async with kept(local) as (keeper, _):
        await keeper.beat()
        written = anvil.state_of(local.folder).stat().st_mtime_ns
        keeper.cost = 1.0  # as if the state were large
        keeper.saved -= chain.SAVE_SECONDS
        await keeper.beat()
        assert anvil.state_of(local.folder).stat().st_mtime_ns == written
        keeper.saved -= keeper.cost / chain.SAVE_SHARE
        await keeper.beat()
        assert anvil.state_of(local.folder).stat().st_mtime_ns > written
