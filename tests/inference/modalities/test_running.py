"""Engines begin when somebody asks, and end when nobody does."""

from __future__ import annotations

import json
import os
import signal
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from inference.health import check_engine
from inference.modalities import running
from inference.modalities.child import BrokenError
from inference.modalities.door import Door
from inference.modalities.running import FullError, Senses
from inference.models import Probe
from inference.sense_kinds import SENSES
from inference.servers import engine_of
from marketplace.listings.runtime import RuntimeState
from tests.waiting import until

from .conftest import KEY

pytestmark = [pytest.mark.xdist_group("senses"), pytest.mark.usefixtures("door")]
PATIENCE = 240


def child_of(senses: Senses, kind: str) -> int:
    child = senses._senses[kind].child
    assert child
    return child.pid


def test_it_sleeps_wakes_and_survives_a_kill() -> None:
    senses = Senses(idle=4)
    assert senses.awake() == []
    first = senses.ask("1", "classes", SENSES["classes"].sample())
    assert first.done.wait(PATIENCE)
    assert first.told
    assert "said" in first.told
    assert first.asked == {}
    assert senses.ask("1", "classes", {}) is first  # the same name, the same question
    child = senses._senses["classes"].child
    assert child
    os.kill(child.pid, signal.SIGKILL)
    until(lambda: child.has_ended, lambda: "it lives on", 10)
    second = senses.ask("2", "classes", SENSES["classes"].sample())
    assert second.done.wait(PATIENCE)
    assert second.told
    assert "said" in second.told  # it was killed while nobody asked: whoever asks next hears nothing of it
    pid = child_of(senses, "classes")
    until(lambda: not Path(f"/proc/{pid}").exists(), lambda: "it did not fall asleep", 60)
    assert senses.awake() == []
    assert not [each for each in threading.enumerate() if each.name == "sense-classes"] or senses._senses == {}


def test_no_more_than_so_many_wait_or_are_awake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "MOST_AWAKE", 1)
    monkeypatch.setattr(running, "MOST_WAITING", 2)
    senses = Senses(idle=60)
    try:
        asked = [senses.ask(str(number), "classes", SENSES["classes"].sample()) for number in range(2)]
        for refused in range(2, 6):
            try:
                asked.append(senses.ask(str(refused), "classes", SENSES["classes"].sample()))
            except FullError:
                break
        else:
            pytest.fail("as many as anybody likes may wait")
        with pytest.raises(KeyError):
            senses.ask("x", "nothing", {})
        assert all(each.done.wait(PATIENCE) for each in asked)
        other = senses.ask("speech", "speech", SENSES["speech"].sample())
        assert other.done.wait(PATIENCE)
        assert senses.awake() == ["speech"]
    finally:
        senses.close()


def test_the_door_wants_its_key_and_bounds_what_it_takes(door: Door) -> None:
    url = f"http://127.0.0.1:{door.server_port}"

    def status(path: str, key: str = KEY, data: bytes | None = None, **headers: str) -> int:
        request = urllib.request.Request(url + path, data, {"Authorization": f"Bearer {key}", **headers})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  our own
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    assert status("/health") == 200
    assert status("/health", "another") == 401
    assert status("/v1/answers/unknown") == 404
    assert status("/v1/answers", "another", b"{}") == 401
    assert status("/v1/answers", data=b"{") == 400
    assert status("/v1/answers", data=json.dumps({"id": "1", "kind": "nothing", "asked": {}}).encode()) == 400
    with pytest.raises(ValueError, match="key"):
        Door(0, "", Senses())


@pytest.mark.usefixtures("senses", "listed")
def test_one_that_sleeps_counts_by_its_last_start(door: Door) -> None:
    engine = engine_of("language")
    assert check_engine(engine) == RuntimeState.READY
    probe = Probe.objects.get()
    assert (probe.engine, probe.answered) == ("language", True)
    assert probe.first_token_ms is not None
    asked = len(door.senses._questions)
    assert check_engine(engine) == RuntimeState.READY  # its owner lives: it is not woken for that
    assert len(door.senses._questions) == asked
    assert Probe.objects.count() == 1


TAKES = threading.Event()  # never set: what takes a while waits for it


class Counted:
    """In place of a process: how many there are at once is all that matters."""

    alive, most, lock = 0, 0, threading.Lock()
    has_ended = False

    def __init__(self, kind: str) -> None:
        self.kind = kind
        with Counted.lock:
            Counted.alive += 1
            Counted.most = max(Counted.most, Counted.alive)
        TAKES.wait(0.02)

    def ask(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        TAKES.wait(0.02)
        if asked:
            raise BrokenError("as it was asked to")
        return {"said": {}}

    def end(self) -> None:
        TAKES.wait(0.02)
        with Counted.lock:
            Counted.alive -= 1

    kill = end


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> type[Counted]:
    """Processes that are only counted."""
    Counted.alive = Counted.most = 0
    monkeypatch.setattr(running, "Child", Counted)
    monkeypatch.setattr(running, "LOOK", 0.001)
    return Counted


def test_engines_that_wake_at_once_count_each_other(counted: type[Counted]) -> None:
    senses = Senses(idle=0.05)
    for turn in range(3):
        breaks = {"break": True} if turn == 1 else {}
        asked = [senses.ask(f"{turn} {kind}", kind, breaks) for kind in SENSES]
        assert all(each.done.wait(PATIENCE) for each in asked)
        assert all("failed" in (each.told or {}) for each in asked) is bool(breaks)
    until(lambda: counted.alive == 0 and not senses._placed, lambda: f"{counted.alive} are awake still")
    assert counted.most == running.MOST_AWAKE
    assert senses._wanting == []


def test_one_that_is_asked_more_and_more_makes_room_in_its_turn(
    counted: type[Counted], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "MOST_AWAKE", 1)
    monkeypatch.setattr(running, "TURN", 0.05)
    senses, ends = Senses(idle=0.05), threading.Event()

    def go_on() -> None:
        number = 0
        while not ends.is_set():
            number += 1
            try:
                senses.ask(f"busy {number}", "classes", {})
            except FullError:
                TAKES.wait(0.005)

    busy = threading.Thread(target=go_on)
    busy.start()
    try:
        until(lambda: counted.alive == 1, lambda: "nobody woke")
        assert senses.ask("other", "voice", {}).done.wait(PATIENCE)
    finally:
        ends.set()
        busy.join()
    until(lambda: counted.alive == 0, lambda: f"{counted.alive} are awake still")
    assert counted.most == 1
