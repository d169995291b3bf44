"""Makes one order of two, by words and by meaning, by reciprocal rank fusion."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from .vocabulary import QueryTerms, Term

CLOSENESS = 2.0  # how much a name that is the query adds to the score by words
LEAST_TRUST, MOST_TRUST = 0.15, 0.7
K = 20.0  # of reciprocal ranks: smaller ones trust the first places more
WHOLE = 0.05  # of what the first place gives: how much it adds to have all the words, where others do not
FIT = 3.0  # of what the first place gives: how much it adds to be what is wished for, where all words are understood
LIGHT = 0.2  # of a word's weight, where every listing found is what the word asks for
QUALITY = 0.15  # of what the first place gives: how much the best quality can add


@dataclass(slots=True)
class Hit:
    """A listing and why it stands where it stands. ``words`` has a part for each word of the query."""

    pk: int
    words: tuple[float, ...]
    closeness: float
    cosine: float | None
    quality: float
    is_named: bool
    fit: float = (
        0.0  # how well it is what stands first, from 0 to 1; above 0 wherever it is recorded as all that is asked
    )
    matches: bool = False  # has all the words, or any where no listing has them all
    score: float = 0.0
    words_place: int = 0  # from 1; 0 where no word is found
    meaning_place: int = 0


def fused(hits: list[Hit], reading: QueryTerms, light: Collection[str] = ()) -> list[Hit]:
    """Return the hits in their final order: reciprocal ranks by words and by meaning, and a little for quality.

    ``light`` are words that say little, because every hit is what they ask for.
    """
    understood = sum(term.is_soft for term in reading.terms) / max(len(reading.terms), 1)
    weights = [_weight(term, reading, light) for term in reading.terms]
    by_words = _places([(_told(hit, weights), hit) for hit in hits if any(hit.words)])
    by_meaning = _places([(hit.cosine, hit) for hit in hits if hit.cosine is not None])
    trust = trust_in_words(hits, weights) if by_meaning else 1.0
    placed = []
    for hit in hits:
        words, meaning = by_words.get(hit.pk, 0), by_meaning.get(hit.pk, 0)
        score = trust / (K + words) if words else 0.0
        score += (1 - trust) / (K + meaning) if meaning else 0.0
        if score or hit.is_named or hit.matches:
            hit.score = (
                score + (QUALITY * hit.quality + WHOLE * hit.matches + FIT * hit.fit * understood**2) / K + hit.is_named
            )
            hit.words_place, hit.meaning_place = words, meaning
            placed.append(hit)
    return sorted(placed, key=lambda hit: (-hit.score, hit.pk))


def _weight(term: Term, reading: QueryTerms, light: Collection[str]) -> float:
    if term.word in light:
        return term.idf(reading.total) * LIGHT if term.alternatives else 0.0
    return term.idf(reading.total)


def _told(hit: Hit, weights: list[float]) -> float:
    """Return the score by words: each word's part times its weight, and how close the whole name is."""
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
    """Return places from 1 by score, equal ones by quality."""
    # Rounded, so that what differs by noise alone is ordered by quality.
    ordered = sorted(scored, key=lambda pair: (-round(pair[0], 4), -pair[1].quality, pair[1].pk))
    return {hit.pk: place for place, (_, hit) in enumerate(ordered, start=1)}
