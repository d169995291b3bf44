"""Where a model comes from and what was made of it, as rows of a tree that is drawn and listed alike."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import chain as chained
from operator import attrgetter
from typing import Any

from django.db.models import Exists, F, JSONField, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, JSONObject, Lower
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.statements import Found, Given, Question, Statement
from contracts.models import Chain
from marketplace.onchain.models.listings import Plan

from .models import Listing
from .offers import for_sale
from .runtime import ListingRuntime, RuntimeState

MOST_CHILDREN, MOST_SIBLINGS, MOST_ALIKE = 12, 5, 3
KIN, RUNS, SOLD_AT = attrgetter("kin"), attrgetter("runs"), attrgetter("sold_at")  # what ``around`` adds to a listing
# how a listing is kin to another
NAMED, CHILD, REPLACED, SIBLING, ALIKE = "named", "child", "replaced", "sibling", "alike"
ROW, INDENT, TOP = 34, 26, 17  # CSS pixels: the drawing is not scaled, so its text keeps its size on phones


@dataclass(frozen=True)
class Kin:
    """One row of the tree. ``url`` is empty for a model that is not in the catalogue."""

    name: str
    relation: str
    depth: int
    url: str = ""
    row: int = 0
    parent_row: int | None = None
    is_here: bool = False

    @property
    def text_x(self) -> int:
        return self.x + 14

    @property
    def text_y(self) -> int:
        return self.y + 4

    @property
    def x(self) -> int:
        """Where the row's mark stands."""
        return 9 + self.depth * INDENT

    @property
    def y(self) -> int:
        """The middle of the row."""
        return TOP + self.row * ROW

    @property
    def elbow(self) -> str:
        """The path from the row this hangs on; empty for the first."""
        if self.parent_row is None:
            return ""
        return f"M{self.x - INDENT} {TOP + self.parent_row * ROW + 9}V{self.y}H{self.x - 8}"


@dataclass(frozen=True)
class Lineage:
    """The rows from ancestor to descendants, and how many descendants are left out."""

    rows: list[Kin]
    more: int

    def __bool__(self) -> bool:
        return len(self.rows) > 1

    @property
    def height(self) -> int:
        """Of the drawing, in CSS pixels."""
        return len(self.rows) * ROW

    @property
    def summary(self) -> str:
        """The tree in a sentence."""
        children = sum(kin.relation == _("based on it") for kin in self.rows) + self.more
        counted = ngettext("%(n)s model here is based on it.", "%(n)s models here are based on it.", children)
        return counted % {"n": children} if children else _("No model here is based on it.")


@dataclass(frozen=True)
class Kindred:
    """The listings around a listing, each with its ``kin``, and how many more were made from it than are among them."""

    found: Found[Listing]
    more: int

    @property
    def key(self) -> Hashable:
        """A key that differs wherever the rows do."""
        return self.found.key, self.more

    def of(self, kin: str) -> list[Listing]:
        """Return those of one relation."""
        return [each for each in self.found if KIN(each) == kin]

    @property
    def running(self) -> list[Listing]:
        """What was made from it and answers here now."""
        return [each for each in self.of(CHILD) if RUNS(each)]


@dataclass(frozen=True)
class Priced:
    """Another listing, and the plan that it is sold by first, if it is for sale."""

    listing: Listing
    chain: Chain | None = None
    token: str = ""
    price: int = 0
    is_monthly: bool = False

    @property
    def runs(self) -> bool:
        """Whether it answers here now."""
        return bool(RUNS(self.listing))


def running_alike(kindred: Kindred, *chains: Chain) -> list[Priced]:
    """Return at most three that run here and were made from it, or else do the same task; what is sold first. One query
    where one is sold on a chain that is not among the ``chains``, else none.
    """
    rows = sorted([*kindred.of(ALIKE), *kindred.running], key=lambda each: SOLD_AT(each) is None)
    return _priced(rows, MOST_ALIKE, *chains)


def siblings_of(kindred: Kindred, *chains: Chain) -> list[Priced]:
    """Return the owner's other listings, what runs first, at most five. One query where one is sold on a chain that is
    not among the ``chains``, else none.
    """
    rows = sorted(kindred.of(SIBLING), key=lambda each: (not RUNS(each), SOLD_AT(each) is None, each.name.lower()))
    return _priced(rows, MOST_SIBLINGS, *chains)


def priced(rows: Iterable[Listing], *chains: Chain) -> list[Priced]:
    """Return listings that were read with ``beside()``, with what they cost. One query at most, as above."""
    listed = list(rows)
    return _priced(listed, len(listed), *chains)


def chains_of(*found: Iterable[Listing], known: Iterable[Chain] = ()) -> list[Chain]:
    """Return the ``known`` chains and those that a listing is sold on. One query where there are others, else none."""
    chains = {each.pk: each for each in known}
    sold = {SOLD_AT(each)["chain"] for each in chained(*found) if SOLD_AT(each)}
    if others := sold - chains.keys():
        chains |= Chain.objects.in_bulk(others)
    return list(chains.values())


def beside() -> dict[str, Any]:
    """Return what a query of listings adds for ``priced``: whether each runs now, and the plan it is sold by first."""
    running = ListingRuntime.objects.filter(listing=OuterRef("pk"), state=RuntimeState.READY)
    plan = JSONObject(chain="listing__chain_id", token="token", price="price", plan="plan")  # noqa: S106  a column
    sold_at = Subquery(for_sale().values(stated=plan)[:1], output_field=JSONField())
    return {"runs": Exists(running), "sold_at": sold_at}


