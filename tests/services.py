"""A pytest plugin: every run gets a PostgreSQL and a Redis of its own, started before Django reads its settings.

`DATABASE_URL` in the environment stands for both: then the run uses what it names, and starts nothing.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Start the services in the controlling process; its workers inherit their addresses."""
    asked = early_config.known_args_namespace
    if not (asked.help or asked.version or "DATABASE_URL" in os.environ):
        early_config.add_cleanup(start())
    return (yield)


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
