"""The page on which a holder passes a lasting pass on, offers it for resale, or buys one that somebody else offers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_stubs_ext import StrOrPromise

from accounts.models import User
from accounts.visitors import user_of
from common.access import member
from common.errors import wants_problem
from common.htmx import render_page
from contracts.chain.preflight import WalletCall
from contracts.currencies import currency_of
from contracts.errors import ChainError
from contracts.models import Chain
from contracts.names import PASS
from marketplace.ground.wallet_pages import answer_call
from marketplace.listings.models import listings_on
from marketplace.onchain.models.listings import OnchainListing

from . import pass_actions as acting
from .errors import FormRefusedError
from .pass_forms import MOST_DAYS, AcceptForm, OfferForm, TransferForm
from .pass_state import OfferNow, PassesNow, offers_standing, passes_now, with_allowances
from .terms_forms import sentence_of
from .terms_now import currencies_of

USUAL_DAYS = 30  # of an offer


@member
def passes(request: HttpRequest, chain: str, model_id: str) -> HttpResponse:
    """What this wallet holds of a model's passes, what may be done with them, and what others offer."""
    return _page(request, _listing(chain, model_id))


@member
@require_POST
def transfer_passes(request: HttpRequest, chain: str, model_id: str) -> HttpResponse:
    """Give the wallet the transaction that gives passes away."""
    onchain, form = _listing(chain, model_id), TransferForm(request.POST)
    if not form.is_valid():
        return _refused(request, onchain, "transfer", form)
    call = acting.prepare_transfer(**_of(user_of(request), onchain), **form.cleaned_data)
    return _answer(request, onchain, call, _("Give the pass away"))


@member
@require_POST
def offer_passes(request: HttpRequest, chain: str, model_id: str) -> HttpResponse:
    """Give the wallet the transaction that offers passes for resale."""
    onchain = _listing(chain, model_id)
    form = OfferForm(request.POST, currencies=currencies_of(onchain.chain, again=True))
    if not form.is_valid():
        return _refused(request, onchain, "offer", form)
    said = form.cleaned_data
    terms = {"quantity": said["quantity"], "token": said["token"], "unit_price": said["price"]}
    call = acting.prepare_offer(**_of(user_of(request), onchain), **terms, deadline=form.deadline(onchain.chain))
    return _answer(request, onchain, call, _("Offer it for resale"))


@member
@require_POST
def withdraw_offer(request: HttpRequest, chain: str, model_id: str) -> HttpResponse:
    """Give the wallet the transaction that takes an offer back."""
    onchain = _listing(chain, model_id)
    call = acting.prepare_offer_withdrawal(**_of(user_of(request), onchain))
    return _answer(request, onchain, call, _("Take the offer back"))


@member
@require_POST
def accept_offer(request: HttpRequest, chain: str, model_id: str) -> HttpResponse:
    """Give the wallet the transaction that buys what somebody offers, or the one that has to come before it."""
    onchain, form = _listing(chain, model_id), AcceptForm(request.POST)
    if not form.is_valid():
        return _refused(request, onchain, "accept", form)
    said = form.cleaned_data | {"unit_price": int(form.cleaned_data["unit_price"])}
    call = acting.prepare_acceptance(**_of(user_of(request), onchain), **said)
    bought = call.to == onchain.chain.deployment[PASS]
    return _answer(request, onchain, call, _("Buy the pass") if bought else _("First allow the price to be taken"))


def _listing(chain: str, model_id: str) -> OnchainListing:
    return get_object_or_404(OnchainListing.objects.select_related("chain"), chain__short_name=chain, model_id=model_id)


def _of(user: User, onchain: OnchainListing) -> dict[str, Any]:
    return {"user": user, "chain": onchain.chain, "model_id": onchain.model_id}


def _answer(request: HttpRequest, onchain: OnchainListing, call: WalletCall, title: StrOrPromise) -> HttpResponse:
    return answer_call(request, call, title=title, back=reverse("passes", args=_place(onchain)))


def _place(onchain: OnchainListing) -> list[str]:
    return [onchain.chain.short_name, onchain.model_id]


def _refused(request: HttpRequest, onchain: OnchainListing, name: str, form: forms.Form) -> HttpResponse:
    if wants_problem(request):
        raise FormRefusedError(sentence_of(form))
    response = _page(request, onchain, refused={name: form})
    response.status_code = 422
    return response


def _page(request: HttpRequest, onchain: OnchainListing, refused: dict[str, forms.Form] | None = None) -> HttpResponse:
    chain, account = onchain.chain, user_of(request).address
    held, own, others = _seen(chain, account, onchain.model_id)
    context = {
        "onchain": onchain,
        "chain": chain,
        "listing": listings_on([(chain.pk, onchain.model_id)]).get((chain.pk, onchain.model_id)),
        "held": held,
        "own": own,
        "others": others,
        "currencies": currencies_of(chain),
        "refused": refused or {},
        "days": USUAL_DAYS,
        "most_days": MOST_DAYS,
        "price": currency_of(chain, own.offer.token).number(own.offer.unit_price).replace(",", "") if own else "",
    }
    return render_page(request, "marketplace/selling/passes.html", context, fragments=("passes",))


def _seen(chain: Chain, account: str, model_id: str) -> tuple[PassesNow | None, OfferNow | None, list[OfferNow]]:
    """Return what is held, the own offer and those of others; nothing of it while the chain does not answer."""
    try:
        held = passes_now(chain, account, model_id)
        offers = with_allowances(chain, account, offers_standing(chain, model_id))
    except ChainError:  # the page says so, and asks again by itself
        return None, None, []
    own = next((each for each in offers if each.offer.holder == account), None)
    return held, own, [each for each in offers if each.offer.holder != account]
