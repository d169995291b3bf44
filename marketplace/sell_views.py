"""The seller's desk: what was sold, what waits, what can be withdrawn."""

from __future__ import annotations

from datetime import timedelta
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

from .call_pages import answer_call
from .errors import BucketNotFoundError
from .forms import BucketForm
from .models import Listing, listings_on
from .onchain import OnchainListing
from .payouts import prepare_distribution, prepare_withdrawal
from .sales import DAYS, balance_of, buckets_of, days_of, sales_of

RECENT = 20  # sales in the list


@member
def sell(request: HttpRequest) -> HttpResponse:
    """Listings, sales, buckets and the balance of this wallet, on each chain where it sells."""
    user = user_of(request)
    context = {
        "desks": [_desk(user, chain) for chain in Chain.objects.exclude(deployment={}).order_by("pk")],
        "hidden": Listing.objects.filter(owner__user=user).exclude(suspension=None).select_related("suspension"),
    }
    return render_page(request, "marketplace/sell.html", context, fragments=("desks",))


def _desk(user: User, chain: Chain) -> dict[str, Any]:
    now = timezone.now()
    sales = sales_of(user.address, chain)
    onchain = list(OnchainListing.objects.filter(chain=chain, seller=user.address).order_by("listed_block"))
    names = {place[1]: each for place, each in listings_on((chain.pk, each.model_id) for each in onchain).items()}
    final = chain.final_block()
    return {
        "chain": chain,
        "listings": [(each, names.get(each.model_id)) for each in onchain],
        "sales": [(sale, names.get(sale.model_id), sale.block_number <= final) for sale in sales[:RECENT]],
        "buckets": [(bucket, names.get(bucket.model_id)) for bucket in buckets_of(user.address, chain)],
        "balance": balance_of(user.address, chain),
        "days": days_of(sales.filter(time__gt=now - timedelta(days=DAYS)), now.date()),
    }


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
def withdraw(request: HttpRequest, chain: str) -> HttpResponse:
    """Give the wallet the transaction that withdraws."""
    found = get_object_or_404(Chain, short_name=chain)
    call = prepare_withdrawal(user=user_of(request), chain=found)
    return answer_call(request, call, title=_("Withdraw your credit"), back=reverse("sell"))
