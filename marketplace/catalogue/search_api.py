"""The API around a search: facets, suggestions, explanations, related models, comparison, saved searches."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, P, Query, QueryEx, Router, Schema, Status

from accounts.visitors import user_of
from common.access import member_api, public_api
from marketplace.listings.models import Listing
from marketplace.listings.words import MAX_QUERY
from marketplace.search.comparing import MOST, compared
from marketplace.search.explaining import Explanation, explain
from marketplace.search.related import as_listed, related_to
from marketplace.search.saved import MOST_QUERY, SavedSearch
from marketplace.search.saving import forget_search, news_of, save_search
from marketplace.search.suggestions import MODEL, WORDS, suggestions

from .api import ListingDetail, ListingItem, ListingQuery, found_listing

router = Router(tags=["Search"])


class FacetCounts(Schema):
    """How many listings each value of each facet would find, as if nothing were chosen in that facet."""

    count: int = Field(description="How many match in all: exact to 10,000; 10,001 means more.")
    facets: dict[str, dict[str, int]] = Field(description="Facet → value → listings; at most 40 values and the chosen.")
    exact: bool = Field(
        description="Whether all counts of facets are exact, as they are where few enough listings match: 4,000 in any "
        "case. Else there may be more of each value than is said, and more values."
    )
    correction: str = Field(description="The words with their slips put right; empty where there is none.")
    problems: list[str] = Field(description="What of `q` could not be understood and was left out, a sentence each.")


class Suggestions(Schema):
    """What the text may become."""

    suggestions: list[str]


class ReasonItem(Schema):
    """One part of a place in a result."""

    title: str = Field(description="What was compared.")
    text: str = Field(description="What came of it.")
    filled: int = Field(description="How much of the best possible it is, in eighths, from 0 to 8.")


class Why(Schema):
    """Why a listing stands where it stands, or why it does not appear."""

    place: int = Field(description="From 1; 0 where it is not in the result.")
    of: int = Field(description="How many listings the result has, at most 1,000.")
    summary: str
    parts: list[ReasonItem]
    refused_by: list[str] = Field(description="Filters that it does not fulfil.")
    help: list[str] = Field(description="What would help it, a sentence each.")


class SavedItem(Schema):
    """A saved search."""

    id: int
    title: str
    query: str = Field(description="The query of its address under `/models`.")
    url: str = Field(description="Path of its page.")
    new: list[str] = Field(description="Names of listings that came since its owner looked, at most 20.")
    seen_at: datetime


class SearchToSave(Schema):
    """The search to keep."""

    query: str = Field(max_length=MOST_QUERY, description="As in an address: `q=german&task=text-ranking`.")


@router.get("/facets", response=FacetCounts, summary="Count what a search can be narrowed by")
@public_api
def list_facets(request: HttpRequest, query: Query[ListingQuery]) -> dict[str, Any]:
    """Return the counts beside a search, each facet's as if nothing were chosen in it."""
    search = query.search(request)
    found = search.tally()
    # The page's histogram is no parameter here.
    facets = {name: values for name, values in found.facets.items() if name in ListingQuery.model_fields}
    counts = {"count": found.count, "facets": facets, "exact": found.exact}
    return {**counts, "correction": search.corrected, "problems": search.problems}


@router.get("/suggestions", response=Suggestions, summary="Complete a query")
@public_api
def list_suggestions(request: HttpRequest, q: QueryEx[str, P(max_length=MAX_QUERY)]) -> dict[str, Any]:
    """Return at most nine queries that the text may become: names first, then its last word completed."""
    return {"suggestions": [each.text for each in suggestions(q) if each.kind in (MODEL, WORDS)]}


@router.get("/compare", response=list[ListingDetail], summary="Several models at once")
@public_api
def compare_listings(request: HttpRequest, name: QueryEx[list[str], P(max_length=MOST)]) -> list[Listing]:
    """Return up to five models by name, in the order asked; unknown names are left out."""
    return compared(name)


@router.get("/listings/{owner}/{name}/related", response=list[ListingItem], summary="Models like a model")
@public_api
def list_related(request: HttpRequest, owner: str, name: str) -> list[Listing]:
    """Return at most six models near in meaning, the nearest first."""
    listing = found_listing(owner, name)
    return as_listed(related_to(listing.pk, listing.adapted_from))


@router.get("/listings/{owner}/{name}/why", response=Why, summary="Why a model stands where it stands")
@public_api
def explain_listing(request: HttpRequest, owner: str, name: str, query: Query[ListingQuery]) -> Explanation:
    """Return the parts of a model's place in a search by relevance, or why it does not appear."""
    return explain(query.search(request), found_listing(owner, name))


@router.get("/saved-searches", response=list[SavedItem], summary="Your saved searches")
@member_api
def list_saved(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the searches that you keep, each with what is new in it."""
    return [_saved(news.saved, [listing.name for listing in news.listings]) for news in news_of(user_of(request))]


@router.post("/saved-searches", response={201: SavedItem}, summary="Save a search")
@member_api
def post_saved(request: HttpRequest, body: SearchToSave) -> Status[dict[str, Any]]:
    """Keep a search; one that is kept already is returned as it is. Send the page's token as `X-CSRFToken`."""
    return Status(201, _saved(save_search(user=user_of(request), query=body.query), []))


@router.delete("/saved-searches/{pk}", response={204: None}, summary="Forget a saved search")
@member_api
def delete_saved(request: HttpRequest, pk: int) -> Status[None]:
    """Delete a search that you keep. Send the page's token as `X-CSRFToken`."""
    forget_search(user=user_of(request), pk=pk)
    return Status(204, None)


def _saved(saved: SavedSearch, new: list[str]) -> dict[str, Any]:
    known = {"id": saved.pk, "title": saved.title, "query": saved.query, "seen_at": saved.seen_at}
    return {**known, "url": saved.get_absolute_url(), "new": new}
