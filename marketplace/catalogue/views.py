"""The catalogue's pages. Reading works without JavaScript; htmx asks for the same addresses' fragments."""

from __future__ import annotations

import csv
from functools import cache, partial
from typing import Any, cast

from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject
from django.utils.http import urlencode

from accounts.models import Account
from accounts.visitors import user_or_none
from common.access import public
from common.errors import DomainError
from common.htmx import fragment_of, render_kept, render_page
from common.pages import Page
from common.statements import Found, Given, Statement, together
from marketplace.buying.checkout import Checkout, checkout_of
from marketplace.ground.errors import ListingNotFoundError, MetadataNotFoundError, OwnerNotFoundError
from marketplace.ground.forms import BuyForm
from marketplace.listings.cards import Card
from marketplace.listings.lineage import kindred_asked, kindred_of, lineage_of
from marketplace.listings.metadata import cid_of
from marketplace.listings.models import Listing
from marketplace.listings.offers import offers_in, placed
from marketplace.listings.reference_prices import price_plot, provider_label
from marketplace.listings.taxonomy import licence_of
from marketplace.listings.versions import MetadataDocument
from marketplace.onchain.models.base import OnchainListing
from marketplace.search.facets import FOR_SALE
from marketplace.search.presenters import (
    Counted,
    chips,
    counted,
    facet_views,
    list_address,
    order_choices,
    range_views,
    row_key,
)
from marketplace.search.related import nearest, related_to
from marketplace.search.search import COUNT_LIMIT, NEWEST, Search
from marketplace.search.suggestions import suggestions

from .structured import of_model, of_search

PAGE = 30
HOME_ROWS = 6
FRAGMENTS = ("catalogue", "more")  # of the catalogue's page, for htmx
MEASURED = ("state_since", "checked_at", "first_token_p50_ms", "first_token_p95_ms", "tokens_per_second", "uptime")
KEEP = 30  # seconds that an anonymous page may be kept


def search_of(request: HttpRequest) -> Search:
    """Return the search that an address asks for."""
    return Search.asked(request.GET.get("q", ""), request.GET.get("sort", ""), request.GET.getlist)


@public(cache_seconds=KEEP)
def home(request: HttpRequest) -> HttpResponse:
    """The front door: what this is, a search, what runs now, the tasks, the newest."""
    everything = Search()
    running = Search(chosen={"availability": [FOR_SALE]}, sort="cheapest")
    found = everything.tally()
    context = {
        "count": everything.count(),
        "count_limit": COUNT_LIMIT,
        "tasks": facet_views(everything, found, names=("task",)),
        "licences": facet_views(everything, found, names=("license",)),
        "running": running.page(limit=HOME_ROWS).items,
        "newest": Search(sort=NEWEST).page(limit=HOME_ROWS).items,
    }
    return render_page(request, "marketplace/home.html", context)


def _wants_more(request: HttpRequest) -> bool:
    """Whether htmx asks for the next rows only, so that counts and facets need not be made."""
    return fragment_of(request) == "more"


def _is_typing(request: HttpRequest) -> bool:
    """Whether the page asks while somebody types."""
    return "typing" in request.GET


@public(cache_seconds=KEEP)
def models(request: HttpRequest) -> HttpResponse:
    """The catalogue: search, facets, sorts, one page after another."""
    search = search_of(request)
    view = "grid" if request.GET.get("view") == "grid" else "list"
    cursor = request.GET.get("cursor", "")
    if search.terms or fragment_of(request):  # what words stand for, and what is typed, is looked up anew
        return _searched(request, search, view, cursor)
    rows, found = search.rows(limit=PAGE, cursor=cursor), counted(search)

    def shown() -> dict[str, Any]:
        return _catalogue(request, search, rows.page, found, view, cursor)

    return render_kept(request, "marketplace/catalogue.html", (rows.key, found.key), shown, fragments=FRAGMENTS)


def _searched(request: HttpRequest, search: Search, view: str, cursor: str) -> HttpResponse:
    """Show a search whose page is not kept."""
    page = search.page(limit=PAGE, cursor=cursor)
    if _wants_more(request):
        shown = _rows(search, page, view, cursor)
        return render_page(request, "marketplace/catalogue.html", shown, fragments=FRAGMENTS)
    shown = _catalogue(request, search, page, counted(search), view, cursor)
    if _is_typing(request):
        shown["options"] = suggestions(search.q)
    response = render_page(request, "marketplace/catalogue.html", shown, fragments=FRAGMENTS)
    if fragment_of(request) == "catalogue":
        # Each letter would be a step back: what is typed replaces the address, what is chosen adds one.
        header = "HX-Replace-Url" if _is_typing(request) else "HX-Push-Url"
        response[header] = list_address(search, view=view, cursor=cursor)
    return response


def _rows(search: Search, page: Page[Listing], view: str, cursor: str) -> dict[str, Any]:
    """Return what the rows of the catalogue show."""
    return {
        "search": search,
        "view": view,
        "cursor": cursor,
        "listings": page.items,
        "terms": search.terms,
        "next_url": list_address(search, view=view, cursor=page.next) if page.next else "",
    }


def _catalogue(
    request: HttpRequest, search: Search, page: Page[Listing], found: Counted, view: str, cursor: str
) -> dict[str, Any]:
    """Return what the catalogue shows."""
    rows = _rows(search, page, view, cursor)
    address = list_address(search, view=view)
    query = address.partition("?")[2]
    return rows | {
        "count": found.count,
        "count_limit": COUNT_LIMIT,
        "facets": found.facets,
        "facets_key": found.key,
        "rows_key": (*map(row_key, page.items), rows["next_url"], query, *search.terms),
        "ranges": range_views(search),
        "query": query,
        "structured": of_search(request, page.items),
        "chips": chips(search, view=view),
        "orders": order_choices(search),
        "default_order": Search(q=search.words).order.name,
        "first_url": address,
        "list_url": list_address(search, view="list"),
        "grid_url": list_address(search, view="grid"),
    }


