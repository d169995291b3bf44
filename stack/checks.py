"""`make check`, `make test`, `make coverage`, `make bench`, `make chaos`: what has to hold, as a list of commands."""

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock

from . import browser, engine, node, pages, tether
from .environment import LOCKS, LOGS
from .places import ROOT, exclusive
from .steps import fingerprint, line

BIN = Path(sys.prefix) / "bin"
Check = Callable[[int], int]  # takes where to write what it says; returns its exit code
PRINTING = Lock()

CHECKS = {
    "Types": ("mypy",),
    "Lint": ("ruff", "check", "--quiet"),
    "Format": ("ruff", "format", "--check", "--quiet"),
    "Import rules": ("lint-imports", "--no-logo"),
    "Migrations": ("python", "manage.py", "makemigrations", "--check", "--dry-run", "--settings=config.settings.test"),
    "Templates": ("djade", "--target-version=5.2", "--check", "*.html"),
}
SCRIPTS = {"Types of the scripts": "types", "Lint of the scripts": "lint", "Tests of the scripts": "unit"}
AT_ONCE = 2  # checks; most of them keep one core busy
OF_A_DEMO = {"vitals"}  # benchmarks that measure a demo which runs already
BASELINE = ROOT / ".secrets.baseline"
CLEAN = ROOT / ".test" / "without-secrets"  # digests of the files in which none was found
CONTRACTS = ("test", "abi:check", "gas:check")
# Four on two cores: much of the browser's and the demo's tests is waiting, for blocks, engines and restarts.
# In the order that tests/conftest.py gives: xdist's own begins with the groups of most tests, not with the longest.
PYTEST = ("python", "-m", "pytest", "--numprocesses=4", "--dist=loadgroup", "--no-loadscope-reorder")


def check() -> int:
    """Run every check, the longest first, print what the failing ones had to say, and return 1 if there is one."""
    with exclusive(ROOT):
        node.install("npm packages", ROOT, LOGS)
    checks: dict[str, Check] = {"Secrets": _secrets}
    checks |= {title: partial(_python, command) for title, command in CHECKS.items()}
    checks |= {title: partial(node.scripts, script) for title, script in SCRIPTS.items()}
    with ThreadPoolExecutor(AT_ONCE) as both:
        passed = list(both.map(_passes, checks.keys(), checks.values()))
    return 0 if all(passed) else 1


def test() -> int:
    """Run every check, the contracts' tests and all others; end with the runners' closing lines and what failed."""
    with engine.made_meanwhile(), ThreadPoolExecutor(1) as beside:
        os.environ["CHROMIUM"] = browser.find()
        pages.build(LOGS)
        contracts = beside.submit(_contracts)  # the compiler keeps one core busy for minutes
        codes = {"make check": check(), "pytest": _call(PYTEST, sys.stdout.fileno()).returncode}
        codes |= contracts.result()
    for script in CONTRACTS:
        print("\n".join(_worth_reading(_log_of(script).read_text(), codes[script])), flush=True)
    failed = [name for name, code in codes.items() if code]
    print(f"make test: {', '.join(failed)} failed." if failed else "make test: everything passed.", flush=True)
    return max(codes.values())


def coverage() -> int:
    """Run every test under coverage, which nearly doubles what Python's part of them costs; 1 below the floor."""
    with engine.made_meanwhile():
        os.environ["CHROMIUM"] = browser.find()
        return _call((*PYTEST, "--cov", "--cov-report=term"), sys.stdout.fileno()).returncode


def fuzz_api() -> int:
    """Ask each of both APIs 20,000 questions and more; FUZZ_CASES says how many, FUZZ_SEED which."""
    os.environ.setdefault("FUZZ_CASES", "20000")
    files = ("tests/config/test_fuzz_api.py", "tests/inference/gateway/test_fuzz.py")
    pytest = ("python", "-m", "pytest", "-q", "-rP", "--numprocesses=2", "--dist=loadgroup", *files)
    return _call(pytest, sys.stdout.fileno()).returncode


