"""Pages of engines of one's own: starting one for a model, its state, URL and key, and the list of them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.visitors import user_of
from common.access import member
from common.htmx import render_page
from marketplace.deploying.errors import FileMissingError
from marketplace.deploying.releases import release_of
from marketplace.deploying.rights import right_to
from marketplace.listings.finding import find_listing
from marketplace.listings.models import Listing
from marketplace.listings.versions import Version

from .access import chain_of
from .dedicated import (
    IDLE,
    Started,
    engines_of,
    live_engine,
    own_engine,
    place_of,
    renew_key,
    request_engine,
    stop_engine,
)
from .dedicated_files import CannotRunError, memory_mb, plan_of
from .dedicated_models import LIVE, DedicatedEngine, EngineState

SHOWN = 50
FRAGMENTS = ("engine-state",)


@require_http_methods(["GET", "HEAD", "POST"])
@member
def own_engine_of(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Whether an engine of one's own can run a model here, and its start. Nothing for who does not hold the model."""
    user, listing = user_of(request), find_listing(owner, name)
    chain_id = chain_of(getattr(request, "session", None))
    version = release_of(listing, str((request.POST or request.GET).get("version", "")))
    if not right_to(listing, user, chain_id, version).holds:
        raise FileMissingError
    if request.method == "POST":
        return _started(request, user, chain_id, listing)
    context = {"listing": listing, "version": version, "live": live_engine(user), **_possible(version)}
    return render_page(request, "inference/own_engine.html", context, fragments=("own-engine",))


def _started(request: HttpRequest, user: User, chain_id: int | None, listing: Listing) -> HttpResponse:
    number = request.POST.get("version", "")
    # The page was loaded again, which sends the form again: what it asked for is there.
    live = live_engine(user)
    if live and (live.listing, live.version) == (listing.name, number):
        return redirect("engine", live.pk)
    started = request_engine(user=user, chain_id=chain_id, listing=listing, number=number)
    return _page(request, started, status=HTTPStatus.CREATED)


def _possible(version: Version | None) -> dict[str, Any]:
    """Return what an engine of a version would load, or the sentence that says why there is none."""
    try:
        if version is None:
            raise CannotRunError
        return {"plan": plan_of(version), "most_mb": memory_mb(), "idle": IDLE.seconds // 60}
    except CannotRunError as error:
        return {"refusal": error.detail}


@member
@require_GET
def engines(request: HttpRequest) -> HttpResponse:
    """One's own engines, the one that runs first."""
    found = list(engines_of(user_of(request))[:SHOWN])
    return render_page(request, "inference/engines.html", {"engines": found, "live": LIVE})


@member
@require_GET
def engine(request: HttpRequest, engine_id: UUID) -> HttpResponse:
    """One engine: where it stands, its address, and how it is called."""
    return _page(request, Started(own_engine(user_of(request), engine_id), ""))


@member
@require_POST
def stop_own_engine(request: HttpRequest, engine_id: UUID) -> HttpResponse:
    """Have an engine stopped."""
    stopped = stop_engine(user=user_of(request), engine_id=engine_id)
    return redirect("engine", stopped.pk)


@member
@require_POST
def renew_engine_key(request: HttpRequest, engine_id: UUID) -> HttpResponse:
    """Show another key of an engine, once; the one before stops working."""
    return _page(request, renew_key(user=user_of(request), engine_id=engine_id))


def _page(request: HttpRequest, started: Started, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    found = started.engine
    owner, _slash, name = found.listing.partition("/")
    path = f"{reverse('engine', args=[found.pk])}/v1"
    is_live = found.state in LIVE
    context = {
        "engine": found,
        # Whoever has pressed Stop is not told that it runs until its owner has looked.
        "state": EngineState.STOPPING if is_live and not found.wanted else found.state,
        "key": started.key,
        "is_live": is_live,
        "is_ready": found.state == EngineState.HEALTHY and found.wanted,
        "place": place_of(found),
        "base": request.build_absolute_uri(path),
        "listing_url": reverse("model", args=[owner, name]),
        "again_url": reverse("own-engine", args=[owner, name]),
        "idle": IDLE.seconds // 60,
        "idle_left": _idle_left(found),
    }
    response = render_page(request, "inference/engine.html", context, fragments=FRAGMENTS)
    response.status_code = status
    return response


def _idle_left(found: DedicatedEngine) -> int | None:
    """Return in how many minutes an engine stops if nobody calls it."""
    if found.state != EngineState.HEALTHY or found.used_at is None:
        return None
    return max(1, round((IDLE - (timezone.now() - found.used_at)).total_seconds() / 60))
