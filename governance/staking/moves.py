"""What an account did with its stake, and drew: its moves, and what they earned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, DateTimeField, F, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from common.fields import WeiField
from contracts.models import Chain
from governance.onchain.models.staking import Move, RewardFact, StakeFact
from governance.onchain.rewards import Earning, earning_of

CLAIMED = "RewardClaimed"
COLUMNS = ("block_number", "log_index", "time", "tx_hash", "kind", "amount", "staked", "free_at")
SENTENCES: dict[str, StrOrPromise] = {
    Move.STAKED: _("staked"),
    Move.UNSTAKED: _("took back, cooling"),
    Move.RESTAKED: _("staked again"),
    Move.WITHDRAWN: _("withdrew"),
    CLAIMED: _("claimed rewards"),
}


@dataclass(frozen=True)
class StakeMove:
    """A move: ``amount`` is LATTICE, of a claim coin, in the smallest unit; ``staked`` is the stake after it."""

    block_number: int
    log_index: int
    time: datetime
    tx_hash: str
    kind: str
    amount: int
    staked: int
    free_at: datetime | None

    @property
    def is_claim(self) -> bool:
        """Whether coin was drawn."""
        return self.kind == CLAIMED

    @property
    def words(self) -> StrOrPromise:
        """What was done."""
        return SENTENCES[self.kind]


def moves_of(chain: Chain, account: str) -> list[StakeMove]:
    """Return all that an account did with its stake, the newest first. One query."""
    never = Cast(Value(None), DateTimeField())
    stakes = StakeFact.objects.filter(chain=chain, account=account).annotate(kind=F("move")).values_list(*COLUMNS)
    claims = RewardFact.objects.filter(chain=chain, account=account, is_claim=True).annotate(
        kind=Value(CLAIMED, output_field=CharField()), staked=Value(0, output_field=WeiField()), free_at=never
    )
    rows = stakes.union(claims.values_list(*COLUMNS), all=True).order_by("-block_number", "-log_index")
    return [StakeMove(*row) for row in rows]


def claimed_in(moves: Sequence[StakeMove]) -> int:
    """Return all that was drawn, in wei."""
    return sum(move.amount for move in moves if move.is_claim)


def earning_in(chain: Chain, moves: Sequence[StakeMove]) -> Earning:
    """Return what these moves earned. One query, none where there are none."""
    changes = [
        ((move.block_number, move.log_index), move.staked)
        for move in reversed(moves)
        if not move.is_claim and move.kind != Move.WITHDRAWN
    ]
    return earning_of(chain, changes) if changes else Earning([])
