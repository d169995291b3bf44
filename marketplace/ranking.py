"""How well listings answer a query: by words, by meaning, and by what stands behind them.

One statement finds candidates (all words; where few have them all, the most telling words; names; the nearest
vectors) and scores them; reciprocal ranks of both scores are then added up. PostgreSQL alone does the finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from .meaning import Vector
from .vocabulary import BEGINNING, OTHER_FORM, TYPO, Reading, Term

MOST_RESULTS = 1000
MOST_PARTIAL = 300  # candidates that one word brings, where not all are found together
ENOUGH = 30  # listings with all the words, beyond which those with some of them are not looked at
TELLING = 4  # words that bring candidates of their own
NEAREST = 100
FLOOR = 0.2  # cosine below which nothing is close in meaning

NAMES, FACTS = "{0, 0, 0, 1}", "{0, 0.5, 0.5, 0}"  # what a word counts in texts of weight D, C, B, A
ONCE = 1.64493  # ts_rank divides by it (the sum of 1/n²): a word that stands once in a name counts 1
K1, B = 1.2, 0.75  # BM25's: how soon more of a word counts no more, and how much a long text is held against it
CLOSENESS = 0.5  # how much a name that is the query adds to the score by words
LEAST_TRUST, MOST_TRUST = 0.15, 0.7
K = 20.0  # of reciprocal ranks: smaller ones trust the first places more
QUALITY = 0.15  # of what the first place gives: how much the best standing can add

FIND = """
with complete as materialized (
    select id from marketplace_listing where search_vector @@ %(all)s::tsquery {within}
    order by quality desc, id limit {most}
), partial as materialized (
    {partial}
), named as materialized (
    select id from marketplace_listing
    where (lower(name) = %(name)s or {squashed} = %(squashed)s) {within} limit 20
), near as materialized (
    {near}
), candidates as (
    select id from complete union select id from partial union select id from named union select id from near
)
select listing.id, {scores}, {close}, -near.dot, listing.quality, named.id is not null,
    exists (select 1 from marketplace_listing where search_vector @@ %(all)s::tsquery)
from candidates join marketplace_listing listing using (id) left join near using (id) left join named using (id)
where listing.suspension_id is null
"""
SQUASHED = r"regexp_replace(lower(split_part(name, '/', 2)), '[\W_]+', '', 'g')"
PARTIAL = """(
    select id from marketplace_listing where search_vector @@ %(some{n})s::tsquery {within}
    and (select count(*) from complete) < {enough}
    order by quality desc, id limit {most}
)"""
NEAR = """
    select listing_id as id, embedding <#> %(vector)s::vector as dot from marketplace_listingvector
    {where} order by embedding <#> %(vector)s::vector limit {nearest}
