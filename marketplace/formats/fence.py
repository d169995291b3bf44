"""A fence around this process, from inside and for good: bounds of memory and time, and no way out.

It is put up after everything is imported and before the first byte of an untrusted file is read. It lets through what a
computing process needs: to read and write what is open, to take memory, to end. Linux on x86-64 and ARM64
enforces that in the kernel (seccomp); elsewhere the limits and Python's own audit hook remain.
"""

from __future__ import annotations

import ctypes
import platform
import resource
import struct
import sys
from typing import Any

MEMORY = 208 * 2**20  # private memory that can be written; with the interpreter's own pages under 256 MB resident
ADDRESSES = 640 * 2**20
SECONDS = 30  # of CPU
FILES = 16
# By name, with the numbers of x86-64 and of ARM64; -1 where a machine has none.
CALLS = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "newfstatat": (262, 79),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "futex": (202, 98),
    "getrandom": (318, 278),
    "clock_gettime": (228, 113),
    "gettimeofday": (96, 169),
    "getrusage": (98, 165),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "restart_syscall": (219, 128),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
LOAD, EQUALS, RETURN = 0x20, 0x15, 0x06  # of classic BPF
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000  # REFUSE answers EPERM
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2
X32 = 0x40000000
OUTSIDE = ("open", "socket.", "subprocess.", "os.", "ctypes.", "import", "shutil.", "tempfile.", "exec", "compile")


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def put_up() -> bool:
    """Put the fence up; return whether the kernel holds it too."""
    _limit()
    is_held = sys.platform == "linux" and platform.machine() in MACHINES and _filter(*MACHINES[platform.machine()])
    sys.addaudithook(_refuse)
    return is_held


def _limit() -> None:
    for what, most in (
        (resource.RLIMIT_DATA, MEMORY),
        (resource.RLIMIT_AS, ADDRESSES),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_NOFILE, FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _filter(column: int, machine: int) -> bool:
    """Let the kernel refuse every call that is not in the table."""
    numbers = [numbers[column] for numbers in CALLS.values() if numbers[column] >= 0]
    steps = [(LOAD, 0, 0, 4), (EQUALS, 1, 0, machine), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0)]
    for place, number in enumerate(numbers):
        # Forward to the last step, which allows; the one before it refuses.
        steps.append((EQUALS, len(numbers) - place, 0, number))
    steps += [(RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]
    code = b"".join(struct.pack("<HBBI", *step) for step in steps)
    program = _Program(len(steps), code)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return not libc.prctl(PR_SET_SECCOMP, FILTER, ctypes.byref(program), 0, 0)


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    """Refuse what would leave the process, where the kernel does not."""
    if event.startswith(OUTSIDE):
        raise PermissionError(event)
