"""Made-up histories of a market: what a chain says in each block, as facts in the database and as events beside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import uuid4

from django.db.models import Model

from contracts.models import AcceptedToken, Block, Chain, Cursor, Event
from contracts.names import COIN, DAY, MARKET, PARAMETERS, SPLITTER
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.listings.models import Listing
from marketplace.listings.performance import Performance
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.listings import ListingState, OnchainListing
from marketplace.onchain.models.returns import PurchaseReturn, Stage
from marketplace.onchain.models.sales import PurchaseFact, SplitFact
from marketplace.reputation.recompute import Happened
from marketplace.scores.models import Answer, HelpfulVote, Review, Standing

START = datetime(2026, 1, 1, tzinfo=UTC)
BLOCK = timedelta(hours=2)  # from one to the next
DOLLAR = f"0x{5:040x}"
SINGLE = 10**14  # the fee of a cheap purchase, in wei
DEEDS = {"ModelListed": "listed", "SplitSet": "shared", "TokenSet": "weighed", "AccessPurchased": "bought"}
DEEDS |= {"PurchaseRefunded": "refunded", "DisputeOpened": "disputed", "DisputeRuled": "ruled"}
MODELS: tuple[Any, ...] = (PurchaseFact, SplitFact, OnchainListing, Event)


def address(number: int) -> str:
    return f"0x{number:040x}"


def model_of(seller: str, number: int = 1) -> str:
    return seller + f"{number:024x}"


@dataclass
class Chronicle:
    """A chain that tests write: ``told`` holds by block what happened, as ``recompute.py`` reads it."""

    chain: Chain
    told: dict[int, list[Happened]] = field(default_factory=dict)
    head: int = 0
    shops: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # models by seller
    disputes: dict[str, list[PurchaseReturn]] = field(default_factory=lambda: defaultdict(list))  # open, by seller
    sales: dict[tuple[str, str], list[PurchaseFact]] = field(default_factory=lambda: defaultdict(list))  # paid ones
    taken: set[str] = field(default_factory=set)  # the transactions of sales that were taken back
    adopted: set[int] = field(default_factory=set)
    gathers: bool = False  # whether rows wait for ``write``: thousands by a few statements
    rows: dict[type[Model], list[Any]] = field(default_factory=lambda: defaultdict(list))
    _places: Iterator[int] = field(default_factory=lambda: count(1))

    @classmethod
    def begin(cls, number: int = 777) -> Chronicle:
        chain = Chain.objects.create(
            id=number, short_name=f"made-{number}", name="Made", coin="ETH", confirmations=3, reorg_window=64,
            deployment={MARKET: address(1), SPLITTER: address(2), PARAMETERS: address(3)},
        )  # fmt: skip
        made = cls(chain)
        made.mine()
        return made

    @property
    def time(self) -> datetime:
        """When the head was made."""
        return START + self.head * BLOCK

    def add(self, *rows: Model) -> None:
        """Write rows, or let them wait where it gathers."""
        for row in rows:
            self.rows[type(row)].append(row)
        if not self.gathers:
            self.write()

    def write(self) -> None:
        """Write what waits: what others refer to comes first, because it was made first."""
        for kind, rows in self.rows.items():
            kind._default_manager.bulk_create(rows)
        self.rows.clear()

    def mine(self, blocks: int = 1) -> None:
        """Add blocks."""
        numbers = range(self.head + 1, self.head + blocks + 1)
        Block.objects.bulk_create(
            Block(chain=self.chain, number=number, hash=f"0x{next(self._places):064x}", parent_hash="0x" + "0" * 64,
                  time=START + number * BLOCK)
            for number in numbers
        )  # fmt: skip
        self.head += blocks
        head = Block.objects.get(chain=self.chain, number=self.head)
        Cursor.objects.update_or_create(chain=self.chain, defaults={"number": self.head, "hash": head.hash})

    def events(self, until: int) -> list[Happened]:
        """Return what happened up to a block, in its order."""
        return [event for number in sorted(self.told) if number <= until for event in self.told[number]]

    def reorganise(self, depth: int) -> list[tuple[int, Happened]]:
        """Take the last blocks back, with all that they said; return that, by block."""
        self.write()
        fork = self.head - depth
        lost = [(number, event) for number in sorted(self.told) if number > fork for event in self.told.pop(number)]
        for model in MODELS:
            name = "listed_block" if model is OnchainListing else "block_number"
            model.objects.filter(**{"chain": self.chain, f"{name}__gt": fork}).delete()
        PurchaseReturn.objects.filter(chain=self.chain, taken_block__gt=fork).delete()
        PurchaseReturn.objects.filter(chain=self.chain, ruled_block__gt=fork).update(
            stage=Stage.DISPUTED, ruled_block=None, ruled_at=None
        )
        Block.objects.filter(chain=self.chain, number__gt=fork).delete()
        self.head = fork
        self.mine(depth)
        self._look_again()
        return lost

    def _look_again(self) -> None:
        """Read what is kept beside the tables, so that a history asks them little."""
        self.shops.clear()
        for seller, model in OnchainListing.objects.filter(chain=self.chain).values_list("seller", "model_id"):
            self.shops[seller].append(model)
        self.disputes.clear()
        for one in PurchaseReturn.objects.filter(chain=self.chain, stage=Stage.DISPUTED).order_by("pk"):
            self.disputes[one.model_id[:42]].append(one)
        self.sales.clear()
        for sale in PurchaseFact.objects.filter(chain=self.chain, paid__gt=0).order_by("block_number", "log_index"):
            self.sales[sale.model_id, sale.buyer].append(sale)
        self.taken = set(PurchaseReturn.objects.filter(chain=self.chain).values_list("purchase_tx", flat=True))

    def say(self, name: str, **args: Any) -> None:
        """Have something happen in the last block: the fact is written, and the event kept."""
        getattr(self, f"_{DEEDS[name]}")(**args)
        self.told.setdefault(self.head, []).append(Happened(name, int(self.time.timestamp()), args))

    def _where(self) -> dict[str, Any]:
        number = next(self._places)
        return {"chain": self.chain, "block_number": self.head, "tx_hash": f"0x{number:064x}", "index": 0,
                "log_index": number, "time": self.time}  # fmt: skip

    def _listed(self, model: str) -> None:
        self.add(OnchainListing(
            chain=self.chain, model_id=model, seller=model[:42], category=0, metadata="", state=ListingState.LISTED,
            listed_block=self.head, listed_at=self.time, changed_block=self.head,
        ))  # fmt: skip
        self.shops[model[:42]].append(model)

    def _shared(self, model: str, recipients: list[str]) -> None:
        bps = [10_000 // len(recipients)] * len(recipients)
        self.add(SplitFact(**self._where(), model_id=model, split_hash="0x", recipients=recipients, bps=bps))

    def _weighed(self, token: str, weight: int) -> None:
        args = {"token": token, "accepted": True, "weight": weight}
        Event.objects.create(**self._where(), address=address(3), contract=PARAMETERS, name="TokenSet", args=args,
                             subject=f"token:{token}")  # fmt: skip
        AcceptedToken.objects.update_or_create(
            chain=self.chain, address=token, defaults={"accepted": True, "weight": weight, "block_number": self.head}
        )

    def _bought(
        self, model: str, buyer: str, recipient: str, token: str, fee: int, paid: int, maturity_day: int
    ) -> None:
        sale = PurchaseFact(
            **self._where(), model_id=model, buyer=buyer, recipient=recipient, referrer=COIN, ref="0x", plan=0,
            quantity=1, token=token, paid=paid, fee=fee, maturity_day=maturity_day, split_hash="0x",
        )  # fmt: skip
        self.add(sale)
        if paid:
            self.sales[model, buyer].append(sale)

    def open_sale(self, model: str, buyer: str) -> PurchaseFact | None:
        """Return the purchase that can be returned, if there is one."""
        last = next(reversed(self.sales[model, buyer]), None)
        return None if last is None or last.tx_hash in self.taken else last

    def _take(self, stage: Stage, model: str, buyer: str, receipt: str = "") -> None:
        sale = self.open_sale(model, buyer)
        assert sale
        same = ("ref", "model_id", "buyer", "recipient", "plan", "quantity", "token", "paid", "split_hash",
                "maturity_day")  # fmt: skip
        taken = PurchaseReturn(
            **{name: getattr(sale, name) for name in same}, chain=self.chain, purchase_tx=sale.tx_hash,
            purchase_index=0, stage=stage, receipt=receipt, taken_tx="0x", taken_block=self.head, taken_log=0,
            taken_at=self.time,
        )  # fmt: skip
        self.add(taken)
        self.taken.add(sale.tx_hash)
        if stage == Stage.DISPUTED:
            self.disputes[model[:42]].append(taken)

    def _refunded(self, model: str, buyer: str) -> None:
        self._take(Stage.REFUNDED, model, buyer)

    def _disputed(self, model: str, buyer: str, receipt: str) -> None:
        self._take(Stage.DISPUTED, model, buyer, receipt)

    def _ruled(self, model: str, buyer: str, receipt: str, for_buyer: bool) -> None:
        open_ones = self.disputes[model[:42]]
        one = next(one for one in open_ones if one.receipt == receipt)
        one.stage, one.ruled_block = Stage.FOR_BUYER if for_buyer else Stage.FOR_SELLER, self.head
        one.ruled_at = self.time
        if one.pk:
            one.save(update_fields=["stage", "ruled_block", "ruled_at"])
        open_ones.remove(one)

    # What people do, in words

    def open_shop(self, seller: str, number: int = 1) -> str:
        """List a model, and return its id."""
        self.say("ModelListed", model=model_of(seller, number))
        return model_of(seller, number)

    def sell(
        self, model: str, buyer: str, fee: int, *, to: str = "", token: str = COIN, paid: int | None = None
    ) -> None:
        """Sell something: it matures a week later."""
        day = int(self.time.timestamp()) // DAY + 7
        given = {"token": token, "fee": fee, "paid": fee * 40 if paid is None else paid, "maturity_day": day}
        self.say("AccessPurchased", model=model, buyer=buyer, recipient=to or buyer, **given)

    def take_back(self, model: str, buyer: str) -> None:
        """Refund the open purchase."""
        self.say("PurchaseRefunded", model=model, buyer=buyer)

    def adopt(self, model: str, listing: Listing, asked: int, answered: int, version: str = "") -> None:
        """Give a model a listing, which was asked so often."""
        if listing.pk not in self.adopted:
            self.adopted.add(listing.pk)
            self.add(Adoption(chain=self.chain, listing=listing, model_id=model))
        self.add(Performance(
            listing=listing, version=version, engine="smollm2", since=START, until=START, asked=asked,
            answered=answered, calls=0, succeeded=0, measured=0, written=0, formula=1,
        ))  # fmt: skip

    def review(self, model: str, author: str, listing: Listing, rating: int = 5, **other: Any) -> Review:
        """Write a review as it stands."""
        made = {"number": 1, "cid": uuid4().hex, "version": "", "standing": Standing.COUNTED, **other}
        if made["standing"] == Standing.WITHDRAWN:
            made["withdrawn_at"] = START
        review = Review(listing=listing, chain=self.chain, model_id=model, author=author, rating=rating, **made)
        self.add(review)
        return review


def votes(review: Review, number: int, weight: int = 10) -> list[HelpfulVote]:
    return [HelpfulVote(review=review, voter=address(10_000 + voter), weight=weight) for voter in range(number)]


def hide(review: Review) -> None:
    said = {"action": Action.HIDE, "category": Category.SPAM, "reason": "Spam.", "moderator": address(9)}
    review.decision = ModerationDecision.objects.create(content=Content.REVIEW, key=review.key, **said)
    review.standing = Standing.WITHDRAWN if review.withdrawn_at else Standing.HIDDEN
    if not review._state.adding:
        review.save()


def answer(review: Review, **other: Any) -> Answer:
    return Answer(review=review, author=review.model_id[:42], text="Thank you.", **other)


def live(made: Chronicle, random: Random, seller: str, buyers: list[str]) -> None:
    """Do one random thing in a seller's shop, if it can be done now."""
    models = sorted(made.shops[seller])
    if not models or (len(models) < 2 and random.random() < 0.1):
        made.open_shop(seller, len(models) + 1)
        return
    model, buyer = random.choice(models), random.choice([*buyers, seller])
    deed = random.random()
    one = next(iter(made.disputes[seller]), None)
    if one and random.random() < 0.5:
        ruling = {"receipt": one.receipt, "for_buyer": random.random() < 0.7}
        made.say("DisputeRuled", model=one.model_id, buyer=one.buyer, **ruling)
    elif deed < 0.5 or not made.open_sale(model, buyer):
        fee = random.choice([0, 1, SINGLE, 3 * SINGLE, 10 * SINGLE, random.randrange(30 * SINGLE)])
        paid = random.choice([None, None, None, 0])
        token, to = random.choice([COIN, COIN, DOLLAR]), random.choice(["", "", "", random.choice(buyers)])
        made.sell(model, buyer, fee, to=to, token=token, paid=paid)
    elif deed < 0.7:
        made.take_back(model, buyer)
    elif deed < 0.95:
        made.say("DisputeOpened", model=model, buyer=buyer, receipt=f"0x{random.getrandbits(256):064x}")
    else:
        made.say("SplitSet", model=model, recipients=random.sample([*buyers, seller], 2))
