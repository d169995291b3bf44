"""The process of an engine that sleeps: begun, asked a line, answering a line, ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings

from inference.sense_kinds import SENSES

START = 180.0  # seconds until an engine has loaded its model, on a machine that is busy with other things
MOST_ANSWER = 12_000_000  # bytes
GRACE = 3.0  # seconds until an engine that was asked to end is killed
TETHER = Path("stack") / "tether.py"


class BrokenError(Exception):
    """It ended, said too much, or took too long."""


class Child:
    """One process. Its methods are called by one thread at a time, but for ``kill``."""

    def __init__(self, kind: str) -> None:
        """Begin it, and wait until its model is loaded. Raises BrokenError."""
        self.kind = kind
        self._process = spawn(kind)
        self._asks = cast(IO[bytes], self._process.stdin)
        self._says = cast(IO[bytes], self._process.stdout)
        try:
            self._line(START)
        except BrokenError:
            self.end()
            raise

    @property
    def pid(self) -> int:
        """The number that the kernel knows it by."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it ended by itself, or was killed from outside."""
        return self._process.poll() is not None

    def ask(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return what it says to a question: ``said``, ``refused`` or ``failed``. Raises BrokenError."""
        try:
            self._asks.write(json.dumps(dict(asked)).encode() + b"\n")
            self._asks.flush()
        except OSError as error:
            raise BrokenError(type(error).__name__) from error
        return dict(json.loads(self._line(SENSES[self.kind].seconds)))

    def end(self) -> None:
        """End it, and with it the memory that it held."""
        with suppress(OSError):
            self._asks.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)
        self.kill()
        self._process.wait()
        self._says.close()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def _line(self, seconds: float) -> bytes:
        late = threading.Timer(seconds, self.kill)
        late.start()
        try:
            line = self._says.readline(MOST_ANSWER)
        finally:
            late.cancel()
        if not line.endswith(b"\n"):
            raise BrokenError(f"it ended, said too much, or took more than {seconds} seconds")
        return line


def spawn(kind: str) -> subprocess.Popen[bytes]:
    """Start the process of a kind: it knows nothing of the site's, and dies with this process."""
    root = settings.BASE_DIR
    command = [sys.executable, "-I", "-S", str(root / TETHER), "--signal", "KILL", "--"]
    command += [str(settings.ENGINE_PYTHON), "-m", "inference.engines.senses", kind, str(SENSES[kind].megabytes)]
    variables = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": tempfile.gettempdir(),
        "PYTHONPATH": str(root),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TETHER_PARENT": str(os.getpid()),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_WAIT_POLICY": "PASSIVE",
        "OMP_NUM_THREADS": str(settings.ENGINE_THREADS),
    }
    return subprocess.Popen(  # noqa: S603  a command of ours
        command,
        cwd=root,
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
