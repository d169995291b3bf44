"""Engines of one's own: who may have one, one at a time, and how each ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Account, User
from common.limits import TooManyError
from inference import dedicated, dedicated_running
from inference.dedicated import (
    EngineNotFoundError,
    EngineRunsError,
    QueueFullError,
    Started,
    inner_key,
    place_of,
    renew_key,
    request_engine,
    running_engine,
    stop_engine,
)
from inference.dedicated_files import ARCHITECTURES, CannotRunError, plan_of
from inference.dedicated_models import LIVE, DedicatedEngine, EngineState, Why
from inference.dedicated_running import Engines, began, reason_of
from marketplace.deploying.errors import FileMissingError
from marketplace.listings.models import Listing
from marketplace.listings.publishing import publish_version
from marketplace.listings.records import Record
from marketplace.listings.versions import Version, VersionFile
from stack import engine as engine_environment
from tests.factories.releases import add_files, blob
from tests.factories.tiny_model import tiny_model
from tests.model_files import files_in
from tests.waiting import until

NAME = "corner/tiny"
PATIENCE = 240.0  # seconds: torch is slow to load on a busy machine


@pytest.fixture
def kept(tmp_path: Path, settings: Any) -> Iterator[None]:
    """A storage of the test's own."""
    settings.OWN_ENGINES = tmp_path / "own"
    with files_in(tmp_path / "model_files"):
        yield


@pytest.fixture
def seller(db: None, kept: None) -> User:
    """Who owns a release with real files, and so may run it."""
    user = User.objects.create(address="0x" + "a" * 40)
    owner = Account.objects.create(name="corner", user=user)
    made = Record.model_validate({"name": NAME, "task": "text-generation", "license": "apache-2.0"})
    version = publish_version(owner=owner, record=made, number="1.0.0", summary="Tiny.", terms="")
    add_files(version, tiny_model())
    return user


@pytest.fixture
def listing(seller: User) -> Listing:
    return Listing.objects.get(name=NAME)


@pytest.fixture
def version(listing: Listing) -> Version:
    return Version.objects.get(listing=listing)


def ask(user: User, **changes: Any) -> Started:
    asked = {"chain_id": None, "listing": Listing.objects.get(name=NAME), "number": "1.0.0", **changes}
    return request_engine(user=user, **asked)


def engine(user: User, state: EngineState, **columns: object) -> DedicatedEngine:
    ended = None if state in ("queued", "starting", "healthy", "stopping") else timezone.now()
    made = {"listing": NAME, "version": "1.0.0", "key_digest": "0" * 64, "key_hint": "…", "ended_at": ended, **columns}
    return DedicatedEngine.objects.create(user=user, state=state, **made)


def somebody(letter: str) -> User:
    return User.objects.create(address="0x" + letter * 40)


def test_the_database_keeps_one_engine_a_person_and_one_running_on_the_machine(db: None) -> None:
    holder, other = somebody("a"), somebody("b")
    engine(holder, EngineState.HEALTHY)
    engine(other, EngineState.STOPPED)
    with pytest.raises(IntegrityError, match="engine_one_each"), transaction.atomic():
        engine(holder, EngineState.QUEUED)
    with pytest.raises(IntegrityError, match="engine_one_at_a_time"), transaction.atomic():
        engine(other, EngineState.STARTING)
    engine(other, EngineState.QUEUED)


def test_who_holds_it_gets_an_engine_and_a_key_that_is_shown_once(seller: User) -> None:
    started = ask(seller)
    assert started.engine.state == EngineState.QUEUED
    assert started.key not in json.dumps(DedicatedEngine.objects.values().get(), default=str)
    assert running_engine(started.engine.pk, started.key) == started.engine
    assert running_engine(started.engine.pk, started.key + "x") is None
    again = renew_key(user=seller, engine_id=started.engine.pk)
    assert running_engine(started.engine.pk, started.key) is None
    assert running_engine(started.engine.pk, again.key) == started.engine
    with pytest.raises(EngineRunsError):
        ask(seller)
    with pytest.raises(EngineNotFoundError):
        stop_engine(user=somebody("b"), engine_id=started.engine.pk)
    assert stop_engine(user=seller, engine_id=started.engine.pk).why == Why.ASKED
    with pytest.raises(EngineNotFoundError):
        renew_key(user=seller, engine_id=started.engine.pk)


def test_a_stranger_gets_none_and_learns_nothing(listing: Listing) -> None:
    with pytest.raises(FileMissingError):
        ask(somebody("b"))
    assert not DedicatedEngine.objects.exists()


