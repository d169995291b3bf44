"""What people set out to buy: the intent, kept before the wallet opens, and what became of it.

The chain alone says whether an order was paid: by the fact that carries its ``ref``. What the wallet and the page
report are hints, shown until there is a fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from common.fields import WeiField
from common.statements import Statement, together
from contracts.models import Block, Chain, Cursor, address_field, hash_field
from contracts.names import COIN, DAY
from marketplace.money.sales import Sale, sales_of
from marketplace.onchain.models.listings import Plan
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.onchain.models.sales import PurchaseFact

from .errors import OrderNotFoundError
from .states import OPEN, RETURNED, Outcome, State

GOOD_FOR = timedelta(minutes=30)  # from preparing to the last second at which the contract takes it
GIVEN_UP_AFTER = timedelta(days=7)  # from its deadline: no longer is it asked whether a transaction has an end
AT_ONCE = timedelta(seconds=1)  # what is due within it is due: passes may run side by side
INTENT = ["chain", "buyer", "model_id", "plan", "quantity", "token", "max_price", "referrer", "recipient"]
REF = r"^0x[0-9a-f]{64}$"


class OrderQuerySet(models.QuerySet["Order"]):
    """Reads of orders."""

    def of(self, address: str) -> OrderQuerySet:
        """Return the orders of one buyer."""
        return self.filter(buyer=address)

    def to_watch(self, chain: Chain) -> OrderQuerySet:
        """Return the sent orders whose end is not certain: not on chain, and without an end or still able to happen.

        No order can happen after its deadline; so what a final block after it has not got stays as it is. One whose
        transaction still waits a week later is given up.
        """
        # By the chain's clock: the contract compares a deadline with its block's time, not with ours.
        last = Block.objects.filter(chain=chain, number=chain.final_block()).values_list("time", flat=True).first()
        moment = last or timezone.now()
        sent = self.filter(chain=chain, deadline__gt=moment - GIVEN_UP_AFTER).exclude(tx_hashes=[])
        # Until the deadline a noted end is a guess: what nodes have forgotten can still be mined.
        still = Q(outcome=Outcome.NONE) | Q(deadline__gt=moment)
        return sent.filter(still).exclude(Exists(paid_by(OuterRef("ref"))))

    def due(self, now: datetime) -> OrderQuerySet:
        """Return those whose turn it is to be looked at, those first that were not for longest."""
        turn = Q(look_at=None) | Q(look_at__lte=now + AT_ONCE)
        return self.filter(turn).order_by(models.F("look_at").asc(nulls_first=True), "pk")

    def payable(self, now: datetime) -> OrderQuerySet:
        """Return those that could still be paid, whatever was said of them, and are not."""
        # Whatever its outcome: what was cancelled on one screen may have been sent from another.
        return self.filter(deadline__gt=now).exclude(Exists(paid_by(OuterRef("ref"))))

    def found(self, address: str, ref: str) -> Progress:
        """Return where one order of a buyer's stands. Raises OrderNotFoundError, also for what is another's."""
        rows = list(self.of(address).filter(ref=ref).select_related("chain__cursor"))
        if not rows:
            raise OrderNotFoundError
        return progress_of(rows, heads={order.chain: head_read(order.chain) for order in rows})[0]


def head_read(chain: Chain) -> int:
    """Return the head that was read with a chain and its ``cursor``, as ``Chain.head`` does by a query."""
    cursor: Cursor | None = getattr(chain, "cursor", None)
    return cursor.number if cursor else max(chain.start_block - 1, 0)


def paid_by(ref: OuterRef | str) -> models.QuerySet[PurchaseFact]:
    """Return the facts that pay the order (or, in a subquery, the outer order) with this ref.

    A ref is public once it is on its way, so only a purchase of the same model by the same buyer counts.
    """
    facts = PurchaseFact.objects.filter(ref=ref)
    if isinstance(ref, str):
        return facts
    same = {name: OuterRef(name) for name in ("chain", "buyer", "model_id")}
    return facts.filter(**same)


class Order(models.Model):
    """An intent to buy. ``price`` and ``max_price`` are units of ``token``, for the whole quantity; ``quote`` has the
    parts of the price as they were when it was prepared. ``referrer`` is the zero address where there is none, and
    ``recipient`` where it is the buyer.

    ``license`` and where it can be read (``license_url``) are those of the ``version`` that was newest;
    ``metadata_cid`` is its document on chain, which names the licence and the terms.

    ``listing_name`` and ``model_id`` are natural keys. While ``is_reusable``, asking for the same gives this order.
    ``prompt`` names the wallet's window that was opened last, and ``prompt_nonce`` is the number that its transaction
    is to have. ``awaiting_since``, ``tx_hashes`` and ``nonce`` are the wallet's hints; ``missing_since`` is the block
    at which its transaction was first not to be found, and ``look_at`` when the chain is asked for it next.
    """

    ref = hash_field(unique=True)
    # What a person intended cannot be read from the chain again, so it must not go with it.
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="+")
    buyer = address_field()
    listing_name = models.CharField(max_length=193)
    model_id = hash_field()
    plan = models.PositiveSmallIntegerField(choices=Plan)
    quantity = models.PositiveIntegerField()
    token = address_field()
    price = WeiField()
    max_price = WeiField()
    referrer = address_field(default=COIN)
    recipient = address_field(default=COIN, db_default=COIN)
    quote = models.JSONField(default=dict)
    license = models.CharField(max_length=64, blank=True)
    license_url = models.URLField(max_length=500, blank=True, default="", db_default="")
    version = models.CharField(max_length=32, blank=True, default="", db_default="")
    metadata_cid = models.CharField(max_length=64, blank=True, default="", db_default="")
    license_accepted_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    deadline = models.DateTimeField()
    is_reusable = models.BooleanField(default=False)

    prompt = models.CharField(max_length=32, blank=True)
    prompt_nonce = models.PositiveBigIntegerField(null=True)
    awaiting_since = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    tx_hashes = ArrayField(hash_field(), default=list)
    nonce = models.PositiveBigIntegerField(null=True)
    missing_since = models.PositiveBigIntegerField(null=True)
    look_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, choices=Outcome, default=Outcome.NONE, blank=True)
    reason = models.TextField(blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ref__regex=REF), name="order_ref_form"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_quantity_some"),
            models.CheckConstraint(condition=Q(max_price__gte=models.F("price")), name="order_price_within"),
            models.CheckConstraint(
                # A wallet that was asked may pay at any time, so this order is never handed to a new press.
                condition=Q(prompt="") | Q(prompt_nonce__isnull=False, is_reusable=False),
                name="order_prompt_fixed",
            ),
            # Two tabs can press at once, and only the database sees both.
            models.UniqueConstraint(fields=INTENT, condition=Q(is_reusable=True), name="order_intent_unique"),
        ]
        indexes = [
            models.Index(fields=["buyer", "-created_at"], name="order_buyer"),
            # Partial: most orders are never sent, and only sent ones are watched.
            models.Index(fields=["chain", "deadline"], name="order_sent_by", condition=~Q(tx_hashes=[])),
        ]

    def __str__(self) -> str:
        return self.ref

    def get_absolute_url(self) -> str:
        return reverse("order", args=[self.ref])

    @property
    def wallet_url(self) -> str:
        """Its page, which opens the wallet by itself, once."""
        return f"{self.get_absolute_url()}#wallet"

    @property
    def is_in_token(self) -> bool:
        """Whether it is paid in something else than the chain's coin."""
        return self.token != COIN

    @property
    def is_gift(self) -> bool:
        """Whether somebody else is to get the access."""
        return self.recipient != COIN

    @property
    def receiver(self) -> str:
        """Who is to get the access."""
        return self.recipient if self.is_gift else self.buyer

    @property
    def group(self) -> str:
        """The channel group that is told when the order changes."""
        return f"order.{self.ref.removeprefix('0x')}"


