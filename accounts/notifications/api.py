"""Notices for programs: what the page shows, as JSON."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from accounts.visitors import user_of
from common.access import member_api

from . import actions
from .kinds import Shown, shown
from .models import Notice
from .views import page_of

router = Router(tags=["Notifications"])
MOST_ITEMS = 100


class NotificationItem(Schema):
    """Something that you were told."""

    id: int
    kind: str = Field(description="What it is about, such as `proposal-open`.")
    title: str
    text: str
    url: str = Field(description="Path of the page that it is about.")
    happened_at: datetime
    read_at: datetime | None


class Notifications(Schema):
    """What you were told, the newest first."""

    items: list[NotificationItem]
    unread: int = Field(description="How many of all are not read.")
    next: str = Field(description="`cursor` of what is older; empty at the end.")


class NotificationsRead(Schema):
    """What is taken as read."""

    until: int | None = Field(None, ge=0, lt=2**63, description="Id of the newest that is; without one all are.")


class NotificationQuery(Schema):
    """Which notices to list."""

    unread: bool = Field(False, description="Those alone that are not read.")
    limit: int = Field(30, ge=1, le=MOST_ITEMS, description="Items in one answer.")
    cursor: str = Field("", max_length=1000, description="`next` of the answer before.")


@router.get("", response=Notifications, summary="Your notifications")
@member_api
def list_notifications(request: HttpRequest, query: Query[NotificationQuery]) -> dict[str, Any]:
    """Return what you were told in the app."""
    user = user_of(request)
    mine = Notice.objects.shown_to(user.pk)
    page = page_of(mine.unread() if query.unread else mine, query.cursor, query.limit)
    return {"items": [_item(each) for each in shown(page.items)], "unread": user.unread, "next": page.next}


@router.post("/{pk}/read", response={204: None}, summary="Take a notification as read")
@member_api
def read_notification(request: HttpRequest, pk: int) -> Status[None]:
    """Note that you have read one. Send the page's token as `X-CSRFToken`."""
    actions.read_notice(user=user_of(request), pk=pk)
    return Status(204, None)


@router.post("/read", response={204: None}, summary="Take notifications as read")
@member_api
def read_notifications_until(request: HttpRequest, body: NotificationsRead) -> Status[None]:
    """Note that you have read all, or those up to one. Send the page's token as `X-CSRFToken`."""
    actions.read_all_notices(user=user_of(request), until=body.until)
    return Status(204, None)


def _item(each: Shown) -> dict[str, Any]:
    notice = each.notice
    known = {"id": notice.pk, "kind": notice.kind, "happened_at": notice.happened_at, "read_at": notice.read_at}
    return {**known, "title": each.title, "text": each.text, "url": each.path}
