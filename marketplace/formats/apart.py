"""Untrusted files are read in a process of their own, which gets the bytes that it asks for and nothing else."""

from __future__ import annotations

import json
import os
import select
import struct
import subprocess
import sys
import time
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, BinaryIO

import structlog

from common.text import well_formed

from .child import ASK, DONE
from .errors import LIMIT, FormatError
from .errors import marked as _
from .values import FileFacts

SECONDS = 45  # on the clock; the child's own bound is of CPU
MOST_GIVEN = 512 * 2**20
MOST_ASKED = 64 * 2**20
MOST_ANSWER = 4 * 2**20
ROOT = Path(__file__).parents[2]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Reading:
    """What a child answered: what the file says or why it is refused, and what reading it took (bytes of memory)."""

    facts: FileFacts | None
    refused: FormatError | None
    memory: int = 0
    fenced: bool = False


def read_apart(file: BinaryIO) -> FileFacts:
    """Return what a file is and says, read in a process of its own; raises FormatError."""
    found = reading_of(file)
    if found.refused or found.facts is None:
        raise found.refused or FormatError(_("It cannot be read: it is made in a way that no model is."))
    return found.facts


def reading_of(file: BinaryIO, *, seconds: float = SECONDS) -> Reading:
    """Return what came of reading a file, whatever it does to the process that reads it."""
    size = file.seek(0, os.SEEK_END)
    argv = [sys.executable, "-E", "-s", "-B", "-m", "marketplace.formats.child"]
    # Without the environment: it holds keys and passwords.
    child = subprocess.Popen(  # noqa: S603  our own program, with nothing of the file in its arguments
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={"LC_ALL": "C.UTF-8"},
    )
    try:
        answer = _Talk(child, file, time.monotonic() + seconds).answer(size)
    # Whoever has taken the child over may answer anything: also what is nested as deep as nobody reads.
    except (OSError, ValueError, TimeoutError, RecursionError) as error:
        log.warning("a file could not be read apart", reason=type(error).__name__)
        text = _("It cannot be read within the time and memory that any model needs.")
        return Reading(None, FormatError(text, code=LIMIT))
    finally:
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe:
                pipe.close()
    return _reading(answer)


class _Talk:
    """Gives a child the bytes that it asks for, until it answers, asks for too much, or its time is over."""

    def __init__(self, child: subprocess.Popen[bytes], file: BinaryIO, until: float) -> None:
        if child.stdin is None or child.stdout is None:
            raise ValueError("no pipes")
        self.file, self.until, self.given = file, until, 0
        self.into, self.out = child.stdin.fileno(), child.stdout.fileno()
        os.set_blocking(self.into, False)

    def answer(self, size: int) -> dict[str, Any]:
        """Return what the child says in the end."""
        self.write(struct.pack("<Q", size))
        while True:
            asked = self.read(1)
            if asked == DONE:
                length = struct.unpack("<I", self.read(4))[0]
                if length > MOST_ANSWER:
                    raise ValueError("too long an answer")
                said = _kept(json.loads(self.read(length)))
                if not isinstance(said, dict):
                    raise ValueError("not what was agreed")
                return said
            if asked != ASK:
                raise ValueError("not what was agreed")
            place, wanted = struct.unpack("<QI", self.read(12))
            self.give(place, wanted, size)

    def give(self, place: int, length: int, size: int) -> None:
        """Write a part of the file."""
        self.given += length
        if length > MOST_ASKED or self.given > MOST_GIVEN or place + length > size:
            raise ValueError("too much is asked for")
        self.file.seek(place)
        content = self.file.read(length)
        if len(content) != length:
            raise ValueError("the file has changed")
        self.write(content)

    def read(self, length: int) -> bytes:
        """Return exactly that much of what the child writes."""
        parts = []
        while length:
            self.wait(self.out, writes=False)
            part = os.read(self.out, min(length, 2**16))
            if not part:
                raise ValueError("the process has ended")
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def write(self, content: bytes) -> None:
        """Write all of it, for as long as the child reads."""
        view = memoryview(content)
        while view:
            self.wait(self.into, writes=True)
            view = view[os.write(self.into, view) :]

    def wait(self, pipe: int, *, writes: bool) -> None:
        """Wait until something can be read or written; raises TimeoutError."""
        left = self.until - time.monotonic()
        poll = select.poll()
        poll.register(pipe, select.POLLOUT if writes else select.POLLIN)
        if left <= 0 or not poll.poll(left * 1000):
            raise TimeoutError


def _kept(value: Any) -> Any:
    """Return what was said in a form that the database keeps: it has no place for NUL, half a character or NaN."""
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, list):
        return [_kept(each) for each in value]
    if isinstance(value, dict):
        return {well_formed(key): _kept(each) for key, each in value.items()}
    return value


def _reading(said: dict[str, Any]) -> Reading:
    try:
        memory, fenced = int(said["memory"]), bool(said["fenced"])
        if "read" in said:
            return Reading(FileFacts.from_json(said["read"]), None, memory, fenced)
        refused = said["refused"]
        hostile = tuple(str(each) for each in refused["hostile"])
        values = {str(key): value for key, value in refused["values"].items()}
        error = FormatError(
            str(refused["text"]), code=str(refused["code"]), kind=str(refused["kind"]), hostile=hostile, **values
        )
        return Reading(None, error, memory, fenced)
    except (KeyError, TypeError, ValueError, AttributeError):
        return Reading(None, FormatError(_("It cannot be read: it is made in a way that no model is.")))
