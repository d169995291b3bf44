"""`make lock`: writes requirements/*.txt from *.in, every package with its hashes, for every Python we support."""

import subprocess
import tempfile
import venv
from pathlib import Path

from .environment import LOCKS
from .steps import step
from .trouble import Trouble

# A universal lock: some packages are needed on one patch release of Python or one system alone.
COMPILER = "uv==0.13.9"
OPTIONS = ("--universal", "--python-version=3.11", "--generate-hashes", "--upgrade", "--no-header", "--no-config")
AGREEING = ("stack", "dev", "node")


def lock() -> int:
    """Write base.txt, and then the others so that they agree with it."""
    with tempfile.TemporaryDirectory() as name:
        python = Path(name) / "bin" / "python"
        with step("The compiler of lock files"):
            venv.create(name, with_pip=True)
            _run(python, "pip", "install", "--quiet", COMPILER)
        _compile(python, "base")
        for source in AGREEING:
            _compile(python, source, "--constraint=base.txt")
        _compile(python, "engine")  # an environment of its own, as the next
        _compile(python, "audit")
        _compile(python, "clients")
        _compile(python, "weights", "--no-deps")
    return 0


def _compile(python: Path, name: str, *options: str) -> None:
    with step(f"requirements/{name}.txt"):
        layout = ("--quiet", "--annotation-style=line", f"--output-file={name}.txt")
        _run(python, "uv", "pip", "compile", *OPTIONS, *layout, *options, f"{name}.in")


def _run(python: Path, *arguments: str) -> None:
    ended = subprocess.run([python, "-m", *arguments], cwd=LOCKS, stdout=subprocess.DEVNULL, check=False)
    if ended.returncode != 0:
        raise Trouble("The lock files could not be made; the reason stands above.")
