"""Where links of mails lead. Who follows one need not be signed in: the link says who may, and for what."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from common.access import public

from . import actions, links
from .kinds import kind_of


@public()
@never_cache
def confirm_mail(request: HttpRequest) -> HttpResponse:
    """Ask whether an address is to get mail; a POST says yes. A GET does nothing: mailboxes follow links to look."""
    token = request.GET.get("token", "")
    done = request.method == "POST"
    address = actions.confirm_mail_address(token=token) if done else links.confirmed(token)
    context = {"address": address, "done": done or address.verified_at}
    return render(request, "accounts/notifications/confirm_mail.html", context)


@csrf_exempt  # a mailbox sends it for its reader (RFC 8058); the token is what gives the right
@public()
@never_cache
def unsubscribe(request: HttpRequest) -> HttpResponse:
    """Ask whether mail of a kind is to end; a POST ends it, at one click."""
    token = request.GET.get("token", "")
    done = request.method == "POST"
    user, kind = actions.unsubscribe(token=token) if done else links.unsubscribed(token)
    context = {"account": user, "kind": kind_of(kind), "done": done}
    return render(request, "accounts/notifications/unsubscribe.html", context)
