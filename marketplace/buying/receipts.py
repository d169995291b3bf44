"""The receipt of an order that was paid: what each payment was made of, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import starmap
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from contracts.chain.mined import Mined, known_mined
from contracts.currencies import Currency, currency_of
from contracts.models import Block, Chain
from contracts.money import shares
from contracts.names import COIN, DAY
from marketplace.listings.passing import Passing, unlocked
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.listings import OnchainListing, Plan
from marketplace.onchain.models.returns import PurchaseReturn, Stage
from marketplace.onchain.models.sales import DistributionFact, PurchaseFact, ReferralFact, SplitFact

from .orders import Progress
from .transfers import Names, Party, Table, Transfer, network_fee, protocol, table_of

WHOLE = 10_000  # a split's parts together


class Share(NamedTuple):
    """What one of the sellers' side gets of a sale: a part of the split, or the royalty of the model ``parent``."""

    address: str
    amount: int
    parent: str = ""

    def party(self, names: Names, seller: Party) -> Party:
        """Return who gets it, by name where one is known."""
        if self.address == seller.address:
            return seller
        found = names.party(self.address)
        return Party(self.parent.partition("/")[0], self.address) if self.parent and not found.name else found

    def purpose(self, seller: Party, due: str) -> str:
        """Return what it is for; ``due`` is what is to become of all of the sale."""
        words = {"name": self.parent.partition("/")[2], "due": due}
        if self.parent:
            return _("royalty for %(name)s, %(due)s") % words
        if self.address == seller.address:
            return _("the sale, %(due)s") % words
        return _("a partner’s share, %(due)s") % words


@dataclass(frozen=True)
class Payment:
    """One purchase, taken apart. ``referral`` is part of its fee; ``parts`` are what its sellers get, the royalty of
    the model that it derives from among them; ``returned`` is what became of it where it was taken back, and
    ``undone`` are the buyer's own transactions by which it was."""

    fact: PurchaseFact
    currency: Currency
    referral: int
    parts: Sequence[Share]
    is_distributed: bool
    returned: PurchaseReturn | None
    mined: Mined | None
    passing: Passing
    undone: Sequence[Mined] = ()

    @property
    def partners(self) -> int:
        """How many besides the seller have a part in it."""
        return len({each.address for each in self.parts} - {self.fact.model_id[:42]})

    @property
    def sellers_part(self) -> int:
        """What is left without the fee."""
        return self.fact.paid - self.fact.fee

    @property
    def fee_left(self) -> int:
        """What of the fee is the protocol's."""
        return self.fact.fee - self.referral

    @property
    def fee_percent(self) -> float:
        """The fee in per cent of the price, to two digits."""
        return round(self.fact.fee * 100 / self.fact.paid, 2) if self.fact.paid else 0

    @property
    def matures(self) -> date:
        """The first day on which it is the seller's."""
        return datetime.fromtimestamp((self.fact.maturity_day + 1) * DAY, UTC).date()

    def transfers(self, names: Names, seller: Party) -> list[Transfer]:
        """Return who pays what to whom by it, the network included."""
        buyer, market = names.party(self.fact.buyer), names.market
        price = Transfer(buyer, market, what_of(self.fact.plan, self.fact.quantity), self.fact.paid, self.currency)
        chain = self.fact.chain
        fees = network_fee(chain, names, self.mined, _("network fee, purchase") if self.undone else "")
        for each in self.undone:
            fees += network_fee(chain, names, each, self._fee_of(each))
        return [price, *self._onwards(names, seller), *fees]

    def _fee_of(self, mined: Mined) -> str:
        returned = self.returned
        if returned is not None and returned.stage == Stage.REFUNDED:
            return _("network fee, refund")
        is_end = returned is not None and mined.hash == returned.ruled_tx
        return _("network fee, end of the dispute") if is_end else _("network fee, dispute")

    def _onwards(self, names: Names, seller: Party) -> list[Transfer]:
        market, owned = names.market, self.currency
        if self.returned and self.returned.is_paid_back:
            back = _("paid back, credited to withdraw")
            return [Transfer(market, names.party(self.fact.buyer), back, self.fact.paid, owned)]
        if self.returned and self.returned.is_disputed:
            return []
        due = self._due()
        sold = [
            Transfer(market, each.party(names, seller), each.purpose(seller, due), each.amount, owned)
            for each in self.parts
        ]
        fee = _("fee, %(percent)s %%") % {"percent": f"{self.fee_percent:g}"}
        sold.append(Transfer(market, protocol(), fee, self.fee_left, owned))
        if self.referral:
            sent = _("of the fee, for sending the buyer")
            sold.append(Transfer(market, names.party(self.fact.referrer), sent, self.referral, owned))
        return sold

    def _due(self) -> str:
        if self.is_distributed:
            return _("paid out")
        return _("held until %(day)s") % {"day": date_format(self.matures, "j M")}


@dataclass(frozen=True)
class Receipt:
    """All payments of an order. ``final_at`` is the time of the block that made the first of them final."""

    payments: Sequence[Payment]
    table: Table
    final_at: datetime | None

    @property
    def first(self) -> Payment:
        """The payment that was meant."""
        return self.payments[0]


