"""One anvil with the contracts for all tests here; each test leaves it as it found it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import models, transaction
from eth_account import Account
from pytest_django import DjangoDbBlocker

from contracts.actions import deploy_contracts
from contracts.chain.client import Client
from contracts.chain.transactions import account_of
from contracts.indexer import lead
from contracts.models import Block, Chain, Cursor, Event, Fact, Parameter
from contracts.roles import ROLES
from marketplace.onchain.models.escrow import EscrowKey, EscrowRequest
from marketplace.onchain.models.listings import OnchainListing, OnchainPlan
from marketplace.onchain.models.resale import OnchainOffer
from marketplace.onchain.models.returns import PurchaseReturn

from .node import Market, running

Account.enable_unaudited_hdwallet_features()
KEY = Account.from_mnemonic("test " * 11 + "junk").key.to_0x_hex()  # anvil's first account, as anvil publishes it

FOLDS = (OnchainListing, PurchaseReturn, OnchainOffer, EscrowKey, EscrowRequest)


@pytest.fixture(scope="session")
def node() -> Iterator[str]:
    with running() as address:
        yield address


@pytest.fixture(scope="session")
def deployed(node: str, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> dict[str, Any]:
    """Deploy the contracts; return the columns of their chain's row, which the tests write for themselves."""
    with django_db_blocker.unblock(), transaction.atomic():
        chain, _ = deploy_contracts(short_name="anvil", rpc_urls=[node], deployer_key=KEY, pass_uri="")
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
        chain, _ = deploy_contracts(short_name="anvil", rpc_urls=[address], deployer_key=KEY, pass_uri="")
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


def everything_for(key: str) -> dict[str, Any]:
    """Return what says that one account gets the fees and every role of a deployment."""
    owner = account_of(key).address
    return {"fee_vault": owner, "holders": {label: [owner] for label in ROLES}}


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
