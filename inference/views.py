"""The playground of a model, and the records of a disputed purchase: parts of pages, or pages of their own."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.visitors import user_of
from common.access import member, public
from common.errors import DomainError, wants_problem
from common.htmx import fragment_of, render_page
from common.text import clean_line
from marketplace.listings.models import Listing
from marketplace.returns.errors import DisputeNotFoundError, RecordsChangedError
from marketplace.returns.finding import find_dispute, may_say, purchase_of, side_of
from marketplace.returns.saying import attach_upload
from marketplace.search.comparing import compared

from .access import Visitor, chain_of
from .allowance import left_of
from .beside import choices_of
from .choosing import place_of
from .conversations.errors import PastNotFoundError
from .disputed import MOST_RECORDS, records_of
from .errors import NotRunnableError
from .forms import FORMS, LinesForm
from .gallery import samples_of
from .meaning import closeness
from .models import Mode, Upstream
from .seated import Asked, Seat, seat_of
from .upstream_table import compared_upstreams, upstream_rows

FRAGMENTS = ("playground", "allowance", "choice", "column")
ORDERED = {Mode.EMBEDDINGS, Mode.RERANK, Mode.ZERO_SHOT}  # the closest first


def visitor_of(request: HttpRequest) -> Visitor:
    """Return who asks."""
    session = getattr(request, "session", None)
    return Visitor.of(request.META.get("REMOTE_ADDR", ""), getattr(request, "user", None), chain_of(session))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public()
def playground(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Try a model: a conversation over a socket, or a form for what MiniLM does."""
    seat = seat_of(_asked(request, f"{owner}/{name}"))
    upstream, listing = seat.found[0], seat.listing
    if fragment_of(request) == "column" and upstream.mode != Mode.CHAT:  # only conversations stand side by side
        raise NotRunnableError
    if upstream.mode == Mode.SCHEMA:  # what it takes says its version
        return redirect("try-model", *upstream.listing.split("/"))
    visitor = visitor_of(request)
    ground, bench = seat.grounds(visitor)
    context: dict[str, Any] = {"upstream": upstream, "listing": listing, "place": place_of(seat.found)}
    status = HTTPStatus.OK
    if upstream.mode == Mode.CHAT:
        context |= {"bench": bench, "history": seat.history(), **_beside(visitor, seat, choose="choose" in request.GET)}
    if upstream.mode in FORMS:
        form = FORMS[upstream.mode](request.POST or None, auto_id="try_%s")
        context |= {"form": form}
        if request.method == "POST":
            status = _compare(request, upstream, form, context)
    context["allowance"] = left_of(ground, lambda: seat.found)
    response = render_page(request, "inference/playground.html", context, fragments=FRAGMENTS)
    response.status_code = status
    return response


def _asked(request: HttpRequest, name: str) -> Asked:
    """Return what a playground's address asks for. Raises PastNotFoundError."""
    user, past = request.user, request.GET.get("past", "")
    if not isinstance(user, User) or fragment_of(request) not in ("", "column"):
        return Asked(name, request.GET.get("beside", ""))
    try:
        return Asked(name, request.GET.get("beside", ""), UUID(past) if past else None, user)
    except ValueError:
        raise PastNotFoundError from None


def _beside(visitor: Visitor, seat: Seat, *, choose: bool) -> dict[str, Any]:
    """Return the model that is asked side by side, by the address, or which ones can be, where that is asked for."""
    if choose:
        return {"choices": choices_of(visitor, seat.listing.name), "asked_for_choices": True}
    return {"beside": seat.beside, "beside_missing": seat.beside is None} if seat.asked.beside else {}


def _compare(request: HttpRequest, upstream: Upstream, form: LinesForm, context: dict[str, Any]) -> HTTPStatus:
    """Put the matches, or a sentence that says why there are none, into the context; return the status."""
    if not form.is_valid():
        return HTTPStatus.UNPROCESSABLE_ENTITY
    text, lines = form.cleaned_data["text"], form.cleaned_data["lines"]
    try:
        matches, _call = closeness(visitor=visitor_of(request), listing=upstream.listing, text=text, others=lines)
    except DomainError as error:
        form.add_error(None, str(error.detail))
        return HTTPStatus.UNPROCESSABLE_ENTITY
    context["matches"] = sorted(matches, key=lambda m: -m.cosine) if upstream.mode in ORDERED else matches
    return HTTPStatus.OK


@never_cache
@require_safe
@public()
def model_samples(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Show what our checks asked a model, and what it answered."""
    listing = Listing.objects.named(f"{owner}/{name}").filter(suspension=None).first()
    if listing is None:
        raise NotRunnableError
    context = {"listing": listing, **samples_of(listing.name)}
    return render_page(request, "inference/samples.html", context, fragments=("samples",))


@require_safe
@public()
def model_upstreams(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Show what answers for a model, side by side."""
    listing = Listing.objects.named(f"{owner}/{name}").filter(suspension=None).first()
    rows = upstream_rows(listing.name) if listing else []
    if not rows:
        raise NotRunnableError
    context = {"listing": listing, "rows": rows}
    return render_page(request, "inference/model_upstreams.html", context, fragments=("upstreams",))


@require_safe
@public()
def compare_upstreams(request: HttpRequest) -> HttpResponse:
    """Show what answers for each of several models, where that is more than one, side by side."""
    found = compared_upstreams(compared(map(clean_line, request.GET.getlist("m"))))
    query = urlencode([("m", name) for name in request.GET.getlist("m")])
    context = {"models": found, "query": query}
    return render_page(request, "inference/compare_upstreams.html", context, fragments=("upstreams",))


@require_http_methods(["GET", "HEAD", "POST"])
@member
def dispute_calls(request: HttpRequest, receipt: str) -> HttpResponse:
    """Show exactly what would be attached of the calls that a disputed purchase paid for, and attach it."""
    user = user_of(request)
    dispute = find_dispute(user, receipt)
    side = side_of(dispute, user)
    if side is None:
        raise DisputeNotFoundError
    records = records_of(dispute, purchase_of(dispute))
    if request.method != "POST":
        can_attach = bool(records.calls) and may_say(dispute)
        context = {"dispute": dispute, "records": records, "can_attach": can_attach, "most": MOST_RECORDS}
        return render_page(request, "inference/dispute_calls.html", context, fragments=("call-records",))
    if request.POST.get("cid") != records.upload.cid or not records.calls:
        raise RecordsChangedError
    attached = attach_upload(user=user, receipt=receipt, upload=records.upload)
    if wants_problem(request):
        return JsonResponse({"files": [attached.file_id]}, status=HTTPStatus.CREATED)
    return redirect(f"{reverse('dispute', args=[receipt])}#say")
