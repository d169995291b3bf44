"""Whether a pass can be handed on, in the same words wherever one pass is shown: its model, its order, its account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from contracts.names import DAY


@dataclass(frozen=True)
class Passing:
    """What the seller allows to be done with a pass, and the day from which it moves; None where it does already."""

    transfers: bool
    resale: bool
    unlocks: date | None = None

    @property
    def is_allowed(self) -> bool:
        """Whether it can be handed on, now or later."""
        return self.transfers or self.resale

    @property
    def is_free(self) -> bool:
        """Whether it can be handed on now."""
        return self.is_allowed and self.unlocks is None

    @property
    def text(self) -> str:
        """The same, as what is said of a pass: ``can be transferred from 7 December``."""
        if not self.is_allowed:
            return _("cannot be transferred")
        if self.unlocks is None:
            return _("can be transferred") if self.transfers else _("can be resold")
        said = _("can be transferred from %(day)s") if self.transfers else _("can be resold from %(day)s")
        return said % {"day": date_format(self.unlocks, "j M")}


def unlocked(locked_through: int, today: date) -> date | None:
    """Return the day from which a pass moves, None once it has come: the day after a last one, in days since 1970."""
    day = datetime.fromtimestamp((locked_through + 1) * DAY, UTC).date()
    return day if day > today else None
