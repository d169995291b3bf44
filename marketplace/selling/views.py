"""The seller's desk: what was sold, what waits, what can be withdrawn."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.visitors import user_of
from common.access import member
from common.htmx import render_page
from contracts.models import Chain
from contracts.names import COIN
from marketplace.ground.wallet_pages import answer_call
from marketplace.listings.models import Listing, listings_on
from marketplace.money.buckets import earnings_of
from marketplace.money.credits import credits_of
from marketplace.money.errors import BucketNotFoundError
from marketplace.money.forms import BucketForm, CreditForm, ReferralForm
from marketplace.money.ledger import day_of
from marketplace.money.payouts import prepare_distribution, prepare_referral_distribution, prepare_withdrawal
from marketplace.onchain.models.listings import OnchainListing

from .sales import SalesCourse, courses_of, distributed_of, latest_sales

RECENT = 20  # sales in the list


@member
def sell(request: HttpRequest) -> HttpResponse:
    """Listings, sales, buckets and the balance of this wallet, on each chain where it sells."""
    user = user_of(request)
    context = {
        "desks": [_desk(user, chain) for chain in Chain.objects.exclude(deployment={}).order_by("pk")],
        "hidden": Listing.objects.filter(owner__user=user).exclude(suspension=None).select_related("suspension"),
    }
    return render_page(request, "marketplace/selling/sell.html", context, fragments=("desks",))


def _desk(user: User, chain: Chain) -> dict[str, Any]:
    """Return what the desk shows of one chain, all of it as of one head and from one ledger."""
    # Once: with each figure reading its own, a block in between would make them contradict each other.
    head = chain.head()
    onchain = list(OnchainListing.objects.filter(chain=chain, seller=user.address).order_by("listed_block"))
    own = [each.model_id for each in onchain]
    earnings, credited = earnings_of(user.address, chain, head), credits_of(user.address, chain, head)
    # All names at once: one query, however many rows show one.
    listings = listings_on((chain.pk, model) for model in {*own, *(each.bucket.model_id for each in earnings.shares)})
    names = {model: listing for (_chain, model), listing in listings.items()}
    return {
        "chain": chain,
        # A chain also concerns who only shares in sales or was refunded there.
        "is_shown": bool(onchain or earnings.shares or credited or earnings.referrals),
        "listings": [(each, names.get(each.model_id)) for each in onchain],
        "sales": [(sale, names.get(sale.fact.model_id)) for sale in latest_sales(earnings, chain, head, RECENT)],
        "buckets": [(bucket, names.get(bucket.model_id)) for bucket in earnings.buckets],
        "shares": [(share, names.get(share.bucket.model_id)) for share in earnings.shares],
        "referrals": earnings.referrals,
        "credits": credited,
        "distributed": _distributed(own, chain, names),
        "courses": [_course(each, names) for each in courses_of(own, chain, timezone.now().date())],
    }


def _distributed(models: list[str], chain: Chain, names: dict[str, Listing]) -> list[tuple[Any, ...]]:
    found = distributed_of(models, chain)[:RECENT]
    return [(each, names.get(each.model_id), day_of(each.day)) for each in found]


def _course(course: SalesCourse, names: dict[str, Listing]) -> dict[str, Any]:
    models = [(names.get(model), model, kept, width) for model, kept, width in course.models]
    return {"token": course.token, "days": course.days, "models": models}


@member
@require_POST
def distribute(request: HttpRequest, chain: str) -> HttpResponse:
    """Give the wallet the transaction that distributes one bucket."""
    form = BucketForm(request.POST)
    if not form.is_valid():
        raise BucketNotFoundError
    found = get_object_or_404(Chain, short_name=chain)
    call = prepare_distribution(user=user_of(request), chain=found, **form.cleaned_data)
    return answer_call(request, call, title=_("Distribute what was paid"), back=reverse("sell"))


@member
@require_POST
def distribute_referral(request: HttpRequest, chain: str) -> HttpResponse:
    """Give the wallet the transaction that credits it with what it earned for buyers it referred."""
    form = ReferralForm(request.POST)
    if not form.is_valid():
        raise BucketNotFoundError
    found = get_object_or_404(Chain, short_name=chain)
    call = prepare_referral_distribution(user=user_of(request), chain=found, **form.cleaned_data)
    return answer_call(request, call, title=_("Distribute what was paid"), back=reverse("sell"))


@member
@require_POST
def withdraw(request: HttpRequest, chain: str) -> HttpResponse:
    """Give the wallet the transaction that withdraws."""
    found = get_object_or_404(Chain, short_name=chain)
    form = CreditForm({"token": request.POST.get("token", COIN)})
    if not form.is_valid():
        raise BucketNotFoundError
    call = prepare_withdrawal(user=user_of(request), chain=found, token=form.cleaned_data["token"])
    return answer_call(request, call, title=_("Withdraw your credit"), back=reverse("sell"))