def _contracts() -> dict[str, int]:
    """Run the contracts' scripts, each with a log of its own; return their exit codes."""
    codes = {}
    for script in CONTRACTS:
        with _log_of(script).open("wb") as log:
            codes[script] = node.contracts(script, log.fileno())
    return codes


def _log_of(script: str) -> Path:
    return LOGS / f"contracts-{script.replace(':', '-')}.log"


def _worth_reading(said: str, code: int) -> list[str]:
    """Return a script's closing lines; of one that failed all lines but those of what passed in it."""
    lines = said.splitlines()
    if not code:
        return [each for each in lines if "total tests" in each]
    return [each for each in lines if not each.startswith(("[PASS]", "Suite result: ok"))]


def bench(*names: str) -> int:
    """Run the benchmarks of these names in turn, by default all that need nothing to run; return 1 if one fails."""
    pages.build(LOGS)
    alone = {script.stem for script in (ROOT / "benchmarks").glob("[!_]*.py")} - OF_A_DEMO
    modules = names or sorted(alone)
    codes = [_call(("python", "-m", f"benchmarks.{module}"), sys.stdout.fileno()).returncode for module in modules]
    return 1 if any(codes) else 0


def bench_indexer() -> int:
    """Compare the indexer with Ponder and with the floor, and a long history with a short one."""
    codes = [
        _call(("python", "-m", f"benchmarks.{name}"), sys.stdout.fileno()).returncode for name in ("indexer", "growth")
    ]
    return max(codes)


def chaos() -> int:
    """Run the long form of the indexer's chaos test, where CHAOS_SEED repeats one, and of those of paid calls."""
    os.environ["CHAOS"] = "yes"
    paid = ("tests/inference/ledger/test_many.py", "tests/inference/ledger/test_kills.py")
    pytest = ("python", "-m", "pytest", "-q", "tests/contracts/test_chaos.py", *paid)
    return _call(pytest, sys.stdout.fileno()).returncode


def _passes(title: str, run: Check) -> bool:
    """Run one check and print its line, and with it what it has to say if it fails."""
    started = time.monotonic()
    with TemporaryFile() as output:
        failed = run(output.fileno()) != 0
        output.seek(0)
        said = textwrap.indent(output.read().decode().strip(), "    ")
    note = f"{time.monotonic() - started:.1f} s"
    with PRINTING:
        line(title, note, "failed" if failed else "done")
        if failed:
            print(said, flush=True)
    return not failed


def _secrets(output: int) -> int:
    """Look for secrets in the files that were not found without one before, by the same rules and under that name."""
    rules = fingerprint([BASELINE, LOCKS / "dev.txt"])
    digests = {name: fingerprint([rules, name, ROOT / name]) for name in _files("*")}
    clean = set(CLEAN.read_text().split()) if CLEAN.exists() else set()
    unknown = [name for name, digest in digests.items() if digest not in clean]
    if not unknown:
        return 0
    code = _call(("detect-secrets-hook", f"--baseline={BASELINE.name}", *unknown), output).returncode
    if code == 0:
        CLEAN.parent.mkdir(exist_ok=True)
        CLEAN.write_text("\n".join(digests.values()))
    return code


def _python(command: tuple[str, ...], output: int) -> int:
    return _call(command, output).returncode


def _call(command: tuple[str, ...], output: int) -> "subprocess.CompletedProcess[bytes]":
    """Run one of the environment's programs; a word with a star stands for the repository's files of that kind."""
    program, *rest = command
    file = BIN / program
    # A script of the environment names its interpreter by the place that the environment was made in.
    with file.open("rb") as program_file:
        is_script = program_file.read(2) == b"#!"
    start = [sys.executable, str(file)] if is_script else [str(file)]
    arguments = [word for given in rest for word in (_files(given) if "*" in given else [given])]
    argv = tether.command(*start, *arguments)
    return subprocess.run(
        argv, cwd=ROOT, env=tether.environment(), stdout=output, stderr=subprocess.STDOUT, check=False
    )


def _files(pattern: str) -> list[str]:
    """Return the files that git knows, or would if they were added."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", pattern],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
