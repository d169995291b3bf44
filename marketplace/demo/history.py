"""Sixty days of sales on the demo's chain as a list of transactions: the same list for the same first block."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from contracts.names import COIN, DAY, DEMO_DOLLAR, MARKET, SPLITTER
from marketplace.listings.metadata import address_of
from marketplace.onchain.models.listings import Plan

from .listings import BUYERS, DOLLAR, LISTINGS, POCKET_LAB, DemoListing
from .metered import pricing_steps
from .senses import ALL, SENSES
from .steps import DAYS, Step, spread

PERIOD = 30 * DAY
MOST_TERMS = 8  # of a listing, for the search on chain
REFUND_WINDOW = 7 * DAY  # as the contracts are deployed
SALES = 220
SALES_OF_SENSES = 48  # by a chance of their own, so that what is told of the others' buyers stays true
UNTOUCHED = 21  # days at the end in which the demo wallet's seller leaves its payouts for a visitor to try
SALT = "citrate demo"
GIFTED = LISTINGS[-1]  # of which its seller gives somebody a pass
GIFT, GIFT_DAY = "0x" + hashlib.sha256(f"{SALT} gift".encode()).hexdigest(), 20
PURSE = 1_000 * DOLLAR  # what the demo dollar's contract gives at once


def model_id(seller: str, slug: str) -> str:
    """Return a model's id: its seller's address and 12 bytes of the seller's choice."""
    return seller.lower() + hashlib.sha256(slug.encode()).hexdigest()[:24]


