"""What every test stands on: the real catalogue, imported once into each worker's database."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test.utils import setup_databases, teardown_databases
from pytest_django import DjangoDbBlocker

from marketplace.search.presenters import counts_lately

CATALOGUE = settings.BASE_DIR / "marketplace" / "data" / "open-models.jsonl"


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    """What was counted for one test must not be shown in the next, whose catalogue is another."""
    counts_lately.clear()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Make the worker's database, import the catalogue and commit it; a test that wants another one changes it inside
    its own transaction.

    pytest-django's own fixture makes a database only where a test of the run is marked; those with a server or with
    threads are not.
    """
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases={"default": None}, serialized_aliases=[])
        call_command("import_catalogue", CATALOGUE, verbosity=0)
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)
