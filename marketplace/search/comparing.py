"""Up to five models side by side: a row for each fact, in groups, and what of it differs from the first model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.templatetags.look import UNKNOWN, compact, mib
from contracts.currencies import Currency, currency_of
from marketplace.listings.cards import some_of
from marketplace.listings.models import Listing, with_offers
from marketplace.listings.offers import FairUse, SaleTerms, fair_uses, sale_terms
from marketplace.listings.recorded import RECORDED_FACTS
from marketplace.listings.runtime import ENOUGH, ListingRuntime
from marketplace.listings.taxonomy import language_name, licence_of, modality_label, task_label
from marketplace.onchain.models.listings import OnchainPlan, Plan

from .rows import everything

MOST = 5
PERIODS = 12  # of 30 days, the most that can be bought at once: what is called a year here
NAMED = 6  # of the rows that one line stands for
LESS, MORE = -1, 1  # which of two figures is plainly better


@dataclass(frozen=True)
class Figure:
    """What a model says of one fact. ``number`` orders it among figures of the same ``unit``."""

    text: str
    number: Decimal | int | float | None = None
    unit: str = ""


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
    """One fact of each model. At least one of them says something of it."""

    title: str
    cells: list[Cell]

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
        said = " · ".join(row.shared for row in self.rows[:NAMED])
        more = len(self.rows) - NAMED
        return said if more <= 0 else _("%(said)s and %(n)s more") % {"said": said, "n": more}


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


@dataclass(frozen=True)
class Fact:
    """How a fact is called and read; ``better`` says which figure is best, 0 that none is."""

    title: str
    read: Callable[[Listing], Figure | str | None]
    better: int = 0


def compared(names: Iterable[str]) -> list[Listing]:
    """Return the listings of these names, at most five, in their order; unknown names are left out."""
    wanted = list(dict.fromkeys(name.lower() for name in names if name))[:MOST]
    found = {
        listing.name.lower(): listing for listing in everything().named(*wanted).select_related("owner", "runtime")
    }
    # In the order asked for, which the database does not keep.
    return with_offers([found[name] for name in wanted if name in found])


def comparison_of(listings: Sequence[Listing]) -> Comparison:
    """Return what is recorded of the listings, a row for each fact that one of them has. Two queries, and one a chain
    that they are sold on."""
    sales = _Sales(listings)
    groups = [
        (_("Money"), sales.facts()),
        (_("Speed, over the last day"), _speed()),
        (_("The model"), _model()),
        (_("Here"), _here()),
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


@dataclass
class _Sales:
    """What the listings cost, read once for all of them."""

    listings: Sequence[Listing]
    terms: dict[int, SaleTerms] = field(default_factory=dict)
    uses: dict[str, FairUse] = field(default_factory=dict)

    def __post_init__(self) -> None:
        offers = [listing.offer for listing in self.listings if listing.offer]
        self.uses = fair_uses(offer.onchain.metadata for offer in offers)
        self.terms = {chain.pk: sale_terms(chain) for chain in {offer.chain for offer in offers}}

    def facts(self) -> list[Fact]:
        """Return the rows about money."""
        return [
            Fact(_("Price for a year"), _year, LESS),
            Fact(_("Lasting access"), lambda each: _price(each, Plan.LASTING)),
            Fact(_("For 30 days"), lambda each: _price(each, Plan.SUBSCRIPTION)),
            Fact(_("Refund"), self._refund),
            Fact(_("Fair use in 30 days"), self._fair_use, MORE),
        ]

    def _refund(self, listing: Listing) -> str:
        offer = listing.offer
        return _("within %(n)s days") % {"n": self.terms[offer.chain.pk].refund_days} if offer and offer.plans else ""

    def _fair_use(self, listing: Listing) -> Figure | None:
        use = self.uses.get(listing.offer.onchain.metadata) if listing.offer else None
        if use is None:
            return None
        monthly = use.tokens * 30 // use.days
        return Figure(_("%(n)s tokens") % {"n": _whole(monthly)}, monthly)


def _plan_of(listing: Listing, kind: Plan) -> tuple[OnchainPlan, Currency] | None:
    plan = listing.offer.plan(kind) if listing.offer else None
    return (plan, currency_of(listing.offer.chain, plan.token)) if plan and listing.offer else None


def _price(listing: Listing, kind: Plan) -> str:
    found = _plan_of(listing, kind)
    return found[1].text(found[0].price) if found else ""


def _year(listing: Listing) -> Figure | None:
    """Return what a year costs by the cheapest plan: once, or twelve periods at the present price."""
    ways = []
    if found := _plan_of(listing, Plan.LASTING):
        plan, currency = found
        said = _("%(price)s, once") % {"price": currency.text(plan.price)}
        ways.append(Figure(said, plan.price, f"{listing.offer and listing.offer.chain.pk}:{plan.token}"))
    if found := _plan_of(listing, Plan.SUBSCRIPTION):
        plan, currency = found
        total = plan.price * PERIODS
        words = {"total": currency.text(total), "n": PERIODS, "price": currency.number(plan.price)}
        said = _("%(total)s, %(n)s\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}%(price)s") % words
        ways.append(Figure(said, total, f"{listing.offer and listing.offer.chain.pk}:{plan.token}"))
    if len({way.unit for way in ways}) > 1:
        return Figure(get_text_list([way.text for way in ways], _("or")))
    return min(ways, key=lambda way: way.number or 0, default=None)


def _runtime(listing: Listing) -> ListingRuntime | None:
    # A reverse one-to-one without a row raises a kind of AttributeError.
    return getattr(listing, "runtime", None)


def _measured(name: str, text: Callable[[Any], str]) -> Callable[[Listing], Figure | None]:
    """Return how to read a figure of what answers for a listing; of few answers it is not put in order."""

    def read(listing: Listing) -> Figure | None:
        runtime = _runtime(listing)
        value = getattr(runtime, name, None)
        if runtime is None or value is None:
            return None
        return Figure(text(value), value if runtime.measured >= ENOUGH else None)

    return read


def _uptime(listing: Listing) -> Figure | None:
    runtime = _runtime(listing)
    if runtime is None or runtime.uptime is None:
        return None
    if runtime.asked < ENOUGH:
        return Figure(_("%(n)s of %(all)s checks") % {"n": runtime.answered, "all": runtime.asked})
    return Figure(_share(runtime.uptime), runtime.uptime)


def _speed() -> list[Fact]:
    return [
        Fact(_("First token, p50"), _measured("first_token_p50_ms", _milliseconds), LESS),
        Fact(_("First token, p95"), _measured("slow_ms", _milliseconds), LESS),
        Fact(_("Tokens per second"), _measured("tokens_per_second", _speed_text), MORE),
        Fact(_("Answers measured"), _measured("measured", _whole)),
        Fact(_("Uptime"), _uptime, MORE),
    ]


def _milliseconds(value: int) -> str:
    return _("%(n)s ms") % {"n": _whole(value)}


def _speed_text(value: float) -> str:
    # Rounded first: number_format cuts.
    places = 0 if value >= 10 else 1
    return number_format(round(value, places), decimal_pos=places)


def _share(value: float) -> str:
    return _("%(n)s %%") % {"n": number_format(round(value * 100, 1), decimal_pos=1)}


def _model() -> list[Fact]:
    return [
        Fact(_("Task"), lambda each: task_label(each.task)),
        Fact(_("Licence"), lambda each: str(licence_of(each.license).title)),
        Fact(_("Parameters"), lambda each: compact(each.parameters)),
        Fact(_("Memory at 32 bits"), lambda each: mib(each.memory_mb)),
        Fact(_("Context in tokens"), lambda each: _count(each.max_tokens), MORE),
        Fact(_("Dimensions"), lambda each: _count(each.embedding_dim)),
        Fact(_("Kind of data"), lambda each: ", ".join(map(modality_label, each.modalities))),
        Fact(_("Languages"), lambda each: some_of([language_name(code) for code in each.languages], 3)),
        Fact(_("Loads with"), lambda each: get_text_list(each.libraries, _("or"))),
        Fact(_("Released"), lambda each: date_format(each.released, "j M Y") if each.released else ""),
        Fact(_("Adapted from"), lambda each: each.adapted_from),
        Fact(_("Not recorded"), _missing),
    ]


def _here() -> list[Fact]:
    return [
        Fact(_("Runs now"), lambda each: _("yes") if each.runs_now else _("no")),
        Fact(_("Uses"), lambda each: _whole(each.uses)),
    ]


def _missing(listing: Listing) -> str:
    return ", ".join(str(fact.name) for fact in RECORDED_FACTS if not fact.is_said(listing)) or _("nothing")


def _count(value: int | None) -> Figure | None:
    return Figure(_whole(value), value) if value else None


def _whole(value: int) -> str:
    return number_format(value, decimal_pos=0, force_grouping=True)
