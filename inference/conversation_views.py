"""Sharing a conversation of the playground: what others will see, the page that they see, and one's own links."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.moderators import is_moderator
from accounts.visitors import user_of
from common.access import member, public
from common.errors import DomainError
from common.htmx import render_page
from common.pages import SortOrder, instant, page_of, uuid_text
from marketplace.listings.models import Listing

from .conversations.actions import revoke_link, share_conversation
from .conversations.errors import SharedNotFoundError
from .conversations.models import MOST_SHARED, SharedConversation
from .conversations.reading import read_turns
from .conversations.showing import shown
from .errors import NotRunnableError

A_PAGE = 20
NEWEST = SortOrder("newest", F("created_at"), descending=True, parse=instant, parse_id=uuid_text)


@require_POST
@member
def share(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Show what others will see of a conversation, and share it when that is confirmed."""
    listing = Listing.objects.named(f"{owner}/{name}").first()
    if listing is None:
        raise NotRunnableError
    user, sent = user_of(request), request.POST.get("conversation", "")
    context = {"listing": listing, "sent": sent, "once": _once(request)}
    try:
        if "share" in request.POST:
            made = share_conversation(user=user, listing=listing.name, sent=sent, once=_once(request))
            return redirect(f"{reverse('shared-links')}#link-{made.pk}")
        context |= {"shown": shown(read_turns(sent, user=user, listing=listing.name))}
    except DomainError as error:
        response = render_page(request, "inference/sharing/share.html", {**context, "error": error})
        response.status_code = error.status
        return response
    return render_page(request, "inference/sharing/share.html", context)


def _once(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("once", ""))
    except ValueError:
        return uuid4()


@never_cache
@require_safe
@public()
def shared_conversation(request: HttpRequest, secret: str) -> HttpResponse:
    """A conversation as it was when it was shared, for whoever has its address."""
    found = SharedConversation.objects.filter(secret=secret, decision=None).first()
    if found is None:
        raise SharedNotFoundError
    is_own = request.user.is_authenticated and request.user.pk == found.user_id
    context = {"conversation": found, "shown": shown(found.turns), "is_own": is_own}
    response = render_page(request, "inference/sharing/shared.html", context)
    response["X-Robots-Tag"], response["Referrer-Policy"] = "noindex, nofollow", "no-referrer"
    return response


@require_safe
@member
def shared_links(request: HttpRequest) -> HttpResponse:
    """One's own links, the newest first."""
    mine = SharedConversation.objects.filter(user=user_of(request)).select_related("decision")
    cursor = request.GET.get("cursor", "")
    page = page_of(mine, NEWEST, limit=A_PAGE, cursor=cursor)
    here = reverse("shared-links")
    context = {"links": page.items, "first": here if cursor else "", "most": MOST_SHARED}
    context |= {"next": f"{here}?cursor={page.next}" if page.next else "", "root": request.build_absolute_uri("/")[:-1]}
    return render_page(request, "inference/sharing/links.html", context)


@require_safe
@member
def own_shared(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Lead to a shared conversation by its public id, which stands in logs: its owner, and moderators."""
    found = SharedConversation.objects.filter(pk=pk).first()
    user = user_of(request)
    if found is None or (found.user_id != user.pk and not is_moderator(user)):
        raise SharedNotFoundError
    return redirect(found)


@require_POST
@member
def revoke_shared(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take back a link: what it showed is deleted."""
    revoke_link(user=user_of(request), pk=pk)
    return redirect("shared-links")
