"""A payer with a balance in the escrow, an authorised key and a model with a price, as the indexer leaves them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import models
from django.utils import timezone

from accounts.models import User
from contracts.models import Chain, Cursor, Event, Tally
from contracts.names import COIN
from inference.access import Visitor
from inference.keys.actions import Caps, create_key
from inference.keys.models import ApiKey
from inference.ledger.models import COLUMNS, Account, Movement
from inference.models import Call, Upstream
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.escrow import DepositFact, EscrowKey, EscrowRequest
from marketplace.onchain.models.listings import ListingState, OnchainListing
from marketplace.onchain.models.pricing import NO_RATE, OnchainCallPrice, OnchainRates
from tests.factories.marketplace import listing as make_listing
from tests.inference.keys.holders import chain as make_chain
from tests.inference.keys.holders import holder

NAME = "inference-tests/paid"
SELLER = "0x" + "5e" * 20
MODEL = SELLER + "0" * 24
HEAD = 100  # the block of the cursor; what is in blocks up to 97 is final
FAR = 2**40


@dataclass
class Books:
    """What the tests pay with, and from."""

    chain: Chain
    user: User
    key: ApiKey

    @property
    def visitor(self) -> Visitor:
        """The payer, asking through its key."""
        return Visitor.of("203.0.113.7", self.key.user, self.chain.pk, self.key)

    @property
    def account(self) -> Account:
        """The payer's account, as it is kept."""
        return Account.objects.get(payer=self.user.address, token=COIN)

    def deposit(self, amount: int, block: int = 90) -> str:
        """Have the chain show a deposit in a block; return its transaction."""
        own = {"payer": self.user.address, "token": COIN, "amount": amount, "sender": self.user.address}
        tx_hash = f"0x{uuid4().hex:0>64}"
        at = {"tx_hash": tx_hash, "index": 0, "log_index": 0, "time": timezone.now()}
        DepositFact.objects.create(chain=self.chain, block_number=block, **own, **at)
        self.tally("escrow", f"{self.user.address}:{COIN}", amount)
        return tx_hash

    def take_back(self, tx_hash: str) -> None:
        """Have a reorganisation take a deposit back."""
        fact = DepositFact.objects.get(tx_hash=tx_hash)
        self.tally("escrow", f"{self.user.address}:{COIN}", -fact.amount)
        fact.delete()

    def settled(self, amount: int) -> None:
        """Have the chain show that the key was charged."""
        self.tally("escrow", f"{self.user.address}:{COIN}", -amount)
        self.tally("spent", f"{self.user.address}:{self.key.key_id}", amount)

    def ask_back(self, amount: int) -> None:
        """Have the chain show a request."""
        EscrowRequest.objects.update_or_create(
            chain=self.chain, payer=self.user.address, token=COIN, defaults={"amount": amount, "ready_at": FAR}
        )

    def withdrawn(self, amount: int) -> None:
        """Have the chain show that what was asked for is drawn."""
        EscrowRequest.objects.all().delete()
        self.tally("escrow", f"{self.user.address}:{COIN}", -amount)
        self.tally("withdrawn", f"{self.user.address}:{COIN}", amount)

    def authorise(self, ceiling: int, block: int = 90) -> None:
        """Have the chain show an authorisation of the key."""
        own: dict[str, Any] = {"chain": self.chain, "payer": self.user.address, "key_id": self.key.key_id}
        said = {"token": COIN, "ceiling": ceiling, "valid_until": FAR}
        EscrowKey.objects.update_or_create(**own, defaults=said)
        Event.objects.create(
            chain=self.chain,
            block_number=block,
            tx_hash=f"0x{uuid4().hex:0>64}",
            index=0,
            log_index=Event.objects.filter(chain=self.chain, block_number=block).count(),
            time=timezone.now(),
            address=COIN,
            contract="InferenceEscrow",
            name="Authorised",
            args={"ceiling": ceiling},
            subject=f"escrow-key:{self.user.address}:{self.key.key_id}",
        )

    def tally(self, kind: str, key: str, amount: int) -> None:
        """Add to one of the chain's sums."""
        found, _new = Tally.objects.get_or_create(
            chain=self.chain, kind=kind, key=key, defaults={"amount": 0, "events": 1}
        )
        found.amount += amount
        found.save()

    def rates(self, in_per_m: int, out_per_m: int) -> None:
        """Have the model cost so much for 1,000,000 tokens read, and written."""
        last = {"last_in": in_per_m, "last_out": out_per_m, "last_from": timezone.now() - timedelta(days=1)}
        OnchainRates.objects.update_or_create(
            chain=self.chain, model_id=MODEL, token=COIN, defaults={**last, "before_in": NO_RATE, "before_out": NO_RATE}
        )

    def by_call(self, price: int) -> None:
        """Have a call of the model cost so much, and tokens nothing."""
        OnchainRates.objects.all().delete()
        since = timezone.now() - timedelta(days=1)
        last = {"last_token": COIN, "last_price": price, "last_from": since}
        OnchainCallPrice.objects.update_or_create(chain=self.chain, model_id=MODEL, defaults=last)


def open_books(*, balance: int = 10**9, ceiling: int = 10**18, **caps: int) -> Books:
    """Make all of it; ``caps`` are the key's, such as ``total=10``."""
    chain, user = make_chain(), holder(7)
    make_listing(NAME, task="text-generation")
    Upstream.objects.create(listing=NAME, engine="smollm2", mode="chat")
    Cursor.objects.create(chain=chain, number=HEAD, hash="0x" + "1" * 64)
    own = {"chain": chain, "model_id": MODEL}
    OnchainListing.objects.create(
        **own,
        seller=SELLER,
        category=0,
        metadata="",
        state=ListingState.LISTED,
        listed_block=0,
        listed_at=timezone.now(),
        changed_block=0,
    )
    Adoption.objects.create(**own, listing=Listing.objects.get(name=NAME))
    key = create_key(user=user, name="Bot", chain_id=chain.pk, token=COIN, caps=Caps(**caps)).key
    books = Books(chain, user, ApiKey.objects.select_related("user").get(pk=key.pk))
    books.rates(1_000_000, 2_000_000)  # a token read costs 1, one written 2
    if balance:
        books.deposit(balance)
    if ceiling:
        books.authorise(ceiling)
    return books


def is_balanced() -> bool:
    """Whether every account is what its movements come to, and each of them sums up."""
    for account in Account.objects.all():
        sums = account.movements.aggregate(**{name: models.Sum(name, default=0) for name in COLUMNS})
        if any(int(sums[name]) != getattr(account, name) for name in COLUMNS):
            return False
        if account.deposited != account.in_escrow + account.withdrawn + account.settled:
            return False
    return Movement.objects.exists()


def finished(call: Call, tokens: int, **changes: Any) -> Call:
    """Journal so many tokens of an answer and end its call."""
    from inference.actions import finish_call, journal_call
    from inference.models import CallState

    if tokens:
        journal_call(call_id=call.pk, tokens=tokens, characters=4 * tokens, first_token_ms=9)
    return finish_call(**{"call_id": call.pk, "state": CallState.DONE, **changes})
