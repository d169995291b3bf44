"""Parameters for programs: what the page shows, as JSON. Values are in the contract's units, as decimal strings."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Router, Schema

from common.access import public_api
from governance.ground.home import home_chain, now_on
from governance.onchain.models.proposals import ProposalState

from .changes import Change, Course, courses_of

router = Router(tags=["Governance"])


class ChangeOut(Schema):
    """A number was set; ``old`` is null the first time, and ``proposal`` where no proposal did it."""

    time: datetime
    old: str | None
    new: str
    proposal: int | None
    transaction: str
    block: int


class WantedOut(Schema):
    """What a proposal under way would set it to."""

    proposal: int
    state: str
    value: str


class ParameterOut(Schema):
    """A number on a chain."""

    key: str
    chain: str = Field(description="Short name of the chain.")
    contract: str
    name: str
    meaning: str
    unit: str = Field(
        description="`bps`: 1/10,000; `seconds`; `coins`: smallest units of the coin; `votes`: smallest "
        "units of LATTICE; `percent`."
    )
    value: str | None = Field(description="Null where nothing was recorded.")
    least: str
    most: str
    start: str
    history: list[ChangeOut] = Field(description="The oldest first.")
    proposals: list[WantedOut]


class ParametersOut(Schema):
    """Every number that a proposal can change."""

    block: int
    items: list[ParameterOut]


@router.get("/parameters", response=ParametersOut, summary="Parameters")
@public_api
def list_parameters(request: HttpRequest) -> dict[str, object]:
    """Return every number with its bounds, its history, and what proposals under way would make of it."""
    chain = home_chain()
    courses = courses_of(chain, now_on(chain))
    return {"block": chain.head(), "items": [_parameter(each) for found in courses.values() for each in found]}


def _parameter(course: Course) -> dict[str, object]:
    known = course.definition
    return {
        "key": known.key,
        "chain": course.chain.short_name,
        "contract": known.contract,
        "name": str(known.name),
        "meaning": str(known.meaning),
        "unit": known.unit,
        "value": None if course.value is None else str(course.value),
        "least": str(known.least),
        "most": str(known.most),
        "start": str(course.changes[0].new if course.changes else known.start),
        "history": [_change(each) for each in course.changes],
        "proposals": [
            {
                "proposal": each.proposal.number,
                "state": ProposalState(each.proposal.state).name.lower(),
                "value": str(each.value),
            }
            for each in course.wanted
        ],
    }


def _change(each: Change) -> dict[str, object]:
    return {
        "time": each.time,
        "old": None if each.old is None else str(each.old),
        "new": str(each.new),
        "proposal": each.by.number if each.by else None,
        "transaction": each.tx_hash,
        "block": each.block_number,
    }
