"""The pages around a search: suggestions, explanations of a place, comparison, saved searches."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from accounts.visitors import user_of
from common.access import member, public
from common.htmx import fragment_of, render_page
from common.text import clean_line
from marketplace.ground.caching import KEEP
from marketplace.listings.finding import find_listing
from marketplace.listings.models import Listing
from marketplace.listings.words import MAX_QUERY
from marketplace.search.comparing import MOST, compared, comparison_of, has_several_engines, stranger_among
from marketplace.search.explaining import explain
from marketplace.search.exporting import as_csv, as_markdown
from marketplace.search.presenters import clicked, list_address
from marketplace.search.saving import count_news, forget_search, mark_seen, news_of, save_search
from marketplace.search.suggestions import names_like, suggestions

from .views import search_of


@public(cache_seconds=KEEP)
def suggest(request: HttpRequest) -> HttpResponse:
    """What a query may become, for the list under a search field and for the palette; without JavaScript, as links."""
    text = clean_line(request.GET.get("q", ""))[:MAX_QUERY]
    context = {"text": text, "options": suggestions(text)}
    return render_page(request, "marketplace/catalogue/suggestions.html", context, fragments=("suggestions",))


@public(cache_seconds=KEEP)
def why(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Why a model stands where it stands in a search, or why it does not appear and what would help."""
    listing, search = find_listing(owner, name), search_of(request)
    context = {
        "listing": listing,
        "search": clicked(search),
        "found": explain(search, listing),
        "back": list_address(search),
    }
    fragment = fragment_of(request) == f"why-{listing.pk}"
    response = render_page(
        request, "marketplace/catalogue/_why_row.html" if fragment else "marketplace/catalogue/why.html", context
    )
    # Two templates at one address, so a cache must look at htmx's headers.
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@dataclass(frozen=True)
class Column:
    """One model of a comparison; ``without`` is the address of the same one without it."""

    listing: Listing
    without: str


@public(cache_seconds=KEEP)
def compare(request: HttpRequest) -> HttpResponse:
    """Up to five models side by side; the address holds their names and can be shared."""
    asked = _names_asked(request)
    listings = compared(asked)
    names = [listing.name for listing in listings]
    known = {name.lower() for name in names}
    comparison = comparison_of(listings).below_head
    left_out = [name for name in dict.fromkeys(asked) if name.lower() not in known]
    whole = "all" in request.GET
    shows_all = whole or not (comparison.folded and comparison.differing)
    context = {
        "columns": [
            Column(listing, _comparing([other for other in names if other != listing.name], whole=whole))
            for listing in listings
        ],
        "comparison": comparison,
        "stranger": stranger_among(listings),
        "has_upstreams": any(map(has_several_engines, listings)),
        "groups": comparison.groups if shows_all else comparison.differing,
        "shows_all": shows_all,
        "whole": whole,
        "names": names,
        "left_out": left_out,
        "nearest": [(name, _comparing([*names, name], whole=whole)) for name in _nearest(left_out, names)],
        "room": MOST - len(names),
        "most": MOST,
        "query": urlencode([("m", name) for name in names]),
        "shared": request.build_absolute_uri(_comparing(names, whole=whole)),
    }
    return render_page(request, "marketplace/catalogue/compare.html", context)


@public(cache_seconds=KEEP)
def compare_names(request: HttpRequest) -> HttpResponse:
    """The names offered under the field that adds a model to a comparison, while one is typed."""
    typed = _names_asked(request)
    return render(request, "marketplace/catalogue/_names.html", {"options": names_like(typed[-1]) if typed else []})


@public(cache_seconds=KEEP)
def compare_csv(request: HttpRequest) -> HttpResponse:
    """A comparison as CSV."""
    listings = compared(_names_asked(request))
    return _file(as_csv(listings, comparison_of(listings)), "text/csv", "comparison.csv")


@public(cache_seconds=KEEP)
def compare_markdown(request: HttpRequest) -> HttpResponse:
    """A comparison as a Markdown table."""
    listings = compared(_names_asked(request))
    return _file(as_markdown(listings, comparison_of(listings)), "text/markdown", "comparison.md")


def _names_asked(request: HttpRequest) -> list[str]:
    return [name for name in map(clean_line, request.GET.getlist("m")) if name]


def _comparing(names: list[str], *, whole: bool = False) -> str:
    """Return the address of a comparison; ``whole`` shows the rows that do not differ as well."""
    return f"{reverse('compare')}?{urlencode([*(('m', name) for name in names), *([('all', '1')] if whole else [])])}"


def _nearest(left_out: list[str], names: list[str]) -> list[str]:
    """Return what the first name that is left out may have meant, without those that stand there."""
    return [name for name in names_like(left_out[0]) if name not in names] if left_out else []


def _file(text: str, kind: str, name: str) -> HttpResponse:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type=f"{kind}; charset=utf-8", headers=disposition)


@member
def saved_searches(request: HttpRequest) -> HttpResponse:
    """The searches that a member keeps, each with what is new in it; for the menu, how much."""
    user = user_of(request)
    # Every page's menu asks for this number, so it is one that is kept.
    context = {"new": count_news(user)} if fragment_of(request) == "saved-news" else {"news": news_of(user)}
    return render_page(request, "marketplace/catalogue/saved_searches.html", context, fragments=("saved-news",))


@require_POST
@member
def save(request: HttpRequest) -> HttpResponse:
    """Keep a search."""
    save_search(user=user_of(request), query=request.POST.get("query", ""))
    return redirect("saved-searches")


@require_POST
@member
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a saved search."""
    forget_search(user=user_of(request), pk=pk)
    return redirect("saved-searches")


@require_POST
@member
def open_saved(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to a saved search, and note that its news were seen."""
    return redirect(mark_seen(user=user_of(request), pk=pk))
