"""The engines: their own virtual environment with torch, the weights, and the two servers that run in it.

`python -m stack.engine chat PORT` (or `embeddings PORT`) installs what is missing and becomes the server, so that the
site is open while this goes on. Both listen on this machine alone, and neither reaches for the network. Without
arguments it installs, and ends.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from . import tether
from .environment import LOCKS, LOGS, check_space
from .places import ROOT, exclusive
from .steps import once, run

VENV = ROOT / ".venv-engine"
PYTHON = VENV / "bin" / "python"
WEIGHTS = VENV / "weights"
OWN = "own"
OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "TOKENIZERS_PARALLELISM": "false"}
# A thread that waits for another must sleep: spinning costs the site its second core.
QUIET = {"OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": str(min(4, os.cpu_count() or 1))}


def command(kind: str, port: int) -> list[str]:
    """Return the command of a process that installs what is missing and becomes the server."""
    return tether.command(sys.executable, "-m", "stack.engine", kind, str(port))


def own_command() -> list[str]:
    """Return the command of the process that owns holders' own engines, which need the same environment."""
    return tether.command(sys.executable, "-m", "stack.engine", OWN)


def ensure() -> None:
    """Make the environment and the weights, each only if what it is made from has changed."""
    ensure_packages()
    if VENV.is_symlink():
        return
    with exclusive(VENV):
        recipe = [LOCKS / "weights.txt", ROOT / "inference" / "engines" / "prepare.py"]
        once("Engine weights", VENV / "stamps" / "weights", recipe, _prepare)


def ensure_packages() -> None:
    """Make the environment alone, for what needs no weights.

    One that is linked is another tree's, whose locks may be others: to make it anew would empty what that tree uses.
    """
    if VENV.is_symlink():
        return
    VENV.mkdir(exist_ok=True)
    with exclusive(VENV):
        locks = [LOCKS / f"{name}.txt" for name in ("engine", "torch", "weights")]
        once("Engine packages", VENV / "stamps" / "packages", locks, _install)


@contextmanager
def made_meanwhile() -> Iterator[None]:
    """Make both beside what the block does, which takes minutes the first time; who needs them sooner waits."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / "engine.log").open("wb") as log:
        command = tether.command(sys.executable, "-m", "stack.engine")
        maker = subprocess.Popen(command, cwd=ROOT, env=tether.environment(), stdout=log, stderr=log)
    try:
        yield
    finally:
        maker.terminate()
        maker.wait()


def _install() -> None:
    check_space(ROOT)
    run(sys.executable, "-m", "venv", "--clear", VENV, log=LOGS / "engine-venv.log")
    locked = ("--require-hashes", "--no-deps")  # as in environment.py
    for name, *options in (("engine", *locked), ("torch",), ("weights", *locked)):
        pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", *options]
        run(*pip, "-r", LOCKS / f"{name}.txt", log=LOGS / f"engine-{name}.log")


def _prepare() -> None:
    variables = {**os.environ, **OFFLINE}
    prepare = (PYTHON, "-m", "inference.engines.prepare", WEIGHTS / "smollm2")
    run("rm", "-rf", WEIGHTS, log=LOGS / "weights.log")
    WEIGHTS.mkdir()
    run(*prepare, log=LOGS / "weights.log", variables=variables)


def server(kind: str, port: int) -> list[str]:
    """Return the command of the server of one kind: chat or embeddings."""
    return [str(PYTHON), "-m", "stack.engine_server", kind, str(port)]


def main(kind: str = "", port: str = "") -> None:
    """Make what the servers need, and become one if it is named."""
    ensure()
    if not kind:
        return
    if kind == OWN:
        # Not a server itself: it starts and ends those of holders, in the environment that is there now.
        os.execv(sys.executable, [sys.executable, str(ROOT / "manage.py"), "run_engines"])  # noqa: S606
    os.environ.update(OFFLINE | QUIET)
    os.chdir(ROOT)
    argv = server(kind, int(port))
    os.execv(argv[0], argv)  # noqa: S606


if __name__ == "__main__":
    main(*sys.argv[1:])
