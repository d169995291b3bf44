"""Locks that PostgreSQL keeps for a connection, across processes and machines. They end with the connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Let one holder of the name at a time run the block; the others wait."""
    _ask("select pg_advisory_lock(hashtextextended(%s, 0))", name)
    try:
        yield
    finally:
        _ask("select pg_advisory_unlock(hashtextextended(%s, 0))", name)


UNTIL_COMMIT = "select pg_advisory_xact_lock(hashtextextended(name, 0)) from unnest(%(names)s::text[]) name"


def exclusive_until_commit(*names: str) -> None:
    """Wait for the names' locks, one after the other, and keep them until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(UNTIL_COMMIT, {"names": list(names)})


def try_exclusive(name: str) -> bool:
    """Take the name's lock for as long as this connection lives, and return True; False if another has it."""
    return bool(_ask("select pg_try_advisory_lock(hashtextextended(%s, 0))", name))


def release(name: str) -> None:
    """Give back what ``try_exclusive`` took."""
    _ask("select pg_advisory_unlock(hashtextextended(%s, 0))", name)


def _ask(query: str, name: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query, [name])
        return cursor.fetchone()[0]
