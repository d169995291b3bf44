"""Discussions of proposals for programs."""

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from common.access import member_api, public_api
from marketplace.community.api import CommentIn, CommentOut, DiscussionOut, DiscussionQuery, told, write
from marketplace.community.subjects import find_topic

from .discussed import SUBJECT, key_of

router = Router(tags=["Governance"])


@router.get("/proposals/{int:number}/discussion", response=DiscussionOut, summary="Read a proposal's discussion")
@public_api
def read_proposal_discussion(request: HttpRequest, number: int, query: Query[DiscussionQuery]) -> dict[str, Any]:
    """What is said about a proposal, with the first replies to each comment."""
    return told(find_topic(SUBJECT, key_of(number)), query)


@router.post("/proposals/{int:number}/discussion", response={201: CommentOut}, summary="Comment on a proposal")
@member_api
def write_in_proposal_discussion(request: HttpRequest, number: int, said: CommentIn) -> Status[dict[str, Any]]:
    """Say something about a proposal, or answer a comment. Send the page's token as `X-CSRFToken`."""
    return Status(201, write(request, find_topic(SUBJECT, key_of(number)), said))
