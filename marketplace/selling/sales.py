"""What a seller has sold, one by one: each sale in its true state, in words."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.pages import KeysetChain, Page, SortOrder, bounded_int
from contracts.models import Chain
from contracts.names import DAY
from marketplace.money.ledger import BucketKey, day_of
from marketplace.money.takings import CurrencyKey, Stand, Takings
from marketplace.onchain.models.returns import PurchaseReturn, Stage
from marketplace.onchain.models.sales import DistributionFact, PurchaseFact

from .chains import head_of
from .periods import ONE_DAY

RECENT = 10  # sales on a page
NEWEST = ("-block_number", "-log_index")
NEWEST_FIRST = SortOrder("newest", F("block_number"), descending=True, parse=bounded_int)
STANDS = {Stand.READY: "good", Stand.MATURED: "good", Stand.MATURING: "half", Stand.WITHDRAWN: "off"}


@dataclass(frozen=True)
class SaleLine:
    """One sale as of the indexed head. ``net`` is the seller's part of its price, were it alone in its bucket.

    ``blocks`` of ``needed`` follow the last thing that happened to it. ``stand`` is None where it counts nowhere (yet).
    """

    fact: PurchaseFact
    returned: PurchaseReturn | None
    blocks: int
    needed: int
    stand: Stand | None
    matures: date
    net: int

    @property
    def is_final(self) -> bool:
        """Whether what it is now is for good."""
        return self.blocks >= self.needed

    @property
    def words(self) -> str:
        """Where it stands."""
        said = self._returned(self.returned) if self.returned else self._kept()
        if self.is_final or not self.returned:
            return said
        return _("%(state)s, confirming %(n)s/%(of)s") % {"state": said, "n": self.blocks, "of": self.needed}

    @property
    def dot(self) -> str:
        """The colour beside the words: never all that tells two states apart."""
        if self.returned and self.returned.is_disputed:
            return "bad"
        return STANDS.get(self.stand, "off") if self.stand else "off"

    @property
    def counted(self) -> int:
        """What it has brought, or will."""
        return 0 if self.returned and self.returned.is_paid_back else self.net

    @property
    def note(self) -> str:
        """Why that does not count yet; empty where it does."""
        if self.returned and self.returned.is_disputed:
            return _("held")
        return "" if self.is_final else _("not yet")

    def _kept(self) -> str:
        if self.stand is None:
            return _("confirming %(n)s/%(of)s") % {"n": self.blocks, "of": self.needed}
        day = date_format(self.matures, "j M")
        return {
            Stand.MATURING: _("final, matures %(day)s") % {"day": day},
            Stand.MATURED: _("matured, to be distributed"),
            Stand.READY: _("matured"),
            Stand.WITHDRAWN: _("withdrawn"),
        }[self.stand]

    def _returned(self, returned: PurchaseReturn) -> str:
        if returned.stage == Stage.FOR_SELLER:
            return _("ruled for you, %(state)s") % {"state": self._kept()} if self.stand else _("ruled for you")
        if returned.stage == Stage.DISPUTED and returned.rule_by:
            return _("disputed, ruling by %(day)s") % {"day": date_format(returned.rule_by, "j M")}
        if returned.stage == Stage.FOR_BUYER:
            return _("ruled for the buyer, paid back")
        return _("refunded by the buyer") if returned.by == returned.buyer else _("refunded by you")


def sold_by(seller: str, key: CurrencyKey, *, model_id: str = "", cursor: str = "") -> Page[PurchaseFact]:
    """Return a page of what was sold in a currency, of one model or of all, the newest first. One query.

    Raises CursorError.
    """
    facts = PurchaseFact.objects.filter(_own(seller), chain=key[0], token=key[1])
    # An id of another's model finds nothing, because both conditions hold.
    facts = facts.filter(model_id=model_id) if model_id else facts
    chained = KeysetChain([(facts, NEWEST_FIRST)], limit=RECENT, cursor=cursor)
    return chained.page(chained.read())


def returns_of(seller: str, facts: Collection[PurchaseFact]) -> list[PurchaseReturn]:
    """Return what became of these sales, and every open dispute of the seller's. One query."""
    shown = Q(purchase_tx__in=[fact.tx_hash for fact in facts])
    return list(PurchaseReturn.objects.filter(_own(seller)).filter(shown | Q(stage=Stage.DISPUTED)).order_by("pk"))


def lines_of(
    facts: Collection[PurchaseFact], returns: Collection[PurchaseReturn], takings: Takings, chain: Chain
) -> list[SaleLine]:
    """Return sales of one chain, which comes from ``chains_now``, each in its true state. No query."""
    head, needed = head_of(chain), chain.confirmations
    returned = {(each.chain_id, *each.purchase): each for each in returns}
    return [
        _line(fact, returned.get((fact.chain_id, fact.tx_hash, fact.index)), takings, head, needed) for fact in facts
    ]


def _line(fact: PurchaseFact, returned: PurchaseReturn | None, takings: Takings, head: int, needed: int) -> SaleLine:
    block = returned.last_block if returned else fact.block_number
    blocks = min(needed, max(0, head - block))
    day = fact.maturity_day
    if returned and returned.ruled_at:
        # What is ruled the seller's goes into the bucket of the ruling's day.
        day = int(returned.ruled_at.timestamp()) // DAY
    bucket = fact.chain_id, BucketKey(fact.model_id, fact.token, fact.split_hash, day)
    counts = blocks >= needed and (returned is None or returned.is_the_sellers)
    net = takings.parts.of(fact.chain_id, fact.model_id, fact.split_hash, fact.paid - fact.fee)
    stand = takings.stands.get(bucket) if counts else None
    return SaleLine(fact, returned, blocks, needed, stand, day_of(day) + ONE_DAY, net)


def _own(seller: str) -> Q:
    return Q(model_id__gte=seller + "0" * 24, model_id__lte=seller + "f" * 24)


def distributed_of(models: Collection[str], chain: Chain) -> QuerySet[DistributionFact]:
    """Return the distributions of models, the newest first."""
    return DistributionFact.objects.filter(chain=chain, model_id__in=models).order_by(*NEWEST)
