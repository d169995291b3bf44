"""All that the token's page shows, in six queries with those of the visitor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.models import Chain
from contracts.names import DAO, GUARD, STAKING, TOKEN, TREASURY, VESTING
from governance.onchain.holdings import Holding, holdings_with

from .grants import Grant, grant_of, grants
from .holders import HolderRow, holders_of
from .supply import Concentration, Supply, concentration_of, supply_of, totals
from .vesting import Vesting, released, vesting_of

NAMED = (TOKEN, DAO, STAKING, TREASURY, VESTING, "LatticeClaim", "LatticeFaucet", "VoteRelay", GUARD)


@dataclass(frozen=True)
class TokenPage:
    """The supply and where it is, who decides, the vesting, holders, and what the visitor has and can get."""

    supply: Supply
    concentration: Concentration
    vesting: Vesting | None
    holders: list[HolderRow]
    next_holders: str
    mine: Holding | None
    grant: Grant
    contracts: list[tuple[str, str]]


def token_of(chain: Chain, account: str, now: datetime, *, cursor: str = "") -> TokenPage:
    """Return what the page shows to an account, or to nobody where it is empty. Raises CursorError."""
    parts = {**totals(), **released(chain), **(grants(account) if account else {})}
    held, read = holdings_with(chain, [account] if account else [], **parts)
    supply = supply_of(chain, read)
    vested = next((place.amount for place in supply.places if place.kind == "vesting"), 0)
    holders, following = holders_of(chain, cursor=cursor)
    return TokenPage(
        supply,
        concentration_of(chain, supply.awake),
        vesting_of(chain, read, vested, now),
        holders,
        following,
        held.get(account),
        grant_of(chain, read, account, now),
        [(name, chain.deployment[name]) for name in NAMED if name in chain.deployment],
    )
