"""How much a visitor may still use, for display."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.templatetags.look import compact

from .access import Ground, Visitor, ground_of, is_known
from .choosing import is_free, serving
from .models import Upstream
from .quotas import Limit, days_of, limits_of

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
    return left_of(ground_of(visitor, listing, known=is_known(visitor)), lambda: serving(listing))


def left_of(ground: Ground, found: Callable[[], Iterable[Upstream]]) -> Allowance:
    """Return the same, by the ground and what answers for the listing. One trip to the database."""
    today = timezone.now().date()
    if ground.pays:
        return Allowance(0, 0, 0, _("Paid from your prepaid balance"))
    if not ground.holds and not any(is_free(each) for each in found()):
        return Allowance(0, 0, 0, _("Its seller lets only those ask who bought access"))
    limits = limits_of(ground)
    days = days_of(limits, today)
    used = [sum(spent + reserved for _starts, spent, reserved in each) for each in days]
    left = min(max(0, limit.budget - spent) for limit, spent in zip(limits, used, strict=True))
    budget = limits[-1].budget
    words = {"left": compact(left), "budget": compact(budget)}
    if ground.holds:
        sentence = _held(limits[-1], days[-1], words)
    else:
        whole = {"left": intcomma(left), "budget": intcomma(budget)}
        sentence = _("%(left)s of %(budget)s free tokens left today") % whole
    # Rounded up: the slice is empty only when nothing is left.
    return Allowance(left, budget, -(-left * SEGMENTS // budget), sentence)


def _held(limit: Limit, used: Sequence[tuple[date, int, int]], words: dict[str, str]) -> str:
    """Say what is left of the last days' tokens, and when the first of those that were used come back."""
    days = {**words, "days": limit.days}
    oldest = next(((starts, spent) for starts, spent, _reserved in used if spent), None)
    if oldest is None:
        return _("%(left)s of %(budget)s tokens left for %(days)s days") % days
    back = {"back": compact(oldest[1]), "day": date_format(oldest[0] + timedelta(days=limit.days), "j M Y")}
    return _("%(left)s of %(budget)s tokens left in %(days)s days; %(back)s come back on %(day)s") % {**days, **back}
