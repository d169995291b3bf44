"""What is behind a proposal's figures: its votes and their sums as files, and each event as it came."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse

from common.access import public
from common.files import stream_csv
from common.htmx import render_page
from common.text import as_cell
from contracts.models import Event
from contracts.names import DAO
from governance.onchain.models.proposals import Support

from .course import subject_of
from .errors import EventNotFoundError
from .seen import see, standing_of
from .standing import Standing
from .votes import HEAVIEST, AskedVotes, votes_on

KEEP = 5  # seconds
VOTE_COLUMNS = ("voter", "vote", "votes_smallest_units", "time", "block", "transaction", "log_index", "reason")
CURVE_COLUMNS = ("time", "for", "against", "abstain", "quorum", "voters")


@public(cache_seconds=KEEP)
def votes_csv(request: HttpRequest, number: int) -> HttpResponse:
    """The votes on a proposal, filtered as on its page, as a file."""
    asked = AskedVotes.of(request.GET.dict())
    votes = votes_on(standing_of(number).proposal, asked).order_by(HEAVIEST.key.desc(), "pk")
    rows = (
        (
            vote.voter,
            Support(vote.support).name.lower(),
            vote.weight,
            vote.time.isoformat(),
            vote.block_number,
            vote.tx_hash,
            vote.log_index,
            as_cell(vote.reason),
        )
        for vote in votes.iterator()
    )
    return stream_csv(f"proposal-{number}-votes.csv", VOTE_COLUMNS, rows)


@public(cache_seconds=KEEP)
def curve_csv(request: HttpRequest, number: int) -> HttpResponse:
    """The votes over time as they are drawn, in the smallest unit, as a file."""
    seen = see(number)
    points = seen.curve.points if seen.curve else []
    quorum = seen.proposal.quorum
    rows = [
        (point.at.isoformat(), point.in_favour, point.against, point.abstain, quorum, point.voters) for point in points
    ]
    return stream_csv(f"proposal-{number}-power.csv", CURVE_COLUMNS, rows)


@public(cache_seconds=KEEP)
def proposal_event(request: HttpRequest, number: str, tx_hash: str, index: str) -> HttpResponse:
    """An event of a proposal as the chain told it."""
    standing = standing_of(int(number))
    chain = standing.proposal.chain
    event = _event_of(standing, tx_hash, int(index))
    context = {
        "chain": chain,
        "proposal": standing.proposal,
        "event": event,
        "arguments": json.dumps(event.args, indent=2, ensure_ascii=False, default=str),
        "confirmations": min(chain.confirmations, max(0, chain.head() - event.block_number)),
    }
    return render_page(request, "governance/proposals/proposal_event.html", context, fragments=("event",))


def _event_of(standing: Standing, tx_hash: str, index: int) -> Event:
    found = Event.objects.of_transaction(standing.proposal.chain, tx_hash).filter(index=min(index, 2**31 - 1)).first()
    if found is None or not _is_of(standing, found):
        raise EventNotFoundError
    return found


def _is_of(standing: Standing, event: Event) -> bool:
    """Whether an event is about a proposal: of its course, or a vote on it."""
    is_vote = event.contract == DAO and str(event.args.get("proposalId", "")) == str(standing.proposal.number)
    return is_vote or event.subject == subject_of(standing.proposal.number)
