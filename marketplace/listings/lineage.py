"""Where a model comes from and what was made of it, as rows of a tree that is drawn and listed alike."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache
from operator import attrgetter

from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.statements import Found, Given, Question, Statement

from .models import Listing
from .runtime import ListingRuntime, RuntimeState

MOST_CHILDREN = 12
KIN, RUNS = attrgetter("kin"), attrgetter("runs")  # what ``around`` adds to a listing
NAMED, CHILD, REPLACED = "named", "child", "replaced"  # how a listing is kin to another
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
        children = sum(kin.relation == _("made from it") for kin in self.rows) + self.more
        counted = ngettext("%(n)s model here was made from it.", "%(n)s models here were made from it.", children)
        return counted % {"n": children} if children else _("No model here names it as its origin.")


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


def kindred_asked(found: Found[Listing]) -> Question[Listing]:
    """Return the question for what is around a listing that was found."""
    names = {"name": "name", "origin": "adapted_from", "successor": "superseded_by"}
    return around().asked(**{part: found.value(column).lower() for part, column in names.items()})


def kindred_of(name: str, found: Found[Listing]) -> Kindred:
    """Return what is around a model, as ``kindred_asked`` has found it. One query where it is much, else none."""
    kindred, more = Kindred(found, 0), 0
    if len(found) > MOST_CHILDREN and len(kindred.of(CHILD)) > MOST_CHILDREN:
        more = Listing.objects.visible().adapted_from(Value(name.lower())).count() - MOST_CHILDREN
    return Kindred(found, more)


@cache
def around() -> Statement[Listing]:
    """Return the statement for what is around a model (``name``): what it names (``origin``, ``successor``), what it
    replaces, and what was made from it, what runs first, one more than is shown.
    """
    running = ListingRuntime.objects.filter(listing=OuterRef("pk"), state=RuntimeState.READY)
    # Visible ones only: the tree must not lead to what a moderator has hidden.
    known = Listing.objects.visible().only("name").annotate(runs=Exists(running))
    named = known.alias(lower_name=Lower("name")).filter(lower_name__in=[Given("origin"), Given("successor")])
    # One more than is shown tells whether the rest has to be counted.
    made = (
        known.adapted_from(Given("name"))
        .annotate(kin=Value(CHILD))
        .order_by(F("runs").desc(), "name")[: MOST_CHILDREN + 1]
    )
    replaced = known.superseded_by(Given("name")).annotate(kin=Value(REPLACED)).order_by("name")[:MOST_CHILDREN]
    return Statement(named.annotate(kin=Value(NAMED)).union(made, replaced, all=True).order_by("kin", "name"))


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
        root = add(listing.adapted_from, _("its origin"), 0, address(listing.adapted_from), None)
    depth = 0 if root is None else 1
    here = add(listing.name, _("this model"), depth, "", root)
    if listing.superseded_by:
        add(listing.superseded_by, _("replaces it"), depth + 1, address(listing.superseded_by), here)
    for old in kindred.of(REPLACED):
        add(old.name, _("replaced by it"), depth + 1, old.get_absolute_url(), here)
    for child in kindred.of(CHILD)[:MOST_CHILDREN]:
        add(child.name, _("made from it"), depth + 1, child.get_absolute_url(), here)
    return Lineage(rows, kindred.more)
