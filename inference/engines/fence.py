"""A fence around this process, from inside and for good, before a byte of a model that others made is read.

It gives up what root may do. Linux's Landlock leaves it the folder that it runs in to write to, its libraries and the
model's own files to read, its port to listen on, and nobody to signal or to look into; a filter of calls (seccomp)
leaves it no other socket, nobody to call and no program to start. None of it needs rights. Where a kernel lacks one,
the others hold, and ``put_up`` says so. Standard library only.
"""

import ctypes
import os
import platform
import resource
import struct
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

FILES = 1024  # that may be open
CREATE, ADD, RESTRICT, VERSION = 444, 445, 446, 1  # Landlock's calls, on every machine; the flag that asks its version
BENEATH, PORT = 1, 2  # kinds of rules
WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE, IOCTL = 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
OF_FILES = 1 | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL  # what can be said of a file, and not of a folder alone
BIND, CONNECT = 1, 2
SCOPES = 3  # abstract sockets and signals of others
# By version: the rights that it knows. What is known and not granted is refused, execution everywhere.
RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
NETWORK_SINCE, SCOPES_SINCE = 4, 6
READ = ("/usr", "/lib", "/lib64", "/proc", "/sys/devices/system", "/sys/fs/cgroup", "/dev/urandom", "/dev/null")
READ_OF_ETC = ("ld.so.cache", "localtime", "mime.types", "nsswitch.conf", "passwd", "group", "hosts")
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
# With the numbers of x86-64 and of ARM64: to start programs, call others, look into them, or change the system.
REFUSED = {
    "execve": (59, 221),
    "execveat": (322, 281),
    "connect": (42, 203),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "open_by_handle_at": (304, 265),
    "io_uring_setup": (425, 425),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "reboot": (169, 142),
}
SOCKET = (41, 198)
SENDS = {"sendto": (44, 206, 3), "sendmsg": (46, 211, 2), "sendmmsg": (307, 269, 3)}  # and which argument are its flags
FASTOPEN = 0x2000_0000  # a connection by sending
INET, STREAM, KIND = 2, 1, 0xF
LOAD, EQUALS, AT_LEAST, HAS_BITS, AND, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06  # of classic BPF
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000  # REFUSE answers EPERM
NO_NEW_PRIVS, SECCOMP, FILTER = 38, 22, 2
X32 = 0x4000_0000
CAPABILITIES = 0x20080522  # the form of capset

Step = tuple[int, int, int, int]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def put_up(model: Path, port: int, megabytes: int) -> dict[str, bool]:
    """Fence this process in, which runs in its own folder; say what the kernel holds: files, network, calls, rights.

    ``model`` is a folder of files, or of links to them; ``port`` is the one that may be listened on.
    """
    for what, most in ((resource.RLIMIT_NOFILE, FILES), (resource.RLIMIT_FSIZE, megabytes << 20)):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))
    os.environ["TMPDIR"] = str(Path.cwd())  # the one place that can be written to
    if sys.platform != "linux":
        return dict.fromkeys(("files", "network", "calls", "rights"), False)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0)
    rights = _give_up_rights(libc)
    version = _landlock(libc, model, port)
    calls = platform.machine() in MACHINES and _filter(libc, *MACHINES[platform.machine()])
    return {"files": version > 0, "network": calls or version >= NETWORK_SINCE, "calls": calls, "rights": rights}


def said(held: dict[str, bool]) -> str:
    """Return what holds, and what does not, in a line for the log."""
    missing = [name for name, is_held in held.items() if not is_held]
    kept = [name for name, is_held in held.items() if is_held]
    text = f"fence: {', '.join(kept) or 'none'}"
    return f"{text}; NOT HELD here: {', '.join(missing)}" if missing else text


def _give_up_rights(libc: ctypes.CDLL) -> bool:
    """Keep nothing of what root may do; somebody else has nothing of it anyway."""
    header, none = struct.pack("=Ii", CAPABILITIES, 0), bytes(24)
    return int(libc.capset(header, none)) == 0


