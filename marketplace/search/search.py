"""Finding models: what a search matches, in which order, and what it can be narrowed by.

Without words every order is a keyset over the whole. With words the first order is relevance, a stored result of at
most a thousand listings (``results.py``). Every order is total: a walk from page to page meets each listing once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from hashlib import sha256
from operator import and_
from typing import Any

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Account
from common.fragments import Lately
from common.pages import KeysetChain, Page, SortOrder, bounded_float
from marketplace.listings.models import Listing, ListingQuerySet
from marketplace.listings.words import MAX_TERMS

from . import candidates
from .asked import Asked
from .candidates import Ranking, rank
from .facets import FACETS, within_range
from .heard import Heard, heard_in
from .meaning import Meaning, meaning_of
from .results import BY_BOTH, BY_WORDS, Result, cursor_after, digest_of, new_id, result_at, result_of
from .rows import Rows, everything, listings_of_ids, shown
from .sorting import ORDERS, RELEVANCE, RUNNING, parts_in
from .tallies import SearchCounts, tally
from .tsquery import holding
from .typed import RANGES, Query, Range, merged, parse_query
from .understood import Understanding, put_in, understand
from .vocabulary import QueryTerms, read_terms
from .wishes import Wish

COUNT_LIMIT = 10_000
READING_KEPT = 60  # seconds

statements_lately = Lately["KeysetChain[Listing]"](600)  # what lists run, by what shapes it

MEASURED = {"magnitude": "params"}  # facets whose values show what lies outside a range as well


@dataclass(frozen=True)
class Search:
    """What somebody looks for: words, chosen facet values, ranges, one owner's or all, in an order.

    ``q`` may hold typed filters (``typed.py``): they narrow like clicked ones. ``faults`` are what of a request means
    nothing and was left out, a sentence for each parameter.
    """

    q: str = ""
    chosen: dict[str, list[str]] = field(default_factory=dict)
    sort: str = ""
    owner: Account | None = None
    ranges: dict[str, Range] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    @classmethod
    def asked(cls, q: str, sort: str, values: Callable[[str], Iterable[str]]) -> Search:
        """Return the search that a request asks for; ``values`` gives what it chose in a facet. Nothing is refused."""
        asked = Asked(values)
        asked.once("q", "sort", *RANGES)
        return cls(
            q=asked.text(q),
            chosen={facet.name: some for facet in FACETS if (some := asked.chosen(facet.name))},
            sort=asked.sort(sort, (RELEVANCE, *ORDERS)),
            ranges={name: found for name in RANGES if (found := asked.range(name))},
            faults=asked.faults,
        )

    @cached_property
    def query(self) -> Query:
        """What was typed, taken apart."""
        return parse_query(self.q)

    @property
    def words(self) -> str:
        """What was typed, without its filters."""
        return self.query.words

    @cached_property
    def understanding(self) -> Understanding:
        """What the words were understood as."""
        return understand(self.words)

    @cached_property
    def heard(self) -> Heard:
        """What of it narrows the search. One query, or none if it was asked a moment ago or narrows nothing."""
        found = heard_in(self.understanding, everything()) if self.understanding.items else Heard()
        return found.beside(self.all_ranges)

    @cached_property
    def terms(self) -> list[str]:
        """The words that are looked for."""
        return list(self.understanding.terms[:MAX_TERMS])

    @cached_property
    def filters(self) -> dict[str, list[str]]:
        """The values chosen in each facet, clicked and typed."""
        names = merged(self.chosen, self.query.chosen)
        return {name: merged(self.chosen.get(name, []), self.query.chosen.get(name, [])) for name in names}

    @cached_property
    def all_ranges(self) -> dict[str, Range]:
        """The ranges, clicked and typed; of two for the same figure the typed one counts."""
        return {**self.ranges, **self.query.ranges}

    @property
    def bounds(self) -> dict[str, Range]:
        """The ranges in force, those asked for in words among them."""
        return {**self.heard.ranges, **self.all_ranges}

    @cached_property
    def asks_nothing(self) -> bool:
        """Whether something was typed in which there is nothing to look for: signs alone, or filters that mean none."""
        understood = self.terms or self.query.chosen or self.query.ranges or self.understanding.items
        return not understood and bool(self.q or "q" in self.faults)

    @cached_property
    def problems(self) -> list[str]:
        """What of it means nothing and was left out, a sentence each."""
        found = [*self.faults.values(), *self.query.problems]
        if self.words and not self.terms and not self.understanding.items:
            found.append(_("“%(words)s” has no letters or digits to search for.") % {"words": self.words})
        if len(self.understanding.terms) > MAX_TERMS:
            found.append(_("Only the first twelve words were searched: %(words)s.") % {"words": ", ".join(self.terms)})
        for phrase in self.understanding.denied:
            said = _("Search words cannot leave anything out, so “%(phrase)s” was searched as plain words.")
            found.append(said % {"phrase": phrase})
        for item in self.heard.unmet:
            said = _("No model matches “%(meaning)s” as well, so “%(phrase)s” was searched as plain words.")
            found.append(said % {"phrase": item.phrase, "meaning": item.sense.title})
        if self.sort == RELEVANCE and not self.terms:
            found.append(_("Relevance needs search words, so models that run here come first."))
        return found

    @property
    def is_filtered(self) -> bool:
        """Whether anything but words narrows it."""
        return bool(self.filters or self.all_ranges or self.owner)

    @property
    def is_relevance(self) -> bool:
        """Whether it is ordered by relevance, which exists only where there are words to be relevant to."""
        return self.sorted_by not in ORDERS and bool(self.terms)

    @property
    def sorted_by(self) -> str:
        """The order that was chosen, or else asked for in words; empty for neither."""
        return self.sort or self.understanding.order

    @property
    def order(self) -> SortOrder:
        """The order to show. Relevance is no keyset: its key stands for its name alone."""
        if self.is_relevance:
            return SortOrder(RELEVANCE, F("quality"), descending=True, parse=bounded_float)
        return ORDERS.get(self.sorted_by, ORDERS[RUNNING])

    @cached_property
    def read_words(self) -> QueryTerms:
        """What the words can stand for. One query, or none if it was asked a moment ago."""
        understood = self.understanding
        soft, literal, others = understood.soft, understood.literal, understood.other_words
        asked = [self.terms, sorted(soft), sorted(literal), others]
        name = f"query-terms:{sha256(json.dumps(asked).encode()).hexdigest()}"
        found: QueryTerms | None = cache.get(name)
        if found is None:
            found = read_terms(self.terms, soft=soft, literal=literal, other_words=others)
            cache.set(name, found, READING_KEPT)
        return found

    @cached_property
    def reading(self) -> QueryTerms:
        """The same, where what was understood as nothing that is here has to be found as words."""
        found = self.read_words.needing(self.heard.needed)
        # Of words that only order or ask for nothing, something has to be found where nothing else narrows.
        narrows = self.is_filtered or self.heard.narrowing
        return found if found.needed or narrows else found.needing()

    @cached_property
    def corrected(self) -> str:
        """What was typed with its slips put right; empty where there is none."""
        slips = {term.word: term.correction for term in self.reading.terms if term.correction} if self.terms else {}
        return put_in(self.understanding.query, slips) if slips else ""

    @cached_property
    def meaning(self) -> Meaning:
        """The vector of the words, with their slips put right, or why there is none."""
        return meaning_of(self.reading.correction or self.understanding.in_english)

    @cached_property
    def result(self) -> Result:
        """The stored order by relevance. One query, or none if the same search was made a moment ago."""
        return result_of(self._digest, self._ranked)

    @cached_property
    def _digest(self) -> str:
        """The digest of all that its result by relevance depends on."""
        owner = self.owner.pk if self.owner else 0
        asked = [self.words.lower(), self.heard.key, self.filters, self.all_ranges, owner]
        return digest_of(json.dumps(asked, default=str, sort_keys=True))

    def _ranked(self) -> Result:
        found = self.ranking()
        mode = BY_WORDS if self.meaning.vector is None else BY_BOTH
        hits = [hit for hit in found.hits if hit.fit or not self.heard.is_recorded]
        besides = self._besides([hit.pk for hit in hits])
        matching = sum(hit.matches for hit in hits) + len(besides)
        first = [*(hit.pk for hit in hits), *besides]
        ids = (*first, *(hit.pk for hit in found.hits[len(hits) :]))[: candidates.MOST_RESULTS]
        why_not, mentioned = self.meaning.why_not, len(ids) - len(first)
        return Result(new_id(), self._digest, mode, ids, found.has_all_words, matching, why_not, mentioned)

    def _besides(self, ids: Sequence[int]) -> list[int]:
        """Return what fulfils the filters without any of the words, where no word has to be found, the best first.

        It is counted, so it is shown as well. One query, or none.
        """
        room = candidates.MOST_RESULTS - len(ids)
        if room <= 0 or self.reading.needed or not (self.is_filtered or self.heard.narrowing):
            return []
        known = set(ids)
        best = self._narrowed().order_by("-quality", "pk").values_list("pk", flat=True)[: candidates.MOST_RESULTS]
        return [pk for pk in best if pk not in known][:room]

    def ranking(self) -> Ranking:
        """Rank again, with every hit's parts. One query."""
        try:
            return rank(self.reading, self.understanding.text, self.meaning.vector, self.within(), self._wish)
        except EmptyResultSet:
            return Ranking([], True)

    @property
    def _wish(self) -> Wish:
        heard, recorded = self.heard, self.heard.recorded
        listed = everything().filter(recorded) if recorded else None
        subquery = listed.values("id").order_by().query.sql_with_params() if listed is not None else None
        return Wish(heard.preferences, heard.light | self.understanding.silent, subquery, heard.is_recorded)

    def within(self) -> tuple[str, Sequence[Any]] | None:
        """Return SQL for ids and search vectors of what fulfils the filters, and parameters; None without filters.

        Raises EmptyResultSet where nothing can fulfil them.
        """
        return (
            self._narrowed(loosely=True).values("id", "search_vector").order_by().query.sql_with_params()
            if self.is_filtered or self.heard.narrowing
            else None
        )

    def _narrowed(self, *, except_facet: str = "", except_range: str = "", loosely: bool = False) -> ListingQuerySet:
        """Return what fulfils the filters, whatever the words; nothing where something was typed that means nothing.

        With ``loosely`` also what is not recorded as what was understood, but says so in its words.
        """
        if self.asks_nothing:
            return everything().none()
        found = self._said(except_facet, except_range)
        asked = self.heard.condition(except_range=except_range, loosely=loosely)
        return found.filter(asked) if asked else found

    def _said(self, except_facet: str = "", except_range: str = "") -> ListingQuerySet:
        """Return what fulfils the filters that were clicked or typed as such."""
        conditions = [
            facet.condition(self.filters[facet.name])
            for facet in FACETS
            if facet.name != except_facet and self.filters.get(facet.name)
        ]
        conditions += [within_range(name, found) for name, found in self.all_ranges.items() if name != except_range]
        found = everything().filter(owner=self.owner) if self.owner else everything()
        return found.filter(reduce(and_, conditions)) if conditions else found

    def listings(self, *, except_facet: str = "") -> ListingQuerySet:
        """Return what matches: all words, or any where no listing has them all, and recorded as what was understood.

        With ``except_facet``, as if nothing were chosen in that facet.
        """
        found = self._narrowed(except_facet=except_facet, except_range=MEASURED.get(except_facet, ""))
        if not self.terms or not self.reading.needed:
            return found
        if self.result.has_all_words:
            return holding(found, self.reading.all, self.reading.scarcest.held, few=candidates.FEW)
        return holding(found, self.reading.any, self.reading.held, few=candidates.FEW)

    def page(self, *, limit: int, cursor: str = "") -> Page[Listing]:
        """Return one page, with owners and offers."""
        return self.rows(limit=limit, cursor=cursor).page

    def rows(self, *, limit: int, cursor: str = "") -> Rows:
        """Return one page as the database gives it; by relevance it is a page of the stored result.

        At most two queries for the list, one for the offers.
        """
        if self.is_relevance:
            return self._relevance_rows(limit, cursor)

        def chain() -> KeysetChain[Listing]:
            return KeysetChain(parts_in(shown(self.listings()), self.order), limit=limit, cursor=cursor)

        owner = self.owner and self.owner.pk
        asked = (self.filters, self.all_ranges, self.heard.key)
        shape = repr((self.asks_nothing, *asked, owner, self.order.name, limit, cursor))
        # Not kept for words: what they stand for changes with the catalogue, and few searches share them.
        kept = chain() if self.terms else statements_lately.get(shape, chain)
        return Rows.of(kept.read(), kept.column("is_adopted"), kept.page)

    def _relevance_rows(self, limit: int, cursor: str) -> Rows:
        result, start = result_at(cursor, self._digest) if cursor else (self.result, 0)
        ids, found = result.ids[start : start + limit], listings_of_ids()
        adopted, parted = found.column("is_adopted"), max(0, len(result.ids) - result.mentioned - start)
        rows = {row[0]: row for row in found.read(ids=list(ids))} if ids else {}
        read = [rows[pk] for pk in ids if pk in rows]  # what has gone since is left out
        following = cursor_after(result, start + limit) if start + limit < len(result.ids) else ""
        mentioning = sum(pk in rows for pk in ids[parted:])
        return Rows.of(read, adopted, lambda read: Page(found.instances(read), following), mentioning)

    def facets(self) -> dict[str, dict[str, int]]:
        """Return for each facet its values with counts: the chosen ones and the most frequent. One query."""
        return self.tally().facets

    def tally(self) -> SearchCounts:
        """Return ``count`` and ``facets`` by one query."""
        apart = {facet for facet, name in MEASURED.items() if name in self.bounds}
        return tally(lambda name: self.listings(except_facet=name), self.filters, COUNT_LIMIT, apart, self.heard.values)

    @property
    def close(self) -> int:
        """How many more its result by relevance holds: they have some of the words, or come close in meaning."""
        return self.result.close if self.is_relevance else 0

    @property
    def mentioned(self) -> int:
        """How many more it holds that only say what was understood, without being recorded as it: they come last."""
        return self.result.mentioned if self.is_relevance else 0

    def count(self) -> int:
        """Return how many match, exact up to COUNT_LIMIT; COUNT_LIMIT + 1 stands for more."""
        # Bounded: counting a million takes longer than finding the page.
        return self.listings().order_by()[: COUNT_LIMIT + 1].count()
