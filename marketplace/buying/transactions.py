"""A transaction by its hash: what it did here, or why nothing is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q

from accounts.models import User
from common.limits import take_client
from contracts.chain import codec
from contracts.chain.fate import Transaction, why_failed
from contracts.chain.mined import Mined, find_mined, known_mined
from contracts.errors import ChainError
from contracts.models import Chain, Event
from marketplace.listings.models import Listing, listings_on
from marketplace.money.credits import Credit, credits_of
from marketplace.onchain.models.returns import PurchaseReturn

from .event_words import DISPUTED, PURCHASED, REFUNDED, RULED
from .orders import Order
from .receipts import shares_by_ref
from .telling import Sold, Teller, kind_of, model_ids
from .transfers import Names, Table, network_fee, table_of

MOST_LOOKUPS, LOOKUP_SECONDS = 60, 60  # questions to a node that one network may cause
TAKEN_BACK = {REFUNDED, DISPUTED, RULED}
MOST_EVENTS = 200  # of a transaction that are put into words


class Standing(StrEnum):
    """What is known of a transaction."""

    KNOWN = "known"  # it has events of ours
    PENDING = "pending"
    FAILED = "failed"
    UNRELATED = "unrelated"
    UNKNOWN = "unknown"
    UNASKED = "unasked"  # no node can be asked just now


@dataclass(frozen=True)
class Told:
    """A transaction as its page shows it. ``called`` is the function that a failed one called, ``reason`` why it was
    refused. ``paid_back`` is what has taken its purchase back since. ``order`` is the visitor's own that it paid, or
    took back. ``is_own_sale`` says that it is about the visitor's model. ``credit`` is what the visitor, credited by
    it, can withdraw now."""

    chain: Chain
    hash: str
    head: int
    standing: Standing
    events: Sequence[Event]
    mined: Mined | None
    teller: Teller
    table: Table
    models: Sequence[Listing]
    paid_back: PurchaseReturn | None = None
    order: Order | None = None
    is_own_sale: bool = False
    credit: Credit | None = None
    called: str = ""
    reason: str = ""

    @property
    def confirmations(self) -> int:
        """How many of the blocks that make it final have followed its own."""
        block = self.events[0].block_number if self.events else (self.mined.block if self.mined else None)
        return 0 if block is None else min(self.chain.confirmations, max(0, self.head - block))

    @property
    def is_visitors(self) -> bool:
        """Whether it is the visitor's own."""
        return self.order is not None or self.credit is not None

    @property
    def is_moving(self) -> bool:
        """Whether the next blocks change what there is to show."""
        return self.standing == Standing.PENDING or (
            self.standing == Standing.KNOWN and self.confirmations < self.chain.confirmations
        )


def tell(chain: Chain, tx_hash: str, user: User | None, client_address: str) -> Told:
    """Return what a transaction did. At most seven queries, and a question to a node where it is not kept."""
    head = chain.head()
    events = list(Event.objects.of_transaction(chain, tx_hash)[:MOST_EVENTS])
    final = head - chain.confirmations
    mined, asked = _asked(chain, tx_hash, final, client_address, known=bool(events))
    standing = _standing(events, mined, head, asked=asked)
    named = model_ids(events)
    listings = listings_on((chain.pk, model) for model in named) if named else {}
    names = Names(chain, user.address if user else "", _owners(listings))
    titles = {model: each.model_name for (_, model), each in listings.items()}
    refs = [event.args["ref"] for event in events if kind_of(event) == PURCHASED]
    returned = list(PurchaseReturn.objects.filter(chain=chain, purchase_tx=tx_hash)) if refs else []
    sold = Sold({each.ref: each for each in returned}, shares_by_ref(chain, refs) if refs else {})
    teller = Teller(chain, events, names, titles, sold)
    table = table_of([*teller.transfers(), *network_fee(chain, names, mined)])
    called, reason = _refusal(chain, mined) if mined and standing == Standing.FAILED else ("", "")
    own = _own_order(user, chain, events, refs) if user else None
    return Told(
        chain=chain,
        hash=tx_hash,
        head=head,
        standing=standing,
        events=events,
        mined=mined,
        teller=teller,
        table=table,
        models=list(listings.values()),
        paid_back=next((each for each in returned if each.is_paid_back), None),
        order=own,
        is_own_sale=user is not None and _is_sale_of(user.address, events),
        credit=_credit_of(user.address, chain, head, events) if user else None,
        called=called,
        reason=reason,
    )


