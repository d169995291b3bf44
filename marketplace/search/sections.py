"""Where a list says once what its rows have in common: what they are here, or that they only mention what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from common.pages import Page
from marketplace.listings.models import Listing

from .candidates import MOST_RESULTS
from .facets import FOR_SALE, FREE_TO_TRY, KINDS, REFERENCE
from .search import COUNT_LIMIT, Search
from .sorting import CHEAPEST, RUNNING
from .ways_out import WayOut

PLACES = list(KINDS)
MENTION, TO_TRY, WITHOUT = "mention", "before-buying", "without"
TITLES: dict[str, StrOrPromise] = {**KINDS, MENTION: _("Only mention it")}


@dataclass(frozen=True)
class Section:
    """Rows that follow one another. With a ``title`` they are all of the ``kind``, of which ``count`` are found; where
    the order mixes the kinds there is one section without a title. ``heading`` is its title where it is of another
    search.
    """

    kind: str
    listings: list[Listing]
    count: str = ""
    heading: str = ""

    @property
    def title(self) -> StrOrPromise:
        """What its heading says; empty where it has none."""
        return self.heading or TITLES.get(self.kind, "")

    @property
    def runs(self) -> bool:
        """Whether its heading says that all of it runs here."""
        return self.kind in (FOR_SALE, FREE_TO_TRY)

    @property
    def is_for_sale(self) -> bool:
        """Whether its heading says that all of it is for sale."""
        return self.kind == FOR_SALE


def beside(kind: str, way: WayOut, heading: str) -> Section | None:
    """Return the rows that another search has, under a heading of their own; None where they are not shown."""
    if way.rows is None:
        return None
    more = "+" if way.count > COUNT_LIMIT else ""
    return Section(kind, way.rows.page.items, f"{intcomma(min(way.count, COUNT_LIMIT))}{more}", heading)


def are_references(listings: list[Listing]) -> bool:
    """Say whether none of them runs here."""
    return all(_kind(each) == REFERENCE for each in listings)


def page_sections(
    search: Search, page: Page[Listing], mentioning: int, kinds: Mapping[str, str], *, is_first: bool
) -> tuple[list[Section], bool]:
    """Return a page of a search under its headings, and whether nothing in the whole list runs here, so that it has no
    speeds, sales or prices to show.

    Its last ``mentioning`` rows only mention what was understood, and stand under a heading of their own.
    """
    parted = len(page.items) - mentioning
    found, others = page.items[:parted], page.items[parted:]
    is_whole = is_first and (not page.next or bool(others))
    sections = sections_of(search, found, kinds, is_whole=is_whole)
    facts = are_facts_alone(search, sections, kinds, is_whole=is_whole)
    if not others:
        return sections, facts
    more = "+" if len(search.result.ids) == MOST_RESULTS else ""
    apart = Section(MENTION, others, f"{intcomma(search.mentioned)}{more}")
    return [*sections, apart], facts or (not found and are_references(others))


def sections_of(
    search: Search, listings: list[Listing], kinds: Mapping[str, str], *, is_whole: bool = False
) -> list[Section]:
    """Return the rows of a page under the headings that are true of the whole list.

    ``kinds`` are how many there are of each kind, as far as they were counted. ``is_whole`` says that there are no
    other rows than these: then the page itself shows whether its order parts the kinds.
    """
    parts = [(kind, list(rows)) for kind, rows in groupby(listings, _kind)]
    in_order = [kind for kind, _rows in parts]
    is_parted = in_order == sorted(set(in_order), key=PLACES.index)
    if is_parted and is_whole:
        return [Section(kind, rows, str(len(rows))) for kind, rows in parts]
    # A listing that has just stopped to run can stand in the wrong part for a moment; then nothing is claimed.
    if is_parted and (search.order.name in (RUNNING, CHEAPEST) or len(search.filters.get("availability", [])) == 1):
        return [Section(kind, rows, kinds.get(kind, "")) for kind, rows in parts]
    # Where all that is found is of one kind, so is what follows; of what only comes close nothing was counted.
    if len(parts) == 1 and list(kinds) == in_order and not kinds[in_order[0]].endswith("+") and not search.close:
        return [Section(in_order[0], listings, kinds[in_order[0]])]
    return [Section("", listings)] if listings else []


def _kind(listing: Listing) -> str:
    return FOR_SALE if listing.purchasable else FREE_TO_TRY if listing.is_free_to_try else REFERENCE


def are_facts_alone(search: Search, sections: list[Section], kinds: Mapping[str, str], *, is_whole: bool) -> bool:
    """Say whether nothing in the whole list runs here, so that it has no speeds, sales or prices to show."""
    shown = [section.kind for section in sections]
    return shown == [REFERENCE] and (is_whole or (list(kinds) == [REFERENCE] and not search.close))
