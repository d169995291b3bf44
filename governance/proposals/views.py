"""The DAO's front page, and the page of one proposal with the steps that a wallet can take."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_stubs_ext import StrOrPromise

from accounts.models import User
from accounts.visitors import user_of, user_or_none
from common.access import member, public
from common.htmx import fragment_of, render_kept, render_page
from common.pages import Page
from common.prose import render_answer
from contracts.chain.preflight import WalletCall
from governance.ground.errors import NoDaoError
from governance.ground.home import home_chain, now_on
from governance.onchain.models.proposals import VoteFact
from governance.treasury.books import books_of
from governance.voting.ballots import ballot_of
from marketplace.ground.wallet_pages import answer_call

from . import actions as acting
from .course import next_actor
from .finding import Asked, find_proposals, page_of
from .finding import open_vote as find_open_vote
from .front import front_of
from .seen import Seen, see, standing_of
from .standing import Standing
from .text import body_of, gist_of
from .votes import AskedVotes, votes_on
from .votes import page_of as page_of_votes

UNDER_WAY = "under-way"  # what the list shows at first
KEEP = 5  # seconds that a visitor's page may be old: votes come in meanwhile
A_PAGE = 30
OPEN_KEEP = 30  # the same of the front door
FRAGMENTS = ("proposal",)


@public(cache_seconds=KEEP)
def dao(request: HttpRequest) -> HttpResponse:
    """What is decided, what comes, what changed; the proposals, filtered by what stands with them."""
    chain, user = home_chain(), user_or_none(request)
    now, asked = now_on(chain), Asked.of(request.GET.dict(), UNDER_WAY)
    page = page_of(find_proposals(chain, now, asked), limit=A_PAGE, cursor=request.GET.get("after", ""))
    front = front_of(chain, now, user.address if user else "")
    context = {
        "chain": chain,
        "now": now,
        "asked": asked,
        "rows": front.rows(page.items),
        "front": front,
        "books": books_of(chain, now, chain.head()),
        "other_query": f"&{others}" if (others := asked.query(state="")) else "",
        "first_url": f"?{asked.query()}#proposals",
        "next_url": f"?{asked.query(after=page.next)}#proposals" if page.next else "",
        "is_later": bool(request.GET.get("after")),
    }
    return render_page(request, "governance/proposals/dao.html", context, fragments=("dao",))


@public(cache_seconds=OPEN_KEEP)
def open_vote(request: HttpRequest) -> HttpResponse:
    """The vote that is open, as the front door shows it; empty without one."""
    standing = None
    try:
        chain = home_chain()
        now = now_on(chain)
        found = find_open_vote(chain, now)
        standing = Standing(found, now) if found else None
    except NoDaoError:  # the front door is whole without a DAO
        pass
    template = "governance/proposals/open_vote.html"
    return render_page(request, template, {"standing": standing}, fragments=("open-vote",))


@public(cache_seconds=KEEP)
def proposal(request: HttpRequest, number: int) -> HttpResponse:
    """One proposal: what it changes, where it stands, who voted how and why."""
    seen, asked = see(number), AskedVotes.of(request.GET.dict())
    own = partial(_own, seen)
    template = "governance/proposals/proposal.html"
    if asked.is_all and not fragment_of(request):
        return render_kept(request, template, seen.key, partial(_shown, seen, seen.votes, asked), own)
    votes = seen.votes if asked.is_all else page_of_votes(votes_on(seen.proposal, asked), asked.cursor)
    context = {**_shown(seen, votes, asked), **own(user_or_none(request))}
    return render_page(request, template, context, fragments=FRAGMENTS)


def _shown(seen: Seen, votes: Page[VoteFact], asked: AskedVotes) -> dict[str, Any]:
    """Return what a proposal's page shows to everybody."""
    final = seen.chain.final_block()
    return {
        "chain": seen.chain,
        "proposal": seen.proposal,
        "standing": seen.standing,
        "gist": gist_of(seen.proposal.description),
        "actions": seen.actions,
        "body": render_answer(body_of(seen.proposal.description)),
        "course": seen.course,
        "votes": [(vote, max(0, vote.block_number - final)) for vote in votes.items],
        "asked_votes": asked,
        "next_votes": f"?{asked.query(after=votes.next)}#votes" if votes.next else "",
        "curve": seen.curve,
        "absent": seen.absent,
        "unsettled": seen.unsettled,
        "comments": seen.comments,
    }


def _own(seen: Seen, user: User | None) -> dict[str, Any]:
    """Return what of it is somebody's own."""
    return {
        "now": seen.standing.now,
        "proposal": seen.proposal,
        "next_actor": next_actor(seen.standing),
        "may_cancel": user is not None and user.address == seen.proposal.proposer,
        "ballot": ballot_of(user, seen.proposal, seen.chain, seen.standing.now),
    }


@member
@require_POST
def queue_proposal(request: HttpRequest, number: int) -> HttpResponse:
    """Give the wallet the transaction that queues a proposal."""
    call = acting.prepare_queue(user=user_of(request), standing=standing_of(number))
    return _answer(request, number, call, _("Queue it in the timelock"))


@member
@require_POST
def execute_proposal(request: HttpRequest, number: int) -> HttpResponse:
    """Give the wallet the transaction that executes a proposal."""
    call = acting.prepare_execution(user=user_of(request), standing=standing_of(number))
    return _answer(request, number, call, _("Execute the proposal"))


@member
@require_POST
def cancel_proposal(request: HttpRequest, number: int) -> HttpResponse:
    """Give the wallet the transaction by which a proposer takes a proposal back."""
    call = acting.prepare_cancellation(user=user_of(request), standing=standing_of(number))
    return _answer(request, number, call, _("Cancel the proposal"))


def _answer(request: HttpRequest, number: int, call: WalletCall, title: StrOrPromise) -> HttpResponse:
    return answer_call(request, call, title=title, back=reverse("proposal", args=[number]))
