"""What every test stands on: the real catalogue, imported once into each worker's database."""

import pytest
from django.conf import settings
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

CATALOGUE = settings.BASE_DIR / "marketplace" / "data" / "open-models.jsonl"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Import the catalogue and commit it; a test that wants another one changes it inside its own transaction."""
    with django_db_blocker.unblock():
        call_command("import_catalogue", CATALOGUE, verbosity=0)
