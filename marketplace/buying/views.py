"""Buying: from the button on a model's page to what is owned."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.visitors import user_of, user_or_none
from common.access import member, public
from common.errors import wants_problem
from common.htmx import render_page
from common.redirects import redirect_whole
from contracts.models import Chain
from marketplace.ground.wallet_pages import answer_call
from marketplace.listings.models import Listing
from marketplace.money.credits import credits_of
from marketplace.money.forms import CreditForm
from marketplace.money.payouts import prepare_withdrawal

from . import ordering
from .account_page import account_page
from .checkout import open_purchase
from .errors import InvalidOrderError
from .forms import OpenForm, PromptForm, SentForm
from .order_view import OrderView
from .orders import Order
from .paying import Permission
from .receipts import receipt_of
from .transactions import tell


def _to_withdraw(view: OrderView) -> int:
    """Return what the buyer has to withdraw in the currency that was paid back, in its smallest units."""
    order, returned = view.progress.order, view.progress.returned
    if returned is None or not returned.is_paid_back:
        return 0
    found = credits_of(order.buyer, order.chain, view.progress.head)
    return sum(each.balance.available for each in found if each.token == returned.token)


@member
def order(request: HttpRequest, ref: str) -> HttpResponse:
    """One order: who acts next, and how far it is. Its fragment is fetched again whenever something changes."""
    view = OrderView(Order.objects.found(user_of(request).address, ref))
    receipt = receipt_of(view.progress, user_of(request).address)
    view = replace(view, to_withdraw=_to_withdraw(view), receipt=receipt)
    listing = Listing.objects.named(view.progress.order.listing_name).first()
    order = view.progress.order
    # Only while paying lies ahead: it is paying that would end the earlier right.
    closes = open_purchase(order.buyer, order.chain, order.model_id) if view.can_open_wallet else None
    context = {"view": view, "order": order, "listing": listing, "closes": closes}
    return render_page(request, "marketplace/buying/order.html", context, fragments=("order",))


@member
@require_POST
def open_order(request: HttpRequest, ref: str) -> HttpResponse:
    """Check the order and give the wallet its transaction."""
    form = OpenForm(request.POST)
    if not form.is_valid():
        raise InvalidOrderError
    prompt, signature = form.cleaned_data["prompt"], form.cleaned_data["signature"]
    # Only our script knows what the wallet can do.
    batch = form.cleaned_data["batch"] and wants_problem(request)
    call = ordering.open_order(user=user_of(request), ref=ref, instead_of=prompt, signature=signature, batch=batch)
    order = Order.objects.get(ref=ref)
    if isinstance(call, Permission):
        if wants_problem(request):
            return JsonResponse(call.for_wallet())
        return answer_call(request, call.approval, title=_permission_title(call, order), back=order.get_absolute_url())
    title = _("Pay for %(name)s") % {"name": order.listing_name}
    return answer_call(request, call, title=title, back=order.get_absolute_url(), until=order.deadline)


def _permission_title(permission: Permission, order: Order) -> str:
    if permission.resets:
        title = _("First take back the allowance that is left, then allow the price of %(name)s, then pay")
    else:
        title = _("First allow the price of %(name)s to be taken")
    return title % {"name": order.listing_name}


@member
@require_POST
def order_sent(request: HttpRequest, ref: str) -> HttpResponse:
    """Take the hash that the wallet gave."""
    form = SentForm(request.POST)
    if not form.is_valid():
        raise InvalidOrderError
    ordering.mark_sent(user=user_of(request), ref=ref, tx_hash=form.cleaned_data["tx_hash"])
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@member
@require_POST
def order_cancelled(request: HttpRequest, ref: str) -> HttpResponse:
    """Take the wallet's word that its person declined."""
    form = PromptForm(request.POST)
    if not form.is_valid():
        raise InvalidOrderError
    ordering.mark_cancelled(user=user_of(request), ref=ref, prompt=form.cleaned_data["prompt"])
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@member
@require_POST
def order_again(request: HttpRequest, ref: str) -> HttpResponse:
    """Order the same again, at the present price: the licence was accepted with the order before."""
    order = ordering.order_again(user=user_of(request), ref=ref)
    return redirect(order.wallet_url)  # whoever tries again has asked for it


@member
def account(request: HttpRequest) -> HttpResponse:
    """What needs this wallet's owner, what they may run, their credit and their orders."""
    shown = account_page(user_of(request), request.GET.get("after", ""))
    return render_page(request, "marketplace/buying/account.html", {"page": shown}, fragments=("credits",))


@member
@require_POST
def withdraw_credit(request: HttpRequest, chain: str) -> HttpResponse:
    """Give the wallet the transaction that draws what it is credited with in one currency."""
    form, found = CreditForm(request.POST), get_object_or_404(Chain, short_name=chain)
    if not form.is_valid():
        raise InvalidOrderError
    call = prepare_withdrawal(user=user_of(request), chain=found, token=form.cleaned_data["token"])
    return answer_call(request, call, title=_("Withdraw your credit"), back=reverse("account"))


@public()
def transaction(request: HttpRequest, chain: str, tx_hash: str) -> HttpResponse:
    """What a transaction did here in words, or why nothing is known of it."""
    found = get_object_or_404(Chain, short_name=chain)
    if tx_hash != tx_hash.lower():
        return redirect_whole(request, reverse("transaction", args=[chain, tx_hash.lower()]))
    told = tell(found, tx_hash, user_or_none(request), str(request.META.get("REMOTE_ADDR", "")))
    context = {"told": told, "chain": found}
    return render_page(request, "marketplace/buying/transaction.html", context, fragments=("transaction",))
