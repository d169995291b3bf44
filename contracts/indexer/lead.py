"""The indexer: one step after another from the cursor to the chain's head. Backfill and following are the same."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import structlog
from django.db import connection

from common.database import AWAY
from common.locks import release, try_exclusive
from contracts.chain.client import Client
from contracts.errors import (
    ChainMovedError,
    IndexerStoppedError,
    NotLeadingError,
    OtherGenesisError,
    RetryableChainError,
)
from contracts.models import Chain, IndexerStatus

from .dispatch import load_handlers
from .headers import fetch_headers
from .reader import Reader

log = structlog.get_logger(__name__)

PAUSE = 1.0  # seconds between two looks at the head
LONGEST_PAUSE = 30.0  # seconds, where an endpoint or the database does not answer
TRIES = 3  # in a row, of a step that the chain moved under

ALLOCATIONS = 50_000  # objects made before Python looks for cycles among them; its own number is 700

Told = Callable[[Reader], object]


def spare_the_collector() -> None:
    """Have this process look for cycles less often: a batch makes thousands of dicts for a moment, none in a cycle.

    Measured over 50,000 events: a quarter of Python's CPU time.
    """
    gc.set_threshold(ALLOCATIONS)


@contextmanager
def leading(chain: Chain, wait: bool, stopped: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Be the one process that indexes the chain while the block lasts. Raises NotLeadingError unless it may wait."""
    # A database lock rather than a file: the other process may run on another machine.
    name = f"index_chain:{chain.pk}"
    while not try_exclusive(name):
        if not wait or stopped():
            raise NotLeadingError(f"Another process is indexing {chain.name}; one at a time does it.")
        time.sleep(PAUSE)
    try:
        yield
    finally:
        if connection.is_usable():  # else the lock went with the connection
            release(name)


def follow(
    chain: Chain, client: Client, stopped: Callable[[], bool] = lambda: False, told: Told = lambda reader: None
) -> None:
    """Keep up with the chain until ``stopped`` says so; wait where it, or the database, does not answer.

    ``told`` is called after each step. Raises IndexerStoppedError where only a person can help.
    """
    pause = PAUSE
    while not stopped():
        try:
            with leading(chain, wait=True, stopped=stopped):
                # Checked again each time the lead is won: the endpoint may have been replaced meanwhile.
                check(chain, client)
                pause = PAUSE
                _follow(chain, client, stopped, told)
        except NotLeadingError:
            return  # asked to stop while it waited
        except RetryableChainError as error:
            log.warning("the chain does not answer", chain=chain.short_name, why=_reason(error))
        except AWAY as error:
            log.warning("the database does not answer", chain=chain.short_name, why=str(error))
            connection.close()  # with it goes the lock, which somebody else may have by now
        _sleep(pause, stopped)
        pause = min(pause * 2, LONGEST_PAUSE)


def _follow(chain: Chain, client: Client, stopped: Callable[[], bool], told: Told) -> None:
    pause = PAUSE
    with closing(Reader(chain, client, ahead=True)) as reader:
        while not stopped():
            try:
                moved = reader.step()
                pause = PAUSE
                told(reader)
            except ChainMovedError as error:
                log.info("the chain is read again", chain=chain.short_name, why=_reason(error))
                moved = False
            except RetryableChainError as error:
                log.warning("the chain does not answer", chain=chain.short_name, why=_reason(error))
                moved, pause = False, min(pause * 2, LONGEST_PAUSE)
            except IndexerStoppedError as error:
                # The command ends after this, so the reason has to be where operators look.
                IndexerStatus.objects.filter(chain=chain).update(stopped=str(error.detail))
                raise
            if not moved:
                _sleep(pause, stopped)


def catch_up(chain: Chain, client: Client, told: Told = lambda reader: None) -> int:
    """Index everything up to the chain's present head; return its number."""
    tries = TRIES
    with closing(Reader(chain, client, ahead=True)) as reader:
        while True:
            try:
                moved = reader.step()
                told(reader)
                if not moved:
                    return chain.head()
                tries = TRIES
            except ChainMovedError:
                # A chain that forks faster than it is read is one for the next call, not for an endless loop.
                tries -= 1
                if not tries:
                    raise


def step(chain: Chain, client: Client) -> bool:
    """Read and write the next blocks, or follow the chain to another branch; False where there is nothing new."""
    with closing(Reader(chain, client)) as reader:
        return reader.step()


def check(chain: Chain, client: Client) -> None:
    """Make ready; raise IndexerStoppedError if the endpoint serves another chain, or nothing is deployed there."""
    load_handlers()
    if not chain.deployment:
        raise IndexerStoppedError(
            f"There are no contracts on {chain.name} yet; run manage.py deploy_contracts --chain {chain.short_name}."
        )
    # Chain ids are reused by test chains; the first block's hash is not.
    genesis = fetch_headers(client, [0]).get(0)
    if genesis is None:
        raise ChainMovedError(f"The endpoint does not have the first block of {chain.name}.")
    if genesis.hash != chain.genesis_hash:
        raise OtherGenesisError(chain.name, chain.short_name, chain.genesis_hash, genesis.hash)


def _sleep(seconds: float, stopped: Callable[[], bool]) -> None:
    """Wait, but no longer than PAUSE after it was asked to stop."""
    while seconds > 0 and not stopped():
        time.sleep(min(seconds, PAUSE))
        seconds -= PAUSE


def _reason(error: RetryableChainError) -> str:
    return error.reason or str(error.detail)
