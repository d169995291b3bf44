"""The seller's desk: what was sold and is left of it, what waits, what can be withdrawn, and what to do next."""

from __future__ import annotations

import csv
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
from common.text import as_cell
from contracts.models import Chain
from contracts.names import COIN
from marketplace.ground.wallet_pages import answer_call
from marketplace.listings.models import Listing, listings_on
from marketplace.money.buckets import earnings_of
from marketplace.money.errors import BucketNotFoundError
from marketplace.money.forms import BucketForm, CreditForm, ReferralForm
from marketplace.money.ledger import day_of, today
from marketplace.money.payouts import prepare_distribution, prepare_referral_distribution, prepare_withdrawal
from marketplace.money.takings import takings_of
from marketplace.onchain.models.listings import OnchainListing

from .chains import chains_now, verified_of
from .desk import Desk
from .forms import SalesForm, choice_in
from .next_steps import Known, next_steps
from .own_models import Owned, owned_by
from .periods import LABELS
from .sales import RECENT, distributed_of, lines_of, returns_of, sold_by

CSV_COLUMNS = ("from", "currency", "chain", "net", "of_it_maturing", "refunded_or_disputed", "net_smallest_units")


@member
def sell(request: HttpRequest) -> HttpResponse:
    """What this wallet sells: net figures of a stretch of time in one currency, models, sales, and the next steps."""
    desk, owned = _desk(request)
    context = {"desk": desk, "owned": owned, "periods": LABELS, **_sales(request, desk)}
    return render_page(request, "marketplace/selling/sell.html", context, fragments=("desk",))


def _desk(request: HttpRequest) -> tuple[Desk, Owned]:
    user, chains = user_of(request), chains_now()
    owned = owned_by(user)
    takings = takings_of(user.address, owned.royalties)
    choice = choice_in(request.GET, chains)
    return Desk(takings, chains, owned.models, choice, day_of(today())), owned


def _sales(request: HttpRequest, desk: Desk) -> dict[str, Any]:
    """Return the page of sales that was asked for, and what to do next."""
    seller, form = user_of(request).address, SalesForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {"model": "", "after": ""}
    key = desk.key
    page = sold_by(seller, key, model_id=asked["model"], cursor=asked["after"]) if key else None
    facts = page.items if page else []
    returns = returns_of(seller, facts)
    open_disputes = [each for each in returns if each.is_disputed]
    known = Known(desk.takings, desk.models, open_disputes, desk.chains, timezone.now())
    lines = lines_of(facts, returns, desk.takings, desk.chain) if key else []
    return {
        "lines": [(line, known.name_of(line.fact.chain_id, line.fact.model_id)) for line in lines],
        "next_page": page.next if page else "",
        "asked": asked,
        "steps": next_steps(known),
        "verified": verified_of(desk.chain) if key else None,
    }


@member
def sales_csv(request: HttpRequest) -> HttpResponse:
    """The plot's figures as a file: whole amounts of smallest units, and the same as people write them."""
    desk, _owned = _desk(request)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="sales-{desk.choice.period}.csv"'
    writer = csv.writer(response)
    writer.writerow(
        ["from", "currency", "chain", "net", "of_it_maturing", "refunded_or_disputed", "net_smallest_units"]
    )
    if desk.key:
        currency, chain = desk.currency, desk.chain.short_name
        for bar in desk.plot.bars:
            amounts = (bar.figures.net, bar.figures.maturing, bar.figures.lost)
            plain = [currency.number(amount).replace(",", "") for amount in amounts]
            writer.writerow([bar.first.isoformat(), as_cell(currency.unit), chain, *plain, bar.figures.net])
    return response


@member
def payouts(request: HttpRequest) -> HttpResponse:
    """The buckets that wait for this wallet: its own sales, its shares in others', and what it earned by referring."""
    user = user_of(request)
    context = {"desks": [_waiting(user, chain) for chain in Chain.objects.exclude(deployment={}).order_by("pk")]}
    return render_page(request, "marketplace/selling/payouts.html", context, fragments=("desks",))


def _waiting(user: User, chain: Chain) -> dict[str, Any]:
    """Return what waits on one chain, all of it as of one head and from one ledger."""
    # Once: with each figure reading its own, a block in between would make them contradict each other.
    earnings = earnings_of(user.address, chain, chain.head())
    own = list(OnchainListing.objects.filter(chain=chain, seller=user.address).values_list("model_id", flat=True))
    # All names at once: one query, however many rows show one.
    shown = {*own, *(each.bucket.model_id for each in earnings.shares)}
    names = {model: listing for (_chain, model), listing in listings_on((chain.pk, each) for each in shown).items()}
    return {
        "chain": chain,
        # A chain also concerns who only shares in sales there.
        "is_shown": bool(own or earnings.shares or earnings.referrals),
        "buckets": [(bucket, names.get(bucket.model_id)) for bucket in earnings.buckets],
        "shares": [(share, names.get(share.bucket.model_id)) for share in earnings.shares],
        "referrals": earnings.referrals,
        "distributed": _distributed(own, chain, names),
    }


def _distributed(models: list[str], chain: Chain, names: dict[str, Listing]) -> list[tuple[Any, ...]]:
    found = distributed_of(models, chain)[:RECENT]
    return [(each, names.get(each.model_id), day_of(each.day)) for each in found]


@member
@require_POST
def distribute(request: HttpRequest, chain: str) -> HttpResponse:
    """Give the wallet the transaction that distributes one bucket."""
    form = BucketForm(request.POST)
    if not form.is_valid():
        raise BucketNotFoundError
    found = get_object_or_404(Chain, short_name=chain)
    call = prepare_distribution(user=user_of(request), chain=found, **form.cleaned_data)
    return answer_call(request, call, title=_("Distribute what was paid"), back=reverse("payouts"))


@member
@require_POST
def distribute_referral(request: HttpRequest, chain: str) -> HttpResponse:
    """Give the wallet the transaction that credits it with what it earned for buyers it referred."""
    form = ReferralForm(request.POST)
    if not form.is_valid():
        raise BucketNotFoundError
    found = get_object_or_404(Chain, short_name=chain)
    call = prepare_referral_distribution(user=user_of(request), chain=found, **form.cleaned_data)
    return answer_call(request, call, title=_("Distribute what was paid"), back=reverse("payouts"))


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
