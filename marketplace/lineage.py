"""Where a model comes from and what was made of it, as rows of a tree that is drawn and listed alike."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .models import Listing

MOST_CHILDREN = 12
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


def lineage_of(listing: Listing) -> Lineage:
    """Return the tree around a listing. Three queries: those it names, those made from it, how many.

    What a moderator has hidden is left out; where the listing itself names it, its name stands without a link.
    """
    visible = Listing.objects.visible().only("name")
    named = [name for name in (listing.adapted_from, listing.superseded_by) if name]
    known = {found.name.lower(): found for found in visible.named(*named)} if named else {}
    children = visible.adapted_from(listing.name)
    shown = list(children.order_by("name")[: MOST_CHILDREN + 1])
    replaced = list(visible.superseded_by(listing.name).order_by("name")[:MOST_CHILDREN])
    more = children.count() - MOST_CHILDREN if len(shown) > MOST_CHILDREN else 0

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
    for old in replaced:
        add(old.name, _("replaced by it"), depth + 1, old.get_absolute_url(), here)
    for child in shown[:MOST_CHILDREN]:
        add(child.name, _("made from it"), depth + 1, child.get_absolute_url(), here)
    return Lineage(rows, more)
