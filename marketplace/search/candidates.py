"""How well listings answer a query: by words, by meaning, and by what stands behind them.

One statement finds candidates (all words; where few have them all, the most telling words; names; the nearest
vectors) and scores them; reciprocal ranks of both scores are then added up. PostgreSQL alone does the finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import OperationalError, connection
from psycopg.errors import QueryCanceled

from common.embeddings import Vector

from .errors import SearchTooSlowError
from .fusion import Hit, fused
from .tsquery import any_of
from .vocabulary import BEGINNING, COMMON, HALVES, KEPT, OTHER_FORM, OTHER_STEM, OTHER_WORD, TYPO, QueryTerms, Term
from .wishes import Wish, fit_sql, listed_in

MOST_RESULTS = 1000
FEW = KEPT  # listings that hold all words, up to which all of them are read; of more, the rarest word's head
SCARCE = 30_000  # listings with a word, up to which all may be asked for a second word, where the head has too few
MOST_PARTIAL = COMMON  # candidates that one word brings, where not all are found together
ENOUGH = 30  # listings with all the words, beyond which those with some of them are not looked at
TELLING = 4  # words that bring candidates of their own
NEAREST, NEAREST_WITHIN = 100, 50  # vectors that are looked for, and where they have to fulfil filters too
EXACT = 2000  # listings that fulfil the filters, up to which all their vectors are compared
ASKED = 1000  # the same, up to which all may be asked for the words
PATIENCE = 5000  # milliseconds that a search may take
FLOOR = 0.2  # cosine below which nothing is close in meaning

# What a word counts in texts of weight D, C, B, A: cards, summaries, facts and names.
NAMES, FACTS, CARDS = "{0, 0, 0, 1}", "{0, 0.25, 0.5, 0}", "{0.125, 0, 0, 0}"
USUAL_CARD = 200.0  # words of a card, beyond which its length is held against it
ONCE = 1.64493  # ts_rank divides by it (the sum of 1/n²): a word that stands once in a name counts 1
K1, B = 1.2, 0.75  # BM25's: how soon more of a word counts no more, and how much a long text is held against it

FIND = """
set local statement_timeout = {patience}; set local enable_seqscan = {scans};
with narrowed as materialized (
    {narrowed}
), held as materialized (
    {held}
), complete as materialized (
    select id from held union ({more})
), partial as materialized (
    {partial}
), named as materialized (
    select id from marketplace_listing where (lower(name) = %(name)s or {squashed} = %(squashed)s) {within} limit 20
), near as materialized (
    {near}
), candidates as (
    select id from complete union select id from partial union select id from named union select id from near
), read as (
    select *, length(found) as words, length(ts_filter(found, '{{a, b, c}}')) as facts from (
        select id, name, quality, cardinality(languages) as spoken, parameters,
            ts_filter(search_vector, '{{a, b, c, d}}') as found
        from candidates join marketplace_listing using (id) where suspension_id is null offset 0
    ) fetched offset 0
)
select id, {scores}, {close}, -near.dot, quality, named.id is not null,
    exists (select from complete) or {known}, found @@ %(all)s::tsquery, found @@ %(any)s::tsquery, {fit}
from read left join near using (id) left join named using (id);
set local statement_timeout = default; set local enable_seqscan = default
"""
# Filters that words are heard as ask each listing's text too. A scan would fetch text after text from beside the table,
# which the planner takes for free; indexes of lists and words know the same (docs/decisions/0345).
ASKS_TEXTS = "@@"
LISTING = "marketplace_listing.id"
SQUASHED = r"regexp_replace(lower(split_part(name, '/', 2)), '[\W_]+', '', 'g')"
NOTHING_FOUND = "select null::bigint as id where false"
NOTHING = "select null::bigint as id, null::float8 as dot where false"
# Of a rare word all listings are read from the index of words, and then sorted by quality.
ALL = """
    select id from (
        select id, quality from marketplace_listing where search_vector @@ %({name})s::tsquery {condition} offset 0
    ) found order by quality desc, id limit {most}
