"""What every test stands on: the real catalogue, imported once into each worker's database."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis
from pytest_django import DjangoDbBlocker

from common import limits
from marketplace.search.presenters import counts_lately

from . import databases, services

# A machine that does other work besides is slow, not wrong.
hypothesis.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest where several workers share a run: its end must not be one worker with a lone test."""
    if services.WORKER:
        items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    """What was counted for one test must not be shown in the next, whose catalogue is another, nor held against it."""
    counts_lately.clear()
    limits._here.clear()  # which counts in place of Redis


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
def django_db_setup(catalogue_database: str) -> Iterator[None]:
    """Give the worker a copy of the catalogue; a test that wants another one changes it inside its own transaction.

    pytest-django's own fixture makes a database only where a test of the run is marked; those with a server or with
    threads are not.
    """
    with databases.copied(catalogue_database, f"worker_{services.WORKER}") as name, databases.named(name):
        yield
