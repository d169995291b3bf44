"""What a formula counts, in plain words, and by how much: what people read before its exact text.

The text of a formula is a row, and exact. These words leave out how a part is reckoned, never what it is of; a part
that a later formula adds, or takes away, is seen by its weight.
"""

from __future__ import annotations

from typing import NamedTuple

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django_stubs_ext import StrOrPromise

from marketplace.ground.formulas import Formula

SUFFIX = "_weight"
SEGMENTS = 8
SPACE = "\N{NO-BREAK SPACE}"

# By the anchor of the page and the name of the part; numbers are those of the formula in force.
PARTS: dict[str, dict[str, tuple[StrOrPromise, StrOrPromise]]] = {
    "seller": {
        "age": (_("Age"), _("Days since the first listing: full after %(age_days)s.")),
        "sales": (_("Sales"), _("Sales that were kept, each buyer by the fees they have really paid.")),
        "refunds": (
            _("Refunds"),
            _("Sales that were returned: %(refunds_free)s %% are free, at %(refunds_worst)s %% nothing is left."),
        ),
        "disputes": (_("Disputes"), _("Disputes that buyers won: at %(disputes_worst)s %% nothing is left.")),
        "uptime": (_("Uptime"), _("Our checks that were answered: %(uptime_floor)s %% bring nothing, 100 %% all.")),
        "reviews": (_("Reviews"), _("The mean of the ratings, each by the fees that its author has paid.")),
    },
    "reviewer": {
        "age": (_("Age"), _("Days since the first purchase: full after %(age_days)s.")),
        "models": (_("Models reviewed"), _("Models that were bought and reviewed, each by the fees paid for it.")),
        "helpful": (
            _("Helpful"),
            _("Buyers of the same model who found a review helpful, at most %(helpful_most)s a review."),
        ),
        "removed": (_("Taken out"), _("Reviews that moderators took out: at %(removed_worst)s %% nothing is left.")),
        "answers": (_("Answered"), _("Reviews that their seller answered: shown, and without weight.")),
    },
    "performance": {
        "first": (
            _("First token"),
            _("Time of half of all answers: %(first_half_ms)s ms bring half of the points."),
        ),
        "slow": (
            _("Slow first tokens"),
            _("The time that 95 of 100 answers keep: %(slow_half_ms)s ms bring half of the points."),
        ),
        "speed": (_("Speed"), _("Tokens a second: %(speed_half)s bring half of the points.")),
        "success": (_("Success"), _("Real calls that were answered: %(success_floor)s %% bring nothing, 100 %% all.")),
        "uptime": (_("Uptime"), _("Our checks that were answered: %(uptime_floor)s %% bring nothing, 100 %% all.")),
    },
}
LEAST = {
    "seller": ngettext_lazy(
        "0 to 100 points for whoever sells, once there is %(least)s buyer.",
        "0 to 100 points for whoever sells, once there are %(least)s buyers.",
        "least",
    ),
    "reviewer": ngettext_lazy(
        "0 to 100 points for whoever reviews, once %(least)s review counts.",
        "0 to 100 points for whoever reviews, once %(least)s reviews count.",
        "least",
    ),
    "performance": ngettext_lazy(
        "0 to 100 points for a version on one engine, of thirty days, once there is %(least)s measurement.",
        "0 to 100 points for a version on one engine, of thirty days, once there are %(least)s measurements.",
        "least",
    ),
}


class Counted(NamedTuple):
    """A part: what it is of, and its weight in per cent and in segments of a slice."""

    label: StrOrPromise
    said: str
    per_cent: int
    filled: int

    @property
    def share(self) -> str:
        """Return the weight as people read it, in one piece."""
        return f"{self.per_cent}{SPACE}%"


def least_of(anchor: str, formula: Formula) -> str:
    """Return what is rated, and from when on."""
    return LEAST[anchor] % {"least": formula.parameters["least"]}


def parts_of(anchor: str, formula: Formula) -> list[Counted]:
    """Return the parts of a formula, the heaviest first."""
    given = formula.parameters
    numbers = {name: intcomma(value) for name, value in given.items()}
    weights = {name.removesuffix(SUFFIX): value for name, value in given.items() if name.endswith(SUFFIX)}
    whole = sum(weights.values())
    found = []
    for name, weight in weights.items():
        # A part that has no words yet is shown by its name: a formula is in force before anybody describes it.
        label, said = PARTS[anchor].get(name, (name, ""))
        per_cent = round(100 * weight / whole) if whole else 0
        filled = max(1, round(SEGMENTS * per_cent / 100)) if weight else 0
        found.append(Counted(label, str(said) % numbers if said else "", per_cent, filled))
    return sorted(found, key=lambda part: -part.per_cent)
