"""The databases of a run: one with the catalogue, which is imported once, and quick copies of it."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from psycopg import sql

from .services import RUN

CATALOGUE = settings.BASE_DIR / "marketplace" / "data" / "open-models.jsonl"


def url(name: str) -> str:
    """Return the address of a database of the run's server."""
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def make_migrated() -> str:
    """Make the database with all tables and no rows, unless the run's server came with it; return its name."""
    return os.environ.get("MIGRATED_DATABASE") or make("migrated", "template1", partial(_manage, "migrate"))


def make_catalogue() -> str:
    """Make the database with the catalogue, unless another worker of the run has; return its name.

    It must not be used itself: PostgreSQL copies only what nobody is connected to.
    """
    return make("catalogue", make_migrated(), partial(_manage, "import_catalogue", str(CATALOGUE)))


def make(kind: str, template: str, fill: Callable[..., object]) -> str:
    """Make a copy of a database, filled by ``fill(name=...)``, unless another worker has; return its name."""
    name = f"{kind}_{os.environ[RUN]}"
    unfinished = f"unfinished_{name}"
    with _server() as server:
        server.execute("select pg_advisory_lock(hashtext(%s))", [name])
        if not server.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            _create(server, unfinished, template)
            fill(name=unfinished)
            server.execute(_said("alter database {} rename to {}", unfinished, name))
    return name


@contextmanager
def copied(source: str, name: str) -> Iterator[str]:
    """Keep a copy of a database until the block ends."""
    with _server() as server:
        _create(server, name, source)
    yield name
    with _server() as server:
        server.execute(_said("drop database {} with (force)", name))


@contextmanager
def named(name: str) -> Iterator[None]:
    """Let Django's connections of all threads, from their next opening on, go to a database of the run's server."""
    used = connections.settings["default"]
    before = used["NAME"]
    connection.close()
    used["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        used["NAME"] = before


def _manage(*command: str, name: str) -> None:
    def call() -> None:
        with named(name):
            call_command(*command, verbosity=0)

    with ThreadPoolExecutor(1) as apart:  # in this thread Django refuses while a browser is open
        apart.submit(call).result()


def _server() -> psycopg.Connection:
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


def _create(server: psycopg.Connection, name: str, template: str) -> None:
    server.execute(_said("drop database if exists {} with (force)", name))
    server.execute(_said("create database {} template {} strategy file_copy", name, template))


def _said(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))
