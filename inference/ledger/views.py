"""What anybody may see of the ledger: whether the books agree, and what settlement costs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from common.access import public
from common.htmx import render_page

from .standing import standings


@require_safe
@public(cache_seconds=15)
def status(request: HttpRequest) -> HttpResponse:
    """Say for every chain whether the ledger is what the escrow has, and what waits to be settled."""
    return render_page(request, "inference/status.html", {"standings": standings()}, fragments=("status",))
