"""The receipt of an order that was paid: what each payment was made of, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Subquery
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from contracts.chain.mined import Mined, known_mined
from contracts.currencies import Currency, currency_of
from contracts.models import Block
from contracts.money import shares
from contracts.names import COIN, DAY
from marketplace.onchain.models.listings import OnchainListing, Plan
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.onchain.models.sales import DistributionFact, PurchaseFact, ReferralFact, SplitFact

from .orders import Progress
from .transfers import Names, Party, Table, Transfer, network_fee, table_of

WHOLE = 10_000  # a split's parts together


@dataclass(frozen=True)
class Payment:
    """One purchase, taken apart. ``referral`` is part of its fee; ``parts`` are what its sellers get, the royalty of
    the model that it derives from among them; ``returned`` is what became of it where it was taken back."""

    fact: PurchaseFact
    currency: Currency
    referral: int
    parts: Sequence[tuple[str, int]]
    is_distributed: bool
    returned: PurchaseReturn | None
    mined: Mined | None

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
        return [price, *self._onwards(names, seller), *network_fee(chain, names, self.mined)]

    def _onwards(self, names: Names, seller: Party) -> list[Transfer]:
        market, owned = names.market, self.currency
        if self.returned and self.returned.is_paid_back:
            back = _("paid back, credited to withdraw")
            return [Transfer(market, names.party(self.fact.buyer), back, self.fact.paid, owned)]
        if self.returned and self.returned.is_disputed:
            return []
        sold = [Transfer(market, self._seller(names, seller, who), self._due(), n, owned) for who, n in self.parts]
        fee = _("fee, %(percent)s %%") % {"percent": f"{self.fee_percent:g}"}
        sold.append(Transfer(market, Party(_("Protocol")), fee, self.fee_left, owned))
        if self.referral:
            sent = _("of the fee, for sending the buyer")
            sold.append(Transfer(market, names.party(self.fact.referrer), sent, self.referral, owned))
        return sold

    def _seller(self, names: Names, seller: Party, who: str) -> Party:
        return seller if who == seller.address else names.party(who)

    def _due(self) -> str:
        if self.is_distributed:
            return _("the sale, paid out")
        day = date_format(self.matures, "j M")
        return _("the sale, held until %(day)s") % {"day": day}


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
    """Return the receipt, None before there is a payment. One query, and one question to a node for each payment."""
    if not progress.facts:
        return None
    chain, order = progress.order.chain, progress.order
    rows = {row["pk"]: row for row in _details(progress)}
    returned = {each.purchase: each for each in progress.returns}
    final = progress.head - progress.needed
    payments = [
        Payment(
            fact,
            currency_of(chain, fact.token),
            referral := int(rows[fact.pk]["referral"] or 0) if fact.referrer != COIN else 0,
            _parts(fact, referral, rows[fact.pk]),
            rows[fact.pk]["distributed"],
            returned.get((fact.tx_hash, fact.index)),
            known_mined(chain, fact.tx_hash, final),
        )
        for fact in progress.facts
    ]
    names = Names(chain, visitor)
    seller = Party(order.listing_name.partition("/")[0], order.model_id[:42])
    transfers = [each for payment in payments for each in payment.transfers(names, seller)]
    return Receipt(payments, table_of(transfers), rows[progress.facts[0].pk]["final_at"])


def _parts(fact: PurchaseFact, referral: int, row: dict[str, Any]) -> list[tuple[str, int]]:
    """Return what each gets of the sellers' part, as the contract shares a bucket with this one sale in it."""
    recipients, bps = row["recipients"] or [fact.model_id[:42]], row["bps"] or [WHOLE]
    _fee, royalty, amounts = shares(fact.paid - referral, fact.fee - referral, row["royalty"] or 0, bps)
    shared = list(zip(recipients, amounts, strict=True))
    return [*shared, (row["parent"][:42], royalty)] if royalty and row["parent"] else shared


def _details(progress: Progress) -> Any:
    model = {"chain": OuterRef("chain"), "model_id": OuterRef("model_id")}
    split = SplitFact.objects.filter(**model, split_hash=OuterRef("split_hash"))
    listed = OnchainListing.objects.filter(**model)
    referred = ReferralFact.objects.filter(**model, tx_hash=OuterRef("tx_hash"), index__lt=OuterRef("index"))
    paid_out = DistributionFact.objects.filter(
        **model, token=OuterRef("token"), split_hash=OuterRef("split_hash"), day=OuterRef("maturity_day")
    )
    last = Block.objects.filter(chain=OuterRef("chain"), number=OuterRef("last_block"))
    return (
        PurchaseFact.objects.filter(pk__in=[fact.pk for fact in progress.facts])
        .annotate(last_block=F("block_number") + progress.needed)
        .values("pk")
        .annotate(
            referral=Subquery(referred.order_by("-index").values("amount")[:1]),
            recipients=Subquery(split.values("recipients")[:1]),
            bps=Subquery(split.values("bps")[:1]),
            royalty=Subquery(listed.values("royalty_bps")[:1]),
            parent=Subquery(listed.values("parent")[:1]),
            distributed=Exists(paid_out),
            final_at=Subquery(last.values("time")[:1]),
        )
    )
