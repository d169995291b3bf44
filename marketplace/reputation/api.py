"""Somebody's reputation for programs."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from accounts.addresses import checksum, parse_address
from common.access import public_api

from .finding import reputation_of

router = Router(tags=["People"])


class PartItem(Schema):
    """One part of a score."""

    name: str
    points: int = Field(description="Millionths of a hundred per cent.")
    weight: int = Field(description="Its weight beside the others.")
    known: bool = Field(description="Whether enough is known for it to count.")


class FormulaItem(Schema):
    """By which formula it was reckoned; `/reputation` explains it."""

    version: int
    parameters: dict[str, int]


class ReputationItem(Schema):
    """A reputation in a role on a chain."""

    role: str = Field(description="`seller` or `reviewer`.")
    chain: int = Field(description="EIP-155 id of the chain.")
    score: float | None = Field(description="0 to 100; null where too little counts.")
    n: int = Field(description="Of how many buyers, or reviews.")
    facts: dict[str, int] = Field(description="What was counted.")
    parts: list[PartItem]
    formula: FormulaItem
    block: int = Field(description="The block that was final.")
    time: datetime = Field(description="When that block was made.")


class Reputations(Schema):
    """An address's reputations."""

    address: str
    items: list[ReputationItem]


@router.get("/people/{address}/reputation", response=Reputations, summary="An address’s reputation")
@public_api
def get_reputation(request: HttpRequest, address: str) -> dict[str, Any]:
    """Return what an address is worth as a seller and as a reviewer, with every part and what was counted."""
    account = parse_address(address)
    items = [
        {
            "role": each.row.role,
            "chain": each.row.chain_id,
            "score": each.row.points,
            "n": each.row.n,
            "facts": each.row.facts,
            "parts": each.row.parts,
            "formula": {"version": each.row.formula, "parameters": each.parameters},
            "block": each.row.reckoning.block_number,
            "time": each.row.reckoning.block_time,
        }
        for each in reputation_of(account)
    ]
    return {"address": checksum(account), "items": items}
