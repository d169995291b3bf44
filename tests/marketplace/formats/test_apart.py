"""The process that reads an untrusted file: what it may do, and what becomes of it."""

from __future__ import annotations

import io
import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest

from marketplace.formats.apart import read_apart, reading_of
from marketplace.formats.errors import FormatError

from . import made
from .hostile import SYSTEM

ROOT = Path(__file__).parents[3]


def fenced(code: str, *, seconds: int = 20) -> str:
    """Return what a process prints that puts the fence up and then does something."""
    source = f"""
import os, socket, sys, time
from marketplace.formats import fence
fence.SECONDS = {seconds}
fence.put_up()
try:
{textwrap.indent(textwrap.dedent(code), "    ")}
except BaseException as error:
    os.write(1, type(error).__name__.encode())
else:
    os.write(1, b"done")
os._exit(0)
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, cwd=ROOT, check=False, timeout=60)
    return done.stdout.decode() or f"ended with {done.returncode}"


@pytest.mark.parametrize(
    "code",
    [
        "socket.socket()",
        "open('/etc/passwd')",
        "os.open('/etc/passwd', os.O_RDONLY)",
        "os.open('/tmp/new', os.O_CREAT | os.O_WRONLY)",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "os.system('true')",
        "os.kill(os.getppid(), 0)",
        "os.unlink('/tmp/nothing')",
        "os.listdir('/')",
        "import json.tool",
        "bytearray(300 * 2**20)",
    ],
)
def test_nothing_leads_out(code: str) -> None:
    assert fenced(code) in ("PermissionError", "MemoryError")


def test_calls_of_the_kernel_are_refused_below_python() -> None:
    # As machine code would make them: socket, clone, execve of x86-64.
    source = """
import ctypes, os, platform
from marketplace.formats import fence
libc = ctypes.CDLL(None, use_errno=True)
assert fence._filter(*fence.MACHINES[platform.machine()])
numbers = {"x86_64": (41, 57, 59, 2), "aarch64": (198, 220, 221, 56)}[platform.machine()]
os.write(1, b"".join(b"%d " % libc.syscall(number, 0, 0, 0) for number in numbers))
os._exit(0)
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, cwd=ROOT, check=False, timeout=60)
    assert done.stdout.split() == [b"-1"] * 4


def test_time_is_bounded() -> None:
    assert fenced("while True: pass", seconds=1) in ("ended with -9", "ended with -24")


def test_what_it_reads_comes_back_whole() -> None:
    found = reading_of(io.BytesIO(made.safetensors(meta={"a": "ä“ 日本"})))
    assert found.fenced
    assert found.facts
    assert found.facts.says["metadata"] == {"a": "ä“ 日本"}
    with pytest.raises(FormatError, match="run any code") as refused:
        read_apart(io.BytesIO(SYSTEM))
    assert refused.value.hostile == ("posix.system",)


def test_no_process_is_left_behind() -> None:
    before = {child.pid for child in psutil.Process().children()}
    assert reading_of(io.BytesIO(made.safetensors()), seconds=0).refused
    assert reading_of(io.BytesIO(made.safetensors())).facts
    assert {child.pid for child in psutil.Process().children()} <= before


class Changing(io.BytesIO):
    """A file that ends earlier than it says."""

    def read(self, size: int | None = -1, /) -> bytes:
        return b""


def test_a_file_that_changes_meanwhile_is_refused() -> None:
    assert reading_of(Changing(made.safetensors())).refused


@pytest.mark.parametrize(
    "says",
    [
        "print('hello')",
        "import os; os.write(1, b'D' + b'\\xff' * 4)",
        "import os; os.write(1, b'D\\x02\\0\\0\\0{}')",
        "import os; os.write(1, b'D\\x02\\0\\0\\0{x')",
        "import os; os.write(1, b'R' + b'\\xff' * 12)",
        "import os; os.write(1, b'D\\x0e\\0\\0\\0{\"refused\": []}')",
        "raise SystemExit(1)",
    ],
)
def test_whoever_takes_the_process_over_can_only_lie(says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    popen = subprocess.Popen

    def other(argv: list[str], **options: object) -> subprocess.Popen[bytes]:
        return popen([argv[0], "-c", says], **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(subprocess, "Popen", other)
    found = reading_of(io.BytesIO(made.safetensors()), seconds=20)
    assert found.refused
    assert found.facts is None


# As the program of a child writes them.
ANSWERS = {
    "nested": "b'{\"read\":' + b'[' * 100_000",
    "a list": "b'[]'",
    "no JSON": "b'{'",
    "text": "b'\"x\"'",
    "no facts": 'b\'{"memory":1,"fenced":true,"read":{"kind":1}}\'',
}
TAKEN_OVER = """
import os, struct, sys
sys.stdin.buffer.read(8)
said = {said}
said = b"D" + struct.pack("<I", len(said)) + said
while said:
    said = said[os.write(1, said):]
"""


@pytest.mark.parametrize("name", ANSWERS)
def test_a_child_that_was_taken_over_may_answer_anything(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    argv, real = [sys.executable, "-c", TAKEN_OVER.format(said=ANSWERS[name])], subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda _argv, **options: real(argv, **options))
    found = reading_of(io.BytesIO(b"x"))
    assert found.facts is None
    assert found.refused is not None
