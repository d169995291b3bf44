"""The indexer: one step after another from the cursor to the chain's head, one transaction a step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from django.db import transaction

from common.locks import release, try_exclusive
from contracts.chain.client import Client
from contracts.errors import (
    ChainMovedError,
    IndexerStoppedError,
    NotLeadingError,
    OtherGenesisError,
    RetryableChainError,
)
from contracts.models import Block, Chain, Cursor, Event

from .dispatch import Changes, events_of, facts_of, load_handlers, refold, tell
from .fetch import BLOCKS, Batch, fetch_batch, fetch_headers
from .reorg import find_fork, rewind

log = structlog.get_logger(__name__)

PAUSE = 1.0  # seconds between two looks at the head
LONGEST_PAUSE = 30.0  # seconds, where an endpoint does not answer


@contextmanager
def leading(chain: Chain, wait: bool) -> Iterator[None]:
    """Be the one process that indexes the chain while the block lasts. Raises NotLeadingError unless it may wait."""
    name = f"index_chain:{chain.pk}"
    while not try_exclusive(name):
        if not wait:
            raise NotLeadingError(f"Another process is indexing {chain.name}; one at a time does it.")
        time.sleep(PAUSE)
    try:
        yield
    finally:
        release(name)


def follow(chain: Chain, client: Client, stopped: Callable[[], bool] = lambda: False) -> None:
    """Keep up with the chain until ``stopped`` says so; wait where it does not answer."""
    pause = PAUSE
    while not stopped():
        try:
            moved = step(chain, client)
            pause = PAUSE
        except RetryableChainError as error:
            log.warning(
                "the chain does not answer", chain=chain.short_name, why=str(error.data.get("reason", error.detail))
            )
            moved, pause = False, min(pause * 2, LONGEST_PAUSE)
        if not moved:
            time.sleep(pause)


def catch_up(chain: Chain, client: Client) -> int:
    """Index everything up to the chain's present head; return its number."""
    tries = 3
    while True:
        try:
            if not step(chain, client):
                return chain.head()
        except ChainMovedError:
            tries -= 1
            if not tries:
                raise


def check(chain: Chain, client: Client) -> None:
    """Make ready; raise IndexerStoppedError if the endpoint serves another chain, or nothing is deployed there."""
    load_handlers()
    if not chain.deployment:
        raise IndexerStoppedError(
            f"There are no contracts on {chain.name} yet; run manage.py deploy_contracts --chain {chain.short_name}."
        )
    genesis = fetch_headers(client, [0])[0].hash
    if genesis != chain.genesis_hash:
        raise OtherGenesisError(chain.name, chain.short_name, chain.genesis_hash, genesis)


def step(chain: Chain, client: Client) -> bool:
    """Read and write the next blocks, or follow the chain to another branch; False where there is nothing new."""
    cursor = Cursor.objects.filter(chain=chain).first() or _begin(chain, client)
    head = client.block_number()
    if head < cursor.number and not chain.is_local:
        return False  # an endpoint that lags
    batch = _next(chain, client, cursor.number, head)
    tip = batch.parent_hash if batch else _hash_at(client, min(head, cursor.number))
    if tip == cursor.hash:
        if batch:
            write(chain, cursor, batch)
        return batch is not None
    fork = find_fork(chain, client, cursor, head)
    branch = _next(chain, client, fork.number, head)  # before anything of the old branch is deleted
    if branch and branch.parent_hash != fork.hash:
        raise ChainMovedError(f"{chain.name} moved again while it was read.")
    write(chain, cursor, branch, fork)
    return True


@transaction.atomic
def write(chain: Chain, read: Cursor, batch: Batch | None, fork: Block | None = None) -> None:
    """Store blocks, events, facts, folds and the cursor: all of it, or nothing; above ``fork`` in the place of the old.

    Raises ChainMovedError if the cursor is not where it was ``read``.
    """
    cursor = Cursor.objects.select_for_update().get(chain=chain)
    if (cursor.number, cursor.hash) != (read.number, read.hash):
        raise ChainMovedError(f"Another process has moved the cursor of {chain.name}.")
    changes, subjects = Changes(chain), set[str]()
    if fork:
        log.info("blocks were taken back", chain=chain.short_name, fork=fork.number, blocks=cursor.number - fork.number)
        changes.removed, subjects = rewind(chain, fork.number)
        cursor.number, cursor.hash = fork.number, fork.hash
    if batch:
        subjects |= _append(chain, batch, changes)
        cursor.number, cursor.hash = batch.last.number, batch.last.hash
    refold(chain, subjects)
    cursor.save()
    changes.head, changes.subjects = cursor.number, subjects
    transaction.on_commit(lambda: tell(changes))


def _append(chain: Chain, batch: Batch, changes: Changes) -> set[str]:
    """Store a batch; return the aggregates that it touches."""
    Block.objects.bulk_create(
        Block(chain=chain, number=header.number, hash=header.hash, parent_hash=header.parent_hash, time=header.time)
        for header in batch.headers
    )
    events = Event.objects.bulk_create(events_of(chain, batch))
    changes.added = facts_of(events)
    for model in {type(made) for made in changes.added}:
        model._default_manager.bulk_create(made for made in changes.added if type(made) is model)
    return {event.subject for event in events}


def _begin(chain: Chain, client: Client) -> Cursor:
    """Place the cursor on the block before the first that can hold an event of ours."""
    header = fetch_headers(client, [chain.start_block - 1])[chain.start_block - 1]
    with transaction.atomic():
        Block.objects.create(
            chain=chain, number=header.number, hash=header.hash, parent_hash=header.parent_hash, time=header.time
        )
        return Cursor.objects.create(chain=chain, number=header.number, hash=header.hash)


def _next(chain: Chain, client: Client, number: int, head: int) -> Batch | None:
    """Return the blocks after ``number``, as many as fit into a batch; None where there are none."""
    if head <= number:
        return None
    return fetch_batch(client, number + 1, min(head, number + BLOCKS), sorted(chain.deployment.values()))


def _hash_at(client: Client, number: int) -> str:
    header = fetch_headers(client, [number]).get(number)
    return header.hash if header else ""
