"""Rows that a module's tests committed and did not take back: another module's test would find them, or not, as the
order of the day has it."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from . import databases, services

TABLES = """
    select relname from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = 'public' and relkind in ('r', 'p') and not relispartition order by relname
"""
KEPT = pytest.StashKey[dict[str, int]]()


def remember(config: pytest.Config) -> None:
    """Note what the worker's database has before any test."""
    config.stash[KEPT] = _counted()


def check(config: pytest.Config) -> None:
    """Raise AssertionError if the worker's database has other numbers of rows than before any test."""
    if KEPT not in config.stash:
        return
    before, now = config.stash[KEPT], _counted()
    changed = {table: now[table] - before[table] for table in before if now[table] != before[table]}
    config.stash[KEPT] = now  # told once, of the module that did it
    assert not changed, f"committed rows were left behind, or taken away: {changed}"


def _counted() -> dict[str, int]:
    with psycopg.connect(databases.url(f"worker_{services.WORKER}")) as server:
        tables = [name for (name,) in server.execute(TABLES)]
        one = sql.SQL("select {}, count(*) from {}")
        counts = sql.SQL(" union all ").join(one.format(sql.Literal(name), sql.Identifier(name)) for name in tables)
        return dict(server.execute(counts).fetchall())
