"""What browsers load besides the pages themselves: built from its sources, then collected under hashed names."""

import sys
from collections.abc import Mapping
from pathlib import Path

from . import node
from .environment import LOCKS
from .places import ROOT, exclusive
from .steps import once, run


def build(logs: Path) -> None:
    """Build styles and scripts; one process at a time, because the result is shared by all that run this tree."""
    with exclusive(ROOT):
        node.build(logs)


def collect(folder: Path, logs: Path, variables: Mapping[str, str]) -> None:
    """Collect, hash and compress the static files into ``folder``. ``variables`` says how Django is set up."""
    command = (sys.executable, ROOT / "manage.py", "collectstatic", "--noinput")
    where = {**variables, "STATIC_ROOT": str(folder)}
    inputs = [LOCKS / "base.txt", ROOT / "config" / "settings" / "base.py", ROOT / "static", node.BUILT]
    stamp = folder.with_suffix(".stamp")
    once("Static files", stamp, inputs, lambda: run(*command, log=logs / "collectstatic.log", variables=where))
