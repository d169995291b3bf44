"""Fifty relayers at once, and a thousand ballots within a budget, in rows that every thread sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from eth_account import Account
from pytest_django import DjangoDbBlocker

from contracts.chain.client import Client
from contracts.indexer import lead
from contracts.models import SentTransaction
from governance.onchain.models.proposals import BallotFact, OnchainProposal, VoteFact
from governance.relay.budget import budget_of
from governance.relay.messages import ballot_nonce, ballot_typed, exact
from governance.relay.models import Kind, RelayerStatus, SignedMessage, State
from tests import databases
from tests.contracts.node import Market, running
from tests.deploying import deploy
from tests.governance.dao import VOTERS
from tests.governance.signing import RELAYER, address_of, sign_ballot
from tests.services import WORKER

from .test_relayer import World

RELAYERS, BALLOTS = 50, 1_000


@pytest.fixture
def world(migrated_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with (
        running() as address,
        Client([address]) as rpc,
        databases.copied(migrated_database, f"relayed_{WORKER}") as name,
        databases.named(name),
        django_db_blocker.unblock(),
    ):
        chain, _ = deploy(address)
        lead.check(chain, rpc)
        yield World((chain, rpc, Market(rpc, chain.deployment)))


@pytest.mark.long(20)
def test_one_ballot_of_fifty_relayers_counts_once_and_a_thousand_stay_within_the_budget(
    world: World, settings: Any
) -> None:
    number, before = world.first, _sent(world)
    _at_once([partial(sign_ballot, world.chain, voter, number, 1) for voter in VOTERS for _again in range(4)])
    assert SignedMessage.objects.count() == len(VOTERS)
    _at_once([world.relay] * RELAYERS)
    world.settle()
    assert _sent(world) - before == 1
    assert sorted(VoteFact.objects.values_list("voter", flat=True)) == sorted(map(address_of, VOTERS))
    assert BallotFact.objects.filter(refusal="").count() == len(VOTERS)
    assert set(SignedMessage.objects.values_list("state", flat=True)) == {State.COUNTED}
    # A thousand more, of accounts that nobody has heard of: only so many go as the budget bears.
    _keep_a_thousand(world)
    settings.RELAY_GAS_A_DAY = 8_000_000
    # What is not final counts by its limit, which is more than it will use; then the rest of the budget is used.
    while world.relay():
        assert budget_of(world.chain).gas_used <= settings.RELAY_GAS_A_DAY
        world.read(4)
    assert RelayerStatus.objects.get().stopped == RelayerStatus.Stop.BUDGET
    really = sum(
        int(_receipt(world, each)["gasUsed"], 16)
        for each in SentTransaction.objects.filter(business_id__startswith="relay").values_list("hash", flat=True)
    )
    assert 6_000_000 < really == budget_of(world.chain).gas_used <= settings.RELAY_GAS_A_DAY
    counted = VoteFact.objects.filter(proposal=world.second).count()
    assert counted == SignedMessage.objects.filter(proposal=world.second, state=State.COUNTED).count() > 50
    # And where its account is empty, it says so instead.
    settings.RELAY_GAS_A_DAY = 50_000_000
    world.rpc.call("anvil_setBalance", address_of(RELAYER), "0x1")
    assert world.relay() == 0
    status = RelayerStatus.objects.get()
    assert (status.stopped, status.balance) == (RelayerStatus.Stop.BALANCE, 1)


def _at_once(deeds: Sequence[Callable[[], object]]) -> None:
    """Do all of it, each in a thread of its own; fail where one did."""

    def run(deed: Callable[[], object]) -> None:
        try:
            deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as threads:
        list(threads.map(run, deeds))


def _sent(world: World) -> int:
    return world.rpc.quantity("eth_getTransactionCount", address_of(RELAYER), "latest")


def _receipt(world: World, tx_hash: str) -> dict[str, str]:
    found: dict[str, str] = world.rpc.call("eth_getTransactionReceipt", tx_hash)
    return found


def _keep_a_thousand(world: World) -> None:
    assert OnchainProposal.objects.filter(number=world.second).exists()
    made = []
    for place in range(1, BALLOTS + 1):
        key = Account.from_key(place.to_bytes(32, "big"))
        typed = ballot_typed(world.chain, key.address.lower(), world.second, place % 3)
        made.append(
            SignedMessage(
                chain=world.chain,
                kind=Kind.BALLOT,
                account=key.address.lower(),
                proposal=world.second,
                support=place % 3,
                nonce=ballot_nonce(world.second),
                signature=key.sign_typed_data(full_message=exact(typed)).signature.to_0x_hex(),
                power=place,
                signed_at=timezone.now(),
            )
        )
    SignedMessage.objects.bulk_create(made)
