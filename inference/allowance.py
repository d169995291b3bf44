"""How much a visitor may still use, for display."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.templatetags.look import compact

from .access import Visitor, ground_of, is_known
from .choosing import is_free, serving
from .quotas import Limit, limits_of, used_of

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
    """Return what is left to a visitor of a listing: of their access, or of the free tokens of today.

    May ask the chain, so it must not be called inside a transaction.
    """
    ground, today = ground_of(visitor, listing, known=is_known(visitor)), timezone.now().date()
    if ground.pays:
        return Allowance(0, 0, 0, _("Paid from your prepaid balance"))
    if not ground.holds and not any(is_free(each) for each in serving(listing)):
        return Allowance(0, 0, 0, _("Its seller lets only those ask who bought access"))
    limits = limits_of(ground)
    left, budget = min(max(0, limit.budget - used_of(limit, today)) for limit in limits), limits[-1].budget
    words = {"left": compact(left), "budget": compact(budget)}
    if ground.holds:
        sentence = _held(limits[-1], today, words)
    else:
        whole = {"left": intcomma(left), "budget": intcomma(budget)}
        sentence = _("%(left)s of %(budget)s free tokens left today") % whole
    # Rounded up: the slice is empty only when nothing is left.
    return Allowance(left, budget, -(-left * SEGMENTS // budget), sentence)


def _held(limit: Limit, today: date, words: dict[str, str]) -> str:
    """Say what is left of the last days' tokens, and when the first of those that were used come back."""
    days = {**words, "days": limit.days}
    oldest = limit.rows(today).filter(spent__gt=0).order_by("starts").first()
    if oldest is None:
        return _("%(left)s of %(budget)s tokens left for %(days)s days") % days
    back = {"back": compact(oldest.spent), "day": date_format(oldest.starts + timedelta(days=limit.days), "j M Y")}
    return _("%(left)s of %(budget)s tokens left in %(days)s days; %(back)s come back on %(day)s") % {**days, **back}
