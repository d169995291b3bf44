"""A test run's services end with it and leave nothing."""

import ast
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from stack.places import ROOT
from stack.services import _behind_the_tables

Host = subprocess.Popen[str]


def closed(host: Host) -> None:
    host.communicate()


def told_to_stop(host: Host) -> None:
    host.send_signal(signal.SIGTERM)


@pytest.fixture(params=["short", "deep" * 30])
def folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A temporary folder outside pytest's own, which no other user may pass through."""
    with tempfile.TemporaryDirectory() as name:
        inside = Path(name) / request.param
        inside.mkdir()
        yield inside


def name_of(process: psutil.Process) -> str:
    """Return the name of a process; nothing for one that has just ended, as PostgreSQL's helpers do."""
    with suppress(psutil.NoSuchProcess):
        return str(process.name())
    return ""


@pytest.mark.parametrize("end", [closed, told_to_stop])
def test_a_run_leaves_no_process_and_no_file(folder: Path, end: Callable[[Host], None]) -> None:
    command, here = [sys.executable, "-m", "stack", "services"], {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(command, cwd=ROOT, env=here, stdin=-1, stdout=-1, text=True) as host:
        assert host.stdout
        addresses = json.loads(host.stdout.readline())
        assert names(host) == {"redis-server"}
        print("database", file=host.stdin, flush=True)
        assert host.stdout.readline() == "ready\n"
        with psycopg.connect(addresses["DATABASE_URL"]) as asked:
            assert asked.execute("SHOW fsync").fetchone() == ("off",)
        assert {"postgres", "redis-server"} <= names(host)
        servers = psutil.Process(host.pid).children(recursive=True)
        end(host)
        host.wait(30)
    assert not any(server.is_running() for server in servers)
    assert not list(folder.iterdir())


def names(host: Host) -> set[str]:
    return set(map(name_of, psutil.Process(host.pid).children(recursive=True)))


@pytest.mark.django_db
def test_the_tables_of_a_run_are_those_of_the_present_migrations() -> None:
    executor = MigrationExecutor(connection)
    assert not executor.migration_plan(executor.loader.graph.leaf_nodes())


def test_tables_are_made_anew_whenever_something_behind_them_changes() -> None:
    """What is kept goes by the migrations and by all of ours that they import."""
    behind = _behind_the_tables()
    migrations = [file for file in behind if file.parent.name == "migrations"]
    assert {*ROOT.glob("*/migrations/0*.py")} <= {*migrations}
    assert {file.parts[-3] for file in migrations} >= {"accounts", "contracts", "inference", "marketplace"}
    for file in migrations:
        for module in imported(file):
            source = ROOT / f"{module.replace('.', '/')}.py"
            assert not source.exists() or source in behind, f"{file} imports {module}"


def imported(file: Path) -> set[str]:
    """Return the names of all modules that a file imports, or imports something of."""
    found = list(ast.walk(ast.parse(file.read_text())))
    whole = {alias.name for node in found if isinstance(node, ast.Import) for alias in node.names}
    parts = [node for node in found if isinstance(node, ast.ImportFrom)]
    return whole | {
        f"{node.module}{end}" for node in parts for end in ("", *(f".{alias.name}" for alias in node.names))
    }
