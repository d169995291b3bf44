"""Trying a model that takes more than text: a form made from its version's schema, and its answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from common.access import public
from common.errors import DomainError
from common.htmx import render_page
from inference.access import ground_of, refuse_hidden, refuse_unwelcome
from inference.allowance import allowance_of
from inference.choosing import place_of, serving
from inference.errors import (
    BadInputError,
    EngineError,
    EngineWarmingError,
    NotRunnableError,
    UnreadableInputError,
)
from inference.views import visitor_of
from marketplace.listings.models import Listing

from .actions import Reply, begin_answer, listing_of, look_again
from .forms import SchemaForm
from .interfaces import Interface, interface_of
from .showing import shown
from .turns import TurnLostError

WAIT = 2.0  # seconds that a page waits for an answer before it says that it is still to come


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public()
def try_model(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Fill in what a model takes, and see what it says."""
    interface = interface_of(f"{owner}/{name}")
    visitor = visitor_of(request)
    ground = ground_of(visitor, interface.listing, known=False)
    refuse_hidden(ground, interface.listing)
    refuse_unwelcome(ground, interface.listing, visitor.wallet)
    form = SchemaForm(interface.input, request.POST or None, request.FILES or None, auto_id="try_%s")
    context: dict[str, Any] = {**_context(interface), "form": form}
    status = HTTPStatus.OK
    if request.method == "POST":
        status = _ask(request, interface, form, context)
    context["allowance"] = allowance_of(visitor, interface.listing)
    response = render_page(request, "inference/try.html", context, fragments=("playground", "answer"))
    response.status_code = status
    return response


@never_cache
@require_safe
@public()
def answer(request: HttpRequest, call: UUID) -> HttpResponse:
    """Look again for an answer that was still to come."""
    status = HTTPStatus.OK
    try:
        reply = look_again(visitor=visitor_of(request), name=call, wait=WAIT)
    except (UnreadableInputError, EngineError, TurnLostError) as error:
        # Of errors htmx puts only this status into the page: the form stays, with what was chosen.
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        context = {**_context(interface_of(listing_of(call))), "why": error.detail}
    else:
        interface = interface_of(reply.listing)
        context = {**_context(interface), **_told(interface, reply)}
    response = render_page(request, "inference/answer.html", context, fragments=("answer",))
    response.status_code = status
    return response


def _context(interface: Interface) -> dict[str, Any]:
    listing = Listing.objects.named(interface.listing).select_related("runtime").first()
    if listing is None:
        raise NotRunnableError
    return {"listing": listing, "interface": interface, "place": place_of(serving(interface.listing))}


def _ask(request: HttpRequest, interface: Interface, form: SchemaForm, context: dict[str, Any]) -> HTTPStatus:
    """Put the answer, or a sentence that says why there is none, into the context; return the status."""
    form.is_bound = True  # a form of files alone is empty where none was chosen
    if not form.is_valid():
        return HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        visitor, asked = visitor_of(request), form.value()
        reply = begin_answer(visitor=visitor, listing=interface.listing, asked=asked, wait=WAIT)
    except BadInputError as error:
        for fault in error.data["errors"]:  # type: ignore[attr-defined]
            form.add_error(fault["field"] if fault["field"] in form.fields else None, fault["message"])
        return HTTPStatus.UNPROCESSABLE_ENTITY
    except DomainError as error:
        form.add_error(None, str(error.detail))
        context["warming"] = isinstance(error, EngineWarmingError)
        return HTTPStatus.UNPROCESSABLE_ENTITY
    context.update(_told(interface, reply))
    return HTTPStatus.OK


def _told(interface: Interface, reply: Reply) -> dict[str, Any]:
    told = {"call": reply.call, "name": reply.name, "told": reply.told, "queue": reply.place}
    return told if reply.said is None else {**told, "shown": shown(interface.output, reply.said)}
