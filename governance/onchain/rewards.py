"""What a staker has earned, from its own facts and the stream's points: as LatticeStaking computes it."""

from __future__ import annotations

from itertools import chain as both

from contracts.models import Chain

from .models.staking import Move, RewardFact, StakeFact, StreamPoint
from .streaming import ONE_SHIFT, Stream


def claimable_at(chain: Chain, account: str, number: int, now: int) -> int:
    """Return what an account may claim, in wei, at a block whose time is ``now`` (seconds since 1970).

    It costs as much as the account itself has done.
    """
    until = {"chain": chain, "account": account, "block_number__lte": number}
    moves = StakeFact.objects.filter(**until).exclude(move=Move.WITHDRAWN)
    claims = RewardFact.objects.filter(**until, is_claim=True)
    settled: list[StakeFact | RewardFact] = sorted(
        both(moves, claims), key=lambda fact: (fact.block_number, fact.log_index)
    )
    points = _points(chain, [(fact.block_number, fact.log_index) for fact in settled])
    staked = earned = per_unit = 0
    for fact in settled:
        point = points[fact.block_number, fact.log_index]
        earned, per_unit = earned + staked * (point.per_unit - per_unit), point.per_unit
        if isinstance(fact, StakeFact):
            staked = fact.staked
        else:
            earned -= fact.amount << ONE_SHIFT
    last = _stream_at(chain, number)
    if last is None:
        return 0
    return (earned + staked * (last.advanced(now).per_unit - per_unit)) >> ONE_SHIFT


def _points(chain: Chain, places: list[tuple[int, int]]) -> dict[tuple[int, int], StreamPoint]:
    blocks = {block for block, _ in places}
    found = StreamPoint.objects.filter(chain=chain, block_number__in=blocks)
    return {(point.block_number, point.log_index): point for point in found}


def _stream_at(chain: Chain, number: int) -> Stream | None:
    points = StreamPoint.objects.filter(chain=chain, block_number__lte=number)
    last = points.order_by("-block_number", "-log_index").first()
    if last is None:
        return None
    return Stream(last.as_of, last.per_unit, last.streaming, last.waiting, last.total)
