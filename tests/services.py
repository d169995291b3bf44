"""A pytest plugin: every run gets a PostgreSQL and a Redis of its own, and pages built from the present sources.

All of it is there before Django reads its settings, but for PostgreSQL: that starts when a test asks for a database.
`DATABASE_URL` in the environment stands for both services: then the run uses what it and `REDIS_URL` name, and starts
nothing.
"""

import gc
import os
from collections.abc import Iterator

import pytest

from stack import environment, pages
from stack.places import ROOT
from stack.services import Services
from stack.trouble import Trouble

FOLDER = ROOT / ".test"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
ALLOCATED = 20_000  # objects after which garbage is looked for: a page makes more than Python's 700
RUN = "TEST_RUN"  # an environment variable: what this run's databases have in their names
environment.keep_bytecode()  # before pytest rewrites anything
_services: list[Services] = []  # those that this process has started


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Make everything ready in the controlling process; its workers inherit the environment."""
    gc.disable()  # until all tests are known: what is loaded by then stays
    asked = early_config.known_args_namespace
    if WORKER:
        os.environ["REDIS_URL"] = apart(os.environ["REDIS_URL"], int(WORKER.removeprefix("gw")))
    elif not (asked.help or asked.version):
        try:
            build_pages()
            start(early_config)
            if getattr(asked, "numprocesses", None):
                need_database()  # for the workers, none of which can start it
        except Trouble as error:
            pytest.exit(str(error), returncode=3)
    return (yield)


def pytest_collection_finish() -> None:
    """Let what is loaded, which is hundreds of thousands of objects, not be looked through for garbage again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATED)
    gc.enable()


def apart(url: str, number: int) -> str:
    """Return the address of a worker's own part of Redis: what another one keeps, or clears, is not this one's."""
    return f"{url.partition('?')[0]}?db={number}"


def build_pages() -> None:
    """Build and collect what browsers load, unless nothing has changed since the last run."""
    os.environ["STATIC_ROOT"] = str(FOLDER / "static")
    variables = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    pages.build(FOLDER / "logs")
    pages.collect(FOLDER / "static", FOLDER / "logs", variables)


def start(config: pytest.Config) -> None:
    """Put the addresses of the services into the environment; those of the run end with it."""
    os.environ[RUN] = str(os.getpid())
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # an engine's second thread spins on a core that others need
    if "DATABASE_URL" in os.environ:
        return
    services = Services()
    _services.append(services)
    os.environ.update(services.addresses)

    def stop() -> None:
        _services.remove(services)
        services.stop()
        for name in services.addresses:
            os.environ.pop(name, None)

    config.add_cleanup(stop)


def need_database() -> None:
    """Return when the run's PostgreSQL answers."""
    for services in _services:
        services.start_database()
