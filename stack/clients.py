"""`make clients`: other clients of OpenAI's protocol against the site, from an environment of their own.

They clash with what the site is locked to, so they are in no lock of its own, and no part of `make test`.
"""

import subprocess
import sys
from pathlib import Path

from . import tether
from .environment import LOCKS, LOGS, check_space
from .places import ROOT, exclusive
from .steps import once, run

VENV = ROOT / ".venv-clients"
PYTHON = VENV / "bin" / "python"
TEST = "tests/inference/gateway/test_others.py"


def clients() -> int:
    """Install them if that is not done, and run their tests."""
    VENV.mkdir(exist_ok=True)
    with exclusive(VENV):
        once("Other clients of the API", VENV / "stamps" / "clients", [LOCKS / "clients.txt"], _install)
    pytest = tether.command(sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", TEST)
    return subprocess.run(pytest, cwd=ROOT, env=tether.environment(), check=False).returncode


def _install() -> None:
    check_space(ROOT)
    run(sys.executable, "-m", "venv", "--clear", VENV, log=LOGS / "clients-venv.log")
    # As in environment.py: the lock names all there is.
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check"]
    run(*pip, "--require-hashes", "--no-deps", "-r", LOCKS / "clients.txt", log=LOGS / "clients.log")
