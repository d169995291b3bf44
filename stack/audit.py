"""`make check-contracts`: Slither over the contracts, from an environment of its own. It takes minutes."""

import os
import subprocess
import sys

from . import node, tether
from .environment import LOCKS, LOGS, check_space
from .places import ROOT, exclusive
from .steps import once, run

VENV = ROOT / ".venv-audit"
FOREIGN = "node_modules|lib|test"
# Left out: it takes every `==` beside a time for a comparison of balances. Here they compare enums, counts and marks;
# a balance is compared with nothing but itself before a transfer. And sums begin at zero without being told.
EXCLUDED = "incorrect-equality,uninitialized-local"
SHOWN = ("--exclude-informational", "--exclude-optimization", "--exclude-low", "--fail-medium")


def audit() -> int:
    """Compile everything anew with what the analyser needs, analyse it, and return 1 for a high or medium finding."""
    VENV.mkdir(exist_ok=True)
    with exclusive(VENV):
        once("The analyser of the contracts", VENV / "stamps" / "audit", [LOCKS / "audit.txt"], _install)
    node.install("Tools of the chain", node.CONTRACTS, LOGS)
    return node.contracts("audit:build") or _analyse()


def _install() -> None:
    check_space(ROOT)
    run(sys.executable, "-m", "venv", "--clear", VENV, log=LOGS / "audit-venv.log")
    pip = (
        VENV / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--require-hashes",
        "--no-deps",
    )
    run(*pip, "-r", LOCKS / "audit.txt", log=LOGS / "audit.log")


def _analyse() -> int:
    slither = (str(VENV / "bin" / "slither"), ".", "--ignore-compile", "--filter-paths", FOREIGN, "--exclude", EXCLUDED)
    path = os.pathsep.join((str(VENV / "bin"), str(node.CONTRACTS / "node_modules" / ".bin"), os.environ["PATH"]))
    variables = tether.environment({**os.environ, "PATH": path})
    return subprocess.run(tether.command(*slither, *SHOWN), cwd=node.CONTRACTS, env=variables, check=False).returncode
