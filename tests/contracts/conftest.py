"""One anvil with the contracts for all tests here; each test leaves it as it found it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import models, transaction
from pytest_django import DjangoDbBlocker

from contracts.chain.client import Client
from contracts.indexer import lead
from contracts.models import Block, Chain, Cursor, Event, Fact, FunctionRole, Parameter, RoleMember
from governance.onchain.models.power import OnchainDelegation
from governance.onchain.models.proposals import OnchainProposal
from governance.onchain.models.staking import StreamPoint
from marketplace.onchain.models.escrow import EscrowKey, EscrowRequest
from marketplace.onchain.models.listings import OnchainListing, OnchainPlan
from marketplace.onchain.models.resale import OnchainOffer
from marketplace.onchain.models.returns import PurchaseReturn
from tests.deploying import deploy

from .node import Market, running

FOLDS = (
    *(OnchainListing, PurchaseReturn, OnchainOffer, EscrowKey, EscrowRequest),
    *(RoleMember, FunctionRole, OnchainProposal, OnchainDelegation, StreamPoint),
)


@pytest.fixture(scope="session")
def node() -> Iterator[str]:
    with running() as address:
        yield address


@pytest.fixture(scope="session")
def deployed(node: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> dict[str, Any]:
    """Deploy the contracts; return the columns of their chain's row, which the tests write for themselves."""
    with django_db_blocker.unblock(), transaction.atomic():
        chain, _ = deploy(node)
        columns = {field.attname: getattr(chain, field.attname) for field in Chain._meta.local_fields}
        transaction.set_rollback(True)
    return columns


@pytest.fixture
def chain(deployed: dict[str, Any], node: str, db: None) -> Iterator[Chain]:
    with Client([node]) as rpc:
        kept = rpc.call("evm_snapshot")
        yield Chain.objects.create(**deployed)
        rpc.call("evm_revert", kept)


@pytest.fixture
def alone(db: None) -> Iterator[tuple[Chain, Client, Market]]:
    """The contracts on a chain of the test's own: anvil forgets code where a reorg follows the revert of a snapshot."""
    with running() as address, Client([address]) as rpc:
        chain, _ = deploy(address)
        lead.check(chain, rpc)
        yield chain, rpc, Market(rpc, chain.deployment)


@pytest.fixture
def rpc(chain: Chain, node: str) -> Iterator[Client]:
    with Client([node]) as made:
        lead.check(chain, made)
        yield made


@pytest.fixture
def market(chain: Chain, rpc: Client) -> Market:
    return Market(rpc, chain.deployment)


def contents(chain: Chain) -> dict[str, list[Any]]:
    """Return all that is indexed of a chain, without surrogate ids and times of ingestion, in a fixed order."""
    tables: list[type[models.Model]] = [Block, Event, Cursor, Parameter, *Fact.__subclasses__(), *FOLDS]
    rows = {table.__name__: _rows(table._default_manager.filter(chain=chain)) for table in tables}
    plans = OnchainPlan.objects.filter(listing__chain=chain)
    fields = ("listing__model_id", "plan", "token", "price", "period")
    return {**rows, "OnchainPlan": sorted(plans.values_list(*fields))}


def _rows(found: models.QuerySet[Any]) -> list[Any]:
    left_out = {"id", "updated_at"}
    names = [field.attname for field in found.model._meta.local_fields if field.attname not in left_out]
    return sorted(found.values_list(*names), key=repr)
