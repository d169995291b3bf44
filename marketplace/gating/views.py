"""Asking for access to a gated model; the seller's queue of requests; a listing's gate and lists."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from accounts.visitors import user_of
from common.access import member
from common.errors import DomainError
from common.htmx import render_page
from common.pages import SortOrder, bounded_int, page_of
from marketplace.listings.errors import NotTheOwnerError
from marketplace.listings.finding import find_listing
from marketplace.listings.gates import AccessRule, Gate, Standing, standing_of
from marketplace.listings.models import Listing

from . import actions
from .chain_lists import chain_lists
from .errors import RequestRefusedError
from .forms import AskForm, DecideForm, GateForm, RuleForm
from .models import AccessRequest, RequestState

A_PAGE = 30
NEWEST = SortOrder("newest", F("pk"), descending=True, parse=bounded_int)
OLDEST = SortOrder("oldest", F("pk"), descending=False, parse=bounded_int)
MOST_RULES = 200


@require_http_methods(["GET", "HEAD", "POST"])
@member
def access_request(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """What the seller of a gated model asks for, the state of one's own request, and the form."""
    listing, user = find_listing(owner, name), user_of(request)
    refused: DomainError | None = None
    if request.method == "POST":
        form = AskForm(request.POST)
        try:
            if not form.is_valid():
                raise RequestRefusedError(" ".join(map(str, form.errors["text"])))
            said = form.cleaned_data
            actions.ask_access(user=user, listing=listing, text=said["text"], agreed=said["agreed"])
            return redirect("access-request", owner, name)
        except DomainError as error:
            refused = error
    response = render_page(request, "marketplace/gating/request.html", _asking(request, listing, user, refused))
    response.status_code = refused.status if refused else 200
    return response


def _asking(request: HttpRequest, listing: Listing, user: User, refused: DomainError | None) -> dict[str, Any]:
    standing, reason = standing_of(listing.name, user.address)
    asked = AccessRequest.objects.filter(listing=listing.name, asker=user.address).first()
    waits = asked is not None and asked.state == RequestState.WAITING
    on_chain = chain_lists(listing) if standing == Standing.ALLOWED else []
    return {
        "listing": listing,
        "gate": Gate.objects.filter(listing=listing.name).first(),
        "standing": standing.value,
        "reason": reason,
        "asked": asked,
        "waits": waits,
        "may_ask": standing == Standing.ASKS and listing.owner.user_id != user.pk,
        "is_owner": listing.owner.user_id == user.pk,
        # The contract goes by its own list: who is let in here waits until the seller has set it.
        "may_buy": all(each.is_so for each in on_chain),
        "refused": refused,
        "sent": request.POST.get("text", "") if refused else (asked.text if asked and waits else ""),
    }


@member
@require_POST
def withdraw_access_request(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Take one's own request back."""
    actions.withdraw_request(user=user_of(request), listing=find_listing(owner, name))
    return redirect("access-request", owner, name)


@member
def access_requests(request: HttpRequest) -> HttpResponse:
    """Requests for the models that the visitor sells: those that wait, the oldest first, or those that are decided."""
    decided = request.GET.get("show") == "decided"
    own = actions.own_requests(user_of(request))
    rows = own.exclude(state=RequestState.WAITING) if decided else own.filter(state=RequestState.WAITING)
    page = page_of(rows, NEWEST if decided else OLDEST, limit=A_PAGE, cursor=request.GET.get("cursor", ""))
    here = reverse("access-requests")
    shown = {"show": "decided"} if decided else {}
    context = {
        "requests": page.items,
        "decided": decided,
        "first": f"{here}?{urlencode(shown)}" if request.GET.get("cursor") else "",
        "next": f"{here}?{urlencode(shown | {'cursor': page.next})}" if page.next else "",
        "gated": list(Gate.objects.filter(is_on=True, listing__in=_own_names(user_of(request)))[:MOST_RULES]),
    }
    return render_page(request, "marketplace/gating/requests.html", context)


def _own_names(user: User) -> Any:
    return Listing.objects.filter(owner__user=user).values("name")


@member
@require_POST
def decide_access(request: HttpRequest) -> HttpResponse:
    """Approve, decline or reopen the chosen requests."""
    form = DecideForm(request.POST)
    if not form.is_valid():
        raise RequestRefusedError(next(str(each) for errors in form.errors.values() for each in errors))
    said, user = form.cleaned_data, user_of(request)
    if said["act"] == DecideForm.REOPEN:
        actions.reopen_requests(user=user, ids=said["ids"])
        return redirect("access-requests")
    approve = said["act"] == DecideForm.APPROVE
    changed = actions.decide_requests(user=user, ids=said["ids"], approve=approve, answer=said["answer"])
    listings = {each.listing for each in changed}
    # One model's: the list on chain is next, and it is there.
    if approve and len(listings) == 1:
        return redirect("model-access", *listings.pop().split("/", 1))
    return redirect(f"{reverse('access-requests')}?show=decided")


@member
def model_access(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """The gate of one's own listing, whom it lets in and keeps out, and whether the chain has that list."""
    context = _settings(request, owner, name)
    return render_page(request, "marketplace/gating/model_access.html", context, fragments=("chain-lists",))


def _settings(request: HttpRequest, owner: str, name: str) -> dict[str, Any]:
    listing = _own_listing(request, owner, name)
    rules = list(AccessRule.objects.filter(listing=listing.name).order_by("-set_at", "pk")[:MOST_RULES])
    waiting = AccessRequest.objects.filter(listing=listing.name, state=RequestState.WAITING).count()
    return {
        "listing": listing,
        "gate": Gate.objects.filter(listing=listing.name).first(),
        "allowed": [each for each in rules if each.allows],
        "denied": [each for each in rules if not each.allows],
        "waiting": waiting,
        "lists": chain_lists(listing),
    }


@member
@require_POST
def set_model_gate(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Open or close the gate."""
    listing, form = _own_listing(request, owner, name), GateForm(request.POST)
    if not form.is_valid():
        raise RequestRefusedError(next(str(each) for errors in form.errors.values() for each in errors))
    actions.set_gate(user=user_of(request), listing=listing, **form.cleaned_data)
    return redirect("model-access", owner, name)


@member
@require_POST
def set_model_rule(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Let an address in, keep it out, or forget what was said of it."""
    listing = _own_listing(request, owner, name)
    if "forget" in request.POST:
        actions.remove_rule(user=user_of(request), listing=listing, address=request.POST["forget"])
        return redirect("model-access", owner, name)
    form = RuleForm(request.POST)
    if not form.is_valid():
        raise RequestRefusedError(next(str(each) for errors in form.errors.values() for each in errors))
    said = form.cleaned_data
    allows, user = said["allows"] == "yes", user_of(request)
    actions.set_rule(user=user, listing=listing, address=said["address"], allows=allows, reason=said["reason"])
    return redirect("model-access", owner, name)


def _own_listing(request: HttpRequest, owner: str, name: str) -> Listing:
    listing = find_listing(owner, name)
    if listing.owner.user_id != user_of(request).pk:
        raise NotTheOwnerError
    return listing
