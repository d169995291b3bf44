"""The notification centre: what one was told, and how one wants to be told."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.visitors import user_of
from common.access import member
from common.htmx import render_page
from common.pages import KeysetChain, Page, SortOrder, bounded_int

from . import actions, links
from .forms import MailForm
from .kinds import Kind, all_kinds, kind_of, shown
from .models import Channel, FeedKey, MailAddress, Notice, NoticeQuerySet, Preference

A_PAGE = 30
NEWEST = SortOrder("newest", F("pk"), descending=True, parse=bounded_int)


@member
def notifications(request: HttpRequest) -> HttpResponse:
    """What a member was told, the newest first: all of it, or what was not read."""
    user, cursor = user_of(request), request.GET.get("cursor", "")
    only_unread = request.GET.get("show") == "unread"
    mine = Notice.objects.shown_to(user.pk)
    page = page_of(mine.unread() if only_unread else mine, cursor)
    query = {"show": "unread"} if only_unread else {}
    here = reverse("notifications")
    context = {
        "notices": shown(page.items),
        "unread": user.unread,
        "only_unread": only_unread,
        "until": page.items[0].pk if page.items and not cursor else None,
        "first": f"{here}?{urlencode(query)}" if cursor else "",
        "next": f"{here}?{urlencode({**query, 'cursor': page.next})}" if page.next else "",
        "here": request.get_full_path(),
    }
    return render_page(request, "accounts/notifications/notifications.html", context, fragments=("notices",))


def page_of(mine: NoticeQuerySet, cursor: str, limit: int = A_PAGE) -> Page[Notice]:
    """Return a page of notices. Raises CursorError."""
    chain = KeysetChain([(mine, NEWEST)], limit=limit, cursor=cursor)
    return chain.page(chain.read())


@member
@require_POST
def open_notification(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to what a notice is about, which thereby is read."""
    notice = actions.read_notice(user=user_of(request), pk=pk)
    kind = kind_of(notice.kind)
    return redirect(kind.path(notice.data) if kind else "notifications")


@member
@require_POST
def read_notifications(request: HttpRequest) -> HttpResponse:
    """Take all that a page has shown as read, and what is older."""
    until = request.POST.get("until", "")
    actions.read_all_notices(user=user_of(request), until=int(until) if until.isdecimal() and len(until) < 19 else None)
    return redirect("notifications")


@member
def notification_preferences(request: HttpRequest) -> HttpResponse:
    """How a member wants to be told; a POST keeps what is ticked."""
    user = user_of(request)
    if request.method != "POST":
        return _preferences(request, user)
    ticked = (value.partition(":") for value in request.POST.getlist("on"))
    actions.choose_channels(user=user, chosen={(kind, channel) for kind, _colon, channel in ticked})
    return redirect(f"{reverse('notification-preferences')}?kept=yes#kinds")


@member
@require_POST
def set_mail(request: HttpRequest) -> HttpResponse:
    """Keep where a member wants mail, or forget it."""
    user = user_of(request)
    if "forget" in request.POST:
        actions.forget_mail_address(user=user)
        return redirect(f"{reverse('notification-preferences')}#mail")
    form = MailForm(request.POST)
    if not form.is_valid():
        response = _preferences(request, user, form)
        response.status_code = 422
        return response
    actions.set_mail_address(user=user, address=form.cleaned_data["address"])
    return redirect(f"{reverse('notification-preferences')}#mail")


@member
@require_POST
def set_feeds(request: HttpRequest) -> HttpResponse:
    """Give a member's feeds new secret addresses, or close them."""
    action = actions.close_feeds if "close" in request.POST else actions.renew_feeds
    action(user=user_of(request))
    return redirect(f"{reverse('notification-preferences')}#feeds")


def _preferences(request: HttpRequest, user: User, form: MailForm | None = None) -> HttpResponse:
    address = MailAddress.objects.filter(user=user).first()
    key = FeedKey.objects.filter(user=user, is_on=True).first()
    host = f"{request.scheme}://{request.get_host()}"
    context = {
        "topics": _topics(user),
        "channels": Channel,
        "sends_mail": settings.SENDS_MAIL,
        "address": address,
        "form": form or MailForm(initial={"address": address.address if address else ""}),
        "feeds": {name: links.address_of(name, links.feeding(key), host) for name in FEEDS} if key else None,
        "kept": "kept" in request.GET,
    }
    return render_page(request, "accounts/notifications/preferences.html", context)


FEEDS = ("own-calendar", "notice-feed")


def _topics(user: User) -> dict[str, list[dict[str, Any]]]:
    """Return what may be told by topic, each kind with whether it is told in the app and by mail."""
    chosen = {(each.kind, each.channel): each.is_on for each in Preference.objects.filter(user=user)}
    topics: dict[str, list[dict[str, Any]]] = {}
    for kind in all_kinds():
        topics.setdefault(str(kind.topic), []).append({"kind": kind, **_ticked(kind, chosen)})
    return topics


def _ticked(kind: Kind, chosen: dict[tuple[str, str], bool]) -> dict[str, bool]:
    return {channel.value: chosen.get((kind.name, channel.value), channel in kind.channels) for channel in Channel}
