"""Which reviews of a model somebody wants to see, and in which order, as an address says it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import F, Q, Subquery
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from common.pages import SortOrder, bounded_int, instant, uuid_text
from marketplace.scores.bands import USED, Band
from marketplace.scores.models import LEAST, MOST, Review, ReviewQuerySet, Standing

MOST_VERSION = 32  # characters


class UseOrder(SortOrder):
    """By what authors have run, which nobody is told: a cursor names the row alone, and the sum is looked up.

    With the sum in it, whoever decodes a cursor would read it, and whoever makes some up would find it by halving.
    """

    def told(self, key: Any) -> None:
        """Tell nothing."""

    def beyond(self, key: Any, pk: Any) -> Q:
        """Return the condition for rows after the one with this id."""
        return super().beyond(Subquery(Review.objects.filter(pk=pk).values("used")), pk)


def _nothing(value: object) -> None:
    if value is not None:
        raise ValueError(value)


def _order(name: str, column: str, *, descending: bool = True, parse: Any = bounded_int) -> SortOrder:
    return SortOrder(name, F(column), descending=descending, parse=parse, parse_id=uuid_text)


USE = "use"
ORDERS = {
    order.name: order
    for order in (
        UseOrder(USE, F("used"), descending=True, parse=_nothing, parse_id=uuid_text),
        _order("newest", "written_at", parse=instant),
        _order("helpful", "helpful"),
        _order("lowest", "rating", descending=False),
        _order("highest", "rating"),
    )
}
ORDER_TITLES: dict[str, StrOrPromise] = {
    USE: gettext_lazy("Most use first"),
    "newest": gettext_lazy("Newest first"),
    "helpful": gettext_lazy("Most helpful first"),
    "lowest": gettext_lazy("Lowest rating first"),
    "highest": gettext_lazy("Highest rating first"),
}
USES = {band.name: band for band in USED[1:]}  # least use that one can ask for


@dataclass(frozen=True)
class Chip:
    """What narrows the list, and the address of the list without it."""

    label: str
    url: str


@dataclass(frozen=True)
class Asked:
    """What narrows the list: a rating, a version, the least band of use; ``outside``: only those that do not count."""

    rating: int = 0
    version: str = ""
    used: str = ""
    outside: bool = False
    sort: str = USE

    @classmethod
    def read(cls, values: QueryDict) -> Asked:
        """Return what an address asks for; what means nothing is left out."""
        rating, used = _whole(values.get("rating", "")), values.get("used", "")
        version, sort = values.get("version", "")[:MOST_VERSION], values.get("sort", "")
        return cls(
            rating=rating if LEAST <= rating <= MOST else 0,
            version="" if "\x00" in version else version,
            used=used if used in USES else "",
            outside=values.get("counting") == "no",
            sort=sort if sort in ORDERS else USE,
        )

    @property
    def is_all(self) -> bool:
        """Whether nothing narrows the list."""
        return self == Asked(sort=self.sort)

    @property
    def order(self) -> SortOrder:
        """The order of the list."""
        return ORDERS[self.sort]

    def narrow(self, reviews: ReviewQuerySet) -> ReviewQuerySet:
        """Keep the reviews that are asked for."""
        if self.rating:
            reviews = reviews.filter(rating=self.rating)
        if self.version:
            reviews = reviews.filter(version=self.version)
        if self.used:
            reviews = reviews.filter(used__gte=USES[self.used].least)
        return reviews.exclude(standing=Standing.COUNTED) if self.outside else reviews

    @property
    def query(self) -> str:
        """The query of an address that asks for this; "" for what is asked without one."""
        pairs: list[tuple[str, str | int]] = [
            ("rating", self.rating),
            ("version", self.version),
            ("used", self.used),
            ("counting", "no" if self.outside else ""),
            ("sort", self.sort if self.sort != USE else ""),
        ]
        return urlencode([(name, value) for name, value in pairs if value])

    def address(self, path: str, cursor: str = "") -> str:
        """Return the address of this list at a path, from a cursor on."""
        query = "&".join(part for part in (self.query, urlencode({"after": cursor}) if cursor else "") if part)
        return f"{path}?{query}" if query else path

    def chips(self, path: str) -> list[Chip]:
        """Return what narrows the list, each with the way back out of it."""
        found = []
        if self.used:
            found.append(Chip(used_title(USES[self.used]), replace(self, used="").address(path)))
        if self.version:
            label = _("Version %(number)s") % {"number": self.version}
            found.append(Chip(label, replace(self, version="").address(path)))
        if self.rating:
            found.append(Chip(rating_title(self.rating), replace(self, rating=0).address(path)))
        if self.outside:
            found.append(Chip(_("Outside the score"), replace(self, outside=False).address(path)))
        return found


def used_title(band: Band) -> str:
    """Return what a choice of use is called."""
    return _("Used it") if band.least == 1 else _("Used it over %(n)s tokens") % {"n": intcomma(band.least)}


def rating_title(rating: int) -> str:
    """Return what a choice of rating is called."""
    return _("Rated %(n)s of 5") % {"n": rating}


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
