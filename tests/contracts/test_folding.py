"""A fold goes on from the state that was kept, and is what all of its events make of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial, partialmethod
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contracts.folds import ParameterFold
from contracts.indexer import folding
from contracts.indexer.dispatch import load_handlers
from contracts.indexer.folding import Aggregate, Known, Memory, fold_on, forget_states, refold, subject_of
from contracts.indexer.records import DecodedEvent, by_subject
from contracts.models import Block, Chain, Event, FoldState, Parameter
from contracts.names import COIN, MARKET
from marketplace.onchain.handlers.returns import ReturnsFold
from marketplace.onchain.models.listings import OnchainListing, OnchainPlan
from marketplace.onchain.models.returns import PurchaseReturn

pytestmark = pytest.mark.django_db

WINDOW = 5
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
SELLER, BUYER = "0x" + "5" * 40, "0x" + "b" * 40
MODEL = SELLER + "0" * 24
KEY = "0x" + "66656542707300".ljust(64, "0")
LISTING, RETURNS, FEE = f"listing:{MODEL}", f"returns:{MODEL}:{BUYER}", f"parameter:{KEY}"
SURROGATES = {"id", "listing_id"}


class History:
    """A chain's events as an indexer stores them, made up at random, with blocks that are taken back."""

    def __init__(self, chain: Chain, seed: int) -> None:
        self.chain, self.random, self.head, self.number = chain, Random(seed), 0, 0  # noqa: S311  repeatable

    def grow(self) -> set[str]:
        """Add a block with up to four events; return the aggregates that it touches."""
        self.head += 1
        chosen = [self.random.choice((self._bought, self._refunded, self._disputed, self._planned, self._charged))
                  for _ in range(self.random.randrange(5))]  # fmt: skip
        touched = {subject for each in chosen for subject in each()}
        for receipt in self.disputed:
            if self.random.random() < 0.3:
                touched |= self.add(MARKET, "DisputeAnswered", receipt=receipt, answer=f"answer {self.number}")
            if self.random.random() < 0.15:
                for_buyer = self.random.random() < 0.5
                self.add(MARKET, "SubscriptionMoved", expiry=self.number)
                ruled = {"receipt": receipt, "by": SELLER, "forBuyer": for_buyer, "reason": "so"}
                touched |= self.add(MARKET, "DisputeRuled", **ruled)
        return touched

    def take_back(self) -> set[str]:
        """Take back up to as many blocks as the window has."""
        self.head = max(self.head - self.random.randint(1, WINDOW), 0)
        gone = Event.objects.filter(chain=self.chain, block_number__gt=self.head)
        subjects = set(gone.values_list("subject", flat=True))
        gone.delete()
        forget_states(self.chain, above=self.head)
        return subjects

    @property
    def disputed(self) -> list[str]:
        """The receipts of the disputes that wait for a ruling."""
        said = self._said("DisputeOpened", "DisputeRuled")
        waiting = [event.args["receipt"] for event in said]
        return [receipt for receipt in dict.fromkeys(waiting) if waiting.count(receipt) == 1]

    @property
    def is_open(self) -> bool:
        """Whether the last purchase that cost something can still be taken back."""
        said = self._said("AccessPurchased", "PurchaseRefunded", "DisputeOpened")
        last = [event for event in said if event.args.get("p", {}).get("paid") != 0][-1:]
        return [event.name for event in last] == ["AccessPurchased"]

    def _said(self, *names: str) -> list[Event]:
        return list(Event.objects.filter(subject=RETURNS, name__in=names).order_by("block_number", "log_index"))

    def add(self, contract: str, name: str, **args: Any) -> set[str]:
        """Store one event."""
        self.number += 1
        args = {"modelId": MODEL, "buyer": BUYER, **args}
        event = Event(
            chain=self.chain, block_number=self.head, tx_hash=f"0x{self.number:064x}", index=0, log_index=self.number,
            time=BEGAN + timedelta(seconds=self.head), address=COIN, contract=contract, name=name, args=args,
            subject=subject_of((contract, name), args),
        )  # fmt: skip
        event.save(force_insert=True)
        return {event.subject}

    def _bought(self, *paid: int) -> set[str]:
        names = dict.fromkeys(("recipient", "referrer", "token"), COIN)
        sums = {"plan": 0, "quantity": 1, "paid": self.random.choice(paid or (0, 2**200)), "fee": 0, "maturityDay": 1}
        return self.add(MARKET, "AccessPurchased", ref=KEY, p={**names, **sums, "splitHash": KEY})

    def _refunded(self) -> set[str]:
        return self.add(MARKET, "PurchaseRefunded", by=BUYER) if self.is_open else set()

    def _disputed(self) -> set[str]:
        if not self.is_open:
            return set()
        self.add(MARKET, "SubscriptionMoved", expiry=self.number)
        return self.add(MARKET, "DisputeOpened", receipt=f"0x{self.number:064x}", ruleBy=2**60, evidence="x")

    def _planned(self) -> set[str]:
        touched = self.add(MARKET, "ModelListed", seller=SELLER, category=0, metadata=f"ipfs://{self.number}")
        plan, price = self.random.randrange(3), self.random.randrange(2**200)
        return touched | self.add(MARKET, "PlanSet", plan=plan, token=COIN, price=price, period=self.number)

    def _charged(self) -> set[str]:
        return self.add("ProtocolParameters", "ParameterSet", key=KEY, newValue=self.random.randrange(2**200))


