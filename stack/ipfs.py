"""The demo's node of IPFS: `python -m stack.ipfs HOME SOCKET` installs what is missing and becomes its server."""

import os
import sys
from pathlib import Path

from . import engine, tether
from .places import ROOT

SOCKET = "ipfs.sock"


def command(home: Path, sockets: Path) -> list[str]:
    """Return the command of the process. Its data lies in ``home``."""
    return tether.command(sys.executable, "-m", "stack.ipfs", str(home), str(sockets / SOCKET))


def url(sockets: Path) -> str:
    """Return where the marketplace asks it."""
    return f"unix://{sockets / SOCKET}"


def main(home: str, socket: str) -> None:
    """Make the environment and become the server."""
    engine.ensure_packages()
    os.chdir(ROOT)
    argv = [str(engine.PYTHON), "-m", "stack.ipfs_server", home, socket]
    os.execv(argv[0], argv)  # noqa: S606


if __name__ == "__main__":
    main(*sys.argv[1:])
