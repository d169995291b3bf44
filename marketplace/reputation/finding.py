"""What pages and programs are told of somebody's reputation: every part, of how much it is, and as of when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Case, CharField, OuterRef, Subquery, Value, When
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy

from marketplace.ground.formulas import Formula

from .models import FORMULAS, Reputation, Role

SEGMENTS = 8
GIVEN = attrgetter("given")  # the numbers of a row's formula, read with it
PARTS: dict[str, dict[str, tuple[Promise | str, Promise | str]]] = {
    Role.SELLER: {
        "age": (_("Age"), _("%(age_days)s days since its first listing")),
        "sales": (_("Sales"), _("%(sales)s kept and past their refund, of which %(buyers)s buyers weigh")),
        "refunds": (_("Refunds"), _("%(returned)s sales were refunded")),
        "disputes": (_("Disputes"), _("%(upheld)s were ruled for the buyer")),
        "uptime": (_("Uptime"), _("its models answered %(answered)s of %(asked)s checks in 30 days")),
        "reviews": (_("Reviews"), _("%(reviews)s that count, by fees paid")),
    },
    Role.REVIEWER: {
        "age": (_("Age"), _("%(age_days)s days since the first purchase")),
        "models": (_("Models reviewed"), _("%(reviews)s after a purchase that was kept, by fees paid")),
        "helpful": (_("Helpful"), _("%(helpful)s votes of others who bought the same model")),
        "removed": (_("Taken out"), _("%(removed)s of %(written)s by moderators")),
        "answers": (_("Answered"), _("%(answers)s by the seller; shown, and weighs nothing")),
    },
}
TOO_LITTLE = {
    Role.SELLER: ngettext_lazy(
        "No reputation as a seller yet: it needs %(least)s buyers whose purchases can no longer be refunded, and there "
        "is %(n)s.",
        "No reputation as a seller yet: it needs %(least)s buyers whose purchases can no longer be refunded, and there "
        "are %(n)s.",
        "n",
    ),
    Role.REVIEWER: ngettext_lazy(
        "No reputation as a reviewer yet: it needs %(least)s reviews that count, and there is %(n)s.",
        "No reputation as a reviewer yet: it needs %(least)s reviews that count, and there are %(n)s.",
        "n",
    ),
}


@dataclass(frozen=True)
class PartShown:
    """One part: what it is, what was counted, its points of a hundred, and its weight; unknown ones do not count."""

    name: str
    label: str
    said: str
    points: str
    weight: int
    is_known: bool


@dataclass(frozen=True)
class ReputationShown:
    """A reputation with the ``parameters`` of its formula."""

    row: Reputation
    parameters: Mapping[str, int]

    @property
    def title(self) -> str:
        """As what somebody is judged."""
        return str(_("As a seller") if self.row.role == Role.SELLER else _("As a reviewer"))

    @property
    def score(self) -> str:
        """The score of a hundred, empty where there is none."""
        return "" if self.row.score is None else number_format(self.row.score / 10, 1)

    @property
    def filled(self) -> int:
        """How many segments of its slice are filled."""
        return (self.row.score or 0) * SEGMENTS // 1_000

    @property
    def missing(self) -> str:
        """Why there is no score; empty where there is one."""
        if self.row.score is not None:
            return ""
        said: str = TOO_LITTLE[Role(self.row.role)] % {"n": self.row.n, "least": self.parameters["least"]}
        return said

    @property
    def basis(self) -> str:
        """Of how much it is made."""
        if self.row.role == Role.SELLER:
            return ngettext("of %(n)s buyer", "of %(n)s buyers", self.row.n) % {"n": intcomma(self.row.n)}
        return ngettext("of %(n)s review", "of %(n)s reviews", self.row.n) % {"n": intcomma(self.row.n)}

    @property
    def parts(self) -> list[PartShown]:
        """Every part, in the order of the formula."""
        counted = {name: intcomma(value) for name, value in self.row.facts.items()}
        words = PARTS[self.row.role]
        return [
            PartShown(
                part["name"],
                str(words[part["name"]][0]),
                str(words[part["name"]][1]) % counted,
                number_format(part["points"] // 1_000 / 10, 1),
                part["weight"],
                part["known"],
            )
            for part in self.row.parts
        ]


def reputation_of(address: str, *, role: Role | None = None, chain_id: int | None = None) -> list[ReputationShown]:
    """Return the reputations of an address, one a chain and role. One query."""
    found = Reputation.objects.of(address)
    found = found.filter(role=role) if role else found
    named = Case(*(When(role=each, then=Value(name)) for each, name in FORMULAS.items()), output_field=CharField())
    formula = Formula.objects.filter(name=OuterRef("formula_name"), version=OuterRef("formula"))
    rows = found.filter(chain=chain_id) if chain_id else found
    whole = rows.annotate(formula_name=named, given=Subquery(formula.values("parameters")[:1]))
    return [ReputationShown(row, GIVEN(row)) for row in whole]
