"""Who holds LATTICE, the most first: each with what is locked of it, and whom it votes for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from common.fields import WeiField, bounded_wei
from common.pages import SortOrder, page_of
from contracts.models import Chain, Tally
from contracts.names import COIN
from governance.onchain.models.power import BALANCE, LOCKED, OnchainDelegation
from governance.onchain.models.proposals import SENTINEL

A_PAGE = 20
MOST_ROWS = 50_000  # of the file
BY_BALANCE = SortOrder("holders", F("amount"), descending=True, parse=bounded_wei)


@dataclass(frozen=True)
class HolderRow:
    """A holder; ``name`` is that of a contract of ours. Amounts are in the smallest unit of LATTICE.

    ``delegate`` is "" where it votes for nobody; ``never_votes`` by the contracts' code.
    """

    address: str
    name: str
    balance: int
    locked: int
    delegate: str

    @property
    def never_votes(self) -> bool:
        """Whether it is one of the protocol's own, which never votes."""
        return self.delegate == SENTINEL


def holders_of(chain: Chain, *, cursor: str = "") -> tuple[list[HolderRow], str]:
    """Return a page of holders and the next cursor. One query. Raises CursorError."""
    page = page_of(_holders(chain), BY_BALANCE, limit=A_PAGE, cursor=cursor)
    return [_row(chain, each) for each in page.items], page.next


def all_holders(chain: Chain) -> Iterator[HolderRow]:
    """Yield the holders for a file, at most ``MOST_ROWS``. One query."""
    for each in _holders(chain).order_by("-amount", "pk")[:MOST_ROWS].iterator():
        yield _row(chain, each)


def _holders(chain: Chain) -> QuerySet[Tally]:
    locked = Tally.objects.filter(chain=chain, kind=LOCKED, key=OuterRef("key")).values("amount")
    delegated = OnchainDelegation.objects.filter(chain=chain, delegator=OuterRef("key")).values("delegate")
    parts: dict[str, Any] = {
        "locked": Coalesce(Subquery(locked), 0, output_field=WeiField()),
        "delegate": Coalesce(Subquery(delegated), Value(""), output_field=CharField()),
    }
    return Tally.objects.filter(chain=chain, kind=BALANCE, amount__gt=0).annotate(**parts)


def _row(chain: Chain, found: Any) -> HolderRow:
    names = {address: name for name, address in chain.deployment.items()}
    delegate = "" if found.delegate == COIN else found.delegate
    return HolderRow(found.key, names.get(found.key, ""), int(found.amount), int(found.locked), delegate)
