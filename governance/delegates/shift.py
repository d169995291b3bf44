"""What a delegation would change: the power of both sides, before and after."""

from __future__ import annotations

from dataclasses import dataclass

from governance.onchain.holdings import Holding


@dataclass(frozen=True)
class Shift:
    """An account's votes before and after, in the smallest unit of LATTICE."""

    account: str
    before: int
    after: int


def shift_of(mine: Holding, to: Holding) -> list[Shift]:
    """Return what moves if ``mine`` is delegated to ``to``: whom it goes to first; nothing where it is already."""
    if mine.delegate == to.account:
        return []
    gains = Shift(to.account, to.power, to.power + mine.balance)
    if not mine.has_delegate:
        return [gains]
    return [gains, Shift(mine.delegate, mine.delegate_power, mine.delegate_power - mine.balance)]
