"""A pytest plugin: every run gets a PostgreSQL and a Redis of its own, and pages built from the present sources.

All of it is there before Django reads its settings. `DATABASE_URL` in the environment stands for both services: then
the run uses what it and `REDIS_URL` name, and starts nothing.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from stack import pages
from stack.places import ROOT
from stack.trouble import Trouble

FOLDER = ROOT / ".test"


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Make everything ready in the controlling process; its workers inherit the environment."""
    asked = early_config.known_args_namespace
    if not (asked.help or asked.version or "PYTEST_XDIST_WORKER" in os.environ):
        build_pages()
        if "DATABASE_URL" not in os.environ:
            early_config.add_cleanup(start())
    if worker := os.environ.get("PYTEST_XDIST_WORKER", ""):
        os.environ["REDIS_URL"] = apart(os.environ["REDIS_URL"], int(worker.removeprefix("gw")))
    return (yield)


def apart(url: str, number: int) -> str:
    """Return the address of a worker's own part of Redis: what another one keeps, or clears, is not this one's."""
    return f"{url.partition('?')[0]}?db={number}"


def build_pages() -> None:
    """Build and collect what browsers load, unless nothing has changed since the last run."""
    os.environ["STATIC_ROOT"] = str(FOLDER / "static")
    variables = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    try:
        pages.build(FOLDER / "logs")
        pages.collect(FOLDER / "static", FOLDER / "logs", variables)
    except Trouble as error:
        pytest.exit(str(error), returncode=3)


def start() -> "Stop":
    """Start both services and put their addresses into the environment; return what stops them."""
    # In a session of its own: Ctrl-C is for the tests, and the services outlive their last query.
    host = subprocess.Popen(
        [sys.executable, "-m", "stack", "services"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    stop = Stop(host)
    addresses = host.stdout.readline() if host.stdout else ""
    if not addresses:
        stop()
        pytest.exit("The tests' PostgreSQL and Redis do not start; see above.", returncode=3)
    os.environ.update(json.loads(addresses))
    return stop


class Stop:
    """Stops the services, and waits until their data is deleted."""

    def __init__(self, host: "subprocess.Popen[str]") -> None:
        self.host = host

    def __call__(self) -> None:
        """Close the input that the services wait on."""
        self.host.communicate()
        for name in ("DATABASE_URL", "REDIS_URL"):
            os.environ.pop(name, None)
