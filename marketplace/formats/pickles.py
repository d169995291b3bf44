"""Pickles, which run code when they are loaded: known by what they hold, whatever they are called, and never loaded."""

from __future__ import annotations

import io
import pickletools
import re
from collections.abc import Iterator
from typing import Any

from picklescan.scanner import SafetyLevel, scan_pickle_bytes

from .errors import PICKLE, FormatError
from .errors import marked as _

KIND = "pickle"
MOST_READ = 256 * 2**10
PROTOCOLS = range(2, 6)
LEAST_STEPS = 3
MOST_SIGNS = 20
CALLS = {"REDUCE", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "BUILD"}
NAMES = re.compile(r"[A-Za-z_][\w.]*[ .][A-Za-z_][\w.]*")
# Modules by which a pickle without an end still does harm: it has run before the end is missed.
HARMFUL = {
    *(
        "os",
        "nt",
        "posix",
        "sys",
        "subprocess",
        "builtins",
        "__builtin__",
        "runpy",
        "socket",
        "pty",
        "shutil",
        "importlib",
    ),
    *("commands", "ctypes", "webbrowser", "pickle", "torch", "numpy", "httplib", "requests", "asyncio", "code", "pdb"),
}
HOW = _(
    "It is a pickle: loading it can run any code on a buyer's machine, so it is not sold here. Convert it on your own "
    "machine, and upload the result: load it there with torch.load(path, weights_only=True), then "
    "safetensors.torch.save_file(tensors, 'model.safetensors')."
)


def is_pickle(head: bytes) -> bool:
    """Say whether bytes begin as a pickle of any protocol does."""
    harmful, calls, is_binary = (
        False,
        False,
        head[:1] == b"\x80" and head[1:2] in {bytes([n]) for n in PROTOCOLS},
    )
    for steps, (name, argument) in enumerate(_steps(head), 1):
        if name in ("GLOBAL", "INST") and isinstance(argument, str) and NAMES.fullmatch(argument):
            harmful |= argument.split()[0].split(".")[0] in HARMFUL
            calls |= name == "INST"
        calls |= name in CALLS
        if is_binary and steps >= LEAST_STEPS:
            return True
        if calls and (harmful or name == "STOP"):
            return True
    return False


def refused(content: bytes, *, where: str = "") -> FormatError:
    """Return the refusal of a pickle, with what in it is known to be hostile."""
    return FormatError(HOW, code=PICKLE, kind=KIND, hostile=signs(content), **({"where": where} if where else {}))


def signs(content: bytes) -> tuple[str, ...]:
    """Return the functions that a pickle calls and that no model needs: ``os.system``."""
    try:
        found = scan_pickle_bytes(io.BytesIO(content[:MOST_READ]), "file")
    except Exception:  # what a scanner of hostile files raises is not said anywhere
        return ()
    bad = {f"{each.module}.{each.name}"[:100] for each in found.globals if each.safety == SafetyLevel.Dangerous}
    return tuple(sorted(bad)[:MOST_SIGNS])


def _steps(content: bytes) -> Iterator[tuple[str, Any]]:
    """Yield the steps of a pickle up to its end, or to where it is none."""
    try:
        for step, argument, _place in pickletools.genops(content[:MOST_READ]):
            yield step.name, argument
    except ValueError:  # all that it raises of broken bytes
        return
