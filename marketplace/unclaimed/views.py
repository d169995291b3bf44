"""What is listed on chains and claimed by nobody here, and its seller's way to claim it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from accounts.visitors import user_of
from common.access import member, public
from common.errors import DomainError
from common.htmx import fragment_of, render_page
from contracts.models import Chain
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.listings import OnchainListing, OnchainPlan

from .claiming import ask_again, claim_model
from .errors import UnclaimedNotFoundError
from .finding import mark_others, own_unclaimed, page_of_unclaimed
from .models import DocumentState, UnclaimedListing


@public()
def unclaimed(request: HttpRequest) -> HttpResponse:
    """Every final listing on a chain that no listing here stands for, the newest first."""
    asked = request.GET.get("state", "")
    state = asked if asked in DocumentState else ""
    page = page_of_unclaimed(state, request.GET.get("cursor", ""))
    mark_others(page.items)
    context = {"rows": page.items, "state": state, "states": DocumentState.choices, **_steps(request, page.next, state)}
    return render_page(request, "marketplace/unclaimed/unclaimed.html", context)


@public()
def unclaimed_model(request: HttpRequest, chain: str, model_id: str) -> HttpResponse:
    """What the chain and its document say of one; where it is claimed meanwhile, the way to its listing."""
    return _model_page(request, chain, model_id)


@require_POST
@member
def claim(request: HttpRequest, chain: str, model_id: str) -> HttpResponse:
    """Claim a model that one has listed."""
    found = get_object_or_404(Chain, short_name=chain)
    try:
        listing = claim_model(user=user_of(request), chain=found, model_id=model_id)
    except UnclaimedNotFoundError:
        raise
    except DomainError as error:
        return _model_page(request, chain, model_id, error)
    return redirect(listing)


@require_POST
@member
def fetch_again(request: HttpRequest, chain: str, model_id: str) -> HttpResponse:
    """Have its document asked for now."""
    found = get_object_or_404(Chain, short_name=chain)
    return redirect(ask_again(user=user_of(request), chain=found, model_id=model_id))


@member
def own_models_unclaimed(request: HttpRequest) -> HttpResponse:
    """What the visitor has listed on chains and not claimed; the desk shows how many."""
    page = own_unclaimed(user_of(request).address, request.GET.get("cursor", ""))
    if fragment_of(request) == "unclaimed-own":
        count = {"count": len(page.items), "has_more": bool(page.next)}
        return render(request, "marketplace/unclaimed/_desk_count.html", count)
    mark_others(page.items)
    context = {"rows": page.items, **_steps(request, page.next, "", "own-unclaimed")}
    return render(request, "marketplace/unclaimed/own_unclaimed.html", context)


def _model_page(request: HttpRequest, chain: str, model_id: str, error: DomainError | None = None) -> HttpResponse:
    own = {"chain__short_name": chain, "model_id": model_id}
    row = UnclaimedListing.objects.open().select_related("chain", "decision").filter(**own).first()
    if row is None:
        if adopted := Adoption.objects.select_related("listing").filter(**own).first():
            return redirect(adopted.listing)
        raise UnclaimedNotFoundError
    mark_others([row])
    onchain = OnchainListing.objects.select_related("chain").filter(chain=row.chain, model_id=model_id).first()
    if onchain is None:  # a reorganisation has taken it back
        raise UnclaimedNotFoundError
    context: dict[str, Any] = {
        "row": row,
        "onchain": onchain,
        "plans": OnchainPlan.objects.filter(listing=onchain).order_by("plan"),
        "is_own": getattr(request.user, "address", "") == row.seller,
        "error": error,
    }
    return render(request, "marketplace/unclaimed/unclaimed_model.html", context, status=error.status if error else 200)


def _steps(request: HttpRequest, following: str, state: str, name: str = "unclaimed") -> dict[str, str]:
    """Return the addresses of the first and of the next page; empty where there is none."""
    chosen = {"state": state} if state else {}
    base = reverse(name)
    first = f"{base}?{urlencode(chosen)}" if chosen else base
    has_cursor = "cursor" in request.GET
    more = f"{base}?{urlencode({**chosen, 'cursor': following})}" if following else ""
    return {"first": first if has_cursor else "", "next": more}