def _landlock(libc: ctypes.CDLL, model: Path, port: int) -> int:
    """Bound files, ports and signals; return the version of Landlock that does, 0 where there is none."""
    version = int(libc.syscall(CREATE, None, 0, VERSION))
    if version < 1:
        return 0
    rights = RIGHTS[max(each for each in RIGHTS if each <= version)]
    handled = struct.pack("=Q", rights)
    if version >= NETWORK_SINCE:
        handled += struct.pack("=Q", BIND | CONNECT)
    if version >= SCOPES_SINCE:
        handled += struct.pack("=Q", SCOPES)
    rules = int(libc.syscall(CREATE, handled, len(handled), 0))
    if rules < 0:
        return 0
    try:
        for path, wanted in _places(model, rights):
            _allow(libc, rules, path, wanted & rights)
        if version >= NETWORK_SINCE:
            libc.syscall(ADD, rules, PORT, struct.pack("=QQ", BIND, port), 0)
        return version if libc.syscall(RESTRICT, rules, 0) == 0 else 0
    finally:
        os.close(rules)


def _places(model: Path, rights: int) -> Iterator[tuple[Path, int]]:
    """Yield each place with what may be done there."""
    yield Path.cwd(), rights & ~1
    yield Path("/dev/null"), READ_FILE | WRITE_FILE
    code = Path(__file__).resolve().parents[2]
    yield code, READ_DIR  # Python looks for modules by listing; what lies there cannot be read
    own = [code / "stack", code / "inference" / "engines", code / "inference" / "__init__.py"]
    system = [*map(Path, READ), *(Path("/etc") / each for each in READ_OF_ETC), Path(sys.prefix), Path(sys.base_prefix)]
    for path in (*own, *system, *_linked(model)):
        yield path, READ_FILE | READ_DIR


def _linked(model: Path) -> Iterable[Path]:
    """Return what the model's links lead to."""
    return [each.resolve() for each in model.iterdir() if each.is_symlink()]


def _allow(libc: ctypes.CDLL, rules: int, path: Path, wanted: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # it is not there, so nothing can be done with it either
        return
    try:
        granted = wanted if path.is_dir() else wanted & OF_FILES
        libc.syscall(ADD, rules, BENEATH, struct.pack("=Qi", granted, place), 0)
    finally:
        os.close(place)


def _filter(libc: ctypes.CDLL, column: int, machine: int) -> bool:
    """Have the kernel refuse the calls of the table, and sockets but for what listens; say whether it does."""
    steps: list[Step] = [(LOAD, 0, 0, 4), (EQUALS, 1, 0, machine), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0)]
    steps += [(AT_LEAST, 0, 1, X32), (RETURN, 0, 0, REFUSE)]
    for numbers in REFUSED.values():
        steps += [(EQUALS, 0, 1, numbers[column]), (RETURN, 0, 0, REFUSE)]
    steps += _stream_only(SOCKET[column])
    for send in SENDS.values():
        steps += _without(send[column], send[2], FASTOPEN)
    steps.append((RETURN, 0, 0, ALLOW))
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    program = _Program(len(steps), code)
    return not libc.prctl(SECCOMP, FILTER, ctypes.byref(program), 0, 0)


def _argument(place: int) -> int:
    """Return where the lower half of a call's argument stands."""
    return 16 + 8 * place


def _stream_only(socket: int) -> list[Step]:
    """Of sockets, allow those of TCP over IPv4."""
    return [
        (EQUALS, 0, 7, socket),
        (LOAD, 0, 0, _argument(0)),
        (EQUALS, 0, 3, INET),
        (LOAD, 0, 0, _argument(1)),
        (AND, 0, 0, KIND),
        (EQUALS, 1, 0, STREAM),
        (RETURN, 0, 0, REFUSE),
        (RETURN, 0, 0, ALLOW),
    ]


def _without(call: int, place: int, bits: int) -> list[Step]:
    """Refuse a call whose flags have these bits."""
    return [
        (EQUALS, 0, 4, call),
        (LOAD, 0, 0, _argument(place)),
        (HAS_BITS, 0, 1, bits),
        (RETURN, 0, 0, REFUSE),
        (RETURN, 0, 0, ALLOW),
    ]
