"""The catalogue's pages. Reading works without JavaScript; htmx asks for the same addresses' fragments."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import Account
from common.access import public
from common.htmx import fragment_of, render_kept, render_page
from common.pages import Page
from common.redirects import redirect_whole
from marketplace.files.cids import cid_of
from marketplace.ground.caching import KEEP
from marketplace.listings.models import Listing
from marketplace.listings.versions import MetadataDocument
from marketplace.search.facets import FOR_SALE
from marketplace.search.presenters import (
    Counted,
    chips,
    counted,
    facet_views,
    list_address,
    order_choices,
    range_views,
)
from marketplace.search.search import COUNT_LIMIT, NEWEST, Rows, Search
from marketplace.search.understood_chips import literal_address, understood_chips

from .errors import MetadataNotFoundError, OwnerNotFoundError
from .structured import of_search

PAGE = 30
HOME_ROWS = 6
FRAGMENTS = ("catalogue", "more")  # of the catalogue's page, for htmx


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
    return render_page(request, "marketplace/catalogue/home.html", context)


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
    if search.terms or fragment_of(request):  # what words stand for, and what is typed, is looked up each time
        return _searched(request, search, view, cursor)
    rows, found = search.rows(limit=PAGE, cursor=cursor), counted(search)

    def shown() -> dict[str, Any]:
        return _catalogue(request, search, rows, found, view, cursor)

    return render_kept(request, "marketplace/catalogue/models.html", (rows.key, found.key), shown, fragments=FRAGMENTS)


def _searched(request: HttpRequest, search: Search, view: str, cursor: str) -> HttpResponse:
    """Show a search whose page is not kept."""
    rows = search.rows(limit=PAGE, cursor=cursor)
    if _wants_more(request):
        shown = _rows(search, rows.page, view, cursor)
        return render_page(request, "marketplace/catalogue/models.html", shown, fragments=FRAGMENTS)
    shown = _catalogue(request, search, rows, counted(search), view, cursor)
    response = render_page(request, "marketplace/catalogue/models.html", shown, fragments=FRAGMENTS)
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
    request: HttpRequest, search: Search, found_rows: Rows, found: Counted, view: str, cursor: str
) -> dict[str, Any]:
    """Return what the catalogue shows."""
    page = found_rows.page
    rows = _rows(search, page, view, cursor)
    address = list_address(search, view=view)
    query = address.partition("?")[2]
    return rows | {
        "count": found.count,
        "count_limit": COUNT_LIMIT,
        "facets": found.facets,
        "facets_key": found.key,
        "rows_key": (found_rows.key, rows["next_url"], query, *search.terms),
        "ranges": range_views(search),
        "query": query,
        "structured": of_search(request, page.items),
        "chips": chips(search, view=view),
        "understood": understood_chips(search, view=view),
        "literal_url": literal_address(search, view=view),
        "orders": order_choices(search),
        "default_order": Search(q=search.words).order.name,
        "first_url": address,
        "list_url": list_address(search, view="list"),
        "grid_url": list_address(search, view="grid"),
    }


@public(cache_seconds=KEEP)
def owner(request: HttpRequest, owner: str) -> HttpResponse:
    """Everything in the catalogue under one name."""
    account = Account.objects.named(owner).first()
    if account is None:
        raise OwnerNotFoundError
    # One address for each page, as for models.
    if account.name != owner:
        return redirect_whole(request, reverse("owner", args=[account.name]))
    search = Search(owner=account, sort=request.GET.get("sort", ""))
    page = search.page(limit=PAGE, cursor=request.GET.get("cursor", ""))
    context: dict[str, Any] = {"account": account, "listings": page.items, "next_url": ""}
    if page.next:
        context["next_url"] = f"{request.path}?{urlencode({'sort': search.order.name, 'cursor': page.next})}"
    if _wants_more(request):
        return render_page(request, "marketplace/catalogue/owner.html", context, fragments=("more",))
    found = search.tally()
    context |= {
        "count": search.count(),
        "count_limit": COUNT_LIMIT,
        "tasks": facet_views(search, found, names=("task",)),
    }
    return render_page(request, "marketplace/catalogue/owner.html", context, fragments=("more",))


@public(cache_seconds=KEEP)
def about(request: HttpRequest) -> HttpResponse:
    """What this place is, what works today, and where its data comes from."""
    return render_page(request, "marketplace/catalogue/about.html", {})


@public(cache_seconds=KEEP)
def metadata(request: HttpRequest, cid: str) -> HttpResponse:
    """A listing's metadata, if its bytes still have the address that they were kept under."""
    document = MetadataDocument.objects.filter(cid=cid).first()
    if document is None or cid_of(bytes(document.content)) != cid:
        raise MetadataNotFoundError
    return HttpResponse(bytes(document.content), content_type="application/json")
