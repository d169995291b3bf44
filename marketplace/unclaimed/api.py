"""Models on chain that nobody has claimed, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from accounts.addresses import checksum
from common.access import public_api

from .finding import A_PAGE, mark_others, page_of_unclaimed
from .models import UnclaimedListing

router = Router(tags=["Listings"])
MOST_ITEMS = 100
State = Literal["", "waiting", "ok", "missing", "slow", "oversize", "wrong", "invalid"]


class UnclaimedQuery(Schema):
    """Which of them."""

    state: State = Field("", description="Those whose document is in one state; empty for all.")
    limit: int = Field(A_PAGE, ge=1, le=MOST_ITEMS, description="Items in one answer.")
    cursor: str = Field("", max_length=1000, description="`next` of the answer before.")


class UnclaimedItem(Schema):
    """A final listing on a chain that no listing here stands for. Its texts are its document's: nobody checked them."""

    chain: int = Field(description="EIP-155 id.")
    model_id: str = Field(description="The model's id on that chain.")
    seller: str = Field(description="Checksummed address; only it can claim the model.")
    listed_at: datetime
    metadata: str = Field(description="What the chain names: `ipfs://` and a CID, or anything else.")
    state: str = Field(
        description="Of the document: `waiting`, `ok`, `missing`, `slow`, `oversize`, `wrong` (other bytes), `invalid`."
    )
    says: str = Field(description="What is wrong with it, in full sentences; empty where nothing is.")
    name: str = Field(description="The name that it gives itself, which may be another's; see `others_name`.")
    others_name: bool = Field(description="Whether its name begins with that of an account that is not its seller's.")
    summary: str
    task: str
    files: int = Field(description="How many files its document lists. They are not taken by their hashes.")
    card: str | None = Field(description="CID of the card that its document names; null for none.")
    card_state: str | None = Field(description="As `state`; null for none.")
    hidden: bool = Field(description="Whether moderators have hidden its texts, which are empty then.")
    checked_at: datetime | None = Field(description="When the document was looked for last.")
    url: str


class UnclaimedAnswer(Schema):
    """A page of them, the newest first."""

    items: list[UnclaimedItem]
    next: str | None = Field(description="`cursor` of the next page; null at the end.")


@router.get("/unclaimed", response=UnclaimedAnswer, summary="Models on chain that nobody has claimed")
@public_api
def list_unclaimed(request: HttpRequest, query: Query[UnclaimedQuery]) -> dict[str, Any]:
    """Return what was listed on chains with any tool and is final, until its seller claims it here."""
    page = page_of_unclaimed(query.state, query.cursor, query.limit)
    mark_others(page.items)
    return {"items": [item_of(row) for row in page.items], "next": page.next or None}


def item_of(row: UnclaimedListing) -> dict[str, Any]:
    """Return one as JSON."""
    told = row.told
    return {
        "chain": row.chain_id,
        "model_id": row.model_id,
        "seller": checksum(row.seller),
        "listed_at": row.listed_at,
        "metadata": told.named,
        "state": row.state,
        "says": told.says,
        "name": told.title,
        "others_name": row.others_name is not None,
        "summary": told.summary,
        "task": told.task,
        "files": row.files,
        "card": row.card or None,
        "card_state": row.card_state or None,
        "hidden": row.decision_id is not None,
        "checked_at": row.checked_at,
        "url": row.get_absolute_url(),
    }
