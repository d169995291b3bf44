"""The catalogue's pages. Reading works without JavaScript; htmx asks for the same addresses' fragments."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import Account
from common.access import public
from common.htmx import fragment_of, render_kept, render_page
from common.redirects import redirect_whole
from marketplace.files.cids import cid_of
from marketplace.ground.caching import KEEP
from marketplace.listings.models import Listing
from marketplace.listings.offers import sale_terms
from marketplace.listings.taxonomy import task_in_short
from marketplace.listings.versions import MetadataDocument
from marketplace.scores.documents import review_document
from marketplace.search.facets import FOR_SALE, REFERENCE
from marketplace.search.filters import range_views
from marketplace.search.presenters import Counted, chips, clicked, counted, list_address, order_choices
from marketplace.search.results import HURRIED
from marketplace.search.rows import Rows
from marketplace.search.search import COUNT_LIMIT, Search
from marketplace.search.sections import TO_TRY, WITHOUT, Section, are_references, beside, page_sections, sections_of
from marketplace.search.sorting import CHEAPEST
from marketplace.search.understood_chips import corrected_address, literal_address, understood_chips
from marketplace.search.ways_out import WayOut, to_try, ways_out
from marketplace.unclaimed.finding import is_hidden

from .errors import MetadataNotFoundError, OwnerNotFoundError
from .figures import figures, last_probe
from .structured import of_search

PAGE = 30
HOME_ROWS = 6
MANY = 5  # rows from which on another view of them is offered
FACTS = "facts"  # the columns of a list in which nothing runs, said to the request for more of it
FRAGMENTS = ("catalogue", "more", "found")  # of the catalogue's page, for htmx


def search_of(request: HttpRequest) -> Search:
    """Return the search that an address asks for."""
    return Search.asked(request.GET.get("q", ""), request.GET.get("sort", ""), request.GET.getlist)


@public(cache_seconds=KEEP)
def home(request: HttpRequest) -> HttpResponse:
    """The front door: what this is, a search, what runs now, the tasks, the newest."""
    found = counted(Search())
    running = Search(chosen={"availability": [FOR_SALE]}, sort="trending").page(limit=HOME_ROWS).items
    context = {
        "count": found.count,
        "count_limit": COUNT_LIMIT,
        "kinds": {"for_sale": found.kinds.get(FOR_SALE), "reference": found.kinds.get(REFERENCE)},
        "running_count": len(running),
        "uses": next((view.shown for view in found.facets if view.facet.name == "task"), []),
        "running": [Section("", running)] if running else [],
        "sale": sale_terms(running[0].offer.chain) if running and running[0].offer else None,
        "probe": last_probe(),
        "figures": figures(),
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
    if fragment_of(request) == "found":
        context = {"count": search.count(), "count_limit": COUNT_LIMIT}
        return render_page(request, "marketplace/catalogue/models.html", context, fragments=FRAGMENTS)
    rows = search.rows(limit=PAGE, cursor=cursor)
    # What words stand for, what is typed and what to leave out is looked up each time.
    if search.terms or fragment_of(request) or not rows.listings:
        return _searched(request, search, rows, view, cursor)
    found = counted(search)
    others = to_try(search, view=view, with_rows=_are_few(rows, cursor))

    def shown() -> dict[str, Any]:
        return _catalogue(request, search, rows, found, others, view, cursor)

    key = (rows.key, found.key, others and (others.count, others.rows and others.rows.key))
    return render_kept(request, "marketplace/catalogue/models.html", key, shown, fragments=FRAGMENTS)


def _searched(request: HttpRequest, search: Search, rows: Rows, view: str, cursor: str) -> HttpResponse:
    """Show a search whose page is not kept."""
    if _wants_more(request):
        facts = _facts(search) if request.GET.get("columns") == FACTS else None
        shown = _rows(search, rows, {}, view, cursor) | {"facts": facts}
        return render_page(request, "marketplace/catalogue/models.html", shown, fragments=FRAGMENTS)
    others = to_try(search, view=view, with_rows=_are_few(rows, cursor))
    shown = _catalogue(request, search, rows, counted(search), others, view, cursor)
    response = render_page(request, "marketplace/catalogue/models.html", shown, fragments=FRAGMENTS)
    if search.is_relevance and search.result.why_not:
        patch_cache_control(response, max_age=HURRIED)  # so that searching again finds what has come since
    if fragment_of(request) == "catalogue":
        # Each letter would be a step back: what is typed replaces the address, what is chosen adds one.
        header = "HX-Replace-Url" if _is_typing(request) else "HX-Push-Url"
        response[header] = list_address(search, view=view, cursor=cursor)
    return response


def _rows(search: Search, rows: Rows, kinds: Mapping[str, str], view: str, cursor: str) -> dict[str, Any]:
    """Return what the rows of the catalogue show."""
    page = rows.page
    is_whole = not cursor and not page.next
    sections, facts = page_sections(search, page, rows.mentioning, kinds, is_first=not cursor)
    return {
        "search": search,
        "items": page.items,
        "view": view,
        "cursor": cursor,
        "sections": sections,
        "facts": _facts(search) if facts else None,
        "prices": {
            "by_year": search.order.name == CHEAPEST,
            "unsold": is_whole and not any(_is_sold(listing) for listing in page.items),
        },
        "told_tasks": _told_tasks(search, page.items),
        "terms": search.terms,
        "next_url": list_address(search, view=view, cursor=page.next) if page.next else "",
    }


def _facts(search: Search) -> dict[str, Any]:
    """Return what the columns of a list show in which nothing runs: of its languages those asked for come first."""
    return {"spoken": search.heard.values.get("language", frozenset()) | {*search.filters.get("language", ())}}


def _are_few(rows: Rows, cursor: str) -> bool:
    """Whether so few are found that there is room for what another search finds."""
    return not cursor and 0 < len(rows.listings) < MANY


def _told_tasks(search: Search, listings: list[Listing]) -> Collection[str]:
    """Return the tasks that a chip names, so that a row need not; none where the rows have several of them."""
    tasks = search.heard.values.get("task", frozenset()) | {*search.filters.get("task", ())}
    return tasks if len({task_in_short(each.task) for each in listings if each.task in tasks}) == 1 else ()


def _is_sold(listing: Listing) -> bool:
    """Whether any of it was sold in thirty days."""
    runtime = getattr(listing, "runtime", None)
    return runtime is not None and runtime.sales > 0


def _catalogue(
    request: HttpRequest,
    search: Search,
    found_rows: Rows,
    found: Counted,
    others: WayOut | None,
    view: str,
    cursor: str,
) -> dict[str, Any]:
    """Return what the catalogue shows."""
    rows = _rows(search, found_rows, found.kinds, view, cursor)
    query = list_address(search, view=view).partition("?")[2]
    understood = understood_chips(search, view=view, also_unmet=not rows["items"])
    ways = [] if rows["items"] or cursor else ways_out(search, view=view)
    rows["sections"] += _beside(others) if rows["items"] and not cursor else []
    if any(section.kind == TO_TRY for section in rows["sections"]):
        # What is for sale runs, and has a number of sales.
        rows |= {"facts": None, "prices": rows["prices"] | {"unsold": False}}
    rows |= _near(ways)
    return rows | {
        "count": found.count,
        "count_limit": COUNT_LIMIT,
        "facets": found.facets,
        "facets_key": found.key,
        "histogram": found.histogram,
        "ranges": range_views(search),
        "kinds": found.kinds,
        "row_key": (
            found_rows.key,
            query,
            cursor,
            others and others.rows and others.rows.key,
            *_row_key(search, rows, found),
        ),
        "query": query,
        "structured": of_search(request, rows["items"]),
        # Words that were understood stand there one by one.
        "chips": chips(search, view=view)[bool(understood) :],
        "understood": understood,
        "to_try": others if others and rows["items"] and not cursor and not _is_shown(others) else None,
        "is_few": _are_few(found_rows, cursor) and not (search.chosen or search.ranges),
        "first": rows["items"][0] if len(rows["items"]) > 1 and not cursor else None,
        "is_many": bool(cursor or rows["next_url"]) or len(rows["items"]) >= MANY,
        "ways_out": ways,
        "narrowing": len(chips(replace(clicked(search), q=""), view=view)),
        "orders": order_choices(search),
        "default_order": Search(q=search.words).order.name,
        **_addresses(search, view),
    }


def _row_key(search: Search, rows: Mapping[str, Any], found: Counted) -> tuple[Any, ...]:
    """Return the part of what kept rows are found under that their search says.

    All that the rows show is in the key: they are given again to whoever has the same one, so what is missing would be
    shown to the wrong search.
    """
    told, kinds = sorted(rows["told_tasks"]), found.kinds.items()
    return rows["next_url"], *search.terms, *told, *kinds, search.mentioned


def _addresses(search: Search, view: str) -> dict[str, str]:
    """Return where the catalogue leads to from a search: read literally or corrected, with less, or seen otherwise."""
    return {
        "literal_url": literal_address(search, view=view),
        "corrected_url": corrected_address(search, view=view),
        "first_url": list_address(search, view=view),
        "words_url": list_address(Search(q=search.words, sort=search.sort), view=view),
        "clear_url": list_address(Search(sort=search.sort), view=view),
        "list_url": list_address(search, view="list"),
        "grid_url": list_address(search, view="grid"),
    }


def _is_shown(way: WayOut) -> bool:
    """Whether all that it leads to is on the page already."""
    return way.rows is not None and way.count == len(way.rows.listings)


def _beside(others: WayOut | None) -> list[Section]:
    """Return what can be tried before it is bought, where it is shown below what is free."""
    section = others and beside(TO_TRY, others, _("Free to try before buying"))
    return [section] if section else []


def _near(ways: list[WayOut]) -> dict[str, Any]:
    """Return the rows of the first way out of a page without results, and the columns that they have."""
    section = ways and beside(WITHOUT, ways[0].with_rows(), _("Without %(label)s") % {"label": ways[0].label})
    if not section:
        return {"near": []}
    wider = ways[0].search
    facts = _facts(wider) if are_references(section.listings) else None
    return {"near": [section], "near_facts": facts, "near_tasks": _told_tasks(wider, section.listings)}


@public(cache_seconds=KEEP)
def owner(request: HttpRequest, owner: str) -> HttpResponse:
    """Everything in the catalogue under one name."""
    account = Account.objects.select_related("user").named(owner).first()
    if account is None:
        raise OwnerNotFoundError
    # One address for each page, as for models.
    if account.name != owner:
        return redirect_whole(request, reverse("owner", args=[account.name]))
    search = Search(owner=account, sort=request.GET.get("sort", ""))
    page = search.page(limit=PAGE, cursor=request.GET.get("cursor", ""))
    found = None if _wants_more(request) else counted(search)
    whole = not page.next and "cursor" not in request.GET
    sections = sections_of(search, page.items, found.kinds if found else {}, is_whole=whole)
    context: dict[str, Any] = {"account": account, "sections": sections, "next_url": ""}
    if page.next:
        context["next_url"] = f"{request.path}?{urlencode({'sort': search.order.name, 'cursor': page.next})}"
    if found is not None:
        tasks = [choice for view in found.facets if view.facet.name == "task" for choice in view.shown]
        context |= {"count": found.count, "count_limit": COUNT_LIMIT, "kinds": found.kinds, "tasks": tasks}
    return render_page(request, "marketplace/catalogue/owner.html", context, fragments=("more",))


@public(cache_seconds=KEEP)
def about(request: HttpRequest) -> HttpResponse:
    """What this place is, what works today, and where its data comes from."""
    return render_page(request, "marketplace/catalogue/about.html", {})


@public(cache_seconds=KEEP)
def metadata(request: HttpRequest, cid: str) -> HttpResponse:
    """A listing's metadata, or a signed review, if its bytes still have the address that they were kept under."""
    document = MetadataDocument.objects.filter(cid=cid).first()
    content = bytes(document.content) if document else review_document(cid)
    if content is None or cid_of(content) != cid or is_hidden(cid, content):
        raise MetadataNotFoundError
    return HttpResponse(content, content_type="application/json")
