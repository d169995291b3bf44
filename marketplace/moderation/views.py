"""The moderator's pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.visitors import user_of
from common.access import staff
from common.htmx import render_page
from contracts.models import Chain
from marketplace.ground.wallet_pages import answer_call
from marketplace.listings.finding import find_listing

from .forms import SuspensionForm
from .suspending import prepare_suspension


@staff
def suspension(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Suspend a listing on chain, or end its suspension."""
    listing = find_listing(owner, name)
    if request.method == "POST":
        form = SuspensionForm(request.POST)
        days = form.cleaned_data["days"] if form.is_valid() else 0
        call = prepare_suspension(user=user_of(request), listing=listing, days=days)
        title = _("Suspend the sale") if days else _("End the suspension")
        return answer_call(request, call, title=title, back=request.path)
    context = {"listing": listing, "form": SuspensionForm(), "chains": _chains()}
    return render_page(request, "marketplace/moderation/suspension.html", context, fragments=("suspension",))


def _chains() -> list[str]:
    return list(Chain.objects.exclude(deployment={}).order_by("pk").values_list("short_name", flat=True))