def test_the_queue_has_an_end_and_says_how_long_it_takes(seller: User, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    runs = engine(somebody("b"), EngineState.HEALTHY, started_at=now - timedelta(minutes=2))
    waits = engine(somebody("c"), EngineState.QUEUED, created_at=now - timedelta(minutes=1))
    mine = ask(seller).engine
    first, second = place_of(waits), place_of(mine)
    assert first
    assert (first.place, first.minutes) == (1, 10)
    assert second
    assert (second.place, second.minutes) == (2, 22)
    assert place_of(runs) is None
    monkeypatch.setattr(dedicated, "MOST_QUEUED", 2)
    stop_engine(user=seller, engine_id=mine.pk)
    engine(somebody("d"), EngineState.QUEUED)
    with pytest.raises(QueueFullError):
        ask(seller)


def test_starts_are_counted(seller: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dedicated, "STARTS", (1, 3600))
    stop_engine(user=seller, engine_id=ask(seller).engine.pk)
    with pytest.raises(TooManyError):
        ask(seller)


def change(version: Version, path: str, content: bytes | None) -> None:
    VersionFile.objects.filter(version=version, path=path).delete()
    if content is not None:
        VersionFile.objects.create(version=version, path=path, blob=blob(content))


def test_only_what_needs_no_code_and_fits_is_run(version: Version, settings: Any) -> None:
    plan = plan_of(version)
    assert set(plan.files) == {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    assert plan.architecture == "LlamaForCausalLM"
    settings.ENGINE_MEMORY_MB = 100
    with pytest.raises(CannotRunError, match="600 MB"):
        plan_of(version)
    settings.ENGINE_MEMORY_MB = 3_072
    change(version, "config.json", tiny_model("SomethingOfItsOwn")["config.json"])
    with pytest.raises(CannotRunError, match="SomethingOfItsOwn"):
        plan_of(version)
    for odd in (b"[", b"[]", b"{}", b'{"architectures": 3}', b'{"architectures": [["LlamaForCausalLM"]]}'):
        change(version, "config.json", odd)
        with pytest.raises(CannotRunError):
            plan_of(version)
    quantised = {**json.loads(tiny_model()["config.json"]), "quantization_config": {"bits": 4}}
    change(version, "config.json", json.dumps(quantised).encode())
    with pytest.raises(CannotRunError, match="quantised"):
        plan_of(version)
    change(version, "config.json", tiny_model()["config.json"])
    change(version, "tokenizer.json", None)
    with pytest.raises(CannotRunError, match=r"tokenizer\.json"):
        plan_of(version)


@pytest.mark.parametrize("kinds", [5, "LlamaForCausalLM", {"a": 1}, [[]], [None], True])
def test_a_configuration_may_name_anything_as_its_architecture(version: Version, kinds: object) -> None:
    change(version, "config.json", json.dumps({"architectures": kinds}).encode())
    with pytest.raises(CannotRunError):
        plan_of(version)


def gguf(architecture: bytes) -> bytes:
    key = b"general.architecture"
    text = len(key).to_bytes(8, "little") + key + (8).to_bytes(4, "little")
    return b"GGUF" + bytes(20) + text + len(architecture).to_bytes(8, "little") + architecture


def test_a_gguf_file_is_taken_alone_and_the_smallest_of_several(version: Version) -> None:
    VersionFile.objects.filter(version=version).delete()
    add_files(version, {"big.gguf": gguf(b"llama") + bytes(100), "small.gguf": gguf(b"llama"), "README.md": b"#"})
    assert set(plan_of(version).files) == {"small.gguf"}
    change(version, "small.gguf", gguf(b"odd"))
    with pytest.raises(CannotRunError, match="odd"):
        plan_of(version)
    change(version, "small.gguf", b"GGUF")
    with pytest.raises(CannotRunError):
        plan_of(version)
    VersionFile.objects.filter(version=version).delete()
    with pytest.raises(CannotRunError, match="No files"):
        plan_of(version)


@pytest.fixture(scope="session")
def environment() -> str:
    """The engines' own environment, made if it is not there."""
    engine_environment.ensure()
    return str(engine_environment.PYTHON)


@pytest.fixture
def engines(seller: User, environment: str, settings: Any) -> Iterator[Engines]:
    settings.ENGINE_PYTHON = environment
    made = Engines(settings.OWN_ENGINES)
    yield made
    made.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks that do not wait for ten seconds."""
    monkeypatch.setattr(dedicated_running, "LOOK_AGAIN", 0.0)


def state_of(found: DedicatedEngine) -> tuple[str, str]:
    found.refresh_from_db()
    return found.state, found.why


def reach(engines: Engines, found: DedicatedEngine, state: EngineState, why: Why = Why.NONE) -> None:
    def reached() -> bool:
        engines.look()
        now = state_of(found)
        assert now == (state, why) or now[0] in LIVE, f"{now} {log_of(engines, found)}"
        return now == (state, why)

    until(reached, lambda: f"{state_of(found)} {log_of(engines, found)}", PATIENCE)


@contextmanager
def asked(found: DedicatedEngine) -> Iterator[Iterator[str]]:
    """Ask a running engine for a long answer; give its lines as they come."""
    body = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 100, "stream": True, "model": "model"}
    headers = {"Authorization": f"Bearer {inner_key(found.pk)}"}
    address = f"http://127.0.0.1:{found.port}/v1/chat/completions"
    with httpx.stream("POST", address, json=body, headers=headers, timeout=60, trust_env=False) as answer:
        assert answer.status_code == 200
        yield answer.iter_lines()


def log_of(engines: Engines, found: DedicatedEngine) -> str:
    log = engines.folder / str(found.pk) / "log"
    return log.read_text()[-2000:] if log.exists() else f"no log; {found.state} {found.why}"


@pytest.mark.long(60)
@pytest.mark.usefixtures("impatient")
def test_an_engine_starts_answers_and_ends_its_answer_when_it_is_told_to_end(
    engines: Engines, seller: User, listing: Listing
) -> None:
    """One start of a real process."""
    started = ask(seller)
    reach(engines, started.engine, EngineState.HEALTHY)
    found = started.engine
    assert found.pid
    assert began(found.pid) == found.born
    folder = engines.folder / str(found.pk)
    config = json.loads((folder / "model" / "config.json").read_text())
    assert "auto_map" not in config, "what would name code is left out"
    assert not (folder / "model" / "README.md").exists()
    variables = Path(f"/proc/{found.pid}/environ").read_bytes()
    assert b"DATABASE_URL" not in variables
    assert b"SECRET" not in variables
    if sys.platform == "linux":
        assert "fence: " in log_of(engines, found)
        status = Path(f"/proc/{found.pid}/status").read_text()
        assert "NoNewPrivs:\t1" in status
        assert "CapEff:\t0000000000000000" in status
    # Others wait meanwhile, and nobody's access to theirs ends it.
    engines.look()
    assert state_of(found)[0] == EngineState.HEALTHY
    # It is told to stop in the middle of an answer, which it ends first.
    with asked(found) as pieces:
        assert next(pieces).startswith("data: ")
        stop_engine(user=seller, engine_id=found.pk)
        engines.look()
        assert state_of(found)[0] == EngineState.STOPPING
        rest = [piece for piece in pieces if piece]
    assert '"finish_reason":"length"' in rest[-1].replace(" ", "") or rest[-1] == "data: [DONE]", rest[-3:]
    reach(engines, found, EngineState.STOPPED, Why.ASKED)
    assert began(found.pid or 1) is None or found.pid is None
    assert not folder.exists()


@pytest.mark.long(60)
@pytest.mark.usefixtures("impatient")
def test_one_that_is_killed_is_noticed_and_the_next_in_the_queue_has_the_machine(
    engines: Engines, seller: User
) -> None:
    started = ask(seller).engine
    engines.look()
    assert state_of(started)[0] == EngineState.STARTING
    started.refresh_from_db()
    assert started.pid
    os.kill(started.pid, signal.SIGKILL)
    reach(engines, started, EngineState.FAILED, Why.CRASHED)
    assert engines.child is None
    again = ask(seller).engine
    engines.look()
    assert state_of(again)[0] == EngineState.STARTING
    stop_engine(user=seller, engine_id=again.pk)
    reach(engines, again, EngineState.STOPPED, Why.ASKED)


@pytest.mark.long(60)
def test_too_little_memory_is_told_as_such(engines: Engines, seller: User, monkeypatch: pytest.MonkeyPatch) -> None:
    started = ask(seller).engine
    monkeypatch.setattr(dedicated_running, "memory_mb", lambda: 120)  # as if it needed more than was reckoned
    reach(engines, started, EngineState.FAILED, Why.MEMORY)


@pytest.mark.long(30)
def test_files_that_do_not_fit_together_are_told_as_such(engines: Engines, seller: User, version: Version) -> None:
    change(version, "model.safetensors", b"\x08\x00\x00\x00\x00\x00\x00\x00nonsense")
    started = ask(seller).engine
    reach(engines, started, EngineState.FAILED, Why.BROKEN)


DEAF = "import pathlib, signal, time; signal.signal(signal.SIGTERM, lambda *_: pathlib.Path('told').touch())\n"
DEAF += "pathlib.Path('up').touch()\nwhile not pathlib.Path('over').exists(): time.sleep(0.02)"


@pytest.fixture
def answering(engines: Engines, seller: User, monkeypatch: pytest.MonkeyPatch) -> Started:
    """An engine that is busy: a process that does not end before the file ``over`` is there, whatever it is told."""

    def spawn(_engine: DedicatedEngine, folder: Path, _port: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-I", "-S", "-c", DEAF], cwd=folder)

    monkeypatch.setattr(dedicated_running, "spawn", spawn)
    monkeypatch.setattr(dedicated_running, "LOOK_AGAIN", 0.0)
    monkeypatch.setattr(dedicated_running, "GRACE", 0.0)
    monkeypatch.setattr(Engines, "_answers", lambda *_: True)
    started = ask(seller)
    reach(engines, started.engine, EngineState.HEALTHY)
    until((engines.folder / str(started.engine.pk) / "up").exists)
    return started


@pytest.mark.parametrize("why", [Why.ASKED, Why.IDLE, Why.TURN])
def test_one_that_is_told_to_end_takes_no_calls_and_ends_its_answers(
    engines: Engines, seller: User, answering: Started, why: Why
) -> None:
    found, now = answering.engine, timezone.now()
    if why == Why.ASKED:
        stop_engine(user=seller, engine_id=found.pk)
    elif why == Why.IDLE:
        DedicatedEngine.objects.filter(pk=found.pk).update(used_at=now - timedelta(minutes=10))
    else:
        DedicatedEngine.objects.filter(pk=found.pk).update(started_at=now - timedelta(minutes=61))
        engines.look()
        assert state_of(found)[0] == EngineState.HEALTHY, "nobody waits"
        engine(somebody("b"), EngineState.QUEUED)
    engines.look()
    engines.look()
    assert state_of(found) == (EngineState.STOPPING, "")
    assert not found.wanted
    folder = engines.folder / str(found.pk)
    until((folder / "told").exists)
    (folder / "over").touch()
    reach(engines, found, EngineState.STOPPED, why)


@pytest.mark.parametrize("drains", [False, True])
def test_who_has_no_access_any_more_gets_no_answer_to_its_end(
    engines: Engines, seller: User, listing: Listing, answering: Started, drains: bool
) -> None:
    if drains:
        stop_engine(user=seller, engine_id=answering.engine.pk)
        engines.look()
    Account.objects.filter(pk=listing.owner_id).update(user=somebody("c"))
    engines.look()
    assert state_of(answering.engine) == (EngineState.STOPPED, Why.ACCESS)
    assert engines.child is None


def test_an_answer_that_does_not_end_is_cut_off(
    engines: Engines, seller: User, answering: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dedicated_running, "DRAIN", 0.0)
    stop_engine(user=seller, engine_id=answering.engine.pk)
    engines.look()
    engines.look()
    assert state_of(answering.engine) == (EngineState.STOPPED, Why.ASKED)


def test_why_a_process_has_ended_is_read_from_its_code(tmp_path: Path) -> None:
    reasons = {40: Why.MEMORY, 41: Why.BROKEN, 42: Why.UNFENCED, -9: Why.CRASHED, 1: Why.CRASHED}
    assert {code: reason_of(code, tmp_path, EngineState.STARTING) for code in reasons} == reasons


def test_what_an_earlier_process_left_is_ended(engines: Engines, seller: User) -> None:
    left = engine(seller, EngineState.HEALTHY, pid=2**22 - 1, born=5)
    engines.look()
    assert state_of(left) == (EngineState.FAILED, Why.RESTARTED)


def test_access_that_ended_in_the_queue_or_by_the_sellers_word_starts_nothing(
    engines: Engines, seller: User, listing: Listing
) -> None:
    stranger = somebody("b")
    waits = engine(stranger, EngineState.QUEUED)
    engines.look()
    assert state_of(waits) == (EngineState.STOPPED, Why.ACCESS)
    gone = engine(stranger, EngineState.QUEUED, version="9.9.9")
    engines.look()
    assert state_of(gone) == (EngineState.STOPPED, Why.GONE)


def test_the_engines_library_knows_every_architecture_that_is_promised(environment: str) -> None:
    said = "import transformers, sys; print([n for n in sys.argv[1:] if not hasattr(transformers, n)])"
    out = subprocess.run([environment, "-c", said, *sorted(ARCHITECTURES)], capture_output=True, text=True, timeout=300)
    assert out.stdout.strip() == "[]", out.stderr[-2000:]
