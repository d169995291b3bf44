"""Nothing outlives its parent, however the parent ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from stack import tether
from tests.waiting import until

# Tells the id of a tethered child, then stays as long as it is let.
PARENT = """
import subprocess, sys
from stack import tether
{setup}
child = subprocess.Popen(tether.command("sleep", "60"), env=tether.environment())
print(child.pid, flush=True)
child.wait()
"""
WATCHED = "import os; os.environ['TETHER_WATCH'] = '1'"


@pytest.fixture
def parent(request: pytest.FixtureRequest) -> Iterator["subprocess.Popen[str]"]:
    code = PARENT.format(setup=getattr(request, "param", ""))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def family(pid: int) -> list[psutil.Process]:
    child = psutil.Process(pid)
    return [child, *child.children(recursive=True)]


def running(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def is_there(pid: int) -> bool:
    """Whether the command itself runs: as the tethered process, or below it where that watches."""
    return any(process.name() == "sleep" for process in family(pid))


@pytest.mark.parametrize("parent", ["", WATCHED], ids=["by the kernel", "by watching"], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_ends_with_its_parent(parent: "subprocess.Popen[str]", number: int) -> None:
    assert parent.stdout
    pid = int(parent.stdout.readline())
    until(lambda: is_there(pid))
    children = family(pid)
    assert all(map(running, children))
    parent.send_signal(number)
    parent.wait()
    until(lambda: not any(map(running, children)), seconds=10)


def test_a_command_whose_parent_died_before_it_began_is_not_run() -> None:
    nobody = {**os.environ, tether.PARENT: "1"}
    ended = subprocess.run(tether.command("echo", "ran"), env=nobody, capture_output=True, text=True, check=True)
    assert ended.stdout == ""


@pytest.mark.parametrize("watch", [{}, {"TETHER_WATCH": "1"}], ids=["by the kernel", "by watching"])
def test_a_tethered_command_ends_with_its_own_code(watch: dict[str, str]) -> None:
    variables = tether.environment({**os.environ, **watch})
    assert subprocess.run(tether.command("sh", "-c", "exit 7"), env=variables, check=False).returncode == 7


def test_a_tethered_command_is_the_parent_that_its_own_children_expect() -> None:
    code = "import subprocess; from stack import tether; subprocess.run(tether.command('echo', 'ran'))"
    outer = tether.command(sys.executable, "-c", code)
    ended = subprocess.run(outer, env=tether.environment(), capture_output=True, text=True, check=True)
    assert ended.stdout == "ran\n"
