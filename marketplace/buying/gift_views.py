"""Buying for somebody else, on a page that says who gets what and who can have it back."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.visitors import user_of
from common.access import member
from common.errors import DomainError
from common.htmx import render_page
from marketplace.listings.finding import find_listing
from marketplace.listings.models import Listing
from marketplace.listings.taxonomy import licence_of

from . import ordering
from .checkout import checkout_of
from .forms import GiftForm


@member
def gift(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Choose a plan and a recipient; a POST prepares the order and leads to its page, which opens the wallet."""
    listing = find_listing(owner, name)
    if request.method != "POST":
        return _page(request, listing, GiftForm())
    form = GiftForm(request.POST)
    try:
        if not form.is_valid():
            raise form.refusal
        order = ordering.prepare_order(
            user=user_of(request),
            listing=listing,
            plan=form.cleaned_data["plan"],
            quantity=form.quantity,
            accept_licence=form.cleaned_data["accept"],
            referrer=form.cleaned_data["referrer"],
            recipient=form.cleaned_data["recipient"],
        )
    except DomainError as error:
        response = _page(request, listing, form, error)
        response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return response
    return redirect(order.wallet_url)


def _page(request: HttpRequest, listing: Listing, form: GiftForm, refused: DomainError | None = None) -> HttpResponse:
    checkout = None if listing.purchase_refusal else checkout_of(listing, user_of(request), form)
    context = {
        "listing": listing,
        "checkout": checkout,
        "licence": licence_of(listing.license),
        "form": form,
        "refused": refused,
    }
    return render_page(request, "marketplace/buying/gift.html", context)
