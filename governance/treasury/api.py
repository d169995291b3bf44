"""The treasury for programs: what its page shows, as JSON. Amounts are smallest units, as decimal strings."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from common.access import public_api
from contracts.names import TREASURY
from governance.ground.home import home_chain, now_on
from governance.onchain.models.treasury import SpendingFact

from .books import Holding, books_of
from .fees import Fee, Stand, fees_of
from .outflow import Waiting, spendings, title_of, waiting_in

router = Router(tags=["Governance"])


class SpendingsQuery(Schema):
    """Which payments."""

    limit: int = Field(30, ge=1, le=100, description="Items in one answer.")
    after: str = Field("", max_length=1_000, description="`next` of the answer before.")


class RunwayOut(Schema):
    """What came and went in so many days, and how many days what is held lasts; null where it does not shrink."""

    days: int
    came: str
    went: str
    lasts_days: int | None


class HoldingOut(Schema):
    """An asset of the treasury. The caps are null where it is uncapped."""

    asset: str = Field(description="Address of the token; the zero address is the chain's coin.")
    symbol: str
    decimals: int | None
    held: str
    counted_at_block: int | None = Field(description="Where the chain was asked what it holds; null: by events alone.")
    capped: bool
    spent_30_days: str
    month_cap_left: str | None = Field(description="What is left of the cap of thirty days.")
    batch_cap: str | None = Field(description="What the next proposal may take.")
    fee_vault: str = Field(description="What waits in the fee vault, for anybody to divide.")
    runway: list[RunwayOut]


class FeesOut(Schema):
    """All fees that sales in a currency have paid, without referrers' parts, by how far they have come."""

    asset: str
    maturing: str
    due: str
    distributed: str


class OperationOut(Schema):
    """A proposal that waits in the timelock."""

    proposal: int
    title: str
    eta: datetime
    expires: datetime
    ready: bool


class SpendingOut(Schema):
    """What a batch took away of an asset, and the proposal that it was of."""

    time: datetime
    asset: str
    amount: str
    proposal: int | None
    title: str
    transaction: str
    block: int
    final: bool


class TreasuryOut(Schema):
    """The treasury at the last indexed block."""

    address: str
    block: int
    time: datetime
    batch_cap_bps: int
    month_cap_bps: int
    holdings: list[HoldingOut]
    fees: list[FeesOut]
    queue: list[OperationOut]


class SpendingsOut(Schema):
    """Payments, the newest first."""

    items: list[SpendingOut]
    next: str | None = Field(description="Cursor of the next page; null at the end.")


@router.get("/treasury", response=TreasuryOut, summary="The treasury")
@public_api
def get_treasury(request: HttpRequest) -> dict[str, object]:
    """Return what the treasury holds, what its caps leave, what fees are on their way, and what waits."""
    chain = home_chain()
    now, head = now_on(chain), chain.head()
    books = books_of(chain, now, head)
    return {
        "address": chain.deployment.get(TREASURY, ""),
        "block": head,
        "time": now,
        "batch_cap_bps": books.batch_bps,
        "month_cap_bps": books.month_bps,
        "holdings": [_holding(each) for each in books.holdings],
        "fees": _fees(fees_of(chain)),
        "queue": [_operation(each) for each in waiting_in(chain, now)],
    }


def _holding(each: Holding) -> dict[str, object]:
    paces = [
        {"days": pace.days, "came": str(pace.came), "went": str(pace.went), "lasts_days": pace.lasts}
        for pace in each.runways
    ]
    return {
        "asset": each.currency.token,
        "symbol": each.currency.symbol,
        "decimals": each.currency.decimals,
        "held": str(each.held),
        "counted_at_block": each.read_block,
        "capped": each.is_capped,
        "spent_30_days": str(each.went.month),
        "month_cap_left": str(each.month_left) if each.is_capped else None,
        "batch_cap": str(each.batch_most) if each.is_capped else None,
        "fee_vault": str(each.vault),
        "runway": paces,
    }


def _fees(fees: list[Fee]) -> list[dict[str, object]]:
    sums: dict[str, dict[Stand, int]] = defaultdict(lambda: defaultdict(int))
    for fee in fees:
        sums[fee.token][fee.stand] += fee.net
    names = {"maturing": Stand.MATURING, "due": Stand.DUE, "distributed": Stand.GIVEN}
    return [
        {"asset": token, **{name: str(found[stand]) for name, stand in names.items()}}
        for token, found in sorted(sums.items())
    ]


def _operation(each: Waiting) -> dict[str, object]:
    return {
        "proposal": each.proposal.number,
        "title": each.proposal.title,
        "eta": each.proposal.eta,
        "expires": each.expires,
        "ready": each.is_ready,
    }


@router.get("/treasury/spendings", response=SpendingsOut, summary="What left the treasury")
@public_api
def list_spendings(request: HttpRequest, asked: Query[SpendingsQuery]) -> dict[str, object]:
    """Return what left the treasury, a page at a time."""
    chain = home_chain()
    final = chain.final_block()
    page = spendings(chain, asked.after, asked.limit)
    return {"items": [_spending(fact, final) for fact in page.items], "next": page.next or None}


def _spending(fact: SpendingFact, final: int) -> dict[str, object]:
    by = title_of(fact)
    return {
        "time": fact.time,
        "asset": fact.asset,
        "amount": str(fact.amount),
        "proposal": by.number if by else None,
        "title": by.title if by else "",
        "transaction": fact.tx_hash,
        "block": fact.block_number,
        "final": fact.block_number <= final,
    }