"""
# Of a common one reading them takes seconds, so its head is looked through: its listings of the best quality.
HEAD = """
    select id from (
        select id, min(place) as place from (
            select kept.id, kept.place from marketplace_searchhead, unnest(listings, places) kept (id, place)
            where word = any(%({name}_words)s) {rare}
        ) found group by id order by place, id limit {kept}
    ) head where true {condition} order by place, id limit {most}
"""
# What stands for a common word may be rare itself, without a head: of that all are taken, before the others.
RARE = """union all (
    select id, 0 from marketplace_listing where search_vector @@ %({name}_rare)s::tsquery limit {most}
)"""
HOLDS = """and exists (
    select from marketplace_listing holding
    where holding.id = head.id and holding.search_vector @@ %({name})s::tsquery offset 0
)"""
# Where too few of a head have the other words, some of the rest is read, whatever its quality.
# Words and filters stand in one scan, so that their indexes are met before any listing is read.
MORE = """
    select id from {among} where search_vector @@ %(all)s::tsquery
    and (select count(*) from held) < {enough} limit {most}
"""
MORE_WITHIN = """
    select id from marketplace_listing join narrowed using (id) where search_vector @@ %(all)s::tsquery
    and (select count(*) from held) < {enough} and (select count(*) from narrowed) <= {asked}
"""
# Filters are looked up for each listing found: what fulfils them may be most of the catalogue.
WITHIN = "and exists (select from ({listed}) fulfilling where fulfilling.id = {id} offset 0)"
NARROWED = "select id from ({listed}) listed limit {most}"
NEAR = """
    select listing_id as id, embedding <#> %(vector)s::vector as dot from marketplace_listingvector
    order by embedding <#> %(vector)s::vector limit {nearest}
