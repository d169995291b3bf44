"""Rows that a module's tests committed and did not take back: another module's test would find them, or not, as the
order of the day has it.

Counting every table takes as long as a short test, and workers change their module some thousand times. So the server
is asked first, in less than a millisecond, whether anybody has committed anything since the last look: what tests do
inside of the transaction that is rolled back after them is no reason to count.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql

from . import databases, services

TABLES = """
    select relname from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = 'public' and relkind in ('r', 'p') and not relispartition
        and relname <> 'marketplace_searchterm' -- words of listings, which are only ever counted anew
    order by relname
"""
# Numbers of transactions are the whole server's: others' commits have us count for nothing, never miss anything.
WRITTEN = """
    select exists (select from generate_series(%s, pg_snapshot_xmax(now_)::text::bigint - 1) number
                   where pg_xact_status(number::text::xid8) is distinct from 'aborted'),
           pg_snapshot_xmin(now_)::text::bigint
    from pg_current_snapshot() now_
"""


@dataclass
class _Kept:
    """What is known of the worker's database; transactions from ``since`` on have not been looked at, or go on."""

    server: psycopg.Connection  # of another database: PostgreSQL copies only what nobody is connected to
    since: int
    counts: dict[str, int]


KEPT = pytest.StashKey[_Kept]()


def remember(config: pytest.Config) -> None:
    """Note what the worker's database has before any test."""
    server = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    config.add_cleanup(server.close)
    config.stash[KEPT] = kept = _Kept(server, 0, {})
    row = server.execute("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint").fetchone()
    assert row
    (kept.since,) = row
    kept.counts = _counted()


def check(config: pytest.Config) -> None:
    """Raise AssertionError if the worker's database has other numbers of rows than before any test."""
    kept = config.stash.get(KEPT, None)
    if kept is None or not _written(kept):
        return
    before, now = kept.counts, _counted()
    changed = {table: now[table] - before[table] for table in before if now[table] != before[table]}
    kept.counts = now  # told once, of the module that did it
    assert not changed, f"committed rows were left behind, or taken away: {changed}"


def _written(kept: _Kept) -> bool:
    row = kept.server.execute(WRITTEN, [kept.since]).fetchone()
    assert row
    written, kept.since = row
    return bool(written)


def _counted() -> dict[str, int]:
    with psycopg.connect(databases.url(f"worker_{services.WORKER}")) as server:
        tables = [name for (name,) in server.execute(TABLES)]
        one = sql.SQL("select {}, count(*) from {}")
        counts = sql.SQL(" union all ").join(one.format(sql.Literal(name), sql.Identifier(name)) for name in tables)
        return dict(server.execute(counts).fetchall())
