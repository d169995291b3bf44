"""What moderators do, in figures: for themselves, and for everybody."""

from __future__ import annotations

import csv

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.moderators import moderator
from common.access import public
from common.htmx import render_page

from .figures import COLUMNS, LOOKED_BACK, MONTHS, figures, months

KEEP = 300  # seconds


@moderator
@require_safe
def moderation_figures(request: HttpRequest) -> HttpResponse:
    """What waits, how long it takes, and what does not stand."""
    context = {"figures": figures(), "days": LOOKED_BACK.days}
    return render_page(request, "marketplace/moderation/figures.html", context)


@public(cache_seconds=KEEP)
@require_safe
def transparency(request: HttpRequest) -> HttpResponse:
    """What was decided by month, without anything about anybody."""
    context = {"months": months(), "most": MONTHS, "now": timezone.now()}
    return render_page(request, "marketplace/moderation/transparency.html", context)


@public(cache_seconds=KEEP)
@require_safe
def transparency_csv(request: HttpRequest) -> HttpResponse:
    """The same as a table for programs."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="moderation.csv"'
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    for each in months():
        row = [getattr(each, name) for name in COLUMNS]
        writer.writerow([each.month.strftime("%Y-%m"), *row[1:]])
    return response
