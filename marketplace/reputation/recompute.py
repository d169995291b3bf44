#!/usr/bin/env python3
"""Recomputes the reputations that Citrate Marketplace shows, from its public export and a node of the chain.

    curl -O https://…/reputation/export.json
    python recompute.py export.json --rpc http://127.0.0.1:8545

Needs Python 3.11 and the file formulas.py beside it, and nothing else. What the chain can say is read from the chain
alone: who sold and bought what, what was paid, returned and ruled, who shares a model's sales, what a token weighs. The
export adds what is not on it: reviews, how often models answered, the formulas, and the results to compare with.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.request import Request, urlopen

if TYPE_CHECKING or __package__:
    from .formulas import reviewer_parts, score_of, seller_parts, weight_of
else:
    from formulas import reviewer_parts, score_of, seller_parts, weight_of

COIN = "0x" + "0" * 40
DAY, ONE = 86_400, 10**18
STEP = 10_000  # blocks that a node is asked for at once
TOPICS = {
    "0x1222e914fde3bad9d7d2a2c4ceae4ca48aa75c6c4a33da54dd606775ff214b88": "ModelListed",
    "0x63beb6a4e7183bd1163708132938b4e1d22ff02d4402edde6ea24b423483a52f": "AccessPurchased",
    "0x482056ac26f82997571b007836b2976ab38b41138573cf8090c1e6dcb29f1df7": "PurchaseRefunded",
    "0x0fd166386ab116f48bbe78ce2f0fd6bdacbca02a03ff44005690e634cc0f8cdb": "DisputeOpened",
    "0xf8599b4aaefc1434b29812414eacc6c5ef0203797bd285b62d31be1fd869f066": "DisputeRuled",
    "0x4341dd454c4c436b422418de54d7b223811d2537a2b9342f9e4aeb0481367da9": "SplitSet",
    "0x0f42c22d5d1110ad559b63e5ebb6ef1c86357b3c7bbf960e11ad1a4f0738d311": "TokenSet",
}


class Happened(NamedTuple):
    """Something that the chain says, in its order; ``args`` by the contract's own names. ``time`` in seconds."""

    name: str
    time: int
    args: dict[str, Any]


@dataclass
class Sale:
    """A purchase, and what became of it: kept, returned, in dispute, or upheld for its buyer."""

    model: str
    buyer: str
    recipient: str
    token: str
    fee: int
    maturity_day: int
    fate: str = "kept"

    @property
    def seller(self) -> str:
        """Who sold it: a model's id begins with its seller's address."""
        return self.model[:42]


@dataclass
class Market:
    """What the chain says of sellers and buyers up to a block."""

    sales: list[Sale] = field(default_factory=list)
    listed: dict[str, int] = field(default_factory=dict)
    first_bought: dict[str, int] = field(default_factory=dict)
    parties: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    weights: dict[str, int] = field(default_factory=lambda: {COIN: ONE})
    _open: dict[tuple[str, str], Sale] = field(default_factory=dict)
    _disputed: dict[tuple[str, str, str], Sale] = field(default_factory=dict)

    def tell(self, events: Iterable[Happened]) -> Market:
        """Go through what happened, in its order."""
        for event in events:
            getattr(self, f"_{event.name}")(event.time, **event.args)
        return self

    def _ModelListed(self, time: int, model: str) -> None:  # noqa: N802  the contract's names
        self.listed.setdefault(model[:42], time)

    def _SplitSet(self, time: int, model: str, recipients: list[str]) -> None:  # noqa: N802
        self.parties[model[:42]].update(recipients)

    def _TokenSet(self, time: int, token: str, weight: int) -> None:  # noqa: N802
        self.weights[token] = weight

    def _AccessPurchased(self, time: int, paid: int, **args: Any) -> None:  # noqa: N802
        sale = Sale(**args)
        self.sales.append(sale)
        for who in (sale.buyer, sale.recipient):
            self.first_bought.setdefault(who, time)
        # What cost nothing leaves the purchase before it the one that can be returned.
        if paid:
            self._open[sale.model, sale.buyer] = sale

    def _PurchaseRefunded(self, time: int, model: str, buyer: str) -> None:  # noqa: N802
        self._open[model, buyer].fate = "returned"

    def _DisputeOpened(self, time: int, model: str, buyer: str, receipt: str) -> None:  # noqa: N802
        self._open[model, buyer].fate = "disputed"
        self._disputed[model, buyer, receipt] = self._open[model, buyer]

    def _DisputeRuled(self, time: int, model: str, buyer: str, receipt: str, for_buyer: bool) -> None:  # noqa: N802
        self._disputed.pop((model, buyer, receipt)).fate = "upheld" if for_buyer else "kept"

    def fee(self, sale: Sale) -> int:
        """Return a sale's fee in wei of the coin; nothing for a token without a weight."""
        return sale.fee * self.weights.get(sale.token, 0) // ONE

    def is_own(self, sale: Sale) -> bool:
        """Whether a sale was to its seller, or to somebody that shares the sales of one of its models."""
        return bool({sale.buyer, sale.recipient} & (self.parties.get(sale.seller, set()) | {sale.seller}))


