"""Reads what the chain says of authors and models, of many at once: a fixed number of queries however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, CharField, F, Func, JSONField, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest

from contracts.models import AcceptedToken, Block, Chain
from contracts.names import COIN, DAY
from marketplace.onchain.models.escrow import ChargeFact
from marketplace.onchain.models.listings import OnchainListing
from marketplace.onchain.models.returns import PurchaseReturn, Stage
from marketplace.onchain.models.sales import PurchaseFact, ReferralFact, SplitFact

from . import ties
from .standing import Evidence, Part, Payment, Taken

UNIT = 10**18  # smallest units of a token that its weight is stated for
TAKEN = {
    Stage.REFUNDED: Taken.REFUNDED,
    Stage.FOR_BUYER: Taken.REFUNDED,
    Stage.DISPUTED: Taken.DISPUTED,
    Stage.FOR_SELLER: Taken.KEPT,
}


class _Moved(NamedTuple):
    """Money that was paid or charged, or, with a ``stage``, taken back. From ``day`` on nobody can have it back."""

    chain_id: int
    model_id: str
    author: str
    block: int
    token: str
    amount: Decimal
    day: int
    tx_hash: str
    place: int  # in that transaction
    stage: str

    @property
    def key(self) -> tuple[int, str, str]:
        """Whom it is about."""
        return self.chain_id, self.model_id, self.author


class Asked(NamedTuple):
    """Whom it is asked about: an author and a model on a chain. ``owner`` is who owns its listing, "" for nobody."""

    chain_id: int
    model_id: str
    author: str
    owner: str = ""

    @property
    def key(self) -> tuple[int, str, str]:
        """What facts of it carry."""
        return self.chain_id, self.model_id, self.author


def evidence_of(asked: Collection[Asked], *, with_ties: bool = True) -> dict[Asked, Evidence]:
    """Return what the chains say of each, as of the last blocks that are indexed.

    Three queries, one more for tokens that somebody paid with, and with ties two more.
    """
    return _Reading(asked, with_ties=with_ties).evidence()


class _Reading:
    """One reading of all facts about some authors and models."""

    def __init__(self, asked: Collection[Asked], *, with_ties: bool) -> None:
        self.asked, self.with_ties = asked, with_ties
        every = {each.pk: each for each in Chain.objects.with_clock()}
        self.every = list(every)  # ties may be on another chain than the model
        self.chains = {pk: every[pk] for pk in {each.chain_id for each in asked}}
        self.of_models: dict[str, Any] = {
            "chain__in": list(self.chains),
            "model_id__in": {each.model_id for each in asked},
        }
        self.authors = {each.author for each in asked}

    def evidence(self) -> dict[Asked, Evidence]:
        """Return what was found of each that is asked about."""
        # The clock before the facts: a block that comes in between is then not final yet, and is read once more.
        clocks = {pk: (chain.final_block(), today_on(chain)) for pk, chain in self.chains.items()}
        paid, taken_at = self._payments()
        payees, referred = self._payees(), self._referred()
        sides = {each: self._side(each, payees) for each in self.asked}
        given = self._given(sides)
        found = {}
        for each in self.asked:
            side = sides[each]
            gave = max((block for who in side for block in given[each.author, who]), default=0)
            got = max((block for who in side for block in given[who, each.author]), default=0)
            payments, referrals = tuple(paid[each.key]), tuple(referred[each.key])
            last = max([gave, got, taken_at[each.key], *(payment.block for payment in payments + referrals)])
            final, today = clocks[each.chain_id]
            part = self._part(each, payees)
            found[each] = Evidence(payments, final, today, part, bool(gave), bool(got), last, referrals)
        return found

    def _payments(self) -> tuple[dict[Any, list[Payment]], dict[Any, int]]:
        """Return what was paid for each, and the last block in which something was taken or given back."""
        rows = [_Moved._make(row) for row in self._moved()]
        worth = _worths(self.chains, {row.token for row in rows if not row.stage})
        taken: dict[tuple[int, str, int], Taken] = {}
        taken_at: defaultdict[Any, int] = defaultdict(int)
        for back in rows:
            if back.stage:
                taken[back.chain_id, back.tx_hash, back.place] = TAKEN[Stage(back.stage)]
                taken_at[back.key] = max(taken_at[back.key], back.block)
        paid: defaultdict[Any, list[Payment]] = defaultdict(list)
        for row in rows:
            if not row.stage:
                state = taken.get((row.chain_id, row.tx_hash, row.place), Taken.KEPT)
                value = int(row.amount) * worth[row.chain_id, row.token] // UNIT
                paid[row.key].append(Payment(row.block, value, row.day, state))
        return paid, taken_at

    def _moved(self) -> QuerySet[Any, Any]:
        """Return what was paid for the authors, what of it was taken back, and what they were charged, in one query."""
        nowhere, never = Value("", output_field=CharField()), Value(0, output_field=BigIntegerField())
        sales = PurchaseFact.objects.filter(**self.of_models, recipient__in=self.authors, paid__gt=0)
        backs = PurchaseReturn.objects.filter(**self.of_models, recipient__in=self.authors)
        charges = ChargeFact.objects.filter(**self.of_models, payer__in=self.authors, amount__gt=0)
        last = Greatest("taken_block", Coalesce("ruled_block", "taken_block"))
        # Of a purchase the money can be had back until the end of its day.
        sold = sales.order_by().values_list(
            *("chain_id", "model_id", "recipient", "block_number", "token", "paid", F("maturity_day") + 1),
            *("tx_hash", "index", nowhere),
        )
        taken = backs.order_by().values_list(
            *("chain_id", "model_id", "recipient", last, "token", "paid", "maturity_day"),
            *("purchase_tx", "purchase_index", "stage"),
        )
        charged = charges.order_by().values_list(
            *("chain_id", "model_id", "payer", "block_number", "token", "amount", "day", nowhere, never, nowhere),
        )
        return sold.union(taken, charged, all=True)

    def _payees(self) -> dict[tuple[int, str], set[str]]:
        """Return who gets, or ever got, a part of a model's sales besides its seller. One query."""
        shares = Func("recipients", function="to_jsonb", output_field=JSONField())
        nobody = Value("", output_field=CharField())
        splits = SplitFact.objects.filter(**self.of_models).order_by()
        listings = OnchainListing.objects.filter(**self.of_models).order_by()
        rows = splits.values_list("chain_id", "model_id", shares, nobody).union(
            listings.values_list("chain_id", "model_id", "split", "parent"), all=True
        )
        payees: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
        for chain_id, model_id, parts, parent in rows:
            # A listing's own is [[address, bps], …].
            payees[chain_id, model_id].update(part if isinstance(part, str) else part[0] for part in parts)
            if parent:
                payees[chain_id, model_id].add(_seller(parent))
        return payees

    def _referred(self) -> dict[Any, list[Payment]]:
        """Return what authors are paid as the referrers of a model's sales."""
        found: defaultdict[Any, list[Payment]] = defaultdict(list)
        facts = ReferralFact.objects.filter(**self.of_models, referrer__in=self.authors) if self.with_ties else ()
        taken = self._taken_sales({fact.tx_hash for fact in facts})
        for fact in facts:
            # A referrer's part is told of right before its sale.
            sales = taken.get((fact.chain_id, fact.model_id, fact.tx_hash), {})
            sale = min((index for index in sales if index > fact.index), default=None)
            state = Taken.KEPT if sale is None else sales[sale]
            payment = Payment(fact.block_number, int(fact.amount), fact.day + 1, state)
            found[fact.chain_id, fact.model_id, fact.referrer].append(payment)
        return found

    def _taken_sales(self, transactions: set[str]) -> dict[tuple[int, str, str], dict[int, Taken]]:
        """Return the sales of some transactions by their place in it, and what became of each."""
        sales: defaultdict[tuple[int, str, str], dict[int, Taken]] = defaultdict(dict)
        if not transactions:
            return sales
        facts = PurchaseFact.objects.filter(**self.of_models, tx_hash__in=transactions)
        for chain_id, model_id, tx_hash, index in facts.values_list("chain", "model_id", "tx_hash", "index"):
            sales[chain_id, model_id, tx_hash][index] = Taken.KEPT
        for back in PurchaseReturn.objects.filter(**self.of_models, purchase_tx__in=transactions):
            sales[back.chain_id, back.model_id, back.purchase_tx][back.purchase_index] = TAKEN[Stage(back.stage)]
        return sales

    def _side(self, each: Asked, payees: dict[tuple[int, str], set[str]]) -> set[str]:
        """Return the people of a model's sellers' side: no contract of ours, which pays many."""
        ours = {address.lower() for address in self.chains[each.chain_id].deployment.values()}
        people = {_seller(each.model_id), each.owner} | payees[each.chain_id, each.model_id]
        return people - ours - {each.author, "", COIN}

    def _given(self, sides: dict[Asked, set[str]]) -> dict[tuple[str, str], list[int]]:
        """Return the blocks of what was given, by giver and taker."""
        given: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        if not self.with_ties:
            return given
        for tie in ties.between(self.every, {who for side in sides.values() for who in side}, self.authors):
            given[tie.giver, tie.taker].append(tie.block)
        return given

    def _part(self, each: Asked, payees: dict[tuple[int, str], set[str]]) -> Part:
        if each.author in (_seller(each.model_id), each.owner):
            return Part.SELLER
        return Part.PAYEE if each.author in payees[each.chain_id, each.model_id] else Part.NONE


