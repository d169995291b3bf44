"""`make lock`: writes requirements/*.txt from *.in, each package pinned with its hashes, no host or path in them."""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from .environment import LOCKS
from .steps import step
from .trouble import Trouble

PIP_TOOLS = "pip-tools==7.6.2"
OPTIONS = ("--quiet", "--generate-hashes", "--strip-extras", "--allow-unsafe", "--no-header", "--annotation-style=line")
SILENT = ("--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links")
# A directory of wheels or a second index on this machine would put hashes of its own into the files.
LOCAL = ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_CONSTRAINT")


def lock() -> int:
    """Write base.txt, and then the others so that they agree with it."""
    variables = {name: value for name, value in os.environ.items() if name not in LOCAL}
    variables["PIP_CONFIG_FILE"] = os.devnull
    with tempfile.TemporaryDirectory() as name:
        with step("pip-tools"):
            venv.create(name, with_pip=True)
            _run(name, "pip", "install", "--quiet", PIP_TOOLS, variables=os.environ.copy())
        for source in ("base", "stack", "dev", "node", "engine", "weights"):
            with step(source):
                agree = [f"--constraint={LOCKS / 'base.txt'}"] if source in ("stack", "dev") else []
                alone = ["--pip-args=--no-deps"] if source == "weights" else []
                _run(
                    name, "piptools", "compile", *OPTIONS, *SILENT, *agree, *alone, f"{source}.in", variables=variables
                )
    return 0


def _run(home: str, *arguments: str, variables: dict[str, str]) -> None:
    python = Path(home) / "bin" / "python"
    ended = subprocess.run([python, "-m", *arguments], cwd=LOCKS, env=variables, stdout=sys.stderr, check=False)
    if ended.returncode != 0:
        raise Trouble("The lock files could not be made; the reason stands above.")
