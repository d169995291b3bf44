"""The seller's desk: what was sold, what waits, what can be withdrawn."""

from __future__ import annotations

from datetime import date, timedelta
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
from marketplace.money.buckets import buckets_of, referrals_of, shared_with
from marketplace.money.credits import credits_of
from marketplace.money.errors import BucketNotFoundError
from marketplace.money.forms import BucketForm, CreditForm, ReferralForm
from marketplace.money.ledger import day_of
from marketplace.money.payouts import prepare_distribution, prepare_referral_distribution, prepare_withdrawal
from marketplace.onchain.models.listings import OnchainListing
from marketplace.onchain.models.sales import PurchaseFact

from .sales import DAYS, days_of, distributed_of, models_of, sales_of

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
    now = timezone.now()
    sales = sales_of(user.address, chain)
    onchain = list(OnchainListing.objects.filter(chain=chain, seller=user.address).order_by("listed_block"))
    shares = shared_with(user.address, chain)
    models = {*(each.model_id for each in onchain), *(each.bucket.model_id for each in shares)}
    names = {place[1]: each for place, each in listings_on((chain.pk, model) for model in models).items()}
    final = chain.final_block()
    credited, referrals = credits_of(user.address, chain), referrals_of(user.address, chain)
    distributed = distributed_of(user.address, chain)[:RECENT]
    return {
        "chain": chain,
        "is_shown": bool(onchain or shares or credited or referrals),
        "listings": [(each, names.get(each.model_id)) for each in onchain],
        "sales": [(sale, names.get(sale.model_id), sale.block_number <= final) for sale in sales[:RECENT]],
        "buckets": [(bucket, names.get(bucket.model_id)) for bucket in buckets_of(user.address, chain)],
        "shares": [(share, names.get(share.bucket.model_id)) for share in shares],
        "referrals": referrals,
        "credits": credited,
        "distributed": [(each, names.get(each.model_id), day_of(each.day)) for each in distributed],
        "courses": _courses(list(sales.filter(time__gt=now - timedelta(days=DAYS))), now.date(), names),
    }


def _courses(sales: list[PurchaseFact], today: date, names: dict[str, Listing]) -> list[dict[str, Any]]:
    """Return the plots: for each currency what was paid by day, and by model, the most first."""
    courses = []
    for token in sorted({sale.token for sale in sales}):
        own = [sale for sale in sales if sale.token == token]
        models = [(names.get(model), model, paid, width) for model, paid, width in models_of(own)]
        courses.append({"token": token, "days": days_of(own, today), "models": models})
    return courses


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
    """Give the wallet the transaction that credits it with what it gets for buyers whom it sent."""
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
