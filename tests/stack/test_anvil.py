"""The demo's chain keeps its blocks, its first block and its clock, however it ends."""

import gzip
import json
import os
import platform
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

import pytest

from stack import anvil, chain
from stack.ports import is_free
from stack.trouble import Trouble
from tests.waiting import until

from .local_chain import Local, child_of, runs


@contextmanager
def serving(local: Local) -> Iterator["subprocess.Popen[bytes]"]:
    with anvil.running(local.folder, local.port, local.sockets) as child:
        yield child


def blocks(local: Local) -> list[tuple[str, int]]:
    head = int(local.rpc("eth_blockNumber"), 16)
    read = (local.rpc("eth_getBlockByNumber", hex(number), False) for number in range(head + 1))
    return [(block["hash"], int(block["timestamp"], 16)) for block in read]


def test_a_chain_begins_sixty_days_ago_and_goes_on_with_this_clock(local: Local) -> None:
    local.prepare()
    anvil.prepare(local.folder, local.port, local.sockets, lambda: pytest.fail("it is there already"))
    with serving(local):
        until(lambda: local.head() >= 6)  # three of the seed, then one every two seconds
        asked = time.time()
        first = blocks(local)
        assert 0 <= time.time() - anvil.DAYS * 86_400 - first[0][1] < 90
        assert asked - 5 < first[-1][1] < time.time() + 5
    with serving(local):
        until(lambda: local.head() > len(first))
        second = blocks(local)
        assert second[: len(first)] == first
        assert [when for _, when in second] == sorted(when for _, when in second)


def test_a_kill_loses_seconds(local: Local) -> None:
    local.prepare()
    with local.started() as child:
        state = anvil.state_of(local.folder)
        head = local.head()
        until(lambda: saved(local) > head)
        before, kept = blocks(local), state.read_bytes()
        os.kill(child_of(child), signal.SIGKILL)
        assert child.wait(20) == 1
        assert len(before) - number_in(kept) < 10
    with serving(local):
        after = blocks(local)
        assert after[: number_in(kept) + 1] == before[: number_in(kept) + 1]
        assert [when for _, when in after] == sorted(when for _, when in after)


def saved(local: Local) -> int:
    return number_in(anvil.state_of(local.folder).read_bytes())


def number_in(packed: bytes) -> int:
    return int(json.loads(gzip.decompress(packed))["best_block_number"])


@contextmanager
def orphaned(local: Local) -> Iterator[int]:
    """Kill the keeper of a running chain, whose anvil ends four seconds later; gives anvil's process id."""
    with local.started() as child:
        orphan = child_of(child)
        os.kill(orphan, signal.SIGSTOP)  # it takes its time to end
        child.kill()
        child.wait()
        Timer(4, os.kill, (orphan, signal.SIGCONT)).start()
        yield orphan


def test_a_new_keeper_waits_for_the_end_of_the_anvil_of_one_that_was_killed(local: Local) -> None:
    local.prepare()
    with orphaned(local) as orphan, local.started():
        until(lambda: not runs(orphan))
        assert local.head() >= 3


def test_who_takes_ports_can_wait_for_the_end_of_a_chain(local: Local) -> None:
    anvil.wait_for_end(local.folder)  # there is none
    local.prepare()
    with orphaned(local) as orphan:
        assert runs(orphan)
        anvil.wait_for_end(local.folder)
        until(lambda: not runs(orphan))  # it gives its lock back a moment before it is gone
        assert is_free(local.port)


@pytest.mark.parametrize("kept", [None, b"", b"\x1f\x8b torn", gzip.compress(b"x" * 99, mtime=0)[:-9]])
def test_a_chain_that_cannot_be_read_is_said_to_be(
    local: Local, kept: bytes | None, capfd: pytest.CaptureFixture[str]
) -> None:
    local.folder.mkdir()
    if kept is not None:
        anvil.state_of(local.folder).write_bytes(kept)
    assert chain.main(str(local.folder), str(local.port), str(local.sockets)) == 1
    assert "cannot be read" in capfd.readouterr().err


def test_a_state_that_anvil_wrote_itself_is_taken_over(local: Local) -> None:
    local.prepare()
    packed = anvil.state_of(local.folder)
    (local.folder / chain.LOADED).write_bytes(gzip.decompress(packed.read_bytes()))
    packed.unlink()
    with serving(local):
        assert local.head() >= 3
    assert number_in(packed.read_bytes()) >= 3


def test_a_kill_while_it_is_prepared_leaves_nothing_but_its_beginning(local: Local) -> None:
    def fail() -> None:
        raise Trouble("killed")

    with pytest.raises(Trouble, match="killed"):
        anvil.prepare(local.folder, local.port, local.sockets, fail)
    assert not local.folder.exists()
    began = local.folder.with_suffix(".began").read_text()
    local.prepare()
    assert local.folder.with_suffix(".began").read_text() == began


def test_a_chain_is_used_with_the_contracts_that_it_was_made_with_alone(local: Local) -> None:
    anvil.check_made_with(local.folder, "these")
    anvil.prepare(local.folder, local.port, local.sockets, lambda: None, "these")
    anvil.check_made_with(local.folder, "these")
    said = f"in {local.folder.parent} was made with other contracts than the ones here. Remove that folder"
    with pytest.raises(Trouble, match=said):
        anvil.check_made_with(local.folder, "others")
    (local.folder / anvil.CONTRACTS).unlink()  # as in a demo of before
    with pytest.raises(Trouble, match=said):
        anvil.check_made_with(local.folder, "these")


def test_what_goes_wrong_is_a_sentence(
    local: Local, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(anvil, "answers", lambda port: False)  # else the question waits for whoever has the port
    with socket.create_server(("127.0.0.1", local.port)), pytest.raises(Trouble, match="does not start"):
        local.prepare()
    monkeypatch.undo()
    assert f"not start on port {local.port}" in capfd.readouterr().err
    assert not anvil.answers(local.port)
    monkeypatch.setattr(platform, "machine", lambda: "abacus")
    with pytest.raises(Trouble, match="no anvil for this machine"):
        anvil.program()


def test_a_refusal_of_the_chain_is_trouble(local: Local) -> None:
    with (
        pytest.raises(Trouble, match="refused eth_noSuchThing"),
        anvil.running(local.made(), local.port, local.sockets, "--prepare"),
    ):
        local.rpc("eth_noSuchThing")
