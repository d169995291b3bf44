"""The lines that a person reads while things are made ready, one a step, and what a step may be skipped by."""

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from . import tether
from .places import ROOT
from .trouble import Trouble

NOT_SOURCES = {"__pycache__", "node_modules", "build"}


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print one line for the work inside: what it was, and the seconds it took. A terminal sees them pass."""
    started, ended = time.monotonic(), threading.Event()
    ticker = threading.Thread(target=_tick, args=(title, started, ended), daemon=True)
    if sys.stdout.isatty():
        ticker.start()
    mark = "failed"
    try:
        yield
        mark = "done"
    finally:
        ended.set()
        if ticker.is_alive():
            ticker.join()
        line(title, f"{time.monotonic() - started:.1f} s", mark)


def _tick(title: str, started: float, ended: threading.Event) -> None:
    while not ended.wait(1):
        print(f"\r  … {title:<34}{time.monotonic() - started:>6.0f} s ", end="", flush=True)


def line(title: str, note: str, mark: str = "done") -> None:
    """Print a finished step. ``mark`` is done, failed or same."""
    sign, colour = {"done": ("✓", 32), "failed": ("✗", 31), "same": ("·", 2)}[mark]
    if sys.stdout.isatty():
        sign = f"\r\033[{colour}m{sign}\033[0m"
    print(f"{sign} {title:<36}{note:>10}", flush=True)


def once(title: str, stamp: Path, inputs: Iterable[Path | str], work: Callable[[], object]) -> None:
    """Do ``work`` as a step, unless the file ``stamp`` says that it was done with these very inputs."""
    now = fingerprint(inputs)
    if stamp.exists() and stamp.read_text() == now:
        line(title, "unchanged", "same")
        return
    with step(title):
        work()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(now)


def fingerprint(inputs: Iterable[Path | str]) -> str:
    """Return a digest of texts, of files, and of every source file under folders; what is missing counts as empty.

    Files are told apart by their path from the input on: where the whole tree lies makes no difference.
    """
    digest = hashlib.sha256()
    for given in inputs:
        if isinstance(given, str):
            digest.update(given.encode())
            continue
        for file in [given] if given.is_file() else sorted(_sources(given)):
            digest.update(b"\0" + os.fsencode(file.relative_to(given.parent)) + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for file in folder.rglob("*"):
        if file.is_file() and not NOT_SOURCES.intersection(file.relative_to(folder).parts):
            yield file


def run(
    *argv: str | Path, log: Path, variables: Mapping[str, str] | None = None, folder: Path = ROOT, append: bool = False
) -> None:
    """Run a command to its end with its output in the file ``log``; raise Trouble that names it on a failure."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab" if append else "wb") as output:
        command = tether.command(*map(str, argv))
        ended = subprocess.run(
            command,
            cwd=folder,
            env=tether.environment(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if ended.returncode != 0:
        raise Trouble(f"This step failed; the reason is at the end of {log}.")
