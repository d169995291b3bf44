"""Up to five models side by side: a row for each fact, in groups, and what of it differs from the first model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, F, OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.templatetags.look import UNKNOWN
from marketplace.listings.models import Listing, ListingQuerySet, with_offers
from marketplace.listings.performance import Performance

from .compared_facts import Fact, Figure, Sales, here_facts, model_facts, speed_facts
from .rows import everything

MOST = 5
ONE_LINE = 120  # characters that name the rows that one line stands for


@dataclass(frozen=True)
class Cell:
    """One figure in its row: ``same`` as the first model's, or the ``best`` of all."""

    text: str
    same: bool = False
    best: bool = False

    @property
    def is_known(self) -> bool:
        """Whether the model says anything of it."""
        return self.text != UNKNOWN


@dataclass(frozen=True)
class Row:
    """One fact of each model. At least one says something of it; ``heads`` if the head of a page says it already."""

    title: str
    cells: list[Cell]
    heads: bool = False

    @property
    def known(self) -> list[str]:
        """What the models say of it, without those that say nothing."""
        return [cell.text for cell in self.cells if cell.is_known]

    @property
    def differs(self) -> bool:
        """Whether two models say different things: what one of them does not say is no difference."""
        return len(set(self.known)) > 1

    @property
    def is_of_one(self) -> bool:
        """Whether it compares nothing, because one model alone says it."""
        return len(self.known) == 1 < len(self.cells)

    @property
    def shared(self) -> str:
        """What all say that say it, where they do not differ: ``Licence: Apache-2.0``."""
        return f"{self.title}: {self.known[0]}"


@dataclass(frozen=True)
class Fold:
    """Rows that one line stands for; ``said`` says what they are, with their number in place of ``%(n)s``."""

    said: str
    rows: list[Row]

    @property
    def title(self) -> str:
        """What they are, and how many."""
        return self.said % {"n": len(self.rows)}

    @property
    def named(self) -> str:
        """The first of them in one line."""
        said = [row.shared for row in self.rows]
        fitting = [n for n in range(1, len(said) + 1) if len(" · ".join(said[:n])) <= ONE_LINE]
        named = max(fitting, default=1)
        line, more = " · ".join(said[:named]), len(said) - named
        return line if more <= 0 else _("%(said)s and %(n)s more") % {"said": line, "n": more}


@dataclass(frozen=True)
class Group:
    """Rows under one heading."""

    title: str
    rows: list[Row]


@dataclass(frozen=True)
class Comparison:
    """The groups of rows that have anything in them."""

    groups: list[Group]

    @property
    def below_head(self) -> Comparison:
        """What a page shows below its head, which says the price and the speed."""
        kept = [Group(group.title, [row for row in group.rows if not row.heads]) for group in self.groups]
        return Comparison([group for group in kept if group.rows])

    @property
    def rows(self) -> list[Row]:
        """Every row."""
        return [row for group in self.groups for row in group.rows]

    @property
    def equal(self) -> list[Row]:
        """The rows in which all models that say anything say the same."""
        return [row for row in self.rows if not row.differs and not row.is_of_one]

    @property
    def of_one(self) -> list[Row]:
        """The rows that one model alone says anything of."""
        return [row for row in self.rows if row.is_of_one]

    @property
    def folded(self) -> list[Fold]:
        """What stands below the rows that differ, each kind of row in one line."""
        equal = ngettext("%(n)s row is the same", "%(n)s rows are the same", len(self.equal))
        of_one = ngettext("%(n)s row has one value only", "%(n)s rows have one value only", len(self.of_one))
        folds = [Fold(equal, self.equal), Fold(of_one, self.of_one)]
        return [fold for fold in folds if fold.rows]

    @property
    def differs(self) -> int:
        """How many rows differ."""
        return sum(row.differs for row in self.rows)

    @property
    def differing(self) -> list[Group]:
        """The groups with only the rows that differ."""
        kept = [Group(group.title, [row for row in group.rows if row.differs]) for group in self.groups]
        return [group for group in kept if group.rows]


def compared(names: Iterable[str]) -> list[Listing]:
    """Return the listings of these names, at most five, in their order; unknown names are left out."""
    wanted = list(dict.fromkeys(name.lower() for name in names if name))[:MOST]
    found = {listing.name.lower(): listing for listing in _with_performance(everything().named(*wanted))}
    # In the order asked for, which the database does not keep.
    return with_offers([found[name] for name in wanted if name in found])


def _with_performance(listings: ListingQuerySet) -> ListingQuerySet:
    rated = Performance.objects.filter(listing=OuterRef("pk")).order_by(F("last_at").desc(nulls_last=True), "-pk")
    engines = Performance.objects.filter(listing=OuterRef("pk")).order_by().values("listing")
    whole = listings.select_related("owner", "runtime", "review_score")
    return whole.annotate(
        performance_rating=Subquery(rated.values("rating")[:1]),
        engines_measured=Subquery(engines.annotate(many=Count("engine", distinct=True)).values("many")),
    )


def has_several_engines(listing: Listing) -> bool:
    """Whether more than one engine was measured that answers, or answered, for a listing that ``compared`` found."""
    return (getattr(listing, "engines_measured", None) or 0) > 1


def stranger_among(listings: Sequence[Listing]) -> Listing | None:
    """Return the one that does another task than all the others, who do the same; None where there is none."""
    tasks = [listing.task for listing in listings]
    alone = [listing for listing in listings if tasks.count(listing.task) == 1]
    return alone[0] if len(alone) == 1 and len(set(tasks)) == 2 else None


def comparison_of(listings: Sequence[Listing]) -> Comparison:
    """Return what is recorded of the listings, a row for each fact that one of them has. Two queries, and one a chain
    that they are sold on."""
    sales = Sales(listings)
    groups = [
        (_("Money"), sales.facts()),
        (_("Speed, over the last day"), speed_facts()),
        (_("The model"), model_facts()),
        (_("Here"), here_facts()),
    ]
    made = [Group(title, [row for fact in facts if (row := _row(fact, listings))]) for title, facts in groups]
    return Comparison([group for group in made if group.rows])


def _row(fact: Fact, listings: Sequence[Listing]) -> Row | None:
    """Return the row of a fact; None where no model says anything of it."""
    figures = [_figure(fact.read(listing)) for listing in listings]
    if all(figure.text == UNKNOWN for figure in figures):
        return None
    best = _best(figures, fact.better)
    first = figures[0].text
    return Row(
        fact.title,
        [Cell(figure.text, place > 0 and figure.text == first, place == best) for place, figure in enumerate(figures)],
        fact.heads,
    )


def _figure(said: Figure | str | None) -> Figure:
    return said if isinstance(said, Figure) else Figure(said or UNKNOWN)


def _best(figures: Sequence[Figure], better: int) -> int | None:
    """Return the place of the best figure: one alone, among two or more that can be put in order."""
    numbered = [(figure.number, place) for place, figure in enumerate(figures) if figure.number is not None]
    units = {figure.unit for figure in figures if figure.number is not None}
    # What stands in two currencies cannot be put in order without a rate, and none is recorded.
    if not better or len(numbered) < 2 or len(units) > 1:
        return None
    best = max(number * better for number, _place in numbered)
    winners = [place for number, place in numbered if number * better == best]
    # By what is shown, too: nobody sees why 174.4 ms should be better than 174.1 ms.
    shown = [figure.text for figure in figures].count(figures[winners[0]].text)
    return winners[0] if len(winners) == shown == 1 else None