def what_of(plan: int, quantity: int) -> str:
    """Return what was bought, for a cell of a table."""
    if plan == Plan.SUBSCRIPTION:
        return _("%(days)s days") % {"days": 30 * quantity}
    return _("lasting access") if quantity == 1 else _("%(n)s passes") % {"n": quantity}


def receipt_of(progress: Progress, visitor: str) -> Receipt | None:
    """Return the receipt, None before there is a payment. One query, and one question to a node for each payment and
    for each transaction that took one back."""
    chain, order = progress.order.chain, progress.order
    paid = PurchaseFact.objects.filter(pk__in=[fact.pk for fact in progress.facts])
    rows = {each.pk: vars(each) for each in _detailed(paid, progress.needed)} if progress.facts else {}
    # A reorganisation may have taken some back since they were read.
    facts = [fact for fact in progress.facts if fact.pk in rows]
    if not facts:
        return None
    returned = {each.purchase: each for each in progress.returns}
    final = progress.head - progress.needed
    payments = [
        Payment(
            fact,
            currency_of(chain, fact.token),
            _referral(fact, rows[fact.pk]),
            _parts(fact, rows[fact.pk]),
            rows[fact.pk]["distributed"],
            back := returned.get((fact.tx_hash, fact.index)),
            known_mined(chain, fact.tx_hash, final),
            _passing(fact, rows[fact.pk], progress.now.date()),
            _undone(fact, back, final),
        )
        for fact in facts
    ]
    names = Names(chain, visitor)
    seller = Party(order.listing_name.partition("/")[0], order.model_id[:42])
    transfers = [each for payment in payments for each in payment.transfers(names, seller)]
    return Receipt(payments, table_of(transfers), rows[facts[0].pk]["final_at"])


def shares_by_ref(chain: Chain, refs: Sequence[str]) -> dict[str, list[Share]]:
    """Return how the sellers' part of purchases is shared, by the purchase's ref. One query."""
    facts = PurchaseFact.objects.filter(chain=chain, ref__in=refs)
    return {fact.ref: _parts(fact, vars(fact)) for fact in _detailed(facts, chain.confirmations)}


def _passing(fact: PurchaseFact, row: dict[str, Any], today: date) -> Passing:
    return Passing(bool(row["transfers"]), bool(row["resale"]), unlocked(fact.maturity_day, today))


def _undone(fact: PurchaseFact, returned: PurchaseReturn | None, final: int) -> list[Mined]:
    """Return the buyer's own transactions that took a purchase back: what others paid the network is theirs."""
    hashes = dict.fromkeys([returned.taken_tx, returned.ruled_tx]) if returned else {}
    found = [known_mined(fact.chain, each, final) for each in hashes if each]
    return [each for each in found if each and each.sender == fact.buyer]


def _referral(fact: PurchaseFact, row: dict[str, Any]) -> int:
    return int(row["referral"] or 0) if fact.referrer != COIN else 0


def _parts(fact: PurchaseFact, row: dict[str, Any]) -> list[Share]:
    """Return what each gets of the sellers' part, as the contract shares a bucket with this one sale in it."""
    recipients, bps = row["recipients"] or [fact.model_id[:42]], row["bps"] or [WHOLE]
    referral = _referral(fact, row)
    _fee, royalty, amounts = shares(fact.paid - referral, fact.fee - referral, row["royalty"] or 0, bps)
    shared = list(starmap(Share, zip(recipients, amounts, strict=True)))
    if not (royalty and row["parent"]):
        return shared
    return [*shared, Share(row["parent"][:42], royalty, row["parent_name"] or "")]


def _detailed(facts: QuerySet[PurchaseFact], confirmations: int) -> Iterable[PurchaseFact]:
    """Return purchases with what else is to be known of each, as further attributes."""
    model = {"chain": OuterRef("chain"), "model_id": OuterRef("model_id")}
    split = SplitFact.objects.filter(**model, split_hash=OuterRef("split_hash"))
    listed = OnchainListing.objects.filter(**model)
    referred = ReferralFact.objects.filter(**model, tx_hash=OuterRef("tx_hash"), index__lt=OuterRef("index"))
    paid_out = DistributionFact.objects.filter(
        **model, token=OuterRef("token"), split_hash=OuterRef("split_hash"), day=OuterRef("maturity_day")
    )
    last = Block.objects.filter(chain=OuterRef("chain"), number=OuterRef("last_block"))
    named = Adoption.objects.filter(chain=OuterRef("chain"), model_id=OuterRef("parent"))
    return facts.annotate(last_block=F("block_number") + confirmations).annotate(
        referral=Subquery(referred.order_by("-index").values("amount")[:1]),
        recipients=Subquery(split.values("recipients")[:1]),
        bps=Subquery(split.values("bps")[:1]),
        royalty=Subquery(listed.values("royalty_bps")[:1]),
        parent=Subquery(listed.values("parent")[:1]),
        transfers=Subquery(listed.values("transfers_allowed")[:1]),
        resale=Subquery(listed.values("resale_allowed")[:1]),
        parent_name=Subquery(named.values("listing__name")[:1]),
        distributed=Exists(paid_out),
        final_at=Subquery(last.values("time")[:1]),
    )
