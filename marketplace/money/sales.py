"""Sales, each in its true state, and how much of the price the seller's side keeps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.onchain.models.sales import PurchaseFact


def certainty(block: int, head: int, needed: int) -> str:
    """Return how certain a block is of which ``needed`` others have to follow, in a word or two."""
    done = min(needed, max(0, head - block))
    return _("final") if done >= needed else _("confirming %(n)s/%(of)s") % {"n": done, "of": needed}


@dataclass(frozen=True)
class Sale:
    """A purchase, and what became of it since; ``certainty`` is that of the last of it."""

    fact: PurchaseFact
    returned: PurchaseReturn | None
    certainty: str

    @property
    def kept(self) -> int:
        """What of its price is the seller's side's, the fee included: all, or nothing while it is disputed or after it
        was paid back. ``PurchaseQuerySet.kept`` says the same in SQL."""
        return self.fact.paid if self.is_kept else 0

    @property
    def is_kept(self) -> bool:
        """Whether that is all of it."""
        return self.returned is None or self.returned.is_the_sellers

    @property
    def state(self) -> str:
        """Where it stands, in words."""
        return f"{self.returned.get_stage_display()}, {self.certainty}" if self.returned else self.certainty


def sales_of(facts: Iterable[PurchaseFact], returns: Iterable[PurchaseReturn], head: int, needed: int) -> list[Sale]:
    """Return purchases of one chain, in their order, with what of ``returns`` became of each as of the indexed head."""
    returned = {each.purchase: each for each in returns}
    return [_sale(fact, returned.get((fact.tx_hash, fact.index)), head, needed) for fact in facts]


def _sale(fact: PurchaseFact, returned: PurchaseReturn | None, head: int, needed: int) -> Sale:
    return Sale(fact, returned, certainty(returned.last_block if returned else fact.block_number, head, needed))
