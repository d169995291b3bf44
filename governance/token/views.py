"""The token: where it is, who decides with it, and how one gets some."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.addresses import checksum
from accounts.visitors import user_of, user_or_none
from common.access import member, public
from common.files import stream_csv
from common.htmx import render_page
from governance.ground.home import home_chain, now_on
from marketplace.ground.wallet_pages import answer_call

from .grants import PORTION, prepare_claim, prepare_faucet
from .holders import all_holders
from .page import token_of

CSV_COLUMNS = ("address", "contract", "balance_smallest_units", "locked_smallest_units", "delegate")


@public()
def token(request: HttpRequest) -> HttpResponse:
    """The supply, where it is, how few could decide, the vesting, the holders."""
    chain, visitor, after = home_chain(), user_or_none(request), request.GET.get("after", "")
    shown = token_of(chain, visitor.address if visitor else "", now_on(chain), cursor=after)
    context = {"chain": chain, "page": shown, "after": after, "portion": PORTION}
    return render_page(request, "governance/token/token.html", context, fragments=("token",))


@member
@require_POST
def faucet(request: HttpRequest) -> HttpResponse:
    """Give the wallet the transaction that asks the demonstration's faucet."""
    call = prepare_faucet(user=user_of(request), chain=home_chain())
    return answer_call(request, call, title=_("Get LATTICE from the faucet"), back=reverse("token"))


@member
@require_POST
def claim_allocation(request: HttpRequest) -> HttpResponse:
    """Give the wallet the transaction that claims one's allocation."""
    call = prepare_claim(user=user_of(request), chain=home_chain())
    return answer_call(request, call, title=_("Claim your LATTICE"), back=reverse("token"))


@public()
def holders_csv(request: HttpRequest) -> HttpResponse:
    """Every holder as a file."""
    rows = (
        (checksum(row.address), row.name, row.balance, row.locked, checksum(row.delegate) if row.delegate else "")
        for row in all_holders(home_chain())
    )
    return stream_csv("lattice-holders.csv", CSV_COLUMNS, rows)
