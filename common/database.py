"""Runs queries for code in an event loop."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

import structlog
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, close_old_connections, connections

P = ParamSpec("P")
R = TypeVar("R")

log = structlog.get_logger(__name__)

# What a query raises while the database is away: a loop that runs for ever tries again, on a new connection.
AWAY = (OperationalError, InterfaceError)

# Not Channels' one thread for all sockets. So few that each may have a connection of its own, for good.
_threads = ThreadPoolExecutor(4, thread_name_prefix="database")

_patient = ThreadPoolExecutor(8, thread_name_prefix="patient")


async def in_database(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that asks the database in one of a few threads of our own."""
    return await asyncio.get_running_loop().run_in_executor(_threads, partial(_in_turn, function, *args, **kwargs))


async def retried(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """As ``in_database``, and once more on another connection where the database has hung up: for what may be done
    twice, or is undone where its transaction did not come to its end."""
    try:
        return await in_database(function, *args, **kwargs)
    except AWAY as error:
        log.warning("the database hung up", function=function.__name__, reason=str(error))
        return await in_database(function, *args, **kwargs)


async def in_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that waits for others besides the database, for which none of those few threads has time."""
    return await asyncio.get_running_loop().run_in_executor(_patient, partial(_alone, function, *args, **kwargs))


def _in_turn(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function on the thread's own connection where there is a pool, which is then for others."""
    if not has_own_connection():
        return _alone(function, *args, **kwargs)
    renew_connection()
    try:
        return function(*args, **kwargs)
    finally:
        connections[DEFAULT_DB_ALIAS].close_if_unusable_or_obsolete()


def has_own_connection() -> bool:
    """Whether a thread has a connection for good; from now on, where there is a pool."""
    if "pool" in connections[DEFAULT_DB_ALIAS].settings_dict["OPTIONS"]:
        keep_connection()
    return connections[DEFAULT_DB_ALIAS].settings_dict["CONN_MAX_AGE"] is None


def keep_connection() -> None:
    """Let a thread have a connection to the database of its own, for good; the pool is for what has none.

    To take a connection from the pool and give it back costs a page more than to run its statements.
    """
    database = connections[DEFAULT_DB_ALIAS]
    options = {name: value for name, value in database.settings_dict["OPTIONS"].items() if name != "pool"}
    database.settings_dict = {**database.settings_dict, "CONN_MAX_AGE": None, "OPTIONS": options}


def renew_connection() -> None:
    """Give up the thread's connection where the database has hung up meanwhile, as when it was restarted.

    Nothing is under way on it, so there is nothing to read but a farewell; to look costs no trip to the database.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if (held := database.connection) is None:
        return
    farewell = select.poll()
    if not held.closed:
        farewell.register(held.fileno(), select.POLLIN)
    if held.closed or farewell.poll(0):
        database.close()


def _alone(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    close_old_connections()
    try:
        return function(*args, **kwargs)
    finally:
        # Each time: idle threads must not hold connections that pages need.
        connections.close_all()
