"""The token for programs: what the page shows, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from accounts.addresses import checksum
from common.access import public_api
from governance.ground.home import home_chain, now_on

from .page import token_of

router = Router(tags=["Governance"])


class PlaceItem(Schema):
    """A place where LATTICE is."""

    kind: str = Field(description="`treasury`, `vesting`, `claim`, `others`, `staked`, `wallets`.")
    amount: str
    address: str | None


class HolderItem(Schema):
    """A holder."""

    address: str
    contract: str | None = Field(description="Its name, where it is one of the protocol's own.")
    balance: str
    locked: str
    delegate: str | None


class TokenOut(Schema):
    """LATTICE; amounts are in its smallest unit, as decimal strings."""

    address: str
    symbol: str
    decimals: int
    supply: str
    votable: str = Field(description="What could vote: all but what the protocol's own contracts hold.")
    awake: str = Field(description="Delegated to somebody.")
    asleep: str = Field(description="Could vote, and is delegated to nobody.")
    staked: str
    holders: int
    nakamoto: int | None = Field(description="How few delegates have more than half of the votes that are awake.")
    places: list[PlaceItem]
    items: list[HolderItem] = Field(description="A page of the holders, the most first.")
    next: str
    block: int = Field(description="The block that all of it is as of.")
    time: datetime


class TokenQuery(Schema):
    """Which page of the holders."""

    cursor: str = Field("", max_length=500, description="`next` of the answer before.")


@router.get("/token", response=TokenOut)
@public_api
def show_token(request: HttpRequest, query: Query[TokenQuery]) -> dict[str, Any]:
    """Show the supply of LATTICE, where it is, how it votes, and who holds it."""
    chain = home_chain()
    now = now_on(chain)
    found = token_of(chain, "", now, cursor=query.cursor)
    supply = found.supply
    return {
        "address": checksum(chain.deployment["LatticeToken"]),
        "symbol": "LATTICE",
        "decimals": 18,
        "supply": str(supply.all),
        **{name: str(getattr(supply, name)) for name in ("votable", "awake", "asleep", "staked")},
        "holders": supply.holders,
        "nakamoto": found.concentration.nakamoto,
        "places": [
            {"kind": each.kind, "amount": str(each.amount), "address": checksum(each.address) if each.address else None}
            for each in supply.places
        ],
        "items": [
            {
                "address": checksum(row.address),
                "contract": row.name or None,
                "balance": str(row.balance),
                "locked": str(row.locked),
                "delegate": checksum(row.delegate) if row.delegate else None,
            }
            for row in found.holders
        ],
        "next": found.next_holders,
        "block": chain.head(),
        "time": now,
    }
