"""Finding models: what a search matches, how matches are ordered, and what they can be narrowed by.

PostgreSQL does all of it: full text for words, trigrams for typos in names. Every order is total, so a walk
from page to page meets every listing exactly once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import and_, or_

from django.contrib.postgres.search import (
    SearchQuery,
    SearchRank,
    TrigramSimilarity,
    TrigramWordSimilarity,
)
from django.db.models import BigIntegerField, Case, Exists, F, IntegerField, Q, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Extract, Lower

from accounts.models import Account
from common.fields import WeiField, bounded_wei
from common.pages import Order, Page, bounded_int, bounded_text, iso_date, keyset_page

from .facets import FACETS, MAX_CHOSEN, FacetRows
from .models import NO_DATE, Listing, ListingQuerySet, with_offers
from .offers import for_sale
from .onchain import NOT_OFFERED

COUNT_LIMIT = 10_000
MAX_QUERY = 200
MAX_TERMS = 12
TYPO_LENGTH = 4  # shorter words have too few trigrams to be told apart
STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "by",
        "for",
        "from",
        "in",
        "is",
        "model",
        "models",
        "of",
        "on",
        "or",
        "that",
        "the",
        "to",
        "which",
        "with",
    ]
)

_PARTS = re.compile(r"[^\W_]+")
_HUMPS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


def words_of_name(name: str) -> str:
    """Return the words that a model's name is found by: its parts, and the parts of words like ``SmolLM2``."""
    parts = _PARTS.findall(name)
    humps = [hump for part in parts for hump in _HUMPS.findall(part) if hump != part]
    return " ".join(dict.fromkeys(word.lower() for word in parts + humps))


def terms_of(query: str) -> list[str]:
    """Return the words that a query asks for, at most twelve, without those that say nothing alone."""
    terms = list(dict.fromkeys(_PARTS.findall(query[:MAX_QUERY].lower())))[:MAX_TERMS]
    return [term for term in terms if term not in STOP_WORDS] or terms


def _tsquery(term: str) -> SearchQuery:
    """Match a word as the start of one in the text, or by its English stem. ``term`` holds word characters only."""
    return SearchQuery(f"{term}:*", config="simple", search_type="raw") | SearchQuery(term, config="english")


def _matches(term: str) -> Q:
    found = Q(search_vector=_tsquery(term))
    return found | Q(name__trigram_word_similar=term) if len(term) >= TYPO_LENGTH else found


def _printable(text: str) -> str:
    """Return text that PostgreSQL can hold."""
    return text.encode(errors="ignore").decode().replace("\x00", "")


def _clean(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(_printable(value)[:120] for value in values if value))[:MAX_CHOSEN]


RELEVANCE, RUNNING, NEWEST = "relevance", "running", "newest"

CHEAPEST = Coalesce(Subquery(for_sale().values("price")[:1]), Value(NOT_OFFERED, output_field=WeiField()))

# days since 1970, and a century of centuries more for what can be bought
RUNNING_FIRST = Case(When(Exists(for_sale()), then=Value(3_650_000)), default=Value(0)) + Cast(
    Extract(Coalesce("released", Value(NO_DATE)), "epoch") / 86_400, IntegerField()
)

ORDERS = {
    order.name: order
    for order in (
        Order(RUNNING, RUNNING_FIRST, descending=True, parse=bounded_int),
        Order(NEWEST, Coalesce("released", Value(NO_DATE)), descending=True, parse=iso_date),
        Order("name", Lower("name"), descending=False, parse=bounded_text),
        Order("smallest", Coalesce("parameters", Value(2**62)), descending=False, parse=bounded_int),
        Order("cheapest", CHEAPEST, descending=False, parse=bounded_wei),
        Order("largest", Coalesce("parameters", Value(-1)), descending=True, parse=bounded_int),
    )
}


@dataclass(frozen=True)
class Search:
    """What somebody looks for: words, chosen facet values, one owner's or all, in an order (relevance or running)."""

    q: str = ""
    chosen: dict[str, list[str]] = field(default_factory=dict)
    sort: str = ""
    owner: Account | None = None

    @classmethod
    def asked(cls, q: str, sort: str, values: Callable[[str], Iterable[str]]) -> Search:
        """Return the search that a request asks for; ``values`` gives what it chose in a facet. Nothing is refused."""
        chosen = {facet.name: _clean(values(facet.name)) for facet in FACETS}
        return cls(
            q=_printable(q)[:MAX_QUERY].strip(), sort=sort, chosen={name: some for name, some in chosen.items() if some}
        )

    @cached_property
    def terms(self) -> list[str]:
        return terms_of(self.q)

    @property
    def order(self) -> Order:
        """Return the order to show; relevance exists only where there are words to be relevant to."""
        if self.sort in ORDERS or not self.terms:
            return ORDERS.get(self.sort, ORDERS[RUNNING])
        return Order(RELEVANCE, self._score(), descending=True, parse=bounded_int)

    def _score(self) -> Cast:
        """Words found (names before the rest), and how close the name is, in millionths."""
        rank = SearchRank(F("search_vector"), reduce(or_, map(_tsquery, self.terms)), weights=[0.1, 0.2, 0.4, 1.0])
        text = " ".join(self.terms)
        closeness = TrigramWordSimilarity(text, "name") + TrigramSimilarity("name", text)
        return Cast((rank + closeness) * 1_000_000, BigIntegerField())

    def listings(self, *, except_facet: str = "") -> ListingQuerySet:
        """Return what matches; with ``except_facet``, as if nothing were chosen in that facet."""
        conditions = [_matches(term) for term in self.terms]
        conditions += [
            facet.condition(self.chosen[facet.name])
            for facet in FACETS
            if facet.name != except_facet and self.chosen.get(facet.name)
        ]
        shown = Listing.objects.visible()
        found = shown.filter(owner=self.owner) if self.owner else shown
        return found.filter(reduce(and_, conditions)) if conditions else found

    def page(self, *, limit: int, cursor: str = "") -> Page[Listing]:
        """Return one page of what matches, with owners and offers. One query, and three for what has offers."""
        page = keyset_page(self.listings().select_related("owner", "runtime"), self.order, limit=limit, cursor=cursor)
        with_offers(page.items)
        return page

    def facets(self) -> dict[str, dict[str, int]]:
        """Return for each facet its values with counts: the chosen ones and the most frequent. One query."""
        parts: list[FacetRows] = []
        for facet in FACETS:
            parts += facet.counts(self.listings(except_facet=facet.name), self.chosen.get(facet.name, []))
        counts: dict[str, dict[str, int]] = {facet.name: {} for facet in FACETS}
        for name, value, n in parts[0].union(*parts[1:], all=True):
            counts[name][value] = n
        return counts

    def count(self) -> int:
        """Return how many match, exact up to COUNT_LIMIT; COUNT_LIMIT + 1 stands for more."""
        return self.listings().order_by()[: COUNT_LIMIT + 1].count()
