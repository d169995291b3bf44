"""Atom feeds: what is new in a search, at a seller, of a model; each by an address of its own, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from django.db.models import F, Max
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import Account
from common.access import public
from common.feeds import PagedFeed, answer_feed
from common.pages import KeysetChain, Page, SortOrder, instant
from common.text import clean_line, clean_text
from marketplace.listings.cards import Card
from marketplace.listings.finding import find_listing
from marketplace.listings.models import Listing
from marketplace.listings.words import folded
from marketplace.search.presenters import clicked, list_address
from marketplace.search.saving import title_of
from marketplace.search.search import Search

from .errors import OwnerNotFoundError
from .views import search_of

ENTRIES = 30
KEEP = 300  # seconds


ADDED = SortOrder("added", F("created_at"), descending=True, parse=instant)


class Feed(PagedFeed):
    """A feed of the catalogue."""

    def latest_post_date(self) -> datetime:
        """Return when it last changed: without entries, when the catalogue did."""
        if self.items:
            return super().latest_post_date()
        newest: datetime | None = Listing.objects.aggregate(newest=Max("created_at"))["newest"]
        return newest or datetime.fromtimestamp(0, UTC)


@public(cache_seconds=KEEP)
def search_feed(request: HttpRequest) -> HttpResponse:
    """The newest models of any search, by when they came into the catalogue."""
    search = search_of(request)
    asked = clicked(search)
    # One spelling for one search, since readers know a feed by its address.
    same = replace(
        asked,
        q=asked.q if asked.asks_nothing else folded(asked.q),
        sort="",
        chosen={name: sorted(values) for name, values in asked.chosen.items()},
    )
    page = list_address(same)
    _models, mark, query = page.partition("?")
    path = f"{reverse('search-feed')}{mark}{query}"
    return _feed(request, title_of(search), path, page, search)


@public(cache_seconds=KEEP)
def owner_feed(request: HttpRequest, owner: str) -> HttpResponse:
    """The newest models under one name."""
    account = Account.objects.named(owner).first()
    if account is None:
        raise OwnerNotFoundError
    path, page = (reverse(view, args=[account.name]) for view in ("owner-feed", "owner"))
    return _feed(request, account.name, path, page, Search(owner=account))


@public(cache_seconds=KEEP)
def model_feed(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """The versions of one model; without any, the model as it is recorded now."""
    listing = find_listing(owner, name)
    path = reverse("model-feed", args=[listing.owner_name, listing.model_name])
    feed = _open(request, listing.name, path, listing.get_absolute_url())
    for version in listing.versions.order_by("-created_at", "-pk")[:ENTRIES]:
        title = _("%(name)s, version %(number)s") % {"name": listing.name, "number": version.number}
        _add(feed, request, listing, title, f"#{version.number}", version.created_at, version.created_at)
    if not feed.num_items():
        _add(feed, request, listing, listing.name, "", listing.created_at, listing.updated_at)
    return answer_feed(feed)


def _feed(request: HttpRequest, title: str, path: str, page: str, search: Search) -> HttpResponse:
    found = _newest(search, request.GET.get("cursor", ""))
    older = f"{path}{'&' if '?' in path else '?'}{urlencode({'cursor': found.next})}" if found.next else ""
    feed = _open(request, title, path, page, older=older, problems=search.problems)
    for listing in found.items:
        _add(feed, request, listing, listing.name, "", listing.created_at, listing.updated_at)
    return answer_feed(feed)


def _newest(search: Search, cursor: str) -> Page[Listing]:
    """Return a page of what matches, by when it came. Raises CursorError."""
    chain = KeysetChain([(search.listings().without_index(), ADDED)], limit=ENTRIES, cursor=cursor)
    return chain.page(chain.read())


def _open(
    request: HttpRequest, title: str, path: str, page: str, *, older: str = "", problems: Sequence[str] = ()
) -> Feed:
    """Return a feed without entries. Its address on this site (``path``) is its id too; ``page`` shows the same."""
    address = request.build_absolute_uri(path)
    return Feed(
        title=clean_line(_("%(title)s · Citrate Marketplace") % {"title": title}),
        link=request.build_absolute_uri(page),
        description="",
        subtitle=clean_text(" ".join(problems)) or None,
        feed_url=address,
        feed_guid=address,
        next=request.build_absolute_uri(older) if older else "",
    )


def _add(
    feed: Feed, request: HttpRequest, listing: Listing, title: str, mark: str, made: datetime, changed: datetime
) -> None:
    link = request.build_absolute_uri(listing.get_absolute_url())
    feed.add_item(
        title=clean_line(title),
        link=link,
        description=clean_text(Card(listing).summary),
        # With the version: no two entries may share an id (RFC 4287).
        unique_id=link + mark,
        pubdate=made,
        updateddate=changed,
        author_name=listing.owner_name,
    )
