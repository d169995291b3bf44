"""The moderator's pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

from accounts.visitors import user_of
from common.access import staff
from common.htmx import render_page
from contracts.models import Chain
from marketplace.ground.wallet_pages import answer_call
from marketplace.listings.finding import find_listing

from .errors import SuspensionDaysError
from .forms import SuspensionForm
from .parties import has_part_in
from .suspending import prepare_suspension


@staff
def suspension(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Suspend a listing on chain, or end its suspension."""
    user, listing = user_of(request), find_listing(owner, name)
    if request.method == "POST":
        days = _days(request.POST)
        call = prepare_suspension(user=user, listing=listing, days=days)
        title = _("Suspend the sale") if days else _("End the suspension")
        return answer_call(request, call, title=title, back=request.path)
    is_own = has_part_in(user, listing)
    context = {"listing": listing, "form": SuspensionForm(), "chains": _chains(), "is_own_case": is_own}
    return render_page(request, "marketplace/moderation/suspension.html", context, fragments=("suspension",))


def _days(sent: QueryDict) -> int:
    """Return for how many days to suspend; none where none are named, which ends a suspension."""
    form = SuspensionForm(sent)
    if "days" not in sent:
        return 0
    if not form.is_valid():
        raise SuspensionDaysError
    return int(form.cleaned_data["days"])


def _chains() -> list[str]:
    return list(Chain.objects.exclude(deployment={}).order_by("pk").values_list("short_name", flat=True))