"""
NOTHING = "select null::bigint as id, null::float8 as dot where false"
# A name does not grow with what is known of a model, so only the facts are measured against the text's length.
FOUND = """(
    {n} * {once} * (
        ts_rank('{names}', search_vector, %({name})s::tsquery)
        + ts_rank('{facts}', search_vector, %({name})s::tsquery) / (1 - {b} + {b} * length(search_vector) / {usual})
    )
)"""
PART = "{weight} * ({k1} + 1) * {found} / ({found} + {k1})"
CLOSE = "greatest(similarity(name, %(meant)s), similarity(split_part(name, '/', 2), %(meant)s))"


@dataclass(frozen=True)
class Hit:
    """A listing and why it stands where it stands. ``words`` has a part for each word of the query."""

    pk: int
    words: tuple[float, ...]
    closeness: float
    cosine: float | None
    quality: float
    is_named: bool
    score: float = 0.0
    words_place: int = 0  # from 1; 0 where no word is found
    meaning_place: int = 0


@dataclass(frozen=True)
class Ranking:
    """The best listings for a query, best first, and whether any listing at all has all its words."""

    hits: list[Hit]
    has_all_words: bool


def rank(reading: Reading, query: str, vector: Vector | None, within: tuple[str, Sequence[Any]] | None) -> Ranking:
    """Return at most 1,000 listings that answer the query, best first. One query.

    ``within`` is a subquery of listings' ids with its parameters: only they are looked at.
    """
    rows = _find(reading, query, vector, within)
    hits = [
        Hit(pk, tuple(words), close, cosine if cosine and cosine >= FLOOR else None, quality, is_named)
        for pk, words, close, cosine, quality, is_named, _ in rows
    ]
    return Ranking(fused(hits, reading)[:MOST_RESULTS], bool(rows and rows[0][6]))


def _find(
    reading: Reading, query: str, vector: Vector | None, within: tuple[str, Sequence[Any]] | None
) -> list[tuple[Any, ...]]:
    squashed = "".join(character for character in query.rpartition("/")[2].lower() if character.isalnum())
    values: dict[str, Any] = {"all": reading.all, "name": query.strip().lower(), "squashed": squashed, "vector": None}
    values["meant"] = reading.correction or query
    clause, where = "", ""
    if within:
        text, parameters = within
        names = {f"w{n}": value for n, value in enumerate(parameters)}
        values |= names
        listed = text % tuple(f"%({name})s" for name in names)
        clause, where = f"and id in ({listed})", f"where listing_id in ({listed})"
    if vector is not None:
        values["vector"] = "[" + ",".join(f"{number:.6f}" for number in vector) + "]"
    telling = reading.rarest[:TELLING]
    values |= {f"some{n}": term.either for n, term in enumerate(telling)}
    partial = [PARTIAL.format(n=n, within=clause, enough=ENOUGH, most=MOST_PARTIAL) for n in range(len(telling))]
    scores = [_score(n, term, reading.usual_length, values) for n, term in enumerate(reading.terms)]
    statement = FIND.format(
        within=clause,
        most=MOST_RESULTS,
        partial=" union ".join(partial) or "select null::bigint as id where false",
        squashed=SQUASHED,
        near=NEAR.format(where=where, nearest=NEAREST) if vector is not None else NOTHING,
        close=CLOSE,
        scores=f"array[{', '.join(scores)}]::float8[]",
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _score(n: int, term: Term, usual: float, values: dict[str, Any]) -> str:
    """Return SQL for how well a listing answers one word, and put its queries into ``values``."""
    ways = [(term.exact, 1.0), (term.others(OTHER_FORM), 0.9), (term.others(BEGINNING, TYPO, "halves"), 0.7)]
    parts = []
    for m, (way, weight) in enumerate(ways):
        if way:
            values[f"t{n}_{m}"] = way
            fields = {"names": NAMES, "facts": FACTS, "name": f"t{n}_{m}"}
            found = FOUND.format(n=way.count("'") // 2, once=ONCE, b=B, usual=max(usual, 1), **fields)
            parts.append(PART.format(weight=weight, found=found, k1=K1))
    return f"greatest({', '.join(parts)})"


def fused(hits: list[Hit], reading: Reading) -> list[Hit]:
    """Return the hits in their final order: reciprocal ranks by words and by meaning, and a little for standing."""
    weights = [term.idf(reading.total) for term in reading.terms]
    by_words = _places([(_told(hit, weights), hit) for hit in hits if any(hit.words)])
    by_meaning = _places([(hit.cosine, hit) for hit in hits if hit.cosine is not None])
    trust = trust_in_words(hits, weights) if by_meaning else 1.0
    placed = []
    for hit in hits:
        words, meaning = by_words.get(hit.pk, 0), by_meaning.get(hit.pk, 0)
        score = trust / (K + words) if words else 0.0
        score += (1 - trust) / (K + meaning) if meaning else 0.0
        if score or hit.is_named:
            score += QUALITY / K * hit.quality + hit.is_named
            placed.append(replace(hit, score=score, words_place=words, meaning_place=meaning))
    return sorted(placed, key=lambda hit: (-hit.score, hit.pk))


def _told(hit: Hit, weights: list[float]) -> float:
    """Return the score by words: each word's part times what it tells, and how close the whole name is."""
    told = sum(part * weight for part, weight in zip(hit.words, weights, strict=True))
    return told * (1 + CLOSENESS * hit.closeness**2)


def trust_in_words(hits: list[Hit], weights: list[float]) -> float:
    """Return how far words are believed against meaning, from 0 to 1.

    The more of what the query says stands in one listing, the more: a query whose words the catalogue does not have
    asks for a meaning.
    """
    whole = sum(weights) or 1.0
    best = max((sum(w for part, w in zip(hit.words, weights, strict=True) if part > 0) for hit in hits), default=0.0)
    return LEAST_TRUST + (MOST_TRUST - LEAST_TRUST) * (best / whole) ** 2


def _places(scored: list[tuple[float, Hit]]) -> dict[int, int]:
    """Return places from 1 by score, equal ones by standing."""
    ordered = sorted(scored, key=lambda pair: (-round(pair[0], 4), -pair[1].quality, pair[1].pk))
    return {hit.pk: place for place, (_, hit) in enumerate(ordered, start=1)}
