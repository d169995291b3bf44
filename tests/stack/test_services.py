"""A test run's services end with it and leave nothing."""

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

from stack.places import ROOT

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
        with psycopg.connect(addresses["DATABASE_URL"]) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("off",)
        servers = psutil.Process(host.pid).children(recursive=True)
        assert {"postgres", "redis-server"} <= set(map(name_of, servers))
        end(host)
        host.wait(30)
    assert not any(server.is_running() for server in servers)
    assert not list(folder.iterdir())
