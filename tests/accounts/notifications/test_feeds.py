"""What a user's own programs read: a feed and a calendar at secret addresses."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from accounts.models import User
from accounts.notifications import dates
from accounts.notifications.actions import renew_feeds
from accounts.notifications.links import feeding
from common.calendars import Event

from .conftest import tell

ATOM = "{http://www.w3.org/2005/Atom}"


def address(user: User, path: str) -> str:
    return f"{path}?token={quote(feeding(renew_feeds(user=user)))}"


def test_the_feed_holds_what_the_app_shows(client: Client, reader: User, other: User) -> None:
    tell(reader, "1", title="A & B\x0b", text="Said: <b>")
    tell(other, "2")
    answer = client.get(address(reader, "/account/notifications/feed"))
    assert answer["Content-Type"].startswith("application/atom+xml")
    assert "private" in answer["Cache-Control"]
    (entry,) = ET.fromstring(answer.content).findall(f"{ATOM}entry")  # noqa: S314  our own
    assert entry.findtext(f"{ATOM}title") == "A & B"
    assert entry.findtext(f"{ATOM}summary") == "Said: <b>"
    assert entry.find(f"{ATOM}link").attrib["href"] == "http://testserver/about"  # type: ignore[union-attr]
    assert client.get("/account/notifications/feed", {"token": "x"}).status_code == 404


def test_the_calendar_holds_what_apps_above_say(client: Client, reader: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def closes(user: User) -> list[Event]:
        then = datetime(2026, 6, 1, 12, tzinfo=UTC)
        return [Event("1@here", then, f"For {user.address}", "", "http://testserver/", then)]

    monkeypatch.setattr(dates, "_sources", [])
    for _ in range(2):
        dates.add_dates(closes)
    answer = client.get(address(reader, "/account/calendar.ics"))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.content.decode().count(f"SUMMARY:For {reader.address}\r\n") == 1


def test_a_user_who_is_shut_out_has_no_feeds(client: Client, reader: User) -> None:
    path = address(reader, "/account/calendar.ics")
    assert client.get(path).status_code == 200
    User.objects.filter(pk=reader.pk).update(is_active=False)
    assert client.get(path).status_code == 404
