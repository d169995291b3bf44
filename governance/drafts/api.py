"""Drafts and polls for programs: what was shared, with all that it takes to check it again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from common.access import public_api
from governance.ground.home import now_on

from .actions import find_draft
from .content import CHOICES, content_hash
from .finding import ballots_of, result_of, support_for
from .guards import unguarded
from .kinds import steps_of
from .models import Choice
from .poll_actions import find_poll
from .present import Present

router = Router(tags=["Governance"])


class CallOut(Schema):
    """One call of a draft, in its place; ``value`` is wei as text. The guards before them are not among them."""

    target: str
    value: str
    calldata: str


class CosignatureOut(Schema):
    """A co-signature. ``current``: it is over ``content`` as it is now; ``power`` is that account's votes now."""

    supporter: str
    content: str
    current: bool
    power: str
    signature: str
    signed_at: datetime


class DraftOut(Schema):
    """A shared draft. ``content`` is keccak256 of the canonical JSON (RFC 8785) of title, text and actions."""

    key: str
    author: str
    title: str
    text: str
    actions: list[dict[str, Any]]
    content: str
    version: int
    changed_at: datetime
    calls: list[CallOut]
    cosignatures: list[CosignatureOut]
    proposals: list[int]
    polls: list[str]


class AnswerOut(Schema):
    """How many votes and accounts gave an answer; votes are LATTICE's smallest unit as text."""

    choice: str
    votes: str
    accounts: int


class PollBallotOut(Schema):
    """A signed answer; ``power`` is that account's votes at the snapshot."""

    voter: str
    choice: str
    reason: str
    number: int
    power: str
    signature: str
    signed_at: datetime


class PollOut(Schema):
    """A poll. It has no force. ``items`` are its ballots, the most votes first; ``next`` is the cursor of more."""

    key: str
    draft: str
    title: str
    content: str
    snapshot: datetime
    opened_at: datetime
    ends_at: datetime
    open: bool
    answers: list[AnswerOut]
    items: list[PollBallotOut]
    next: str


@router.get("/drafts/{key}", response=DraftOut)
@public_api
def get_draft(request: HttpRequest, key: str) -> dict[str, object]:
    """Read a draft that its author has shared."""
    draft = find_draft(key, "")
    content = content_hash(draft)
    steps = steps_of(draft.actions, Present(draft.chain, now_on(draft.chain)))
    batch = unguarded([step.call for step in steps if step.call])
    support = support_for(draft, content)
    plain = {name: getattr(draft, name) for name in ("key", "author", "title", "text", "actions", "version")}
    return {
        **plain,
        "content": content,
        "changed_at": draft.changed_at,
        "calls": [
            {"target": target, "value": str(value), "calldata": data}
            for target, value, data in zip(batch.targets, batch.values, batch.calldatas, strict=True)
        ],
        "cosignatures": [
            {
                **{name: getattr(each, name) for name in ("supporter", "content", "signature", "signed_at")},
                "current": each.content == content,
                "power": str(each.power),
            }
            for each in support.all
        ],
        "proposals": draft.proposals,
        "polls": list(draft.polls.order_by("-opened_at").values_list("key", flat=True)),
    }


@router.get("/polls/{key}", response=PollOut)
@public_api
def get_poll(request: HttpRequest, key: str, after: str = "") -> dict[str, object]:
    """Read a poll with a page of its ballots."""
    poll = find_poll(key)
    result, page = result_of(poll), ballots_of(poll, cursor=after)
    names = ("key", "title", "content", "snapshot", "opened_at", "ends_at")
    return {
        **{name: getattr(poll, name) for name in names},
        "draft": poll.draft.key,
        "open": result.is_open,
        "answers": [
            {"choice": CHOICES[each.choice], "votes": str(each.votes), "accounts": each.ballots}
            for each in result.answers
        ],
        "items": [
            {
                **{name: getattr(each, name) for name in ("voter", "reason", "number", "signature", "signed_at")},
                "choice": CHOICES[Choice(each.choice)],
                "power": str(each.power),
            }
            for each in page.items
        ],
        "next": page.next,
    }
