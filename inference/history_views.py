"""One's own history: what is kept and for how long, switching it, erasing; and where a playground's page sends to."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.visitors import user_of
from common.access import member
from common.htmx import render_page
from common.pages import SortOrder, instant, page_of, uuid_text
from marketplace.listings.models import Listing

from .conversations.errors import PastNotFoundError
from .conversations.keeping import (
    KEPT,
    MOST_KEPT,
    erase_conversation,
    erase_conversations,
    keep_conversation,
    switch_off_history,
    switch_on_history,
)
from .conversations.past import newest, rows_of
from .conversations.past_models import HistoryChoice
from .errors import NotRunnableError

A_PAGE = 20
NEWEST = SortOrder("newest", F("changed_at"), descending=True, parse=instant, parse_id=uuid_text)


@require_safe
@member
def history(request: HttpRequest) -> HttpResponse:
    """One's own conversations, the newest first, and whether there will be more of them."""
    user, here, cursor = user_of(request), reverse("history"), request.GET.get("cursor", "")
    page = page_of(newest(user), NEWEST, limit=A_PAGE, cursor=cursor)
    context = {
        "choice": HistoryChoice.objects.filter(user=user).first(),
        "rows": rows_of(page.items),
        "most": MOST_KEPT,
        "days": KEPT.days,
        "first": here if cursor else "",
        "next": f"{here}?cursor={page.next}" if page.next else "",
    }
    return render_page(request, "inference/history.html", context)


@require_POST
@member
def switch(request: HttpRequest) -> HttpResponse:
    """Keep conversations from now on, or no more; with ``erase`` what was kept goes as well."""
    if request.POST.get("keep") == "yes":
        switch_on_history(user=user_of(request))
    else:
        switch_off_history(user=user_of(request), erase=request.POST.get("erase") == "yes")
    return redirect("history")


@require_POST
@member
def erase_one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Erase one conversation."""
    erase_conversation(user=user_of(request), pk=pk)
    return redirect("history")


@require_POST
@member
def erase_all(request: HttpRequest) -> HttpResponse:
    """Erase all conversations; whether more are kept stays as it was."""
    erase_conversations(user=user_of(request))
    return redirect("history")


@require_POST
@member
def keep(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Keep what a playground's page shows of a conversation with a model."""
    listing = Listing.objects.named(f"{owner}/{name}").first()
    if listing is None:
        raise NotRunnableError
    try:
        pk = UUID(request.POST.get("id", ""))
    except ValueError:
        raise PastNotFoundError from None
    sent, begins = request.POST.get("conversation", ""), request.POST.get("begins") == "yes"
    version = _version(request.POST.get("version", ""))
    kept = keep_conversation(
        user=user_of(request), pk=pk, listing=listing.name, sent=sent, begins=begins, version=version
    )
    said: dict[str, object] = {"id": str(kept.pk), "version": kept.version}
    if kept.pk != pk:
        said["detail"] = _(
            "This conversation went on in another tab, or on another device. Both are kept: the one that you see here "
            "stands in your history by itself now."
        )
    return JsonResponse(said, status=HTTPStatus.CREATED if begins or kept.pk != pk else HTTPStatus.OK)


def _version(said: str) -> int | None:
    """Return which version a page knows, None where it does not say."""
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else None
