"""A running chain with one model for sale, its seller and a buyer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import Account, User
from contracts.indexer import lead
from contracts.models import Chain
from marketplace.buying.orders import Order
from marketplace.listings.access_lists import AccessList
from marketplace.listings.metadata import address_of
from marketplace.listings.models import Listing
from marketplace.listings.publishing import adopt_listing, publish_version
from marketplace.listings.records import Record
from marketplace.listings.runtime import ListingRuntime, RuntimeState
from marketplace.listings.versions import Adoption, MetadataDocument, Version
from marketplace.returns.evidence import Evidence
from tests import anvil, deploying

from .shop import SELLER, Shop

# What points at the listing goes before it, and what it points at goes after.
BEFORE: tuple[type[Model], ...] = (AccessList, Evidence, Order, Adoption, Version, ListingRuntime, Chain)
AFTER: tuple[type[Model], ...] = (MetadataDocument, Session, User)


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    """What a search keeps for a while must not reach the next test, whose catalogue is another."""
    cache.clear()


@pytest.fixture(scope="session")
def node() -> Iterator[str]:
    with anvil.running("--accounts", str(deploying.ACCOUNTS)) as address:
        yield address


@pytest.fixture(scope="session")
def deployed(node: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> dict[str, Any]:
    """The columns of the chain's row once the contracts are there; each test writes the row for itself."""
    with django_db_blocker.unblock(), transaction.atomic():
        chain, _ = deploying.deploy(node)
        columns = {field.attname: getattr(chain, field.attname) for field in Chain._meta.local_fields}
        transaction.set_rollback(True)
    return columns


@pytest.fixture
def shop(deployed: dict[str, Any], node: str, db: None) -> Iterator[Shop]:
    kept = anvil.call(node, "evm_snapshot")
    made = Shop(Chain.objects.create(**deployed))
    lead.check(made.chain, made.rpc)
    _publish(made)
    yield made
    anvil.call(node, "evm_setAutomine", True)
    anvil.call(node, "evm_revert", kept)


@pytest.fixture
def committed(
    deployed: dict[str, Any], node: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Shop]:
    """The same, in rows that sockets and other threads see; they are taken back afterwards."""
    kept = anvil.call(node, "evm_snapshot")
    with django_db_blocker.unblock():
        made = Shop(Chain.objects.create(**deployed))
        lead.check(made.chain, made.rpc)
        try:
            _publish(made)
            yield made
        finally:
            anvil.call(node, "evm_revert", kept)
            for model in BEFORE:
                model._default_manager.all().delete()
            Listing.objects.filter(name__startswith="corner/").delete()
            Account.objects.filter(name="corner").delete()
            for model in AFTER:
                model._default_manager.all().delete()
            connection.close()


def _publish(shop: Shop) -> None:
    user = User.objects.create(address=shop.address(SELLER))
    owner = Account.objects.create(name="corner", user=user)
    record = Record.model_validate({"name": "corner/chat", "task": "text-generation", "license": "apache-2.0"})
    version = publish_version(owner=owner, record=record, number="1.0.0", summary="It talks.", terms="Be kind.")
    shop.list_model(address_of(version.metadata_id))
    shop.index()
    listing = Listing.objects.get(name="corner/chat")
    adopt_listing(user=user, listing=listing, chain=shop.chain, model_id=shop.model_id)
    now = timezone.now()
    ListingRuntime.objects.create(listing=listing, state=RuntimeState.READY, state_since=now, checked_at=now)