def _priced(rows: list[Listing], most: int, *chains: Chain) -> list[Priced]:
    # What runs may be found in two ways, and in one of them it has no price.
    found = list({each.pk: each for each in reversed(rows)}.values())[::-1][:most]
    sold = {SOLD_AT(each)["chain"] for each in found if SOLD_AT(each)}
    known = {chain.pk: chain for chain in chains}
    if sold - known.keys():
        known |= Chain.objects.in_bulk(sold)
    return [_with_price(each, SOLD_AT(each), known) for each in found]


def _with_price(listing: Listing, sold: dict[str, Any] | None, chains: dict[int, Chain]) -> Priced:
    if not sold:
        return Priced(listing)
    is_monthly = sold["plan"] == Plan.SUBSCRIPTION
    return Priced(listing, chains[sold["chain"]], sold["token"], sold["price"], is_monthly)


def kindred_asked(found: Found[Listing]) -> Question[Listing]:
    """Return the question for what is around a listing that was found."""
    names = {"name": "name", "origin": "adapted_from", "successor": "superseded_by", "task": "task"}
    named = {part: found.value(column).lower() for part, column in names.items()}
    return around().asked(**named, owner=found.value("owner_id"), pk=found.value("id"))


def kindred_of(name: str, found: Found[Listing]) -> Kindred:
    """Return what is around a model, as ``kindred_asked`` has found it. One query where it is much, else none."""
    kindred, more = Kindred(found, 0), 0
    if len(found) > MOST_CHILDREN and len(kindred.of(CHILD)) > MOST_CHILDREN:
        more = Listing.objects.visible().adapted_from(Value(name.lower())).count() - MOST_CHILDREN
    return Kindred(found, more)


@cache
def around() -> Statement[Listing]:
    """Return the statement for what is around a model (``name``, ``pk``): what it names (``origin``, ``successor``),
    what it replaces, what was made from it, what runs first, one more than is shown, what else its ``owner`` has, and
    what runs that does its ``task``.
    """
    # Visible ones only: the tree must not lead to what a moderator has hidden.
    seen = Listing.objects.visible().only("name").annotate(runs=beside()["runs"])
    known = seen.annotate(sold_at=Cast(Value(None, output_field=TextField()), JSONField()))
    named = known.alias(lower_name=Lower("name")).filter(lower_name__in=[Given("origin"), Given("successor")])
    # One more than is shown tells whether the rest has to be counted.
    made = (
        known.adapted_from(Given("name"))
        .annotate(kin=Value(CHILD))
        .order_by(F("runs").desc(), "name")[: MOST_CHILDREN + 1]
    )
    replaced = known.superseded_by(Given("name")).annotate(kin=Value(REPLACED)).order_by("name")[:MOST_CHILDREN]
    others = _others(seen, known)
    return Statement(named.annotate(kin=Value(NAMED)).union(made, replaced, *others, all=True).order_by("kin", "name"))


def _others(seen: QuerySet[Listing], known: QuerySet[Listing]) -> list[QuerySet[Listing]]:
    """Return what else an owner has that runs, the best of it all, and what else runs that does the task; a price that
    changes is a row that changes.

    Apart, because an owner may have thousands: the few that run are found from there, the best by their index.
    """
    running = seen.filter(runtime__state=RuntimeState.READY).annotate(sold_at=beside()["sold_at"])
    parts = (
        (running.filter(owner=Given("owner")), SIBLING, MOST_SIBLINGS),
        (known.filter(owner=Given("owner")), SIBLING, MOST_SIBLINGS),
        (running.filter(task=Given("task")), ALIKE, MOST_ALIKE),
    )
    return [
        part.exclude(pk=Given("pk")).annotate(kin=Value(kin)).order_by(F("quality").desc(), "pk")[:most]
        for part, kin, most in parts
    ]


def lineage_of(listing: Listing, kindred: Kindred) -> Lineage:
    """Return the tree around a listing. What it names and is not among its kindred stands without a link. No query."""
    known = {found.name.lower(): found for found in kindred.of(NAMED)}

    rows: list[Kin] = []

    def add(name: str, relation: str, depth: int, url: str, parent: int | None) -> int:
        rows.append(Kin(name, relation, depth, url, len(rows), parent, is_here=name == listing.name))
        return len(rows) - 1

    def address(name: str) -> str:
        found = known.get(name.lower())
        return found.get_absolute_url() if found else ""

    root = None
    if listing.adapted_from:
        root = add(listing.adapted_from, _("its base model"), 0, address(listing.adapted_from), None)
    depth = 0 if root is None else 1
    here = add(listing.name, _("this model"), depth, "", root)
    if listing.superseded_by:
        add(listing.superseded_by, _("replaces it"), depth + 1, address(listing.superseded_by), here)
    for old in kindred.of(REPLACED):
        add(old.name, _("replaced by it"), depth + 1, old.get_absolute_url(), here)
    for child in kindred.of(CHILD)[:MOST_CHILDREN]:
        add(child.name, _("based on it"), depth + 1, child.get_absolute_url(), here)
    return Lineage(rows, kindred.more)
