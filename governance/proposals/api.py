"""Proposals for programs: what the pages show, as JSON."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router, Schema

from common.access import public_api
from governance.ground.home import home_chain, now_on
from governance.onchain.models.proposals import ProposalState

from .finding import find_proposals

router = Router(tags=["Governance"])
A_PAGE = 30


class ProposalOut(Schema):
    """A proposal; ``state`` is one of OpenZeppelin's eight, in lower case."""

    id: int
    title: str
    state: str


class ProposalsOut(Schema):
    """Proposals, the newest first."""

    items: list[ProposalOut]


@router.get("/proposals", response=ProposalsOut)
@public_api
def list_proposals(request: HttpRequest) -> dict[str, object]:
    """List the DAO's proposals."""
    chain = home_chain()
    found = find_proposals(chain, now_on(chain))[:A_PAGE]
    items = [
        {"id": each.number, "title": each.title, "state": ProposalState(each.state).name.lower()} for each in found
    ]
    return {"items": items}
