"""The pages on which a seller says which servers answer for a draft or a listing: also parts of the wizard's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.visitors import user_of
from common.access import member
from common.errors import DomainError, wants_problem
from common.htmx import fragment_of, render_page
from marketplace.listings.versions import Version
from marketplace.publish.models import Draft, DraftFile

from . import upstream_actions as acting
from .models import Upstream, UpstreamState
from .probe_words import summary_of
from .upstream_actions import Room
from .upstream_forms import KeyForm, UpstreamForm, form_of

PAGE = "inference/upstreams.html"
WHOLE, LIST = "upstreams", "upstream-list"
DOTS = {UpstreamState.HEALTHY: "good", UpstreamState.PROBING: "wait", UpstreamState.OFF: "off"}
Act = Callable[[Room, int], object]
ACTS: dict[str, Act] = {
    "try": lambda room, pk: acting.try_again(room=room, upstream_id=pk),
    "drain": lambda room, pk: acting.switch_upstream(room=room, upstream_id=pk, on=False),
    "resume": lambda room, pk: acting.switch_upstream(room=room, upstream_id=pk, on=True),
    "remove": lambda room, pk: acting.remove_upstream(room=room, upstream_id=pk),
    "up": lambda room, pk: acting.move_upstream(room=room, upstream_id=pk, up=True),
    "down": lambda room, pk: acting.move_upstream(room=room, upstream_id=pk, up=False),
}


@dataclass(frozen=True)
class Row:
    """A server as its seller sees it."""

    upstream: Upstream
    summary: str
    is_first: bool
    is_last: bool

    @property
    def is_off(self) -> bool:
        """Whether it is switched off."""
        return self.upstream.state == UpstreamState.OFF

    @property
    def dot(self) -> str:
        """The colour of its state."""
        if self.upstream.is_being_tried or (self.upstream.state == UpstreamState.HEALTHY and self.upstream.streak):
            return "wait"
        return DOTS.get(UpstreamState(self.upstream.state), "bad")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("key")
@member
def draft_upstreams(request: HttpRequest, draft: UUID) -> HttpResponse:
    """Show the servers of a draft, and add one."""
    return _answer(request, acting.room_of_draft(user_of(request), draft))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("key")
@member
def listing_upstreams(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Show the servers of the version that is offered of a listing, and add one."""
    return _answer(request, acting.room_of_listing(user_of(request), f"{owner}/{name}"))


@never_cache
@require_POST
@member
def change_upstream(request: HttpRequest, upstream: int, do: str) -> HttpResponse:
    """Try a server, take it out or back, remove it or move it."""
    act = ACTS.get(do)
    if act is None:
        raise Http404
    room = acting.room_of(user_of(request), upstream)
    act(room, upstream)
    return _done(request, room)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("key")
@member
def edit_upstream(request: HttpRequest, upstream: int) -> HttpResponse:
    """Change a server."""
    room = acting.room_of(user_of(request), upstream)
    found = next(each for each in room.upstreams if each.pk == upstream)
    form = form_of(found, request.POST if request.method == "POST" else None)
    if form.is_bound and _saved(form, lambda said: acting.edit_upstream(room=room, upstream_id=upstream, **said)):
        return _done(request, room)
    return _editing(request, room, found, form, "edit")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("key")
@member
def upstream_key(request: HttpRequest, upstream: int) -> HttpResponse:
    """Replace a server's key."""
    room = acting.room_of(user_of(request), upstream)
    found = next(each for each in room.upstreams if each.pk == upstream)
    form = KeyForm(request.POST if request.method == "POST" else None, auto_id="server_%s")
    if form.is_bound and _saved(form, lambda said: acting.replace_key(room=room, upstream_id=upstream, **said)):
        return _done(request, room)
    return _editing(request, room, found, form, "key")


@never_cache
@require_POST
@member
def take_over_upstreams(request: HttpRequest, draft: UUID) -> HttpResponse:
    """Copy the servers of the version before into a draft."""
    room = acting.room_of_draft(user_of(request), draft)
    acting.take_over(room=room, version=request.POST.get("version", "")[:32])
    return _done(request, room)


def _answer(request: HttpRequest, room: Room) -> HttpResponse:
    if request.method != "POST":
        return _page(request, room)
    form = UpstreamForm(request.POST, auto_id="server_%s")
    if _saved(form, lambda said: acting.add_upstream(room=room, **said)):
        return _done(request, room)
    return _page(request, room, form)


def _saved(form: UpstreamForm | KeyForm, save: Callable[[dict[str, Any]], object]) -> bool:
    """Do what a form says; where that is refused, the form holds the sentence that says why."""
    if not form.is_valid():
        return False
    try:
        save(form.cleaned_data)
    except DomainError as error:
        form.add_error("key" if error.code in ("bad-key", "key-needed") else None, str(error.detail))
        return False
    return True


def _done(request: HttpRequest, room: Room) -> HttpResponse:
    if fragment_of(request) in (WHOLE, LIST) or wants_problem(request):
        return _page(request, room)
    return redirect(_here(room))


def _here(room: Room) -> str:
    if room.draft:
        return reverse("draft-upstreams", args=[room.draft])
    return reverse("listing-upstreams", args=room.listing.split("/"))


def _page(request: HttpRequest, room: Room, form: UpstreamForm | None = None) -> HttpResponse:
    found = room.upstreams
    last = len(found) - 1
    rows = [Row(each, summary_of(each), at == 0, at == last) for at, each in enumerate(found)]
    context: dict[str, Any] = {
        **_around(room),
        "rows": rows,
        "form": form or UpstreamForm(initial=_usual(room), auto_id="server_%s"),
        "opens": form is not None or (not found and not _has_files(room)),
        "is_trying": any(each.is_being_tried for each in found),
        "is_full": len(found) >= acting.MOST_UPSTREAMS,
        "other_version": _other_version(room) if not found else "",
    }
    response = render_page(request, PAGE, context, fragments=(WHOLE, LIST))
    response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY if form else HTTPStatus.OK
    return response


def _editing(
    request: HttpRequest, room: Room, upstream: Upstream, form: UpstreamForm | KeyForm, what: str
) -> HttpResponse:
    context = {**_around(room), "upstream": upstream, "form": form, "what": what}
    response = render_page(request, "inference/upstream_edit.html", context, fragments=(WHOLE,))
    response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return response


def _around(room: Room) -> dict[str, Any]:
    """Return what each page needs: where it is, and whose servers these are."""
    owner, _slash, name = room.listing.partition("/")
    return {"room": room, "here": _here(room), "owner_name": owner, "model_name": name}


def _usual(room: Room) -> dict[str, Any]:
    """Return what a new server most likely does, by the draft's task."""
    return {"mode": acting.mode_for(Draft.objects.filter(pk=room.draft).first() if room.draft else None)}


def _has_files(room: Room) -> bool:
    """Whether a draft has files: then a server is something more, and its form is folded."""
    return bool(room.draft) and DraftFile.objects.filter(draft=room.draft).exists()


def _other_version(room: Room) -> str:
    """Return the newest version of a draft's listing that has servers, which the draft could take over."""
    listing = Draft.objects.filter(pk=room.draft).values_list("listing", flat=True).first() if room.draft else ""
    if not listing:
        return ""
    having = set(Upstream.objects.named(listing).values_list("version", flat=True))
    numbers = Version.objects.filter(listing__name=listing, number__in=having).order_by("-created_at")
    return numbers.values_list("number", flat=True).first() or ""
