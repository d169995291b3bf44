"""Finds the Chromium that the browser tests drive, and installs one where there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .places import ROOT, exclusive
from .trouble import Trouble

SHELL = "chromium-headless-shell"  # a page costs it a third of what it costs a whole browser (decision 0175)
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome")


def find() -> str:
    """Return the path of a Chromium: named by ``CHROMIUM``, else the system's, else one installed now.

    Raises Trouble where none of these works.
    """
    if named := os.environ.get("CHROMIUM"):
        if path := shutil.which(named):
            return path
        raise Trouble(f"CHROMIUM names {named}, which is not a program on this machine.")
    with exclusive(ROOT):
        path = _from_system() or _from_apt() or _from_playwright()
    if path is None:
        raise Trouble("The browser tests need Chromium; install it, or name one by setting CHROMIUM to its path.")
    return path


def _from_system() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def _from_apt() -> str | None:
    """Install the distribution's own package where that needs no password."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["install", "-y", "--no-install-recommends"]
    # An update fails when one of many sources is down; the install then decides.
    for arguments in (["update"], [*install, SHELL], [*install, "chromium"]):
        subprocess.run(["apt-get", "-q", *arguments], env=quiet, stdout=sys.stderr, check=False)
        if found := _from_system():
            return found
    return None


def _from_playwright() -> str | None:
    install = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run(install, stdout=sys.stderr, check=False).returncode != 0:
        return None
    ask = "from playwright.sync_api import sync_playwright as p; d = p().start(); print(d.chromium.executable_path)"
    asked = subprocess.run([sys.executable, "-c", f"{ask}; d.stop()"], capture_output=True, text=True, check=False)
    path = Path(asked.stdout.strip())
    return str(path) if asked.returncode == 0 and path.is_file() else None
