"""The ballot of whoever is signed in: by a transaction of one's own, or by a signature that costs no gas."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.visitors import user_of, user_or_none
from common.access import member, public
from common.htmx import render_page
from common.limits import limit
from contracts.models import Chain
from governance.ground.home import home_chain, now_on
from governance.onchain.models.proposals import OnchainProposal
from governance.relay.actions import prepare_ballot, take_ballot
from marketplace.ground.wallet_pages import answer_call, answer_signed, answer_typed

from . import actions as acting
from .ballots import ballot_for, ballot_of
from .errors import BallotNotReadError
from .forms import BallotForm, SignedBallotForm
from .sources import late_delegations, sources_of

TRIED_AN_HOUR, HOUR = 120, 3_600  # signatures of one account: each may be a question to the chain


@public()
def ballot(request: HttpRequest, number: int) -> HttpResponse:
    """One's own ballot, alone on a page; a POST asks for what is to be signed."""
    if request.method == "POST":
        return _sign(request, number)
    chain, proposal = _proposal(number)
    context = {
        "chain": chain,
        "proposal": proposal,
        "ballot": ballot_of(user_or_none(request), proposal, chain, now_on(chain)),
    }
    return render_page(request, "governance/voting/ballot.html", context, fragments=("ballot",))


@member
def ballot_power(request: HttpRequest, number: int) -> HttpResponse:
    """Why one has the votes that one has: who had delegated when they were fixed, and what came too late."""
    chain, proposal = _proposal(number)
    account = user_of(request).address
    own = ballot_for(account, proposal, chain, now_on(chain))
    sources = sources_of(chain, account, proposal.snapshot)
    context = {
        "chain": chain,
        "proposal": proposal,
        "ballot": own,
        "sources": sources,
        "others": own.power - sum(each.amount for each in sources),
        "late": late_delegations(chain, account, proposal.snapshot),
    }
    return render_page(request, "governance/voting/power.html", context)


@member
@require_POST
def vote(request: HttpRequest, number: int) -> HttpResponse:
    """Give the wallet the transaction that votes."""
    said, chain = _said(BallotForm(request.POST)), home_chain()
    call = acting.prepare_vote(user=user_of(request), chain=chain, number=number, **said)
    return answer_call(request, call, title=_("Vote on proposal %(n)s") % {"n": number}, back=_back(number))


@member
def _sign(request: HttpRequest, number: int) -> HttpResponse:
    """Give the wallet the ballot to sign."""
    said, chain = _said(BallotForm(request.POST)), home_chain()
    typed = prepare_ballot(chain=chain, account=user_of(request).address, number=number, **said)
    title = _("Sign your vote on proposal %(n)s") % {"n": number}
    to = reverse("ballot-signature", args=[number])
    return answer_typed(request, chain, typed, to=to, fields={}, title=title, back=_back(number))


@member
@require_POST
def ballot_signature(request: HttpRequest, number: int) -> HttpResponse:
    """Take the signed ballot, which the relayer will carry."""
    said, chain, account = _said(SignedBallotForm(request.POST)), home_chain(), user_of(request).address
    limit(f"ballots-tried:{account}", TRIED_AN_HOUR, HOUR)
    take_ballot(chain=chain, account=account, number=number, **said)
    text = _("Signed. The relayer brings it to the chain; until then you can still change it.")
    return answer_signed(request, text, back=_back(number))


def _proposal(number: int) -> tuple[Chain, OnchainProposal]:
    chain = home_chain()
    return chain, get_object_or_404(OnchainProposal, chain=chain, number=number)


def _back(number: int) -> str:
    return reverse("ballot", args=[number])


def _said(form: forms.Form) -> dict[str, Any]:
    if not form.is_valid():
        first = next(iter(form.errors.values()))[0]
        raise BallotNotReadError(str(first))
    return form.cleaned_data
