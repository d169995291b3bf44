"""What a staker has earned, from its own facts and the stream's points: as LatticeStaking computes it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Sum

from contracts.models import Chain

from .models.staking import Move, RewardFact, StakeFact, StreamPoint
from .streaming import ONE_SHIFT, Stream

Place = tuple[int, int]  # of an event: its block and its number in it


@dataclass(frozen=True)
class Earning:
    """What an account earned, as a function of what one staked unit had.

    ``steps`` are what it had staked, each from this value of ``per_unit`` (2^-128 wei) on, the oldest first.
    """

    steps: list[tuple[int, int]]

    def until(self, per_unit: int) -> int:
        """Return all that it had earned when one staked unit had ``per_unit``, in 2^-128 wei."""
        ends = [*(begun for begun, _ in self.steps[1:]), per_unit]
        stretches = zip(self.steps, ends, strict=False)  # nobody who never staked has a last one
        return sum(staked * max(0, min(end, per_unit) - begun) for (begun, staked), end in stretches)

    def between(self, start: int, end: int) -> int:
        """Return what it earned from one value of ``per_unit`` to another, in wei."""
        return (self.until(end) - self.until(start)) >> ONE_SHIFT

    def claimable(self, per_unit: int, claimed: int) -> int:
        """Return what it may claim, in wei, of which it has ``claimed`` so much before."""
        return (self.until(per_unit) - (claimed << ONE_SHIFT)) >> ONE_SHIFT


def earning_of(chain: Chain, changes: Iterable[tuple[Place, int]]) -> Earning:
    """Return what an account earned that had these stakes after these events, in their order. One query."""
    made = list(changes)
    points = _points(chain, {place[0] for place, _ in made})
    return Earning([(points[place], staked) for place, staked in made])


def claimable_at(chain: Chain, account: str, number: int, now: int) -> int:
    """Return what an account may claim, in wei, at a block whose time is ``now`` (seconds since 1970).

    It costs as much as the account itself has done.
    """
    until = {"chain": chain, "account": account, "block_number__lte": number}
    moves = StakeFact.objects.filter(**until).exclude(move=Move.WITHDRAWN).order_by("block_number", "log_index")
    earning = earning_of(chain, (((move.block_number, move.log_index), move.staked) for move in moves))
    claimed = RewardFact.objects.filter(**until, is_claim=True).aggregate(all=Sum("amount"))["all"]
    last = _stream_at(chain, number)
    return earning.claimable(last.advanced(now).per_unit, int(claimed or 0)) if last else 0


def _points(chain: Chain, blocks: Collection[int]) -> dict[Place, int]:
    found = StreamPoint.objects.filter(chain=chain, block_number__in=blocks)
    return {(block, log): int(unit) for block, log, unit in found.values_list("block_number", "log_index", "per_unit")}


def _stream_at(chain: Chain, number: int) -> Stream | None:
    points = StreamPoint.objects.filter(chain=chain, block_number__lte=number)
    last = points.order_by("-block_number", "-log_index").first()
    return stream_of(last) if last else None


def stream_of(point: StreamPoint) -> Stream:
    """Return the stream as it stood at a point."""
    return Stream(point.as_of, point.per_unit, point.streaming, point.waiting, point.total)