def _is_sale_of(address: str, events: Sequence[Event]) -> bool:
    return any(str(event.args.get("modelId", "")).startswith(address) for event in events)


def _asked(chain: Chain, tx_hash: str, final: int, client_address: str, *, known: bool) -> tuple[Mined | None, bool]:
    """Return what a node has of it, and whether one was asked and has answered."""
    # Anybody may ask for any hash, and each new one is a question to somebody's node.
    if take_client(client_address, {"transactions": (MOST_LOOKUPS, LOOKUP_SECONDS)})[0].left < 0:
        return None, False
    if known:
        return known_mined(chain, tx_hash, final), True
    try:
        return find_mined(chain, tx_hash, final), True
    except ChainError:
        return None, False


def _standing(events: Sequence[Event], mined: Mined | None, head: int, *, asked: bool) -> Standing:
    if events:
        return Standing.KNOWN
    if not asked:
        return Standing.UNASKED
    if mined is None:
        return Standing.UNKNOWN
    # In a block that is not indexed yet, its events are still to come.
    if mined.block is None or (mined.succeeded and mined.block > head):
        return Standing.PENDING
    return Standing.UNRELATED if mined.succeeded else Standing.FAILED


def _owners(listings: dict[tuple[int, str], Listing]) -> dict[str, str]:
    return {model[:42]: listing.owner_name for (_chain, model), listing in listings.items()}


def _refusal(chain: Chain, mined: Mined) -> tuple[str, str]:
    """Return the function that was called, where it is one of ours, and why it was refused, where that is known."""
    contract = next((name for name, address in chain.deployment.items() if address.lower() == mined.to), "")
    # By its name alone: arguments that anybody sends may take long to read.
    called = codec.function_of(contract, mined.data).partition("(")[0] if contract else ""
    failed = Transaction(
        sender=mined.sender,
        to=mined.to,
        input=mined.data,
        value=hex(mined.value),
        gas=hex(mined.gas),
        nonce=hex(mined.nonce),
        block=hex(mined.block or 0),
    )
    try:
        error = why_failed(chain, failed)
    except ChainError:
        error = None
    return called, str(error.detail) if error else ""


def _credit_of(address: str, chain: Chain, head: int, events: Sequence[Event]) -> Credit | None:
    """Return what an account that was credited here can withdraw in that currency, None where there is nothing."""
    credited = [event.args for event in events if event.name == "Credited"]
    tokens = {str(args["token"]).lower() for args in credited if str(args["account"]).lower() == address}
    found = credits_of(address, chain, head) if tokens else []
    return next((each for each in found if each.token in tokens and each.balance.available), None)


def _own_order(user: User, chain: Chain, events: Sequence[Event], bought: Sequence[str]) -> Order | None:
    """Return the visitor's order that was paid by what was ``bought``, or that was refunded or disputed. At most a
    query."""
    own = Order.objects.of(user.address)
    if bought:
        return own.filter(ref__in=bought).first()
    for event in events:
        if kind_of(event) in TAKEN_BACK and event.args["buyer"].lower() == user.address:
            # Such events do not name the order; what was taken back of this buyer and model is little.
            back = PurchaseReturn.objects.filter(
                chain=chain, buyer=user.address, model_id=event.args["modelId"].lower()
            )
            by_it = back.filter(Q(taken_tx=event.tx_hash) | Q(ruled_tx=event.tx_hash))
            return own.filter(ref__in=by_it.values("ref")).first()
    return None
