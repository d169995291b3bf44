"""Notices for programs."""

from __future__ import annotations

from django.test import Client

from accounts.models import User
from accounts.notifications.models import Notice

from .conftest import tell

API = "/api/v1/notifications"


def test_a_program_lists_notices_and_takes_them_as_read(member: Client, reader: User, other: User) -> None:
    for number in range(3):
        tell(reader, f"{number}")
    tell(other)
    first = member.get(API, {"limit": 2}).json()
    assert [item["title"] for item in first["items"]] == ["Number 2", "Number 1"]
    assert (first["unread"], first["items"][0]["url"], first["items"][0]["read_at"]) == (3, "/about", None)
    rest = member.get(API, {"cursor": first["next"]}).json()
    assert ([item["title"] for item in rest["items"]], rest["next"]) == (["Number 0"], "")

    assert member.post(f"{API}/{first['items'][1]['id']}/read").status_code == 204
    assert [item["title"] for item in member.get(API, {"unread": "true"}).json()["items"]] == ["Number 2", "Number 0"]
    until = {"until": rest["items"][0]["id"]}
    assert member.post(f"{API}/read", until, content_type="application/json").status_code == 204
    assert member.get(API).json()["unread"] == 1
    assert member.post(f"{API}/read", {}, content_type="application/json").status_code == 204
    assert member.get(API).json()["unread"] == 0
    theirs = Notice.objects.get(user=other)
    assert member.post(f"{API}/{theirs.pk}/read").json()["code"] == "notification-not-found"


def test_others_and_other_sites_are_refused(client: Client, reader: User) -> None:
    assert client.get(API).status_code == 401
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(reader)
    assert strict.post(f"{API}/read", {}, content_type="application/json").json()["code"] == "csrf-failed"