@dataclass(frozen=True)
class Progress:
    """An order with what the chain says of it. ``head`` is the last indexed block; ``facts`` pay it, oldest first.

    ``returns`` are those payments that were taken back, oldest first. ``later`` is the purchase by which the same buyer
    closed the right to have the last payment refunded, if there is one.
    """

    order: Order
    facts: Sequence[PurchaseFact]
    head: int
    now: datetime
    returns: Sequence[PurchaseReturn] = ()
    later: PurchaseFact | None = None

    @property
    def fact(self) -> PurchaseFact | None:
        """The purchase that the order became."""
        return self.facts[0] if self.facts else None

    @property
    def returned(self) -> PurchaseReturn | None:
        """What became of the last payment, if it was taken back."""
        last = self.facts[-1] if self.facts else None
        return next((each for each in self.returns if last and _purchase(each) == _purchase(last)), None)

    @property
    def refundable(self) -> PurchaseFact | None:
        """The payment that its buyer may have refunded or dispute now: the last of all it bought, in its window."""
        last = self.facts[-1] if self.facts else None
        # The contract remembers one purchase of a buyer and model: the last that cost something.
        if last is None or not last.paid or self.returned or self.later:
            return None
        return last if last.maturity_day >= int(self.now.timestamp()) // DAY else None

    @property
    def needed(self) -> int:
        """How many blocks have to follow the purchase's until it is final."""
        return self.order.chain.confirmations

    @property
    def confirmations(self) -> int:
        """How many of them there are."""
        return self.confirmations_of(self.fact) if self.fact else 0

    def confirmations_of(self, record: PurchaseFact | PurchaseReturn) -> int:
        """How many of the blocks that one payment, or its return, needs have followed it."""
        block = record.last_block if isinstance(record, PurchaseReturn) else record.block_number
        return min(self.needed, max(0, self.head - block))

    @property
    def counts(self) -> tuple[int, ...]:
        """The confirmations of each payment, then of what became of those that were taken back."""
        return (*map(self.confirmations_of, self.facts), *map(self.confirmations_of, self.returns))

    @property
    def sales(self) -> list[Sale]:
        """Each payment with what became of it, oldest first."""
        return sales_of(self.facts, self.returns, self.head, self.needed)

    @property
    def paid(self) -> int:
        """What was paid for it in all, in units of its token."""
        return sum(fact.paid for fact in self.facts)

    @property
    def moves_with_blocks(self) -> bool:
        """Whether the next block alone changes what there is to show."""
        return any(count < self.needed for count in self.counts) or self.state == State.SENT

    @cached_property
    def state(self) -> State:
        """The one place where an order's state is made: the chain first, then the hints, then the clock."""
        order = self.order
        if self.returned:
            return RETURNED[self.returned.stage]
        if self.fact:
            return State.FINAL if self.confirmations >= self.needed else State.CONFIRMING
        if order.outcome:
            return State(order.outcome)
        # Before the clock: what was sent in time may be in a block that is not indexed yet.
        if order.tx_hashes:
            return State.SENT
        if self.now > order.deadline:
            return State.EXPIRED
        return State.AWAITING if order.awaiting_since else State.PREPARED

    @property
    def is_open(self) -> bool:
        """Whether something is still to happen."""
        return self.state in OPEN

    @property
    def tx_hash(self) -> str:
        """The transaction that paid it, else the last one that the wallet named, else nothing."""
        return self.fact.tx_hash if self.fact else (self.order.tx_hashes or [""])[-1]


