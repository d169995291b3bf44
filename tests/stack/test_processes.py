"""The supervisor brings back what dies, and everything ends with it."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from stack import tether
from stack.places import private_dir, socket_dir
from stack.processes import Process, Supervisor
from stack.trouble import Trouble
from tests.waiting import until


@pytest.fixture
def home(tmp_path: Path) -> Path:
    private_dir(socket_dir(tmp_path))
    return tmp_path


@pytest.fixture
def supervised(home: Path) -> Iterator[Supervisor]:
    """A supervisor with one program that notes its id at each start, and one that cannot start."""
    note = home / "started 100%.txt"
    lives = tether.command("sh", "-c", 'echo $$ >> "$0"; exec sleep 60', str(note))
    supervisor = Supervisor(home, socket_dir(home), [Process("lives", lives), Process("fails", ["false"])])
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        supervisor.open(lock, dict(os.environ))
    yield supervisor
    supervisor.close()


def ids(home: Path) -> list[int]:
    note = home / "started 100%.txt"
    return [int(line) for line in note.read_text().split()] if note.exists() else []


def wait_for(home: Path, count: int) -> int:
    until(lambda: len(ids(home)) >= count)
    return ids(home)[count - 1]


def test_what_dies_comes_back_and_what_is_closed_does_not(home: Path, supervised: Supervisor) -> None:
    supervised.start("lives", lambda: bool(ids(home)))
    psutil.Process(wait_for(home, 1)).kill()
    second = psutil.Process(wait_for(home, 2))
    assert second.is_running()
    supervised.close()
    assert not second.is_running()


def test_what_never_becomes_ready_is_told_with_its_log(home: Path, supervised: Supervisor) -> None:
    with pytest.raises(Trouble, match=r"fails does not become ready; .*fails\.log"):
        supervised.start("fails", lambda: False, seconds=0.5)


def test_the_lock_is_free_only_when_the_supervisor_has_ended(home: Path, supervised: Supervisor) -> None:
    supervised.start("lives", lambda: bool(ids(home)))
    with (home / "lock").open() as again:
        with pytest.raises(BlockingIOError):
            fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
        supervised.close()
        fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
