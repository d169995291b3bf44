"""The process that owns the engines: it makes what the database wants so, one engine at a time, and tidies after each.

An engine is a child in an environment of its own, without the site's secrets, that ends with this process however that
ends. What an earlier one has left is found by its pid and the moment at which that pid began.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from common.locks import exclusive_until_commit
from common.outbound import Outbound, OutboundError
from marketplace.files.blobs import Blob, storage
from marketplace.listings.versions import Version

from .dedicated import IDLE, LOCK, end_engine, inner_key, refusal_of
from .dedicated_files import CannotRunError, memory_mb, plain_config, plan_of
from .dedicated_models import RUNNING, DedicatedEngine, EngineState, Why

log = logging.getLogger(__name__)

SLOWEST = timedelta(minutes=3)  # until an engine is ready
LOOK_AGAIN = 10.0  # seconds between two looks at an engine that runs, and at its owner's access
GRACE = 10.0  # seconds until an engine that was asked to end is killed, where the machine goes down
DRAIN = 30.0  # seconds in which answers under way may end, where nothing forbids that
TURN = timedelta(hours=1)  # that an engine runs at least before it gives way to who waits
MISSED = 3  # looks without an answer after which an engine is taken for dead
HEALTH_SECONDS, HEALTH_BYTES = 5.0, 65_536
TAIL = 8_192  # bytes of its log that are read for the reason
NO_MEMORY = (b"cannot allocate memory", b"can't allocate memory", b"MemoryError")
OUT_OF_MEMORY, UNREADABLE, UNFENCED = 40, 41, 42  # as ``inference.engines.dedicated`` ends
QUIET = {  # offline, and a thread that waits sleeps
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_WAIT_POLICY": "PASSIVE",
}
TETHER = Path("stack") / "tether.py"


@dataclass
class Child:
    """The engine that runs: its row's id, the process, its port, when it was looked at last, and looks in vain.

    ``ends`` is why it was told to end, and ``until`` the moment at which it is killed if it has not.
    """

    engine_id: UUID
    process: subprocess.Popen[bytes]
    port: int
    folder: Path
    looked: float = 0.0
    missed: int = 0
    ends: Why = Why.NONE
    until: float = 0.0


class Engines:
    """Owns the engines of this machine. ``look`` makes one pass and never waits for an engine to start."""

    def __init__(self, folder: Path) -> None:
        """Take the folder that engines run in; whatever lies there is an earlier one's."""
        self.folder = folder
        self.child: Child | None = None
        self._http: Outbound | None = None
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)

    def look(self) -> None:
        """Make what is wanted so, as far as that can be done now."""
        self._end_strangers()
        if self.child:
            self._look_at(self.child)
        if self.child is None and (engine := self._take()):
            self._start(engine)

    def close(self) -> None:
        """End the engine that runs, as the machine is going down."""
        if self.child and (engine := self._row(self.child)):
            DedicatedEngine.objects.filter(pk=engine.pk, state__in=RUNNING).update(state=EngineState.STOPPING)
            self.child.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.child.process.wait(GRACE)
            self._end(engine, EngineState.STOPPED, self.child.ends or Why.RESTARTED)

    def _end_strangers(self) -> None:
        """End what an earlier process of this kind has left."""
        for engine in DedicatedEngine.objects.filter(state__in=RUNNING):
            if self.child and engine.pk == self.child.engine_id:
                continue
            if engine.pid and began(engine.pid) == engine.born:
                log.warning("engine %s of an earlier process is ended", engine.pk)
                kill(engine.pid)
            end_engine(engine, EngineState.FAILED, Why.RESTARTED)

    @transaction.atomic
    def _take(self) -> DedicatedEngine | None:
        """Return the engine that is next, marked as starting."""
        exclusive_until_commit(LOCK)
        waiting = DedicatedEngine.objects.select_related("user").filter(state=EngineState.QUEUED)
        for engine in waiting.order_by("created_at"):
            # While it waited, much may have changed.
            if (why := refusal_of(engine)) != Why.NONE:
                end_engine(engine, EngineState.STOPPED, why)
                continue
            engine.state, engine.started_at = EngineState.STARTING, timezone.now()
            engine.save(update_fields=["state", "started_at"])
            return engine
        return None

    def _start(self, engine: DedicatedEngine) -> None:
        folder = self.folder / str(engine.pk)
        try:
            version = Version.objects.get(listing__name=engine.listing, number=engine.version)
            lay_out(folder / "model", plan_of(version).files)
        except (Version.DoesNotExist, CannotRunError, OSError) as error:
            log.warning("engine %s: %s", engine.pk, error)
            shutil.rmtree(folder, ignore_errors=True)
            end_engine(engine, EngineState.FAILED, Why.GONE)
            return
        port = free_port()
        process = spawn(engine, folder, port)
        self.child = Child(engine.pk, process, port, folder)
        told = {"pid": process.pid, "born": began(process.pid), "port": port}
        DedicatedEngine.objects.filter(pk=engine.pk).update(**told)
        log.info("engine %s of %s starts", engine.pk, engine.listing)

    def _look_at(self, child: Child) -> None:
        engine = self._row(child)
        if engine is None or engine.state not in RUNNING:
            # Its owner's account was erased, or another process has ended it.
            self._tidy(child)
        elif child.ends:
            self._look_at_end(engine, child)
        elif (code := child.process.poll()) is not None:
            self._end(engine, EngineState.FAILED, reason_of(code, child.folder, engine.state))
        elif not engine.wanted:
            self._drain(engine, child, Why.ASKED)
        elif time.monotonic() - child.looked >= (1.0 if engine.state == EngineState.STARTING else LOOK_AGAIN):
            child.looked = time.monotonic()
            self._check(engine, child)

    def _check(self, engine: DedicatedEngine, child: Child) -> None:
        """Ask whether it is well, whether it is used, and whether its owner may still have it."""
        now, well = timezone.now(), self._answers(child, inner_key(engine.pk))
        if (why := refusal_of(engine)) != Why.NONE:
            self._end(engine, EngineState.STOPPED, why)
        elif engine.state == EngineState.STARTING:
            if well:
                known = DedicatedEngine.objects.filter(pk=engine.pk, state=EngineState.STARTING)
                known.update(state=EngineState.HEALTHY, healthy_at=now, used_at=now)
            elif now - (engine.started_at or now) > SLOWEST:
                self._end(engine, EngineState.FAILED, Why.SLOW)
        elif now - (engine.used_at or now) >= IDLE:
            self._drain(engine, child, Why.IDLE)
        elif now - (engine.started_at or now) >= TURN and is_waited_for():
            self._drain(engine, child, Why.TURN)
        else:
            child.missed = 0 if well else child.missed + 1
            if child.missed >= MISSED:
                self._end(engine, EngineState.FAILED, Why.CRASHED)

    def _drain(self, engine: DedicatedEngine, child: Child, why: Why) -> None:
        """Take no more calls, and let those under way end: the server does so by itself once it is told to end."""
        DedicatedEngine.objects.filter(pk=engine.pk, state__in=RUNNING).update(state=EngineState.STOPPING, wanted=False)
        child.ends, child.until, child.looked = why, time.monotonic() + DRAIN, time.monotonic()
        child.process.terminate()

    def _look_at_end(self, engine: DedicatedEngine, child: Child) -> None:
        """Write down that a child has ended that was told to, once it has; it has so long, and only while it may."""
        now = time.monotonic()
        if child.process.poll() is not None or now >= child.until:
            self._end(engine, EngineState.STOPPED, child.ends)
        elif now - child.looked >= LOOK_AGAIN:
            child.looked = now
            if (why := refusal_of(engine)) != Why.NONE:
                self._end(engine, EngineState.STOPPED, why)

    def _end(self, engine: DedicatedEngine, state: EngineState, why: Why) -> None:
        """Kill the child, whatever it does, and write down how it ended."""
        if self.child:
            self._tidy(self.child)
        end_engine(engine, state, why)
        log.info("engine %s: %s %s", engine.pk, state, why)

    def _tidy(self, child: Child) -> None:
        if child.process.poll() is None:
            child.process.kill()
        child.process.wait()
        shutil.rmtree(child.folder, ignore_errors=True)
        self.child = None

    def _row(self, child: Child) -> DedicatedEngine | None:
        return DedicatedEngine.objects.select_related("user").filter(pk=child.engine_id).first()

    def _answers(self, child: Child, key: str) -> bool:
        # Made late: a connection pool must not be older than a fork.
        self._http = self._http or Outbound(1)
        address, headers = f"http://127.0.0.1:{child.port}/health", {"Authorization": f"Bearer {key}"}
        try:
            found = self._http.get(address, seconds=HEALTH_SECONDS, most_bytes=HEALTH_BYTES, headers=headers)
        except OutboundError:
            return False
        return found.status == HTTPStatus.OK


