"""Who has given something to whom, outside of sales: gifts, deposits for others, and what apps above know of.

A tie that the author of a review made says more than one that was made to them, for anybody can send anybody anything
(decision 0214).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, NamedTuple

from django.db.models import F, QuerySet

from marketplace.onchain.models.escrow import DepositFact
from marketplace.onchain.models.sales import PurchaseFact


class Tie(NamedTuple):
    """``giver`` gave something to ``taker``, in a block of a chain."""

    chain_id: int
    block: int
    giver: str
    taker: str


Rows = QuerySet[Any, tuple[int, int, str, str]]  # of ties: a chain, a block, who gave, who took
Between = Callable[[Collection[int], Collection[str], Collection[str]], Rows]
Since = Callable[[int, int], Iterable[Tie]]


class Source(NamedTuple):
    """A kind of ties. ``between`` finds those on some chains from one group of addresses to another, ``since`` those of
    a chain above a block."""

    between: Between
    since: Since


_sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Add a kind of ties; apps above do so when they are made ready."""
    _sources[name] = source


def between(chains: Collection[int], sellers: Collection[str], authors: Collection[str]) -> Iterator[Tie]:
    """Yield the ties from either group to the other on all these chains, which the indexes begin with. One query."""
    first, *others = [
        source.between(chains, *sides)
        for source in _sources.values()
        for sides in ((sellers, authors), (authors, sellers))
    ]
    yield from map(Tie._make, first.union(*others, all=True))


def since(chain_id: int, block: int) -> Iterator[Tie]:
    """Yield the ties of a chain that were made above a block."""
    for source in _sources.values():
        yield from source.since(chain_id, block)


def _gifts(chains: Collection[int], givers: Collection[str], takers: Collection[str]) -> Rows:
    made = PurchaseFact.objects.filter(chain__in=chains, buyer__in=givers, recipient__in=takers)
    return made.exclude(buyer=F("recipient")).values_list("chain", "block_number", "buyer", "recipient")


def _gifts_since(chain_id: int, block: int) -> Iterator[Tie]:
    made = PurchaseFact.objects.filter(chain=chain_id, block_number__gt=block).exclude(buyer=F("recipient"))
    return map(Tie._make, made.values_list("chain", "block_number", "buyer", "recipient"))


def _deposits(chains: Collection[int], givers: Collection[str], takers: Collection[str]) -> Rows:
    made = DepositFact.objects.filter(chain__in=chains, payer__in=takers, sender__in=givers)
    return made.exclude(sender=F("payer")).values_list("chain", "block_number", "sender", "payer")


def _deposits_since(chain_id: int, block: int) -> Iterator[Tie]:
    made = DepositFact.objects.filter(chain=chain_id, block_number__gt=block).exclude(sender=F("payer"))
    return map(Tie._make, made.values_list("chain", "block_number", "sender", "payer"))


register("gifts", Source(_gifts, _gifts_since))
register("deposits", Source(_deposits, _deposits_since))