def progress_of(
    orders: Iterable[Order], now: datetime | None = None, heads: Mapping[Chain, int] | None = None
) -> list[Progress]:
    """Return where the orders stand, in their order. One trip to the database, and one a chain for its head."""
    rows = list(orders)
    refs = [order.ref for order in rows]
    facts, returns, latest = together(
        Statement(PurchaseFact.objects.filter(ref__in=refs)).asked(),
        Statement(PurchaseReturn.objects.filter(ref__in=refs).order_by("taken_block")).asked(),
        Statement(_latest({(order.buyer, order.model_id) for order in rows})).asked(),
    )
    chains = {order.chain_id: order.chain for order in rows}
    for fact in facts:
        if chain := chains.get(fact.chain_id):
            fact.chain = chain  # which would be a query else
    ordered = sorted(facts, key=lambda fact: (*_key(fact), fact.block_number, fact.log_index))
    paid = {key: list(group) for key, group in groupby(ordered, _key)}
    last = {(fact.chain_id, fact.buyer, fact.model_id): fact for fact in latest}
    heads = heads or {chain: chain.head() for chain in {order.chain for order in rows}}
    moment = now or timezone.now()
    return [
        Progress(
            order,
            found := paid.get(_key(order), []),
            heads[order.chain],
            moment,
            [each for each in returns if _key(each) == _key(order)],
            _after(found, last.get((order.chain_id, order.buyer, order.model_id))),
        )
        for order in rows
    ]


def _latest(bought: set[tuple[str, str]]) -> models.QuerySet[PurchaseFact]:
    """Return the last purchase that cost something, of each buyer and model on each chain."""
    buyers, models_bought = {buyer for buyer, _ in bought}, {model for _, model in bought}
    paid = PurchaseFact.objects.filter(buyer__in=buyers, model_id__in=models_bought, paid__gt=0)
    last = paid.order_by("chain", "buyer", "model_id", "-block_number", "-log_index")
    return last.distinct("chain", "buyer", "model_id")


def _after(paid: Sequence[PurchaseFact], latest: PurchaseFact | None) -> PurchaseFact | None:
    """Return the last purchase of all, if it is not the last of these."""
    return latest if paid and latest and _purchase(latest) != _purchase(paid[-1]) else None


def _purchase(record: PurchaseFact | PurchaseReturn) -> tuple[str, int]:
    """Return the transaction of a purchase, and its index in there."""
    return record.purchase if isinstance(record, PurchaseReturn) else (record.tx_hash, record.index)


def _key(record: Order | PurchaseFact | PurchaseReturn) -> tuple[int, str, str, str]:
    return (record.chain_id, record.ref, record.buyer, record.model_id)
