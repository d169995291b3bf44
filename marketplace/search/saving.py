"""Saves searches, and finds what is new in them."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.humanize.templatetags.humanize import intcomma
from django.core.cache import cache
from django.core.exceptions import TooManyFieldsSent
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts.models import User
from marketplace.listings.models import Listing

from .errors import SavedSearchNotFoundError, SearchNotUnderstoodError, SearchTooLongError, TooManySavedError
from .presenters import chips, list_address
from .saved import MOST_QUERY, MOST_SAVED, MOST_TITLE, SavedSearch
from .search import Search

MOST_NEW = 20
COUNT_KEPT = 60  # seconds: every page asks for it


@dataclass(frozen=True)
class News:
    """A saved search with the listings that came into it since its owner looked, at most twenty, or ``more``."""

    saved: SavedSearch
    listings: list[Listing]
    more: bool

    @property
    def shown(self) -> str:
        """How many are new, as it is shown: ``3``, or ``20+``."""
        return _shown(len(self.listings), self.more)


def search_in(query: str) -> Search:
    """Return the search that an address's query asks for. Raises SearchTooLongError at more than it can hold."""
    try:
        values = QueryDict(query)
    except TooManyFieldsSent as error:
        raise _too_long(query) from error
    return Search.asked(values.get("q", ""), values.get("sort", ""), values.getlist)


def title_of(search: Search) -> str:
    """Return a search in words: what narrows it."""
    title = ", ".join(chip.label for chip in chips(search, view="list"))
    return Truncator(title).chars(MOST_TITLE) or _("All models")


@transaction.atomic
def save_search(*, user: User, query: str) -> SavedSearch:
    """Keep a search whole; one that is kept already stays as it is.

    Raises TooManySavedError at fifty, SearchTooLongError, and SearchNotUnderstoodError where some of it means nothing.
    """
    search = search_in(query)
    if search.faults or search.query.problems or search.asks_nothing:
        raise SearchNotUnderstoodError(" ".join(search.problems))
    # As the catalogue writes it, so that a search is kept once however it was typed.
    kept = list_address(search).partition("?")[2]
    if len(kept) > MOST_QUERY:
        raise _too_long(kept)
    User.objects.select_for_update().get(pk=user.pk)  # counts stay true while several are saved at once
    known = SavedSearch.objects.filter(user=user, query=kept).first()
    if known:
        return known
    if SavedSearch.objects.filter(user=user).count() >= MOST_SAVED:
        raise TooManySavedError
    _recount(user)
    return SavedSearch.objects.create(user=user, query=kept, title=title_of(search))


def forget_search(*, user: User, pk: int) -> None:
    """Delete a saved search of this user; raises SavedSearchNotFoundError."""
    if not SavedSearch.objects.filter(user=user, pk=pk).delete()[0]:
        raise SavedSearchNotFoundError
    _recount(user)


def mark_seen(*, user: User, pk: int) -> SavedSearch:
    """Note that the owner looks at a saved search now; raises SavedSearchNotFoundError."""
    saved = SavedSearch.objects.filter(user=user, pk=pk).first()
    if saved is None:
        raise SavedSearchNotFoundError
    saved.seen_at = timezone.now()
    saved.save(update_fields=["seen_at"])
    _recount(user)
    return saved


def news_of(user: User) -> list[News]:
    """Return a user's saved searches, the latest first, each with what is new in it."""
    found = []
    for saved in SavedSearch.objects.filter(user=user):
        new = search_in(saved.query).listings().filter(created_at__gt=saved.seen_at).order_by("-created_at", "pk")
        some = list(new[: MOST_NEW + 1])
        found.append(News(saved, some[:MOST_NEW], more=len(some) > MOST_NEW))
    cache.set(_count_key(user), _count(found), COUNT_KEPT)
    return found


def count_news(user: User) -> str:
    """Return how many listings are new in a user's saved searches, within the last minute: ``3``, ``20+``, or empty."""
    kept: str | None = cache.get(_count_key(user))
    return _count(news_of(user)) if kept is None else kept


def _count(found: list[News]) -> str:
    new = len({listing.pk for news in found for listing in news.listings})
    return _shown(new, any(news.more for news in found)) if new else ""


def _shown(new: int, more: bool) -> str:
    return f"{new}{'+' if more else ''}"


def _too_long(query: str) -> SearchTooLongError:
    words = _("This search is too long to be kept: its address has %(n)s characters, and %(most)s are kept.")
    return SearchTooLongError(words % {"n": intcomma(len(query)), "most": intcomma(MOST_QUERY)})


def _recount(user: User) -> None:
    # After the commit, or another request could keep the old count again.
    transaction.on_commit(lambda: cache.delete(_count_key(user)))


def _count_key(user: User) -> str:
    return f"saved-news:{user.pk}"