def rows() -> dict[str, list[str]]:
    """Return all rows of the folds, without surrogate keys."""
    models = (Parameter, OnchainListing, OnchainPlan, PurchaseReturn)
    return {
        model.__name__: sorted(
            repr({k: v for k, v in each.items() if k not in SURROGATES}) for each in model.objects.values()
        )
        for model in models
    }


@pytest.fixture
def chain() -> Chain:
    load_handlers()
    made = Chain.objects.create(
        id=7_001, short_name="folding", name="Folding", coin="ETH", confirmations=2, reorg_window=WINDOW
    )
    assert not Block.objects.filter(chain=made).exists()
    return made


@pytest.mark.parametrize("seed", range(6))
def test_from_the_state_that_was_kept_comes_what_all_events_make(
    chain: Chain, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "KEPT_FROM", 3)
    history, kept = History(chain, seed), set[str]()
    for _ in range(90):
        touched = history.take_back() if history.random.random() < 0.1 else history.grow()
        refold(chain, touched, settled=history.head - WINDOW)
        kept |= set(FoldState.objects.filter(chain=chain).values_list("subject", flat=True))
        went_on = rows()
        states = list(FoldState.objects.filter(chain=chain))
        forget_states(chain)
        refold(chain, {LISTING, RETURNS, FEE})
        assert rows() == went_on
        FoldState.objects.bulk_create(states)
    assert kept == {LISTING, RETURNS, FEE}, "what was not kept was not gone on from"


def test_one_more_event_costs_what_the_first_did(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "KEPT_FROM", 8)
    history = History(chain, 1)
    stepped: list[str] = []

    def counted(step: Callable[[Aggregate, DecodedEvent], None], self: Aggregate, event: DecodedEvent) -> None:
        stepped.append(event.name)
        step(self, event)

    kinds: tuple[type[Aggregate], ...] = (ParameterFold, ReturnsFold)
    for kind in kinds:
        monkeypatch.setattr(kind, "step", partialmethod(partial(counted, kind.step)))
    most: dict[int, int] = {}
    for number in range(120):
        history.head += 1
        subjects = history._charged() | history._bought(2**200) | history._refunded()
        stepped.clear()
        with CaptureQueriesContext(connection) as asked:
            refold(chain, subjects, settled=history.head - WINDOW)
        most[number // 60] = max(most.get(number // 60, 0), len(stepped))
        assert len(asked) <= 12
    assert most[1] <= most[0] <= 3 * (folding.KEPT_FROM + WINDOW)
    assert PurchaseReturn.objects.count() == 120


def test_a_state_that_other_code_kept_is_not_gone_on_from(chain: Chain) -> None:
    history = History(chain, 1)
    for _ in range(folding.KEPT_FROM + WINDOW):
        history.head += 1
        subjects = history._charged()
    refold(chain, subjects, settled=history.head - WINDOW)
    FoldState.objects.filter(subject=FEE).update(state={"newValue": 7, "block_number": 7})
    Event.objects.filter(subject=FEE, block_number__gt=history.head - WINDOW).delete()
    refold(chain, {FEE})
    assert Parameter.objects.get(chain=chain).value == 7
    FoldState.objects.filter(subject=FEE).update(code="of before")
    refold(chain, {FEE})
    assert Parameter.objects.get(chain=chain).value == Event.objects.order_by("log_index").last().args["newValue"]  # type: ignore[union-attr]


@pytest.mark.parametrize("seed", range(3))
def test_from_the_states_in_memory_comes_what_all_events_make(
    chain: Chain, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "KEPT_FROM", 3)
    history, known, went_on_from = History(chain, seed), dict[str, Known](), set[str]()
    for _ in range(60):
        begun = history.head
        if history.random.random() < 0.1:
            came: dict[str, list[DecodedEvent]] = {subject: [] for subject in history.take_back()}
            begun = history.head
            for subject in came:
                known.pop(subject, None)
        else:
            history.grow()
            came = by_subject(Event.objects.filter(chain=chain, block_number__gt=begun))
        went_on_from |= came.keys() & known.keys()
        # Sometimes far behind the chain's head, where all that was read is settled.
        settled = history.head - history.random.choice((0, WINDOW, WINDOW))
        fold_on(chain, came, known, begun=begun, settled=settled)
        went_on, states = rows(), list(FoldState.objects.filter(chain=chain))
        forget_states(chain)
        refold(chain, {LISTING, RETURNS, FEE})
        assert rows() == went_on
        FoldState.objects.bulk_create(states)
    assert went_on_from == {LISTING, RETURNS, FEE}


def test_what_is_in_memory_is_not_read_back(chain: Chain) -> None:
    history, known = History(chain, 1), dict[str, Known]()
    for number in range(folding.KEPT_FROM):
        begun = history.head
        history.head += 1
        history._charged()
        came = by_subject(Event.objects.filter(chain=chain, block_number__gt=begun))
        with CaptureQueriesContext(connection) as asked:
            fold_on(chain, came, known, begun=begun, settled=history.head - WINDOW)
        assert len(asked) == (3 if number == 0 else 1)


def test_memory_is_of_one_cursor_and_of_what_was_needed_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "REMEMBERED", 2)
    memory, states = Memory(), {name: Known({"of": name}, 1) for name in "abc"}
    memory.keep(7, "0x7", states)
    assert memory.take(7, "0x7").keys() == {"b", "c"}
    assert not memory.take(7, "0x7"), "a transaction that failed has used them up"
    memory.keep(7, "0x7", states)
    assert not memory.take(7, "0x8")