"""
# Few that fulfil the filters are all compared, because the vectors' index would be walked for long to meet them.
BEST_NAMES = """
select name from marketplace_listing join ({best}) best using (id) where suspension_id is null
order by quality desc, id limit {most}
"""
NEAR_WITHIN = """
    (select listing_id as id, embedding <#> %(vector)s::vector as dot
     from narrowed join marketplace_listingvector on listing_id = narrowed.id
     where (select count(*) from narrowed) <= {exact} order by 2 limit {nearest})
    union all (
    select listing_id as id, embedding <#> %(vector)s::vector as dot from marketplace_listingvector
    where (select count(*) from narrowed) > {exact} {within}
    order by embedding <#> %(vector)s::vector limit {nearest})
"""
# A name does not grow with what is known of a model, so only the facts are measured against the text's length. A card
# is measured by itself: a long one takes nothing from the facts, and a short one adds no more than it says.
FOUND = """(
    {n} * {once} * (
        ts_rank('{names}', found, %({name})s::tsquery)
        + ts_rank('{facts}', found, %({name})s::tsquery) / (1 - {b} + {b} * facts / {usual})
        + case when words = facts then 0 else
            ts_rank('{cards}', found, %({name})s::tsquery)
            / (1 - {b} + {b} * greatest(words - facts, {card}) / {card}) end
    )
)"""
# ts_rank counts each word of a phrase, also where the phrase does not stand.
HAS = "(found @@ %({name})s::tsquery)::int"
PART = "{weight} * ({k1} + 1) * (1 - {k1} / ({found} + {k1}))"
# Trigrams are expensive, and a name without any of the words is close to none of them.
CLOSE = """case when found @@ %(in_name)s::tsquery then
    greatest(similarity(name, %(meant)s), similarity(split_part(name, '/', 2), %(meant)s)) else 0 end"""


@dataclass(frozen=True)
class Ranking:
    """The best listings for a query, best first, and whether any listing at all has all its words."""

    hits: list[Hit]
    has_all_words: bool


def rank(
    reading: QueryTerms,
    query: str,
    vector: Vector | None,
    within: tuple[str, Sequence[Any]] | None,
    wish: Wish | None = None,
) -> Ranking:
    """Return at most 1,000 listings that answer the query, best first. One query.

    ``within`` is a subquery of listings' ids and search vectors with its parameters: only they are looked at.
    """
    wish = wish or Wish()
    rows = _find(reading, query, vector, within, wish)
    has_all_words = not reading.needed or bool(rows and rows[0][6])
    hits = [
        Hit(
            pk=pk,
            words=tuple(words),
            closeness=close,
            cosine=cosine if cosine and cosine >= FLOOR else None,
            quality=quality,
            is_named=is_named,
            matches=not reading.needed or bool(has_all if has_all_words else has_any),
            fit=fit,
        )
        for pk, words, close, cosine, quality, is_named, _, has_all, has_any, fit in rows
    ]
    ranked = fused(hits, reading, wish.light)
    if wish.parts:
        ranked.sort(key=lambda hit: not hit.fit)
    return Ranking(ranked[:MOST_RESULTS], has_all_words)


def _find(
    reading: QueryTerms,
    query: str,
    vector: Vector | None,
    within: tuple[str, Sequence[Any]] | None,
    wish: Wish,
) -> list[tuple[Any, ...]]:
    listed, parameters = listed_in(within)
    squashed = "".join(character for character in query.rpartition("/")[2].lower() if character.isalnum())
    values: dict[str, Any] = {"name": query.strip().lower(), "squashed": squashed}
    # With slips put right, because a slip is close to no name.
    values["meant"] = reading.correction or query
    values["in_name"] = reading.in_name
    values |= {"all": reading.all, "any": reading.any}
    values |= parameters
    if vector is not None:
        values["vector"] = "[" + ",".join(f"{number:.6f}" for number in vector) + "]"
    scores = [_score(n, term, reading.usual_length, values) for n, term in enumerate(reading.terms)]
    statement = FIND.format(
        patience=PATIENCE,
        scans="off" if ASKS_TEXTS in listed else "default",
        narrowed=_narrowed(listed),
        squashed=SQUASHED,
        within=_within(listed, LISTING),
        near=_near(listed) if vector is not None else NOTHING,
        close=CLOSE,
        scores=f"array[{', '.join(scores)}]::float8[]",
        fit=fit_sql(wish, values),
        **_by_words(reading, listed, values),
    )
    return _rows(statement, values)


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return what the statement between two settings finds. Raises SearchTooSlowError."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            while cursor.description is None:  # of what was set before
                cursor.nextset()
            return list(cursor.fetchall())
    except OperationalError as error:
        # Only our own timeout is the visitor's business.
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchTooSlowError from error
        raise


def _within(listed: str, name: str) -> str:
    """Return SQL for the condition that a listing is among those that a subquery lists; empty where all are."""
    return WITHIN.format(listed=listed, id=name) if listed else ""


def _narrowed(listed: str, few: int = EXACT) -> str:
    return NARROWED.format(listed=listed, most=few + 1) if listed else NOTHING


def _near(listed: str, few: int = EXACT) -> str:
    if not listed:
        return NEAR.format(nearest=NEAREST)
    return NEAR_WITHIN.format(within=_within(listed, "listing_id"), nearest=NEAREST_WITHIN, exact=few)


def nearest_statement(within: tuple[str, Sequence[Any]] | None, *, few: int = EXACT) -> tuple[str, dict[str, Any]]:
    """Return SQL for the nearest vectors to the parameter ``vector``, as a search finds them, and its values.

    Up to ``few`` listings that fulfil the filters are all compared.
    """
    listed, values = listed_in(within)
    return f"with narrowed as materialized ({_narrowed(listed, few)}) {_near(listed, few)}", values


def _by_words(reading: QueryTerms, listed: str, values: dict[str, Any]) -> dict[str, str]:
    """Return SQL for the candidates that words bring, and for whether any listing has all; fill in ``values``."""
    # All words together stand in no more listings than the rarest of them.
    rarest = reading.scarcest
    condition, more, partial = "", [], []
    if FEW < rarest.held <= SCARCE:
        among = f"({listed}) listed" if listed else "marketplace_listing"
        more.append(MORE.format(among=among, enough=ENOUGH, most=MOST_PARTIAL))
    if rarest.held > FEW and listed:
        more.append(MORE_WITHIN.format(enough=ENOUGH, asked=ASKED))
    holds = HOLDS.format(name="all") if len(reading.needed) > 1 else ""
    if len(reading.terms) > 1:
        condition = f"and (select count(*) from complete) < {ENOUGH}"  # noqa: S608  a number of ours
        for n, term in enumerate(reading.rarest[:TELLING]):
            best = _Best(f"some{n}", term.either, term, listed, values, few=MOST_PARTIAL)
            partial.append(f"({best.sql(MOST_PARTIAL, condition)})")
        anyone = _Best("any", reading.any, reading, listed, values, few=FEW)
        partial.append(f"({anyone.sql(MOST_RESULTS, 'and not exists (select from complete)')})")
    best = _Best("all", reading.all, rarest, listed, values, few=FEW)
    # Without the filters: whether any listing has all the words is said of the whole catalogue.
    anywhere = replace(best, listed="")
    return {
        "held": best.sql(MOST_RESULTS, holds=holds),
        "more": " union ".join(f"({each})" for each in more) or NOTHING_FOUND,
        "partial": " union ".join(partial) or NOTHING_FOUND,
        "known": f"exists ({anywhere.sql(1, holds=holds)})" if listed else "false",
    }


@dataclass(frozen=True)
class _Best:
    """The listings of the best quality that a tsquery finds, of which ``term`` is the rarest, or all of it."""

    name: str
    query: str
    term: Term | QueryTerms
    listed: str
    values: dict[str, Any]
    few: int  # listings, up to which all are read

    def sql(self, most: int, condition: str = "", *, holds: str = "") -> str:
        """Return SQL for the ids of at most ``most``, and put its parameters into ``values``."""
        self.values[self.name] = self.query
        if self.term.held <= self.few:
            return ALL.format(name=self.name, condition=f"{_within(self.listed, LISTING)} {condition}", most=most)
        rare = self.term.rare
        self.values.update({f"{self.name}_words": self.term.lexemes, f"{self.name}_rare": rare})
        condition = f"{holds} {_within(self.listed, 'head.id')} {condition}"
        others = RARE.format(name=self.name, most=KEPT) if rare else ""
        return HEAD.format(name=self.name, rare=others, condition=condition, most=most, kept=KEPT)


def best_named(reading: QueryTerms, most: int) -> tuple[str, dict[str, Any]]:
    """Return SQL for the names of the listings of the best quality that hold all words, and its values."""
    values: dict[str, Any] = {}
    best = _by_words(reading, "", values)["held"]
    return BEST_NAMES.format(best=best, most=most), values


def best_names(reading: QueryTerms, most: int) -> list[str]:
    """Return the names of the listings of the best quality that hold all words. One query."""
    statement, values = best_named(reading, most)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [name for (name,) in cursor.fetchall()]


def _score(n: int, term: Term, usual: float, values: dict[str, Any]) -> str:
    """Return SQL for how well a listing answers one word, and put its queries into ``values``."""
    ways = [
        (term.exact, 1.0),
        (term.others(OTHER_FORM, OTHER_WORD, OTHER_STEM), 0.9),
        (term.others(BEGINNING, TYPO, HALVES), 0.7),
    ]
    parts = []
    for m, (way, weight) in enumerate(ways):
        if way:
            values[f"t{n}_{m}"] = any_of(way)
            fields = {"names": NAMES, "facts": FACTS, "cards": CARDS, "name": f"t{n}_{m}", "card": USUAL_CARD}
            asked = sum(len(each.split(" ")) for each in way)
            found = FOUND.format(n=asked, once=ONCE, b=B, usual=max(usual, 1), **fields)
            if any(" " in each for each in way):
                found = f"({HAS.format(name=fields['name'])} * {found})"
            parts.append(PART.format(weight=weight, found=found, k1=K1))
    return f"greatest({', '.join(parts)})"
