"""The pages of API keys: all of them, one of them, making, changing, rotating and revoking."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.visitors import user_of
from common.access import member
from common.htmx import fragment_of, render_page
from contracts.models import Chain
from inference.access import chain_of
from inference.keys import actions
from inference.keys.finding import own_key

from .balances import escrow_chains
from .forms import KeyForm
from .fresh import keep_secret, take_secret
from .page import key_page, keys_page, payable_on

HOURS = {"0": timedelta(), "24": timedelta(hours=24), "168": timedelta(days=7)}  # that an old secret works on


@require_safe
@member
def keys(request: HttpRequest) -> HttpResponse:
    """One's own keys and the money that they spend."""
    page = keys_page(user_of(request), _chain_id(request))
    return render_page(request, "inference/paying/keys.html", {"page": page}, fragments=("keys",))


@require_http_methods(["GET", "HEAD", "POST"])
@member
def new_key(request: HttpRequest) -> HttpResponse:
    """Make a key; the page that the answer leads to shows its secret, once."""
    chain = _chain(request)
    form = KeyForm(request.POST or None, currencies=payable_on(chain))
    if request.method != "POST" or not form.is_valid():
        return _form(request, form)
    made = actions.create_key(
        user=user_of(request),
        name=form.cleaned_data["name"],
        chain_id=chain.pk if chain else _chain_id(request),
        token=form.token_chosen,
        pk=form.cleaned_data["once"],
        **form.limits,
    )
    return _fresh(request, made)


@require_safe
@member
def key(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One key: what it may spend, what it spent, and how it is used. A new secret is on it once."""
    page = key_page(user_of(request), pk)
    # Not by a fragment, which has no place for it, nor by what asks for no more than the head.
    shows = request.method == "GET" and not fragment_of(request)
    context = {
        "page": page,
        "view": page.view,
        "key": page.view.key,
        "use": page.use,
        "currency": page.view.currency,
        "secret": take_secret(session=_session(request), pk=pk) if shows else "",
        "base": request.build_absolute_uri("/v1"),
    }
    return render_page(request, "inference/paying/key.html", context, fragments=("key-state",))


@require_http_methods(["GET", "HEAD", "POST"])
@member
def edit_key(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change what a key is called and what it may do."""
    user = user_of(request)
    found = own_key(user, pk)
    form = KeyForm(request.POST or None, currencies=payable_on(found.chain), key=found)
    if request.method != "POST" or not form.is_valid():
        return _form(request, form)
    actions.change_key(user=user, pk=pk, name=form.cleaned_data["name"], **form.limits)
    return redirect("api-key", pk)


@require_POST
@member
def rotate_key(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give a key another secret, which its page shows once; the one before works on for as long as was chosen."""
    overlap = HOURS.get(request.POST.get("hours", ""), actions.OVERLAP)
    replaces = request.POST.get("replaces", "")
    made = actions.rotate_key(user=user_of(request), pk=pk, overlap=overlap, replaces=replaces)
    return _fresh(request, made)


@require_POST
@member
def end_overlap(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Let only the newest secret of a key work."""
    actions.end_overlap(user=user_of(request), pk=pk)
    return redirect("api-key", pk)


@require_POST
@member
def revoke_key(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a key at once and for ever."""
    actions.revoke_key(user=user_of(request), pk=pk)
    return redirect("api-key", pk)


def _chain_id(request: HttpRequest) -> int | None:
    return chain_of(getattr(request, "session", None))


def _chain(request: HttpRequest) -> Chain | None:
    """Return the chain that a new key pays on: the one that its owner is signed in on."""
    chain_id = _chain_id(request)
    return escrow_chains().get(chain_id) if chain_id is not None else None


def _form(request: HttpRequest, form: KeyForm) -> HttpResponse:
    response = render_page(request, "inference/paying/edit.html", {"form": form, "key": form.key})
    response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return response


def _fresh(request: HttpRequest, made: actions.Made) -> HttpResponse:
    """Lead to the page that shows a new secret once: what a reload repeats is that page, and makes nothing."""
    if made.secret:
        keep_secret(session=_session(request), pk=made.key.pk, secret=made.secret)
    return redirect("api-key", made.key.pk)


def _session(request: HttpRequest) -> str:
    return request.session.session_key or ""
