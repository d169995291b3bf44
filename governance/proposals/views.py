"""The DAO's proposals: the list, and one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from common.access import public
from common.htmx import render_page
from governance.ground.home import home_chain, now_on

from .finding import GROUPS, find_proposals

A_PAGE = 30


@public()
def dao(request: HttpRequest) -> HttpResponse:
    """The proposals, filtered by what stands with them."""
    chain = home_chain()
    group = request.GET.get("state", "")
    proposals = find_proposals(chain, now_on(chain), group=group)[:A_PAGE]
    context = {"chain": chain, "proposals": proposals, "groups": GROUPS, "group": group}
    return render_page(request, "governance/proposals/dao.html", context)
