"""What every test stands on: the real catalogue, imported once into each worker's database."""

import time
from collections.abc import Iterator
from itertools import count
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis
from pytest_django import DjangoDbBlocker

from accounts import siwe
from accounts.legal.documents import label
from accounts.models import User
from common import limits
from marketplace.search.presenters import counts_lately

from . import closing, databases, leftovers, services
from .model_files import files_in

# A machine that does other work besides is slow, not wrong.
hypothesis.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("patient")

WEEK = 7 * 24 * 3600  # seconds
_weeks = count(1)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Where several workers share a run: what starts servers runs together, and the longest begins.

    The end of a run must not be one worker with a lone test, and a server, a browser or a chain is started by every
    worker that gets one of its tests. So tests with a fixture of their module's scope make a group, unless they name
    a wider one (``xdist_group``); ``long`` says in about how many seconds a group, or a test, ends.
    """
    if services.WORKER:
        for item in items:
            if not item.get_closest_marker("xdist_group") and _shares(item):
                item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
    yield
    if services.WORKER:
        items.sort(key=_seconds, reverse=True)  # after the order that other plugins gave, which stays among equals


def _shares(item: pytest.Item) -> bool:
    found = item._fixtureinfo.name2fixturedefs if isinstance(item, pytest.Function) else {}
    return any(each.scope == "module" for defined in found.values() for each in defined)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """After the last test of a module, what it committed to the worker's database must be gone."""
    yield
    if nextitem is not None and nextitem.path != item.path:
        leftovers.check(item.config)


def _seconds(item: pytest.Item) -> float:
    mark = item.get_closest_marker("long")
    return float(mark.args[0]) if mark else 0


@pytest.fixture(autouse=True)
def _nothing_counted() -> Iterator[None]:
    """What was counted for one test must not be shown in the next, whose catalogue is another, nor held against it.

    No limit's window ends within a test, and each test has its own: to the limits, every test of a worker runs in
    another week, and no window is longer. What else would count together is what many tests do from one address.
    """
    counts_lately.clear()
    limits._here.clear()  # which counts in place of Redis
    began = time.time() + next(_weeks) * WEEK
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(limits, "time", SimpleNamespace(time=lambda: began))
        yield


@pytest.fixture(scope="session", autouse=True)
def _people_have_accepted() -> Iterator[None]:
    """Users whom tests make have accepted the terms, as who signs in has; a test that wants another one says so."""
    field = User._meta.get_field("accepted")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(field, "_get_default", label)
        yield


@pytest.fixture(scope="session", autouse=True)
def _siwe_is_imported_at_once() -> Iterator[None]:
    """A thread that imports goes on while pytest puts other filters of warnings in place, and met half of them."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(siwe, "warm_up", siwe._package)
        yield


@pytest.fixture(scope="session", autouse=True)
def _model_files_apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Model files of tests, and of the servers that they start, stand in a folder of this run."""
    folder = tmp_path_factory.mktemp("model_files")
    with pytest.MonkeyPatch.context() as patched, files_in(folder):
        patched.setenv("MODEL_FILES", str(folder))
        yield


@pytest.fixture(scope="session")
def migrated_database(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> str:
    """The name of a database with all tables and no rows, to be copied."""
    services.need_database()
    with django_db_blocker.unblock():
        return databases.make_migrated()


@pytest.fixture(scope="session")
def catalogue_database(django_test_environment: None, django_db_blocker: DjangoDbBlocker) -> str:
    """The name of the database with the catalogue that this run's others are copied from."""
    services.need_database()
    with django_db_blocker.unblock():
        return databases.make_catalogue()


@pytest.fixture(scope="session")
def django_db_setup(catalogue_database: str, pytestconfig: pytest.Config) -> Iterator[None]:
    """Give the worker a copy of the catalogue; a test that wants another one changes it inside its own transaction.

    pytest-django's own fixture makes a database only where a test of the run is marked; those with a server or with
    threads are not.
    """
    own = databases.copied(catalogue_database, f"worker_{services.WORKER}")
    with closing.explained(), own as name, databases.named(name):
        leftovers.remember(pytestconfig)
        yield
        leftovers.check(pytestconfig)
