"""Queries in PostgreSQL's notation (``tsquery``): the one place that writes them, so that no word is taken for a sign.

A phrase is one word, or several with blanks between them that have to stand in a listing together.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q

from marketplace.listings.models import Listing, ListingQuerySet


def lexeme(word: str, weights: str = "") -> str:
    """Return a word as an operand, whatever it holds; ``weights`` are the parts of a text that it may stand in."""
    quoted = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}'{':' if weights else ''}{weights}"


def phrase(words: str) -> str:
    """Return a query for all words of a phrase."""
    return " & ".join(lexeme(word) for word in words.split(" ") if word)


def any_of(phrases: Iterable[str]) -> str:
    """Return a query for any of the phrases; empty where there is none."""
    return " | ".join(f"({phrase(each)})" for each in dict.fromkeys(phrases))


def holding(listings: ListingQuerySet, query: str, held: int, *, few: int) -> ListingQuerySet:
    """Return those of the listings that hold what a query asks for, which ``held`` of all listings do at most.

    Of ``few`` their ids are read first: the planner takes rare words for commoner ones, and walks through all listings
    in the order asked to meet them.
    """
    holds = Q(search_vector=SearchQuery(query, search_type="raw", config="simple"))
    return listings.filter(holds if held > few else Q(pk__in=Listing.objects.filter(holds).values("pk")[: 2 * few]))
