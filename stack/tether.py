"""Runs a command that never outlives its parent: `python tether.py [--signal TERM] [--user NAME] -- COMMAND…`.

On Linux the kernel sends the signal when the parent dies, however it dies; elsewhere a small process watches the
parent. Standard library only, and no import of ours: it also runs before anything is installed.
"""

import argparse
import ctypes
import os
import pwd
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from types import FrameType

PR_SET_PDEATHSIG = 1
PARENT = "TETHER_PARENT"  # who the parent must be; a tethered command writes its own id here for its children
WATCH = "TETHER_WATCH"  # set: watch the parent here too, as elsewhere


def command(*argv: str, stop: str = "TERM", user: str = "") -> list[str]:
    """Return ``argv`` so wrapped that it ends with its parent, by the signal ``stop``; run as ``user`` if named."""
    as_user = ["--user", user] if user else []
    return [sys.executable, "-I", "-S", __file__, "--signal", stop, *as_user, "--", *argv]


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for children of this process that are started by ``command``."""
    return {**(os.environ if variables is None else variables), PARENT: str(os.getpid())}


def hold(number: int) -> bool:
    """Ask the kernel to send this process the signal when its parent dies; False where it cannot, or must not."""
    if sys.platform != "linux" or os.environ.get(WATCH):
        return False
    return bool(ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number) == 0)


def main(arguments: Sequence[str]) -> None:
    """Become the command, or watch over it where the kernel cannot."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--signal", default="TERM")
    parser.add_argument("--user", default="")
    parser.add_argument("argv", nargs="+")
    options = parser.parse_args(arguments)
    parent = int(os.environ.get(PARENT, os.getppid()))
    number = signal.Signals[f"SIG{options.signal}"]
    if options.user:
        become(options.user)  # before hold: a change of user makes the kernel forget the signal
    if not hold(number):
        watch(options.argv, parent, number)
    if os.getppid() == parent:  # else it died before the kernel knew
        execute(options.argv)


def become(name: str) -> None:
    """Give up root for the rights of the user ``name``."""
    entry = pwd.getpwnam(name)
    os.initgroups(name, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    os.environ["HOME"] = entry.pw_dir


def execute(argv: list[str]) -> None:
    """Replace this process by the command, which thereby is the parent that its own tethered children expect."""
    os.environ[PARENT] = str(os.getpid())
    os.execvp(argv[0], argv)  # noqa: S606


def watch(argv: list[str], parent: int, number: int) -> None:
    """Run the command as a child; pass signals on, and send ``number`` when ``parent`` is gone. Never returns."""
    child = os.fork()
    if child == 0:
        execute(argv)

    def forward(received: int, frame: FrameType | None) -> None:
        os.kill(child, received)

    for forwarded in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(forwarded, forward)
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if os.getppid() != parent:
            os.kill(child, number)
            parent = os.getppid()  # once is enough
        time.sleep(0.2)
    os._exit(os.waitstatus_to_exitcode(ended[1]) & 0xFF)


if __name__ == "__main__":
    main(sys.argv[1:])
