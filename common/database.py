"""Runs queries for code in an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections, connections

P = ParamSpec("P")
R = TypeVar("R")

log = structlog.get_logger(__name__)

# What a query raises while the database is away: a loop that runs for ever tries again, on a new connection.
AWAY = (OperationalError, InterfaceError)

_threads = ThreadPoolExecutor(4, thread_name_prefix="database")  # not Channels' one thread for all sockets

_patient = ThreadPoolExecutor(8, thread_name_prefix="patient")


async def in_database(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a function that asks the database in one of a few threads of our own."""
    return await asyncio.get_running_loop().run_in_executor(_threads, partial(_alone, function, *args, **kwargs))


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


def _alone(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    close_old_connections()
    try:
        return function(*args, **kwargs)
    finally:
        # Each time: idle threads must not hold connections that pages need.
        connections.close_all()
