"""Processes that are forked here and end with whoever forked them, however that one ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

PR_SET_PDEATHSIG = 1
LOOK_SECONDS = 1.0  # between two looks at the parent, where the kernel does not tell
_forking = {"parent": 0}


def end_with_parents() -> None:
    """Let every process that is forked from now on, here or in a child, be killed when its parent dies."""
    os.register_at_fork(before=_note, after_in_child=_hold)


def _note() -> None:
    _forking["parent"] = os.getpid()


def _hold() -> None:
    parent = _forking["parent"]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:  # it died before the kernel knew
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
