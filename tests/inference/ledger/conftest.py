"""The contracts on a chain of a test's own, somebody who pays there, and a database that other threads see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.legal.documents import label
from accounts.models import User
from contracts.chain.client import Client
from contracts.indexer import lead
from contracts.models import Chain
from contracts.names import COIN, ESCROW
from inference.access import METERED
from inference.keys.actions import Caps, create_key
from inference.keys.models import ApiKey
from inference.ledger.acting import charge, reserve
from inference.ledger.following import follow_chain
from inference.ledger.models import Account, Line
from inference.ledger.prices import Price
from inference.ledger.settling import settle_chain
from inference.models import Call, CallState
from tests import databases, services
from tests.contracts.node import Market, running
from tests.deploying import SETTLER, deploy
from tests.governance.signing import key_of

FAR = 2**40
ETHER = 10**18


@dataclass
class Escrow:
    """A market with one metered model, its payers by number, and the settler."""

    chain: Chain
    rpc: Client
    market: Market

    def __post_init__(self) -> None:
        self.model = self.market.list_model(1, "metered")
        self.settler = key_of(SETTLER)
        self.keys: dict[int, ApiKey] = {}

    def fund(self, number: int, amount: int = ETHER, ceiling: int = 10 * ETHER, ends: int = FAR) -> ApiKey:
        """Have somebody deposit, and authorise a key of theirs that is made here."""
        user, _ = User.objects.get_or_create(address=self.market.accounts[number], defaults={"accepted": label()})
        if number not in self.keys:
            made = create_key(user=user, name="Bot", chain_id=self.chain.pk, token=COIN, caps=Caps())
            self.keys[number] = ApiKey.objects.select_related("user").get(pk=made.key.pk)
        key = self.keys[number]
        wanted = {"payer": user.address, "keyId": key.key_id, "token": COIN, "ceiling": ceiling, "validUntil": ends}
        self.market.send(number, ESCROW, "depositAndAuthorise", [wanted, amount], amount)
        self.index(final=True)
        return key

    def use(self, number: int, amount: int, calls: int = 1) -> None:
        """Have somebody's key make calls that cost so much each."""
        price = Price(self.chain.pk, COIN, self.model, per_call=amount)
        for _ in range(calls):
            tokens = {"prompt_tokens": 1, "max_tokens": 1, "reserved": 2}
            said = {"payer": f"0x{number:040x}", "access": METERED, "slot": 1, "state": CallState.DONE}
            call = Call(listing="acme/metered", engine="smollm2", **tokens, **said)
            call.started_at = call.ended_at = timezone.now()
            call.save()
            with transaction.atomic():
                reserve(call=call, key=self.keys[number], price=price)
                charge(call=call, delivered=True)

    def index(self, *, final: bool = False) -> None:
        """Index all there is, and let it become final."""
        if final:
            self.market.mine(self.chain.confirmations)
        lead.catch_up(self.chain, self.rpc)
        follow_chain(chain=self.chain)

    def settle(self, *, final: bool = True) -> int:
        """Settle, and let what was sent become final and be known as such."""
        sent = settle_chain(chain=self.chain, settler=self.settler)
        if final:
            self.index(final=True)
            settle_chain(chain=self.chain, settler=self.settler)
        return sent

    def spent(self, number: int) -> int:
        """Return what the escrow itself says that a key has spent."""
        key = self.keys[number]
        said: dict[str, Any] = self.market.view(ESCROW, "key", [self.market.accounts[number], key.key_id])
        return int(said["spent"])

    def account(self, number: int) -> Account:
        """Return somebody's account."""
        return Account.objects.get(payer=self.market.accounts[number], token=COIN)

    def line(self, number: int) -> Line:
        """Return the last line of somebody's."""
        return Line.objects.filter(payer=self.market.accounts[number]).latest("pk")


@pytest.fixture
def escrow(migrated_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Escrow]:
    """It, with one payer, number 3."""
    own = f"escrow_{services.WORKER}"
    with (
        django_db_blocker.unblock(),
        databases.copied(migrated_database, own) as name,
        databases.named(name),
        running() as address,
        Client([address]) as rpc,
    ):
        chain, _ = deploy(address)
        lead.check(chain, rpc)
        made = Escrow(chain, rpc, Market(rpc, chain.deployment))
        made.fund(3)
        yield made
