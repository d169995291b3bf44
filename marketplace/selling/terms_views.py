"""The page on which a seller sets the terms of one listing: each form becomes one transaction for the wallet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST
from django_stubs_ext import StrOrPromise

from accounts.models import User
from accounts.visitors import user_of
from common.access import member
from common.errors import NotFoundError, wants_problem
from common.htmx import render_page
from contracts.chain.preflight import WalletCall
from contracts.models import Chain
from marketplace.ground.wallet_pages import answer_call
from marketplace.listings.models import listings_on
from marketplace.onchain.models.listings import OnchainListing

from . import terms_actions as terms
from . import terms_previews as previews
from .errors import FormRefusedError
from .terms_forms import (
    MOST_TIERS,
    AccessForm,
    PlanForm,
    PricingForm,
    RatesForm,
    ResaleForm,
    SplitForm,
    StateForm,
    TransfersForm,
    sentence_of,
)
from .terms_now import CurrentTerms, currencies_of, current_terms
from .terms_previews import Preview

EMPTY_ROWS = 2  # besides those that are filled, for browsers without JavaScript


@dataclass(frozen=True)
class Setting:
    """One form of the page: how it is read, previewed, and made a transaction."""

    title: StrOrPromise
    read: Callable[[QueryDict, OnchainListing], forms.Form]
    prepare: Callable[[User, OnchainListing, Any], WalletCall]
    preview: Callable[[Any, CurrentTerms], Preview] | None = None


def _plan(user: User, listing: OnchainListing, form: PlanForm) -> WalletCall:
    said = form.cleaned_data
    price = None if said["off"] else said["price"]
    return terms.prepare_plan(user=user, listing=listing, plan=said["plan"], token=said["token"], price=price)


def _rates(user: User, listing: OnchainListing, form: RatesForm) -> WalletCall:
    token = form.cleaned_data["token"]
    return terms.prepare_rates(user=user, listing=listing, token=token, rates=form.rates)


def _pricing(user: User, listing: OnchainListing, form: PricingForm) -> WalletCall:
    return terms.prepare_pricing(user=user, listing=listing, terms=form.terms)


def _split(user: User, listing: OnchainListing, form: SplitForm) -> WalletCall:
    recipients, bps = zip(*form.cleaned_data["shares"], strict=True)
    return terms.prepare_split(user=user, listing=listing, recipients=recipients, bps=bps)


def _access(user: User, listing: OnchainListing, form: AccessForm) -> WalletCall:
    return terms.prepare_access_list(user=user, listing=listing, members=form.cleaned_data["members"])


def _transfers(user: User, listing: OnchainListing, form: TransfersForm) -> WalletCall:
    return terms.prepare_transfers(user=user, listing=listing, allowed=form.cleaned_data["allowed"])


def _resale(user: User, listing: OnchainListing, form: ResaleForm) -> WalletCall:
    said = form.cleaned_data
    return terms.prepare_resale(user=user, listing=listing, allowed=said["allowed"], royalty_bps=said["royalty"])


def _state(user: User, listing: OnchainListing, form: StateForm) -> WalletCall:
    return terms.prepare_state(user=user, listing=listing, state=form.cleaned_data["state"])


SETTINGS = {
    "plan": Setting(
        _("Set a plan"),
        # ``again``: a form about to set a price asks once more for decimals that could not be read.
        lambda data, listing: PlanForm(data, currencies=currencies_of(listing.chain, again=True)),
        _plan,
        previews.preview_plan,
    ),
    "rates": Setting(
        _("Set the rates"),
        lambda data, listing: RatesForm(data, currencies=currencies_of(listing.chain, again=True)),
        _rates,
        previews.preview_rates,
    ),
    "pricing": Setting(_("Set the pricing"), lambda data, _: PricingForm(data), _pricing, previews.preview_pricing),
    "split": Setting(
        _("Set the split"),
        lambda data, listing: SplitForm(data, seller=listing.seller),
        _split,
        previews.preview_split,
    ),
    "access": Setting(_("Set who may buy"), lambda data, _: AccessForm(data), _access, previews.preview_access),
    "transfers": Setting(
        _("Allow or forbid transfers"), lambda data, _: TransfersForm(data), _transfers, previews.preview_transfers
    ),
    "resale": Setting(_("Set the terms of resale"), lambda data, _: ResaleForm(data), _resale, previews.preview_resale),
    "state": Setting(_("Change the state of the sale"), lambda data, _: StateForm(data), _state),
}


@member
def listing_terms(request: HttpRequest, chain: str, model_id: str) -> HttpResponse:
    """The terms of one listing as they stand on chain, and a form for each."""
    return _page(request, _own(request, chain, model_id))


@member
@require_GET
def preview_terms(request: HttpRequest, chain: str, model_id: str, setting: str) -> HttpResponse:
    """What a form would change, for the page while it is filled in."""
    listing, wanted = _own(request, chain, model_id), _setting(setting)
    form = wanted.read(request.GET, listing)
    made = wanted.preview(form, current_terms(listing)) if wanted.preview and _shows(setting, form) else None
    context = {"preview": made, "errors": sentence_of(form), "setting": setting}
    return render(request, "marketplace/selling/_terms_preview.html", context)


@member
@require_POST
def set_terms(request: HttpRequest, chain: str, model_id: str, setting: str) -> HttpResponse:
    """Give the wallet the transaction that a form becomes; 422 with the page where it is not filled in well."""
    listing, wanted = _own(request, chain, model_id), _setting(setting)
    form = wanted.read(request.POST, listing)
    if not form.is_valid():
        if wants_problem(request):
            raise FormRefusedError(sentence_of(form))
        return _page(
            request, listing, refused={setting: sentence_of(form), "of_plan": request.POST.get("plan", "")}, status=422
        )
    call = wanted.prepare(user_of(request), listing, form)
    back = reverse("listing-terms", args=[chain, model_id])
    return answer_call(request, call, title=wanted.title, back=back)


def _shows(setting: str, form: forms.Form) -> bool:
    """Whether there is something to preview: of a split also while its sum is not right yet."""
    return form.is_valid() or setting == "split"


def _own(request: HttpRequest, chain: str, model_id: str) -> OnchainListing:
    found = get_object_or_404(Chain, short_name=chain)
    return terms.own_listing(user=user_of(request), chain=found, model_id=model_id)


def _setting(name: str) -> Setting:
    if name not in SETTINGS:
        raise NotFoundError
    return SETTINGS[name]


def _effects(current: CurrentTerms) -> dict[str, Any]:
    """Return what each term means as it stands, for the place beside its form."""
    return {
        "plans": [(plan, previews.effect_of_plan(plan, current)) for plan in current.plans],
        "rates": previews.effect_of_rates(current),
        "pricing": previews.preview_terms(current.pricing.terms, current),
        "split": previews.effect_of_split(current),
        "access": previews.effect_of_access(current),
        "resale": previews.effect_of_resale(current),
    }


def _page(
    request: HttpRequest, listing: OnchainListing, *, refused: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    current = current_terms(listing)
    pricing = current.pricing
    context = {
        "current": current,
        "onchain": listing,
        "chain": listing.chain,
        "named": listings_on([(listing.chain_id, listing.model_id)]).get((listing.chain_id, listing.model_id)),
        "refused": refused or {},
        # Never more rows than the contract has tiers, else a filled form would be refused.
        "tiers": [*pricing.tiers, *[["", ""]] * min(EMPTY_ROWS, MOST_TIERS - len(pricing.tiers))],
        "empty_rows": range(EMPTY_ROWS),
        "effects": _effects(current),
        "buyers": previews.buyers(current),
    }
    response = render_page(request, "marketplace/selling/listing_terms.html", context, fragments=("current",))
    response.status_code = status
    return response
