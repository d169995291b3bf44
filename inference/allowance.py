"""How much a visitor may still use, for showing it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.templatetags.look import compact

from .access import Visitor, ground_of
from .actions import current_window, window_keys

SEGMENTS = 8


@dataclass(frozen=True)
class Allowance:
    """Tokens left of a budget, the slice of eight that shows them, and the sentence beside it."""

    left: int
    budget: int
    filled: int
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def allowance_of(visitor: Visitor, listing: str) -> Allowance:
    """Return what is left to a visitor of a listing: of their access, or of the free tokens of today."""
    ground = ground_of(visitor, listing)
    left = budget = 0
    ends = ""
    for scope, key, whole, days in reversed(window_keys(ground)):
        window = current_window(scope, key, days)
        here = window.left if window else whole
        if not budget:
            left, budget = here, window.budget if window else whole
            ends = date_format(window.ends) if window and days > 1 else ""
        left = min(left, here)
    words = {"left": compact(left), "budget": compact(budget), "ends": ends}
    if not ground.holds:
        sentence = _("%(left)s of %(budget)s free tokens left today") % words
    elif ends:
        sentence = _("%(left)s of %(budget)s tokens left until %(ends)s") % words
    else:
        sentence = _("%(left)s of %(budget)s tokens left for 30 days") % words
    return Allowance(left, budget, -(-left * SEGMENTS // budget), sentence)
