"""What accounts have of LATTICE, and what votes they have: all of it in one query, however many events made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, CharField, Count, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from common.fields import WeiField
from contracts.models import Chain, Tally
from contracts.names import COIN

from .models.power import BALANCE, LOCKED, POWER, OnchainDelegation, PowerFact
from .models.staking import LEAVING, STAKED, Move, StakeFact

TALLIES = {"balance": BALANCE, "locked": LOCKED, "staked": STAKED, "leaving": LEAVING, "power": POWER}


@dataclass(frozen=True)
class Holding:
    """An account's LATTICE in its smallest unit, at the last indexed block.

    ``locked`` of ``balance`` cannot be moved: what is ``staked``, and what is ``leaving`` until it is drawn, which it
    can be from ``free_at`` on. ``power`` is its votes, ``delegate`` whose votes its balance is ("" or COIN: nobody's),
    and ``delegate_power`` all that one's. ``delegators`` is how many accounts delegate to it, itself among them, and
    ``changed_block`` the block in which its power changed last (0: never).
    """

    account: str
    balance: int = 0
    locked: int = 0
    staked: int = 0
    leaving: int = 0
    power: int = 0
    delegate: str = ""
    delegate_power: int = 0
    delegators: int = 0
    free_at: datetime | None = None
    changed_block: int = 0

    @property
    def free(self) -> int:
        """What can be moved, and staked."""
        return self.balance - self.locked

    @property
    def has_delegate(self) -> bool:
        """Whether its balance votes."""
        return self.delegate not in ("", COIN)

    @property
    def is_own_delegate(self) -> bool:
        """Whether it votes with its balance itself."""
        return self.delegate == self.account


def holdings_of(chain: Chain, accounts: Sequence[str]) -> dict[str, Holding]:
    """Return what these accounts have. One query."""
    return holdings_with(chain, accounts)[0]


def holdings_with(chain: Chain, accounts: Sequence[str], **more: Any) -> tuple[dict[str, Holding], dict[str, Any]]:
    """Return what these accounts have, and what ``more`` says of the chain's row, by name. One query for all of it."""
    wanted = list(dict.fromkeys(accounts))
    made = [holding_parts(account) for account in wanted]
    parts = {f"a{place}_{name}": part for place, each in enumerate(made) for name, part in each.items()} | more
    row = Chain.objects.filter(pk=chain.pk).annotate(**parts).values(*parts).get()
    found = {
        account: Holding(account, **{name: row[f"a{place}_{name}"] for name in made[place]})
        for place, account in enumerate(wanted)
    }
    return found, {name: row[name] for name in more}


def tally_of(kind: str, key: Any) -> Coalesce:
    """Return a kept sum of the outer query's chain as SQL: that of a key, or of a column that ``OuterRef`` names."""
    kept = Tally.objects.filter(chain=OuterRef("pk"), kind=kind, key=key).values("amount")
    return Coalesce(Subquery(kept), Value(0), output_field=WeiField())


def holding_parts(account: Any) -> dict[str, Any]:
    """Return the fields of an account's Holding as SQL over chains; ``account`` may be a value that is given later."""
    parts: dict[str, Any] = {name: tally_of(kind, account) for name, kind in TALLIES.items()}
    here = {"chain": OuterRef("pk")}
    delegated = OnchainDelegation.objects.filter(**here, delegator=account).values("delegate")
    parts["delegate"] = Coalesce(Subquery(delegated), Value(""), output_field=CharField())
    their = OnchainDelegation.objects.filter(chain=OuterRef("chain"), delegator=account).values("delegate")
    power = Tally.objects.filter(chain=OuterRef("pk"), kind=POWER, key=Subquery(their)).values("amount")
    parts["delegate_power"] = Coalesce(Subquery(power), Value(0), output_field=WeiField())
    delegators = OnchainDelegation.objects.filter(**here, delegate=account).order_by()
    count = Subquery(delegators.values("chain").annotate(n=Count("pk")).values("n"))
    parts["delegators"] = Coalesce(count, Value(0), output_field=BigIntegerField())
    moves = StakeFact.objects.filter(**here, account=account, move=Move.UNSTAKED)
    parts["free_at"] = Subquery(moves.order_by("-block_number", "-log_index").values("free_at")[:1])
    changes = PowerFact.objects.filter(**here, account=account).order_by("-time", "-block_number", "-log_index")
    parts["changed_block"] = Coalesce(Subquery(changes.values("block_number")[:1]), Value(0))
    return parts