@cache
def listings_named() -> Statement[Listing]:
    """Return the statement for the listing of a name (``name``, in lower case)."""
    named = (
        Listing.objects.without_index()
        .defer("created_at", "owner__created_at", *(f"runtime__{name}" for name in MEASURED))
        .alias(lower_name=Lower("name"))
        .filter(lower_name=Given("name"))
    )
    return Statement(named.select_related("owner", "runtime", "suspension"))


def found_listing(owner: str, name: str) -> Found[Listing]:
    """Return what there is of a name, whatever its case; raises ListingNotFoundError."""
    found = listings_named().find(name=f"{owner}/{name}".lower())
    if not found:
        raise ListingNotFoundError
    return found


def find_listing(owner: str, name: str) -> Listing:
    """Return a listing by name, whatever its case; raises ListingNotFoundError."""
    return found_listing(owner, name)[0]


@public(cache_seconds=KEEP)
def model(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """One model: its card, facts, lineage, what it costs here and elsewhere."""
    found = found_listing(owner, name)
    if found.value("name") != f"{owner}/{name}":
        return redirect(found[0], permanent=True)
    return model_page(request, found)


def model_page(
    request: HttpRequest, found: Found[Listing], *, form: BuyForm | None = None, refused: DomainError | None = None
) -> HttpResponse:
    """Show a model that was found; with a form that was sent, and why it was refused.

    The rows of four queries tell whether the page is kept already. Then nothing is made of them but a checkout.
    """
    pk = found.value("id")
    asked = (placed().asked(ids=[pk]), kindred_asked(found), nearest().asked(pk=pk))
    folds, around, near = together(*asked)
    listing = cast(Listing, SimpleLazyObject(partial(_offered, found, folds)))
    kindred, related = kindred_of(found.value("name"), around), related_to(pk, found.value("adapted_from"), near)
    checkout = checkout_of(listing, user_or_none(request), form) if folds else None
    may_try = found.value("suspension_id") is None or _may_try(listing, checkout)

    def seen() -> dict[str, Any]:
        return {"listing": listing, "may_try": may_try, "card": Card(listing), "licence": licence_of(listing.license)}

    def shown() -> dict[str, Any]:
        return {
            **seen(),
            "lineage": lineage_of(listing, kindred),
            "prices": SimpleLazyObject(partial(price_plot, listing)),
            "related": related,
            "structured": of_model(request, listing),
            "checkout": checkout is not None,
        }

    key = (found.key, folds.key, kindred.key, related.key, may_try, checkout is not None)
    own = {**seen(), "checkout": checkout, "refused": refused} if checkout else None
    return render_kept(request, "marketplace/model.html", key, shown, own)


def _offered(found: Found[Listing], folds: Found[OnchainListing]) -> Listing:
    listing = found[0]
    listing.offer = offers_in(folds).get(listing.pk)
    return listing


def _may_try(listing: Listing, checkout: Checkout | None) -> bool:
    """Say whether to open the playground of what is hidden: for holders, as ``inference`` will say too."""
    return listing.suspension is None or (not listing.suspension.stops_use and bool(checkout and checkout.held))


@public(cache_seconds=KEEP)
def reference_prices(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """The table behind the price plot, as CSV (US dollars a million tokens)."""
    listing = find_listing(owner, name)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{listing.model_name}-reference-prices.csv"'
    writer = csv.writer(response)
    writer.writerow(["provider", "input_usd_per_mtok", "output_usd_per_mtok"])
    for price in listing.reference_prices:
        amounts = [price.get("input_usd_per_mtok", ""), price.get("output_usd_per_mtok", "")]
        writer.writerow([provider_label(price["provider"]), *amounts])
    return response


@public(cache_seconds=KEEP)
def owner(request: HttpRequest, owner: str) -> HttpResponse:
    """Everything in the catalogue under one name."""
    account = Account.objects.named(owner).first()
    if account is None:
        raise OwnerNotFoundError
    if account.name != owner:
        return redirect("owner", owner=account.name, permanent=True)
    search = Search(owner=account, sort=request.GET.get("sort", ""))
    page = search.page(limit=PAGE, cursor=request.GET.get("cursor", ""))
    context: dict[str, Any] = {"account": account, "listings": page.items, "next_url": ""}
    if page.next:
        context["next_url"] = f"{request.path}?{urlencode({'sort': search.order.name, 'cursor': page.next})}"
    if _wants_more(request):
        return render_page(request, "marketplace/owner.html", context, fragments=("more",))
    found = search.tally()
    context |= {
        "count": search.count(),
        "count_limit": COUNT_LIMIT,
        "tasks": facet_views(search, found, names=("task",)),
    }
    return render_page(request, "marketplace/owner.html", context, fragments=("more",))


@public(cache_seconds=KEEP)
def about(request: HttpRequest) -> HttpResponse:
    """What this place is, what works today, and where its data comes from."""
    return render_page(request, "marketplace/about.html", {})


@public(cache_seconds=KEEP)
def metadata(request: HttpRequest, cid: str) -> HttpResponse:
    """A listing's metadata, if its bytes still have the address that they were kept under."""
    document = MetadataDocument.objects.filter(cid=cid).first()
    if document is None or cid_of(bytes(document.content)) != cid:
        raise MetadataNotFoundError
    return HttpResponse(bytes(document.content), content_type="application/json")
