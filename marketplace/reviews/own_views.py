"""One's own review of a model: signing it, changing it, withdrawing it, and bringing it to the chain."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.visitors import user_of
from common.access import member
from common.errors import DomainError
from common.htmx import render_page
from contracts.chain.preflight import WalletCall
from marketplace.ground.wallet_pages import answer_call, answer_signed, answer_typed
from marketplace.listings.finding import find_listing
from marketplace.listings.models import Listing
from marketplace.scores.actions import prepare_review, restore_review, withdraw_review, write_review
from marketplace.scores.signing import for_wallet

from .errors import ReviewNotReadError
from .forms import ReviewForm, SignedReviewForm
from .own import own_review
from .rating import prepare_rating

FRAGMENTS = ("own-review",)
Form = TypeVar("Form", bound=forms.Form)


@member
def own(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """One's own review of a model; a POST asks for what is to be signed, or brings it signed."""
    listing = find_listing(owner, name)
    if request.method == "POST":
        return _take(request, listing) if request.POST.get("signature", "").strip() else _sign(request, listing)
    context = {"listing": listing, "own": own_review(user_of(request), listing)}
    return render_page(request, "marketplace/reviews/own.html", context, fragments=FRAGMENTS)


def _sign(request: HttpRequest, listing: Listing) -> HttpResponse:
    form = _read(ReviewForm(request.POST))
    prepared = prepare_review(user=user_of(request), name=listing.name, said=form.said)
    return answer_typed(
        request,
        prepared.chain,
        for_wallet(prepared.typed),
        to=request.path,
        fields={"number": str(prepared.number)},
        title=_("Sign your review of %(name)s") % {"name": listing.name},
        back=request.path,
    )


def _take(request: HttpRequest, listing: Listing) -> HttpResponse:
    form, user = _read(SignedReviewForm(request.POST)), user_of(request)
    number, signature = form.cleaned_data["number"], form.cleaned_data["signature"]
    made = write_review(user=user, name=listing.name, said=form.said, number=number, signature=signature)
    said = _("Your review is published.") if made.edited_at is None else _("Your review is changed.")
    call, refused = _also(user, listing) if form.cleaned_data["also"] else (None, "")
    return answer_signed(request, f"{said} {refused}".strip(), back=request.path, then=call)


def _also(user: User, listing: Listing) -> tuple[WalletCall | None, str]:
    """Return the transaction that rates on chain, or why there is none: the review is kept all the same."""
    try:
        return prepare_rating(user=user, listing=listing), ""
    except DomainError as error:
        return None, _("It could not go on chain: %(why)s") % {"why": error.detail}


def _read(form: Form) -> Form:
    if not form.is_valid():
        first = next(iter(form.errors.values()))[0]
        raise ReviewNotReadError(str(first))
    return form


@member
@require_POST
def rate(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Give the wallet the transaction that brings one's review to the chain."""
    listing = find_listing(owner, name)
    call = prepare_rating(user=user_of(request), listing=listing)
    back = reverse("own-review", args=[listing.owner_name, listing.model_name])
    return answer_call(request, call, title=_("Rate %(name)s on chain") % {"name": listing.name}, back=back)


@member
@require_POST
def withdraw(request: HttpRequest, key: UUID) -> HttpResponse:
    """Take one's review back."""
    made = withdraw_review(user=user_of(request), key=str(key))
    return redirect(_own_path(made.listing))


@member
@require_POST
def restore(request: HttpRequest, key: UUID) -> HttpResponse:
    """Undo that."""
    made = restore_review(user=user_of(request), key=str(key))
    return redirect(_own_path(made.listing))


def _own_path(listing: Listing) -> str:
    return reverse("own-review", args=[listing.owner_name, listing.model_name])