@dataclass
class Buyer:
    """The fees that a buyer has paid one seller, in wei, by what became of them."""

    kept: int = 0
    returned: int = 0
    upheld: int = 0


def recompute(market: Market, export: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return by (role, address) the score, ``n``, the facts and the parts, as the export has them."""
    time = export["block"]["time"]
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for role, counted, parts_of in (
        ("seller", _sellers(market, export, time), seller_parts),
        ("reviewer", _reviewers(market, export, time), reviewer_parts),
    ):
        given = export["formulas"][role]["parameters"]
        for address, (n, facts) in counted.items():
            parts = parts_of(facts, given)
            said = [part._asdict() for part in parts]
            found[role, address] = {"score": score_of(n, parts, given), "n": n, "facts": facts, "parts": said}
    return found


def _is_matured(sale: Sale, time: int) -> bool:
    return sale.fate == "kept" and sale.maturity_day < time // DAY


def _sellers(market: Market, export: dict[str, Any], time: int) -> dict[str, tuple[int, dict[str, int]]]:
    full = export["formulas"]["seller"]["parameters"]["full_fee"]
    facts: dict[str, dict[str, int]] = {seller: defaultdict(int) for seller in market.listed}
    buyers = _buyers(market, facts, time)
    everywhere: dict[str, int] = defaultdict(int)
    for (_seller, who), buyer in buyers.items():
        everywhere[who] += buyer.kept
    for (seller, who), buyer in buyers.items():
        # What one returns weighs no more than what one has kept: returning alone costs nothing.
        kept, most, of = weight_of(buyer.kept, full), weight_of(everywhere[who], full), facts[seller]
        of["buyers"] += kept > 0
        of["weight"] += kept
        of["returned_weight"] += min(weight_of(buyer.returned, full), most)
        of["upheld_weight"] += weight_of(buyer.upheld, full)
    for model, asked, answered in export["checks"]:
        facts[model[:42]]["asked"] += asked
        facts[model[:42]]["answered"] += answered
    paid = _paid(market, time)
    for review in export["reviews"]:
        weight, of = weight_of(paid[review["model"], review["author"]], full), facts[review["model"][:42]]
        if review["counted"] and weight:
            of["reviews"] += 1
            of["reviews_weight"] += weight
            of["reviews_sum"] += weight * (review["rating"] - 1)
    for seller, of in facts.items():
        of["age_days"] = max(0, time - market.listed[seller]) // DAY
    return {seller: (of["buyers"], {name: of[name] for name in SELLER_FACTS}) for seller, of in facts.items()}


def _buyers(market: Market, facts: dict[str, dict[str, int]], time: int) -> dict[tuple[str, str], Buyer]:
    """Return by seller and buyer what was paid; count the sales meanwhile."""
    buyers: dict[tuple[str, str], Buyer] = defaultdict(Buyer)
    for sale in market.sales:
        is_over = sale.fate in ("returned", "upheld") or _is_matured(sale, time)
        if market.is_own(sale) or not is_over:
            continue
        buyer = buyers[sale.seller, sale.buyer]
        setattr(buyer, sale.fate, getattr(buyer, sale.fate) + market.fee(sale))
        facts[sale.seller]["sales" if sale.fate == "kept" else sale.fate] += 1
    return buyers


def _paid(market: Market, time: int) -> dict[tuple[str, str], int]:
    """Return by model and recipient the fees of what was kept and has matured, in wei."""
    paid: dict[tuple[str, str], int] = defaultdict(int)
    for sale in market.sales:
        if _is_matured(sale, time) and not market.is_own(sale):
            paid[sale.model, sale.recipient] += market.fee(sale)
    return paid


def _reviewers(market: Market, export: dict[str, Any], time: int) -> dict[str, tuple[int, dict[str, int]]]:
    given = export["formulas"]["reviewer"]["parameters"]
    paid = _paid(market, time)
    facts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for review in export["reviews"]:
        author, of = review["author"], facts[review["author"]]
        of["written"] += 1
        of["removed"] += review["removed"]
        if review["counted"]:
            of["reviews"] += 1
            of["weight"] += weight_of(paid[review["model"], author], given["full_fee"])
            of["helpful"] += min(review["helpful"], given["helpful_most"])
            of["answers"] += review["answered"]
    for author, of in facts.items():
        of["age_days"] = max(0, time - market.first_bought.get(author, time)) // DAY
    return {author: (of["reviews"], {name: of[name] for name in REVIEWER_FACTS}) for author, of in facts.items()}


SELLER_FACTS = (
    *("age_days", "sales", "buyers", "weight", "returned", "returned_weight", "upheld", "upheld_weight"),
    *("asked", "answered", "reviews", "reviews_weight", "reviews_sum"),
)
REVIEWER_FACTS = ("age_days", "written", "reviews", "weight", "helpful", "removed", "answers")


class Node:
    """A node of the chain, asked by JSON-RPC."""

    def __init__(self, url: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise SystemExit("The node's address has to begin with http:// or https://.")
        self.url = url
        self._times: dict[int, int] = {}

    def call(self, method: str, *params: Any) -> Any:
        """Return what it answers."""
        asked = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = Request(self.url, asked, {"Content-Type": "application/json"})  # noqa: S310  checked above
        with urlopen(request, timeout=60) as answer:  # noqa: S310
            said = json.load(answer)
        if "error" in said:
            raise SystemExit(f"The node refuses {method}: {said['error'].get('message')}")
        return said["result"]

    def block(self, number: int) -> dict[str, Any]:
        """Return a block without its transactions."""
        found: dict[str, Any] = self.call("eth_getBlockByNumber", hex(number), False)
        return found

    def time(self, number: int) -> int:
        """Return when a block was made."""
        if number not in self._times:
            self._times[number] = int(self.block(number)["timestamp"], 16)
        return self._times[number]

    def events(self, contracts: list[str], first: int, last: int) -> Iterator[Happened]:
        """Yield what our contracts have said from one block to another, in the order of the chain."""
        for start in range(first, last + 1, STEP):
            span = {"fromBlock": hex(start), "toBlock": hex(min(last, start + STEP - 1))}
            logs = self.call("eth_getLogs", {**span, "address": contracts, "topics": [list(TOPICS)]})
            for log in sorted(logs, key=lambda each: (int(each["blockNumber"], 16), int(each["logIndex"], 16))):
                yield happened(log, self.time(int(log["blockNumber"], 16)))


def happened(log: dict[str, Any], time: int) -> Happened:
    """Return what a log of one of our contracts says."""
    name, topics = TOPICS[log["topics"][0]], log["topics"][1:]
    data = bytes.fromhex(log["data"][2:])
    words = [data[place : place + 32] for place in range(0, len(data), 32)]
    numbers = [int.from_bytes(word) for word in words]
    if name == "TokenSet":
        return Happened(name, time, {"token": _address(topics[0]), "weight": numbers[1]})
    args: dict[str, Any] = {"model": topics[0]}
    if name in ("AccessPurchased", "PurchaseRefunded", "DisputeOpened", "DisputeRuled"):
        args["buyer"] = _address(topics[1])
    if name.startswith("Dispute"):
        args["receipt"] = topics[2]
    if name == "DisputeRuled":
        args["for_buyer"] = bool(numbers[1])
    if name == "SplitSet":
        start = numbers[0] // 32
        args["recipients"] = [_address(word.hex()) for word in words[start + 1 : start + 1 + numbers[start]]]
    if name == "AccessPurchased":
        args |= {"recipient": _address(words[0].hex()), "token": _address(words[1].hex())}
        args |= {"maturity_day": numbers[5], "paid": numbers[6], "fee": numbers[7]}
    return Happened(name, time, args)


def _address(word: str) -> str:
    return "0x" + word[-40:].lower()


def differences(export: dict[str, Any], found: dict[tuple[str, str], dict[str, Any]]) -> Iterator[str]:
    """Yield where the site's results are not what was recomputed."""
    said = {(each["role"], each["address"]): each for each in export["results"]}
    for key in sorted(said.keys() | found.keys()):
        theirs, ours = said.get(key), found.get(key)
        if theirs is None or ours is None:
            yield f"{' '.join(key)}: {'not in the export' if theirs is None else 'not found'}"
            continue
        for name, value in ours.items():
            if theirs[name] != value:
                yield f"{' '.join(key)}: {name} is said to be {theirs[name]}, and is {value}"


def main() -> int:
    """Recompute, say what differs, and return how the program ends."""
    parser = argparse.ArgumentParser(description="Recompute the reputations of Citrate Marketplace.")
    parser.add_argument("export", type=Path, help="what /reputation/export.json gives")
    parser.add_argument("--rpc", required=True, help="a node of the chain")
    asked = parser.parse_args()
    export, node = json.loads(asked.export.read_text()), Node(asked.rpc)
    chain, block = export["chain"], export["block"]
    there = node.block(block["number"])
    if there is None or there["hash"] != block["hash"] or int(there["timestamp"], 16) != block["time"]:
        print(f"Block {block['number']} of this node is another than the export's.")  # noqa: T201
        return 2
    events = node.events(chain["contracts"], chain["start"], block["number"])
    found = recompute(Market().tell(events), export)
    wrong = list(differences(export, found))
    for said in wrong:
        print(said)  # noqa: T201
    right = len(found) - len({said.split(":")[0] for said in wrong})
    print(f"{right} of {len(export['results'])} reputations at block {block['number']} are what was recomputed.")  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