def touched_since(chain_id: int, block: int) -> tuple[set[tuple[str, str]], set[str]]:
    """Return whom the facts of a chain above a block are about: (model id, author), and addresses of any model."""
    above: dict[str, Any] = {"chain": chain_id, "block_number__gt": block}
    pairs = {*PurchaseFact.objects.filter(**above).values_list("model_id", "recipient")}
    pairs |= {*ChargeFact.objects.filter(**above).values_list("model_id", "payer")}
    pairs |= {*ReferralFact.objects.filter(**above).values_list("model_id", "referrer")}
    pairs |= {*_returned(chain_id, block)}
    for model_id, recipients in SplitFact.objects.filter(**above).values_list("model_id", "recipients"):
        pairs |= {(model_id, each) for each in recipients}
    people = {who for tie in ties.since(chain_id, block) for who in (tie.giver, tie.taker)}
    return pairs, people


def _returned(chain_id: int, block: int) -> Iterable[tuple[str, str]]:
    taken = PurchaseReturn.objects.filter(chain=chain_id, taken_block__gt=block)
    ruled = PurchaseReturn.objects.filter(chain=chain_id, ruled_block__gt=block)
    return (taken | ruled).values_list("model_id", "recipient")


def _worths(chains: Iterable[int], tokens: set[str]) -> dict[tuple[int, str], int]:
    """Return how many wei of coin ``UNIT`` smallest units of each token count as, as the chain says it of fees.

    One query, none for the coin alone.
    """
    worths: defaultdict[tuple[int, str], int] = defaultdict(int)
    others = tokens - {COIN}
    for token in AcceptedToken.objects.filter(chain__in=list(chains), address__in=others) if others else ():
        worths[token.chain_id, token.address] = int(token.weight)
    worths.update({(chain_id, COIN): UNIT for chain_id in chains})
    return worths


def _seller(model_id: str) -> str:
    """A model's id begins with its seller's address."""
    return model_id[:42]


def today_on(chain: Chain) -> int:
    """Return the day of a chain's last block; 0 where none is indexed, as before its index is built anew."""
    try:
        return int(chain.head_time().timestamp()) // DAY
    except Block.DoesNotExist:
        return 0
