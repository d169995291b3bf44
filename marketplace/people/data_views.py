"""One's data: all of it as a file, and having it erased."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.legal.middleware import before_terms
from accounts.personal import reasons
from accounts.visitors import user_of
from common.access import member
from common.htmx import render_page

from .erasing import FRESH, ask_erasure, undo_erasure
from .exporting import ask_export, find_export
from .models import KEPT, DataExport, Erasure, ExportState

SHOWN = 5


@before_terms
@member
def data(request: HttpRequest) -> HttpResponse:
    """Show the exports of one's data, the one under way among them; a POST asks for another."""
    user = user_of(request)
    if request.method == "POST":
        ask_export(user=user)
        return redirect("data")
    exports = list(DataExport.objects.of(user.address).filter(asked_at__gt=timezone.now() - KEPT)[:SHOWN])
    waits = any(each.state == ExportState.WAITING for each in exports)
    context = {"exports": exports, "waits": waits, "is_first": not exports}
    return render_page(request, "marketplace/people/data.html", context, fragments=("exports",))


@before_terms
@member
@require_GET
def data_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the file of an export to whom it is about."""
    found = find_export(user_of(request), pk)
    response = HttpResponse(bytes(found.archive or b""), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="citrate-data-{found.ready_at:%Y-%m-%d}.zip"'
    return response


@before_terms
@member
def erase(request: HttpRequest) -> HttpResponse:
    """Say what can be erased and what cannot; a POST asks for it, with a signature of the last minutes."""
    user = user_of(request)
    if request.method == "POST":
        ask_erasure(user=user, signed_at=_signed_at(request))
        return redirect("erase")
    signed = _signed_at(request)
    context = {
        "asked": Erasure.objects.filter(address=user.address).first(),
        "reasons": reasons(),
        "is_signed": signed is not None and timezone.now() - signed < FRESH,
    }
    return render(request, "marketplace/people/erase.html", context)


@before_terms
@member
@require_POST
def undo_erase(request: HttpRequest) -> HttpResponse:
    """Let everything stay."""
    undo_erasure(user=user_of(request))
    return redirect("erase")


def _signed_at(request: HttpRequest) -> datetime | None:
    try:
        return datetime.fromisoformat(request.session.get("signed_at", ""))
    except ValueError:
        return None
