"""The demo's chain keeps its blocks, its first block and its clock, however it ends."""

import os
import platform
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest

from stack import anvil, tether
from stack.places import is_free
from stack.trouble import Trouble


@pytest.fixture
def port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@contextmanager
def serving(folder: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    child = subprocess.Popen(anvil.command(folder, port), env=tether.environment())
    try:
        until(lambda: child.poll() is not None or anvil.answers(port))
        assert child.poll() is None
        yield child
    finally:
        child.terminate()
        child.wait()


def child_of(process: "subprocess.Popen[bytes]") -> int:
    return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])


def runs(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def blocks(port: int) -> list[tuple[str, int]]:
    head = int(anvil.rpc(port, "eth_blockNumber"), 16)
    read = (anvil.rpc(port, "eth_getBlockByNumber", hex(number), False) for number in range(head + 1))
    return [(block["hash"], int(block["timestamp"], 16)) for block in read]


def prepared(folder: Path, port: int) -> None:
    anvil.prepare(folder, port, lambda: anvil.rpc(port, "anvil_mine", "0x3", hex(anvil.DAYS * 28_000)))


def test_a_chain_begins_sixty_days_ago_and_goes_on_with_this_clock(tmp_path: Path, port: int) -> None:
    folder = tmp_path / "chain"
    prepared(folder, port)
    anvil.prepare(folder, port, lambda: pytest.fail("it is there already"))
    with serving(folder, port) as child:
        time.sleep(2 * anvil.BLOCK_SECONDS + 1)
        first = blocks(port)
        assert 0 <= time.time() - anvil.DAYS * 86_400 - first[0][1] < 60
        assert abs(time.time() - first[-1][1]) < 5
        assert len(first) >= 6
        child.terminate()
        assert child.wait(30) == 0
    with serving(folder, port):
        time.sleep(anvil.BLOCK_SECONDS + 1)
        second = blocks(port)
        assert second[: len(first)] == first
        assert [when for _, when in second] == sorted(when for _, when in second)


def test_a_kill_loses_seconds_and_a_torn_file_no_more_than_that(tmp_path: Path, port: int) -> None:
    folder = tmp_path / "chain"
    prepared(folder, port)
    with serving(folder, port) as child:
        time.sleep(anvil.STATE_SECONDS + 3)
        before = blocks(port)
        os.kill(child_of(child), signal.SIGKILL)
        assert child.wait(10) != 0
    state = folder / "state.json"
    state.write_bytes(state.read_bytes()[:1_000])
    with serving(folder, port):
        after = blocks(port)
        assert after[:5] == before[:5]
        assert [when for _, when in after] == sorted(when for _, when in after)


@contextmanager
def orphaned(folder: Path, port: int) -> Iterator[tuple[int, list[tuple[str, int]]]]:
    """Kill the keeper of a running chain, which ends four seconds later; gives its process id and its blocks."""
    with serving(folder, port) as child:
        time.sleep(anvil.BLOCK_SECONDS + 1)  # too short for anvil to write its state by itself
        orphan, before = child_of(child), blocks(port)
        os.kill(orphan, signal.SIGSTOP)  # it takes its time to write
        child.kill()
        Timer(4, os.kill, (orphan, signal.SIGCONT)).start()
        yield orphan, before


def test_a_new_keeper_waits_until_the_chain_of_the_one_that_was_killed_is_written(tmp_path: Path, port: int) -> None:
    folder = tmp_path / "chain"
    prepared(folder, port)
    with orphaned(folder, port) as (orphan, before), serving(folder, port) as other:
        until(lambda: not runs(orphan))
        until(lambda: other.poll() is not None or anvil.answers(port))
        assert other.poll() is None
        assert blocks(port)[: len(before)] == before


def test_who_takes_ports_can_wait_for_the_end_of_a_chain(tmp_path: Path, port: int) -> None:
    folder = tmp_path / "chain"
    anvil.wait_for_end(folder)  # there is none
    prepared(folder, port)
    with orphaned(folder, port) as (orphan, _):
        assert runs(orphan)
        anvil.wait_for_end(folder)
        assert is_free(port)


def test_a_chain_that_cannot_be_read_is_said_to_be(tmp_path: Path, port: int) -> None:
    folder = tmp_path / "chain"
    folder.mkdir()
    with pytest.raises(Trouble, match="cannot be read"):
        anvil.serve(folder, port)


def test_a_kill_while_it_is_prepared_leaves_nothing_but_its_beginning(tmp_path: Path, port: int) -> None:
    folder = tmp_path / "chain"

    def fail() -> None:
        raise Trouble("killed")

    with pytest.raises(Trouble, match="killed"):
        anvil.prepare(folder, port, fail)
    assert not folder.exists()
    began = folder.with_suffix(".began").read_text()
    prepared(folder, port)
    assert folder.with_suffix(".began").read_text() == began


def test_what_goes_wrong_is_a_sentence(tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anvil, "STARTING_SECONDS", 3)
    with socket.create_server(("127.0.0.1", port)), pytest.raises(Trouble, match=f"not start on port {port}"):
        prepared(tmp_path / "chain", port)
    assert not anvil.answers(port)
    monkeypatch.setattr(platform, "machine", lambda: "abacus")
    with pytest.raises(Trouble, match="no anvil for this machine"):
        anvil.program()


def test_a_refusal_of_the_chain_is_trouble(tmp_path: Path, port: int) -> None:
    prepared(tmp_path / "chain", port)
    with (
        anvil.running(port, tmp_path / "chain", 1_700_000_000),
        pytest.raises(Trouble, match="refused eth_noSuchThing"),
    ):
        anvil.rpc(port, "eth_noSuchThing")
