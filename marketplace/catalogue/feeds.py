"""Atom feeds: what is new in a search, at a seller, of a model."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from accounts.models import Account
from common.access import public
from marketplace.listings.cards import Card
from marketplace.listings.finding import find_listing
from marketplace.listings.models import Listing
from marketplace.search.saving import title_of
from marketplace.search.search import Search

from .errors import OwnerNotFoundError
from .views import search_of

ENTRIES = 30
KEEP = 300  # seconds


@public(cache_seconds=KEEP)
def search_feed(request: HttpRequest) -> HttpResponse:
    """The newest models of any search, by when they came into the catalogue."""
    search = search_of(request)
    return _feed(request, title_of(search), "/models", _newest(search))


@public(cache_seconds=KEEP)
def owner_feed(request: HttpRequest, owner: str) -> HttpResponse:
    """The newest models under one name."""
    account = Account.objects.named(owner).first()
    if account is None:
        raise OwnerNotFoundError
    return _feed(request, account.name, f"/models/{account.name}", _newest(Search(owner=account)))


@public(cache_seconds=KEEP)
def model_feed(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """The versions of one model; without any, the model as it is recorded now."""
    listing = find_listing(owner, name)
    feed = _open(request, listing.name, listing.get_absolute_url())
    for version in listing.versions.order_by("-created_at")[:ENTRIES]:
        title = _("%(name)s, version %(number)s") % {"name": listing.name, "number": version.number}
        _add(feed, request, listing, title, f"#{version.number}", version.created_at)
    if not feed.num_items():
        _add(feed, request, listing, listing.name, "", listing.updated_at)
    return _answer(feed)


def _newest(search: Search) -> Iterable[Listing]:
    return search.listings().order_by("-created_at", "-pk")[:ENTRIES]


def _feed(request: HttpRequest, title: str, path: str, listings: Iterable[Listing]) -> HttpResponse:
    feed = _open(request, title, path)
    for listing in listings:
        _add(feed, request, listing, listing.name, "", listing.created_at)
    return _answer(feed)


def _open(request: HttpRequest, title: str, path: str) -> Atom1Feed:
    return Atom1Feed(
        title=_("%(title)s · Citrate Marketplace") % {"title": title},
        link=request.build_absolute_uri(path),
        description="",
        feed_url=request.build_absolute_uri(),
    )


def _add(feed: Atom1Feed, request: HttpRequest, listing: Listing, title: str, mark: str, at: datetime) -> None:
    link = request.build_absolute_uri(listing.get_absolute_url())
    feed.add_item(
        title=title,
        link=link,
        description=Card(listing).summary,
        unique_id=link + mark,
        pubdate=at,
        updateddate=at,
        author_name=listing.owner_name,
    )


def _answer(feed: Atom1Feed) -> HttpResponse:
    return HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
