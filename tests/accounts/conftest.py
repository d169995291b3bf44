"""A chain to sign in on, and somebody who does."""

from collections.abc import Iterator

import pytest

from contracts.models import Chain
from tests import anvil

from .signing import Person

CHAIN = {"short_name": "anvil", "name": "Anvil", "coin": "ETH", "confirmations": 3, "reorg_window": 64}


@pytest.fixture
def chain(db: None) -> Chain:
    """The demo's chain, as configured; nothing of it runs."""
    return Chain.objects.update_or_create(pk=31337, defaults=CHAIN)[0]


@pytest.fixture
def person(chain: Chain) -> Person:
    """Somebody with a wallet on that chain."""
    return Person()


@pytest.fixture(scope="session")
def node() -> Iterator[str]:
    """The address of a real chain, made for this run."""
    with anvil.running() as address:
        yield address


@pytest.fixture
def live_chain(chain: Chain, node: str) -> Chain:
    """The same, running."""
    chain.rpc_urls = [node]
    chain.save()
    return chain