def is_waited_for() -> bool:
    """Say whether somebody waits for this machine."""
    return DedicatedEngine.objects.filter(state=EngineState.QUEUED).exists()


def lay_out(folder: Path, files: Mapping[str, Blob]) -> None:
    """Put the files of a release into a folder: links where the storage has paths, else copies. Raises OSError."""
    folder.mkdir(parents=True)
    for name, blob in files.items():
        target = folder / name
        if name == "config.json":
            target.write_bytes(plain_config(blob))
            continue
        try:
            source = Path(storage().path(blob.key))
        except NotImplementedError:
            with blob.open() as here, target.open("wb") as there:
                shutil.copyfileobj(here, there, 1 << 20)
        else:
            source.stat()  # a link to nothing would be found only by the engine
            target.symlink_to(source)


def spawn(engine: DedicatedEngine, folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start the process of an engine: it knows its own key and nothing of the site's, and dies with this process."""
    root = settings.BASE_DIR
    command = [sys.executable, "-I", "-S", str(root / TETHER), "--signal", "KILL", "--"]
    command += [str(settings.ENGINE_PYTHON), "-m", "inference.engines.dedicated"]
    variables = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        "PYTHONPATH": str(root),
        "ENGINE_KEY": inner_key(engine.pk),
        "TETHER_PARENT": str(os.getpid()),
        **QUIET,
        "OMP_NUM_THREADS": str(settings.ENGINE_THREADS),
        "ENGINE_WHOLE_FENCE": "1" if settings.ENGINE_WHOLE_FENCE else "",
    }
    with (folder / "log").open("wb") as output:
        return subprocess.Popen(  # noqa: S603  a command of ours
            [*command, "model", str(port), str(memory_mb())],
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def reason_of(code: int, folder: Path, state: str) -> Why:
    """Return why an engine has ended by itself."""
    with suppress(OSError):
        said = (folder / "log").read_bytes()[-TAIL:]
        if any(sign in said for sign in NO_MEMORY):
            return Why.MEMORY
    if code in (OUT_OF_MEMORY, UNFENCED):
        return Why.MEMORY if code == OUT_OF_MEMORY else Why.UNFENCED
    return Why.BROKEN if code == UNREADABLE and state == EngineState.STARTING else Why.CRASHED


def began(pid: int) -> int | None:
    """Return when a process began, in the kernel's ticks; None where there is none of that number."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[19]) if fields[0] != "Z" else None


def kill(pid: int) -> None:
    """Kill a process and its children, who are of its session."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
