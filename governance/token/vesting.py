"""The contributors' LATTICE: what has vested by when, and what was drawn of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import CharField, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.formats import date_format

from common.fields import WeiField
from contracts.errors import ChainError
from contracts.models import Chain
from contracts.names import TOKEN, VESTING
from governance.ground.course import HEIGHT, TOP, Line, scale_of
from governance.onchain.models.grants import BeneficiaryFact, VestingFact

from .fixed import fixed

VIEWS = ("start", "cliff", "end")  # fixed when it is deployed


@dataclass(frozen=True)
class Vesting:
    """The schedule: nothing before ``cliff``, then in proportion from ``start`` to ``end``; in the smallest unit.

    ``total`` is what it held from the beginning, ``released`` what was drawn, for ``beneficiary``.
    """

    start: datetime
    cliff: datetime
    end: datetime
    now: datetime
    total: int
    released: int
    beneficiary: str

    def vested_at(self, time: datetime) -> int:
        """Return what has vested at a time, as OpenZeppelin's VestingWallet computes it."""
        if time < self.cliff:
            return 0
        whole = int((self.end - self.start).total_seconds())
        passed = int((min(time, self.end) - self.start).total_seconds())
        return self.total * passed // whole if whole else self.total

    @property
    def vested(self) -> int:
        """What has vested now."""
        return self.vested_at(self.now)

    @property
    def scale(self) -> list[Line]:
        """The lines of the plot."""
        return scale_of(self.total)

    @property
    def corners(self) -> list[tuple[float, float]]:
        """The course: x in per cent, y in CSS pixels."""
        at_cliff = self.vested_at(self.cliff)
        points = [(self.start, 0), (self.cliff, 0), (self.cliff, at_cliff), (self.end, self.total)]
        return [(self._x(time), self._y(amount)) for time, amount in points]

    @property
    def lines(self) -> list[tuple[float, float, float, float]]:
        """The same as lines from corner to corner."""
        corners = self.corners
        return [(*one, *other) for one, other in pairwise(corners)]

    @property
    def here(self) -> tuple[float, float]:
        """Where the present stands in the plot."""
        return self._x(min(self.now, self.end)), self._y(self.vested)

    @property
    def rows(self) -> list[tuple[datetime, int]]:
        """The table: the cliff, and each half year from then on."""
        half, times = timedelta(days=182.5), [self.start, self.cliff]
        while times[-1] + half < self.end:
            times.append(times[-1] + half)
        return [(time, self.vested_at(time)) for time in [*times, self.end]]

    @property
    def days(self) -> list[tuple[float, str]]:
        """The days that are named along the foot."""
        return [(self._x(time), date_format(time, "M Y")) for time in (self.start, self.cliff, self.end)]

    def _x(self, time: datetime) -> float:
        return round(100 * ((time - self.start) / max(self.end - self.start, timedelta(seconds=1))), 2)

    def _y(self, amount: int) -> float:
        return round(TOP + HEIGHT * (1 - amount / (self.scale[-1].value or 1)), 2)


def released(chain: Chain) -> dict[str, Any]:
    """Return what was drawn and for whom it vests, as SQL of the chain's row."""
    facts = VestingFact.objects.filter(chain=OuterRef("pk"), token=chain.deployment.get(TOKEN, ""))
    drawn = facts.order_by().values("chain").annotate(all=Sum("amount")).values("all")
    owners = BeneficiaryFact.objects.filter(chain=OuterRef("pk")).order_by("-block_number", "-log_index")
    return {
        "released": Coalesce(Subquery(drawn), 0, output_field=WeiField()),
        "beneficiary": Coalesce(Subquery(owners.values("beneficiary")[:1]), Value(""), output_field=CharField()),
    }


def vesting_of(chain: Chain, read: dict[str, Any], held: int, now: datetime) -> Vesting | None:
    """Return the schedule of what the contract holds; None where there is none, or the chain does not say it now."""
    if VESTING not in chain.deployment:
        return None
    try:
        start, cliff, end = (datetime.fromtimestamp(second, UTC) for second in fixed(chain, VESTING, VIEWS))
    except ChainError:  # the rest of the page stands without it
        return None
    return Vesting(start, cliff, end, now, held + read["released"], read["released"], read["beneficiary"])