@dataclass
class History:
    """The history of a chain that began at ``start``, with our contracts where ``deployment`` says.

    ``accounts`` are anvil's; ``cids`` the listings' metadata.
    """

    start: int
    accounts: list[str]
    cids: dict[str, str]
    deployment: Mapping[str, str]

    def __post_init__(self) -> None:
        self._random = Random(SALT)  # noqa: S311  the same sales each time are the point
        self._ids = {each.name: model_id(self.accounts[each.seller.index], each.slug) for each in ALL}
        self._tokens = {self._ids[each.name]: self._token_of(each) for each in ALL}

    def steps(self) -> list[Step]:
        """Return the transactions in their order, no two in the same second."""
        taken: set[int] = set()
        opened = spread(self._openings(), taken)
        sold = spread([*self._sales(), *self._sales_of_senses()], taken)
        purses = spread(self._purses(sold), taken)
        paid = spread(self._payouts(sold), taken)
        given = spread([self._gift()], taken)
        priced = spread(pricing_steps(self.start, self._ids, self.deployment), taken)
        return sorted([*opened, *sold, *purses, *paid, *given, *priced], key=lambda step: step.time)

    def id_of(self, name: str) -> str:
        """Return the model id of a listing."""
        return self._ids[name]

    def _token_of(self, each: DemoListing) -> str:
        return self.deployment[DEMO_DOLLAR] if each.in_dollars else COIN

    def _openings(self) -> Iterator[Step]:
        """List the models, parents first, within the first two days."""
        for place, each in enumerate(ALL):
            terms = {
                "modelId": self._ids[each.name],
                "category": 0,
                "free": False,
                "metadata": address_of(self.cids[each.name]),
                "plans": _plans(each, self._token_of(each)),
                "recipients": [],
                "bps": [],
                "parent": self._ids.get(each.parent, "0x" + "0" * 64),
                "royaltyBps": each.royalty_bps,
                "searchTerms": _search_terms(each.name),
                "rates": [],
            }
            time = self.start + 3_600 + min(place, len(LISTINGS)) * 14_400 + max(0, place - len(LISTINGS)) * 600
            yield Step(time, each.seller.index, MARKET, "list", (terms,))

    def _sales(self) -> Iterator[Step]:
        """Sell more and more as the weeks pass, by day more than by night."""
        holders: set[tuple[int, str]] = set()
        midnight = self.start - self.start % DAY
        for number in range(SALES):
            day = int(3 + (DAYS - 3) * self._random.random() ** 0.7)
            time = midnight + day * DAY + int(self._random.triangular(0, DAY, 15 * 3_600))
            each = self._random.choices(LISTINGS, [listing.weight for listing in LISTINGS])[0]
            buyer = self._random.choice(BUYERS)
            if time < self.start + DAYS * DAY - 3_600:
                yield self._sale(number, time, buyer, each, holders)

    def _sales_of_senses(self) -> Iterator[Step]:
        """Sell the models beyond text, which came last."""
        self._random = Random(f"{SALT} senses")  # noqa: S311  as above
        holders: set[tuple[int, str]] = set()
        midnight = self.start - self.start % DAY
        for number in range(SALES, SALES + SALES_OF_SENSES):
            day = int(6 + (DAYS - 6) * self._random.random() ** 0.7)
            time = midnight + day * DAY + int(self._random.triangular(0, DAY, 15 * 3_600))
            each = self._random.choices(SENSES, [listing.weight for listing in SENSES])[0]
            if time < self.start + DAYS * DAY - 3_600:
                yield self._sale(number, time, self._random.choice(BUYERS), each, holders)

    def _sale(self, number: int, time: int, buyer: int, each: DemoListing, holders: set[tuple[int, str]]) -> Step:
        """Sell a pass to somebody who has none yet, where there are passes, else up to three months."""
        wants_pass = each.pass_price is not None and (each.month_price is None or self._random.random() < 0.5)
        if wants_pass and (buyer, each.name) in holders:
            buyer = self._random.choice([other for other in BUYERS if (other, each.name) not in holders] or BUYERS)
        if wants_pass:
            holders.add((buyer, each.name))
        quantity = 1 if wants_pass else self._random.choice((1, 1, 1, 2, 3))
        price = (each.pass_price if wants_pass else each.month_price) or 0
        order = {
            "modelId": self._ids[each.name],
            "plan": Plan.LASTING if wants_pass else Plan.SUBSCRIPTION,
            "quantity": quantity,
            "recipient": self.accounts[buyer],
            "token": self._token_of(each),
            "maxPrice": price * quantity,
            "deadline": time + DAY,
            "referrer": COIN,
            "ref": "0x" + hashlib.sha256(f"{SALT} {number}".encode()).hexdigest(),
        }
        return Step(time, buyer, MARKET, "purchase", (order,), 0 if each.in_dollars else price * quantity)

    def _gift(self) -> Step:
        """Have a seller buy a pass of its own model for somebody else, who will praise it."""
        time, price = self.start + GIFT_DAY * DAY, GIFTED.pass_price or 0
        order = {
            "modelId": self._ids[GIFTED.name],
            "plan": Plan.LASTING,
            "quantity": 1,
            "recipient": self.accounts[BUYERS[-1]],
            "token": COIN,
            "maxPrice": price,
            "deadline": time + DAY,
            "referrer": COIN,
            "ref": GIFT,
        }
        return Step(time, GIFTED.seller.index, MARKET, "purchase", (order,), price)

    def _purses(self, sales: Sequence[Step]) -> Iterator[Step]:
        """Give each buyer demo dollars, and let the splitter take them, before the first purchase in them."""
        first: dict[int, int] = {}
        for step in sales:
            if step.args[0]["token"] != COIN:
                first[step.sender] = min(step.time, first.get(step.sender, step.time))
        for buyer, time in first.items():
            yield Step(time - 600, buyer, DEMO_DOLLAR, "faucet")
            yield Step(time - 300, buyer, DEMO_DOLLAR, "approve", (self.deployment[SPLITTER], PURSE))

    def _payouts(self, sales: list[Step]) -> Iterator[Step]:
        """Each week sellers distribute what matured, and every other week they withdraw it."""
        sellers = {self._ids[each.name]: each.seller for each in ALL}
        waiting = {(step.args[0]["modelId"], maturity_day(step.time)) for step in sales}
        for week in range(2, DAYS // 7 + 1):
            time = self.start + week * 7 * DAY + 9 * 3_600
            if time >= self.start + DAYS * DAY - 3_600:
                return
            ripe = sorted(bucket for bucket in waiting if bucket[1] < time // DAY)
            paid = [(model, day) for model, day in ripe if not self._is_left(sellers[model].index, time)]
            for model, day in paid:
                waiting.discard((model, day))
                yield _distribution(time, sellers[model].index, model, self._tokens[model], day)
            drawn = {(sellers[model].index, self._tokens[model]) for model, _ in paid}
            for seller, token in sorted(drawn) if week % 2 else ():
                yield Step(time + 1_800, seller, SPLITTER, "withdraw", (token,))

    def _is_left(self, seller: int, time: int) -> bool:
        return seller == POCKET_LAB.index and time > self.start + (DAYS - UNTOUCHED) * DAY


def maturity_day(time: int) -> int:
    """Return the day, since 1970, whose bucket a sale at this time falls into."""
    return (time + REFUND_WINDOW) // DAY


def _distribution(time: int, seller: int, model: str, token: str, day: int) -> Step:
    return Step(time, seller, SPLITTER, "distribute", (model, token, day, [model[:42]], [10_000]))


def _search_terms(name: str) -> list[str]:
    """Return the words of a listing's name as contracts find it by them: lower-case, ascending, 32 bytes each."""
    words = {word.encode()[:32] for word in re.split(r"[^a-z0-9]+", name.lower()) if word}
    return [f"0x{word.hex():0<64}" for word in sorted(words)][:MOST_TERMS]


def _plans(each: DemoListing, token: str) -> list[dict[str, Any]]:
    offered = ((Plan.LASTING, each.pass_price, 0), (Plan.SUBSCRIPTION, each.month_price, PERIOD))
    return [
        {"plan": plan, "token": token, "price": price, "period": period}
        for plan, price, period in offered
        if price is not None
    ]
