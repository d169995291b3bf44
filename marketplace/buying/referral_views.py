"""One's own referral link, and what it has earned."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from accounts.addresses import checksum
from accounts.visitors import user_of
from common.access import member
from common.htmx import render_page

from .referring import referral_sums


@member
def referral(request: HttpRequest) -> HttpResponse:
    """The link, how it works, and by currency what it has earned."""
    user = user_of(request)
    link = f"{request.scheme}://{request.get_host()}/?ref={checksum(user.address)}"
    context = {"link": link, "mark": f"?ref={checksum(user.address)}", "sums": referral_sums(user.address)}
    return render_page(request, "marketplace/buying/referral.html", context, fragments=("earned",))
