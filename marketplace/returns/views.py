"""Refunds and disputes, and what moderators decide on chain."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.visitors import user_of
from common.access import member, staff
from common.htmx import render_page
from contracts.chain.preflight import WalletCall
from contracts.models import Chain
from marketplace.ground.wallet_pages import answer_call
from marketplace.listings.models import Listing, listings_on
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.onchain.parties import parties_of_sale

from . import actions as returning
from .errors import EvidenceMissingError, RulingReasonError
from .forms import DisputeForm, RulingForm

RECENT = 50  # disputes that were ruled upon, in the list


@member
@require_POST
def refund(request: HttpRequest, ref: str) -> HttpResponse:
    """Give the wallet the transaction that has an order paid back."""
    call = returning.prepare_refund(user=user_of(request), ref=ref)
    return answer_call(request, call, title=_("Have it refunded"), back=reverse("order", args=[ref]))


@member
@require_POST
def open_dispute(request: HttpRequest, ref: str) -> HttpResponse:
    """Keep what is wrong, and give the wallet the transaction that opens the dispute."""
    form = DisputeForm(request.POST)
    if not form.is_valid():
        raise EvidenceMissingError
    call = returning.prepare_dispute(user=user_of(request), ref=ref, text=form.cleaned_data["text"])
    return answer_call(request, call, title=_("Open a dispute"), back=reverse("order", args=[ref]))


@member
def disputes(request: HttpRequest) -> HttpResponse:
    """The disputes that the visitor may see, open ones first: a moderator's are all of them."""
    user = user_of(request)
    # A refund needs nobody's ruling, and has no receipt.
    known = PurchaseReturn.objects.exclude(receipt="").select_related("chain")
    seen = known if user.is_staff else known.seen_by(user.address)
    ruled = seen.exclude(ruled_at=None).order_by("-ruled_at")[:RECENT]
    chains = list(Chain.objects.exclude(deployment={}).order_by("pk"))
    context = {"open": _named(seen.open_disputes()), "ruled": _named(ruled), "now": timezone.now(), "chains": chains}
    return render_page(request, "marketplace/returns/disputes.html", context, fragments=("disputes",))


@member
def dispute(request: HttpRequest, receipt: str) -> HttpResponse:
    """One dispute: what was bought, what the buyer says, and what the visitor may do about it."""
    user, now = user_of(request), timezone.now()
    found = returning.find_dispute(user, receipt)
    # Once it is late anybody may close it, and the contract refuses a ruling.
    fact, rules = returning.purchase_of(found), user.is_staff and found.is_disputed and not found.is_late(now)
    is_own = rules and user.address in parties_of_sale(fact)
    context = {
        "dispute": found,
        "fact": fact,
        "listing": listings_on([(found.chain_id, found.model_id)]).get((found.chain_id, found.model_id)),
        "evidence": returning.evidence_of(found),
        "is_late": found.is_late(now),
        "may_rule": rules and not is_own,
        "is_own_case": is_own,
        "part": _part(found, user.address),
        # The page says so, because a ruling may still be taken back by a reorganisation.
        "final": found.last_block <= found.chain.final_block(),
    }
    return render_page(request, "marketplace/returns/dispute.html", context, fragments=("dispute",))


@staff
@require_POST
def rule_dispute(request: HttpRequest, receipt: str) -> HttpResponse:
    """Give the moderator's wallet the ruling."""
    form = RulingForm(request.POST)
    if not form.is_valid():
        raise RulingReasonError(limit=returning.MOST_TEXT)
    for_buyer = form.cleaned_data["ruling"] == RulingForm.BUYER
    call = returning.prepare_ruling(
        user=user_of(request), receipt=receipt, for_buyer=for_buyer, reason=form.cleaned_data["reason"]
    )
    title = _("Rule for the buyer") if for_buyer else _("Rule for the seller")
    return _answer(request, call, title, receipt)


@member
@require_POST
def close_dispute(request: HttpRequest, receipt: str) -> HttpResponse:
    """Give the wallet the transaction that ends a dispute without a ruling."""
    call = returning.prepare_closing(user=user_of(request), receipt=receipt)
    return _answer(request, call, _("Close the dispute"), receipt)


def _answer(request: HttpRequest, call: WalletCall, title: str, receipt: str) -> HttpResponse:
    return answer_call(request, call, title=title, back=reverse("dispute", args=[receipt]))


def _part(found: PurchaseReturn, address: str) -> str:
    """Return which part the address plays in a dispute: buyer, seller or none."""
    return {found.buyer: "buyer", found.seller: "seller"}.get(address, "")


def _named(rows: Iterable[PurchaseReturn]) -> list[tuple[PurchaseReturn, Listing | None]]:
    found = list(rows)
    names = listings_on((each.chain_id, each.model_id) for each in found)
    return [(each, names.get((each.chain_id, each.model_id))) for each in found]
