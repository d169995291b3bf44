"""The virtual environment: made, filled from the lock files, and entered. Standard library only."""

import importlib.util
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from .places import ROOT, VENV, exclusive, venv_python
from .steps import once, run, step
from .trouble import Trouble

LOCKS = ROOT / "requirements"
NEEDED_BYTES = 1_500_000_000  # packages, their downloads and the demo's data
ENTERED = "STACK_ENTERED"  # tells the second interpreter that the first has just looked
LOGS = ROOT / ".demo" / "logs"


def enter(*locks: str) -> None:
    """Make the packages of the lock files ``locks`` present, and go on inside the virtual environment.

    The process is replaced by the same command under the environment's interpreter, unless it is that already.
    """
    if os.environ.pop(ENTERED, ""):
        return
    with exclusive(ROOT):
        _make()
        install(*locks)
    if Path(sys.prefix) != VENV:
        os.environ[ENTERED] = "yes"
        os.execv(venv_python(), [str(venv_python()), "-m", "stack", *sys.argv[1:]])  # noqa: S606


def keep_bytecode() -> None:
    """Let this process and its children keep what Python compiles, also where the environment says not to.

    One run starts dozens of processes, and each would compile the same modules again: half a second, and two seconds
    for pytest, which rewrites them too.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def install(*locks: str) -> None:
    """Install each lock file that has changed since it was last installed."""
    for name in locks:
        once(f"Python packages: {name}", VENV / "stamps" / name, [LOCKS / f"{name}.txt"], partial(_install, name))


def _install(name: str) -> None:
    check_space(VENV)
    pip = (venv_python(), "-m", "pip", "install", "--disable-pip-version-check")
    # The lock names all there is. Left to look further, pip finds newer releases where a package wants an extra.
    run(*pip, "--require-hashes", "--no-deps", "-r", LOCKS / f"{name}.txt", log=LOGS / f"{name}.log")


def check_space(folder: Path) -> None:
    """Raise Trouble if the disk under ``folder`` has no room for an installation."""
    free = shutil.disk_usage(folder).free
    if free < NEEDED_BYTES:
        raise Trouble(
            f"The disk of {folder} has {free / 1e9:.1f} GB free and {NEEDED_BYTES / 1e9:.1f} GB are needed; make room."
        )


def _make() -> None:
    """Create the virtual environment where there is none that works: half made, or its interpreter gone."""
    if venv_python().exists() and subprocess.run([venv_python(), "-c", "import pip"], check=False).returncode == 0:
        return
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise Trouble("Python has no venv module here; Debian and Ubuntu have it in the package python3-venv.")
    check_space(ROOT)
    with step("Virtual environment"):
        run(sys.executable, "-m", "venv", "--clear", VENV, log=LOGS / "venv.log")
