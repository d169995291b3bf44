"""Staking: what is staked, earned and leaving, and everything that one does with it."""

from __future__ import annotations

import csv
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_stubs_ext import StrOrPromise

from accounts.visitors import user_of, user_or_none
from common.access import member, public
from common.errors import wants_problem
from common.htmx import render_page
from contracts.chain.preflight import WalletCall
from contracts.currencies import COIN_DECIMALS, Currency
from contracts.names import COIN
from governance.ground.home import home_chain, now_on
from governance.ground.lattice import exactly
from governance.onchain.holdings import holdings_of
from marketplace.ground.wallet_pages import answer_call

from . import actions as acting
from .calendar import event
from .errors import FormRefusedError, NoReleaseError
from .forms import AmountForm, ClaimForm
from .moves import moves_of
from .page import staking_of
from .weeks import MEASURE

SHOWN = 20  # moves
CSV_COLUMNS = ("time", "move", "amount_smallest_units", "staked_after", "free_at", "tx_hash")


@public()
def staking(request: HttpRequest) -> HttpResponse:
    """The stream of rewards, and what is the visitor's own."""
    return _page(request)


@member
@require_POST
def stake(request: HttpRequest) -> HttpResponse:
    """Give the wallet the transaction that stakes."""
    chain = home_chain()
    form = AmountForm(request.POST, chain=chain)
    if not form.is_valid():
        return _refused(request, "stake", form)
    call = acting.prepare_stake(user=user_of(request), chain=chain, units=form.cleaned_data["units"])
    return _answer(request, call, _("Stake LATTICE"))


@member
@require_POST
def unstake(request: HttpRequest) -> HttpResponse:
    """Give the wallet the transaction that takes a stake back."""
    chain = home_chain()
    form = AmountForm(request.POST, chain=chain)
    if not form.is_valid():
        return _refused(request, "unstake", form)
    call = acting.prepare_unstake(user=user_of(request), chain=chain, units=form.cleaned_data["units"])
    return _answer(request, call, _("Take a stake back"))


@member
@require_POST
def restake(request: HttpRequest) -> HttpResponse:
    """Give the wallet the transaction that stakes again what is leaving."""
    return _answer(request, acting.prepare_restake(user=user_of(request), chain=home_chain()), _("Stake it again"))


@member
@require_POST
def withdraw_stake(request: HttpRequest) -> HttpResponse:
    """Give the wallet the transaction that unlocks what is free again."""
    chain = home_chain()
    call = acting.prepare_withdrawal(user=user_of(request), chain=chain, now=now_on(chain))
    return _answer(request, call, _("Unlock your LATTICE"))


@member
@require_POST
def claim_rewards(request: HttpRequest) -> HttpResponse:
    """Give the wallet the transaction that draws what was earned."""
    form = ClaimForm(request.POST)
    if not form.is_valid():
        return _refused(request, "claim", form)
    recipient = form.cleaned_data["recipient"]
    call = acting.prepare_claim(user=user_of(request), chain=home_chain(), recipient=recipient)
    return _answer(request, call, _("Claim your rewards"))


@member
def stake_calendar(request: HttpRequest) -> HttpResponse:
    """The moment at which the stake is free again, as an event for a calendar."""
    chain, account = home_chain(), user_of(request).address
    held = holdings_of(chain, [account])[account]
    if not held.leaving or not held.free_at:
        raise NoReleaseError
    written = event(
        uid=f"stake-{chain.short_name}-{account}-{int(held.free_at.timestamp())}@{request.get_host()}",
        start=held.free_at,
        made=now_on(chain),
        title=_("%(amount)s can be unlocked") % {"amount": exactly(held.leaving)},
        text=_("The cooldown of your stake is over. Unlock it, or stake it again."),
        url=request.build_absolute_uri(reverse("staking")),
    )
    response = HttpResponse(written, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="stake-free.ics"'
    return response


@member
def stake_moves_csv(request: HttpRequest) -> HttpResponse:
    """Every move of the visitor's stake as a file."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="stake.csv"'
    writer = csv.writer(response)
    writer.writerow(CSV_COLUMNS)
    for move in moves_of(home_chain(), user_of(request).address):
        free_at = move.free_at.isoformat() if move.free_at else ""
        staked = "" if move.is_claim else move.staked
        writer.writerow([move.time.isoformat(), move.kind, move.amount, staked, free_at, move.tx_hash])
    return response


def _page(request: HttpRequest, refused: dict[str, forms.Form] | None = None) -> HttpResponse:
    chain, visitor = home_chain(), user_or_none(request)
    shown = staking_of(chain, visitor.address if visitor else "", now_on(chain))
    context: dict[str, Any] = {
        "chain": chain,
        "page": shown,
        "held": shown.held,
        "moves": shown.moves[:SHOWN],
        "refused": refused or {},
        "measure": MEASURE,
        "coin": Currency(COIN, chain.coin, COIN_DECIMALS),
        "is_confirming": bool(shown.moves) and shown.moves[0].block_number > chain.final_block(),
    }
    return render_page(request, "governance/staking/staking.html", context, fragments=("staking",))


def _answer(request: HttpRequest, call: WalletCall, title: StrOrPromise) -> HttpResponse:
    return answer_call(request, call, title=title, back=reverse("staking"))


def _refused(request: HttpRequest, name: str, form: forms.Form) -> HttpResponse:
    if wants_problem(request):
        raise FormRefusedError(next(str(error) for errors in form.errors.values() for error in errors))
    response = _page(request, refused={name: form})
    response.status_code = 422
    return response
