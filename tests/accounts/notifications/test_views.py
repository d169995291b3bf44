"""The notification centre's pages."""

from __future__ import annotations

import re

from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.notifications.models import FeedKey, MailAddress, Notice, Preference

from .conftest import reads_mail, tell

LIST, SETTINGS = "/account/notifications", "/account/notifications/preferences"


def page(client: Client, path: str = LIST) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def titles(text: str) -> list[str]:
    return re.findall(r"<b><bdi>([^<]*)</bdi></b>", text)


def in_the_menu(text: str) -> str:
    found = re.search(r'<span id="notice-news">(\d*)', text)
    assert found
    return found[1]


def test_what_one_was_told_stands_there_the_newest_first_and_its_number_in_the_menu(
    member: Client, reader: User, other: User
) -> None:
    empty = page(member)
    assert "Nothing to tell yet" in empty
    assert in_the_menu(empty) == ""
    tell(reader, "1")
    tell(reader, "2", title="<b>Bold</b> \u202eworse\nlines", text="Said: <script>")
    tell(other, "3")
    text = page(member)
    assert titles(text) == ["&lt;b&gt;Bold&lt;/b&gt; worse lines", "Number 1"]
    assert "Said: &lt;script&gt;" in text
    assert in_the_menu(text) == in_the_menu(page(member, "/about")) == "2"


def test_opening_one_reads_it_and_leads_to_what_it_is_about(member: Client, reader: User, other: User) -> None:
    tell(reader, "1")
    tell(reader, "2")
    tell(other, "3")
    mine, theirs = Notice.objects.get(key="2"), Notice.objects.get(key="3")
    assert member.get(f"{LIST}/{mine.pk}/open").status_code == 405
    assert member.post(f"{LIST}/{mine.pk}/open")["Location"] == "/about"
    assert titles(page(member, f"{LIST}?show=unread")) == ["Number 1"]
    assert member.post(f"{LIST}/{theirs.pk}/open").status_code == 404
    theirs.refresh_from_db()
    assert theirs.read_at is None
    assert in_the_menu(page(member)) == "1"


def test_all_that_was_shown_is_read_at_once_and_what_came_meanwhile_is_not(member: Client, reader: User) -> None:
    tell(reader, "1")
    tell(reader, "2")
    (until,) = re.findall(r'name="until" value="(\d+)"', page(member))
    tell(reader, "3")
    assert member.post(f"{LIST}/read", {"until": until})["Location"] == LIST
    assert titles(page(member, f"{LIST}?show=unread")) == ["Number 3"]
    member.post(f"{LIST}/read", {"until": "nonsense"})
    assert "You have read everything" in page(member, f"{LIST}?show=unread")


def test_a_long_list_has_pages_within_few_queries(
    member: Client, reader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(70):
        tell(reader, f"{number:02}")
    seen: list[str] = []
    path = LIST
    for _ in range(3):
        with django_assert_max_num_queries(6):
            text = page(member, path)
        seen += titles(text)
        path = LIST + "".join(re.findall(r'href="/account/notifications(\?cursor=[^"]+)" rel="next"', text))
    assert seen == [f"Number {number:02}" for number in range(69, -1, -1)]
    assert member.get(f"{LIST}?cursor=nonsense").status_code == 400


def test_visitors_are_asked_to_sign_in(client: Client, db: None) -> None:
    for path in (LIST, SETTINGS):
        assert client.get(path)["Location"].startswith("/sign-in?next=")
        assert client.post(path)["Location"].startswith("/sign-in")


def test_one_chooses_what_one_is_told_and_how(
    member: Client, reader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(6):
        text = page(member, SETTINGS)
    assert re.findall(r'value="(news:\w+)" checked', text) == ["news:app", "news:mail"]
    member.post(SETTINGS, {"on": ["news:app", "other:app", "nonsense"]})
    assert re.findall(r'value="(news:\w+)" checked', page(member, SETTINGS)) == ["news:app"]
    assert Preference.objects.filter(user=reader).count() == 2


def test_a_site_without_mail_does_not_offer_it(member: Client, reader: User, settings: object) -> None:
    settings.SENDS_MAIL = False  # type: ignore[attr-defined]  # the fixture's own type is private
    text = page(member, SETTINGS)
    assert "By mail" not in text
    assert 'id="mail"' not in text
    assert member.post(f"{LIST}/mail", {"address": "a@example.org"}).status_code == 503


def test_what_is_no_mail_address_is_refused_beside_the_field(member: Client, reader: User) -> None:
    for wrong in ("", "nobody", "a@b", "a@example.org\nBcc: all@example.org", f"{'a' * 250}@example.org"):
        answer = member.post(f"{LIST}/mail", {"address": wrong})
        assert answer.status_code == 422, wrong
        assert 'aria-invalid="true"' in answer.content.decode()
    assert not MailAddress.objects.exists()


def test_an_address_is_forgotten_and_with_it_what_would_go_there(member: Client, reader: User) -> None:
    reads_mail(reader)
    tell(reader)
    member.post(f"{LIST}/mail", {"forget": "yes", "address": ""})
    assert not MailAddress.objects.exists()
    assert not Notice.objects.exclude(mail_due_at=None).exists()


def test_addresses_of_feeds_are_made_replaced_and_closed(member: Client, client: Client, reader: User) -> None:
    def addresses() -> list[str]:
        return re.findall(r'value="(http://testserver/account/[^"]+)" readonly', page(member, SETTINGS))

    assert addresses() == []
    member.post(f"{LIST}/feeds")
    first = addresses()
    assert [each.partition("?")[0] for each in first] == [
        "http://testserver/account/calendar.ics",
        "http://testserver/account/notifications/feed",
    ]
    assert all(Client().get(each).status_code == 200 for each in first)
    member.post(f"{LIST}/feeds")
    assert all(Client().get(each).status_code == 404 for each in first)
    second = addresses()
    assert all(Client().get(each).status_code == 200 for each in second)
    member.post(f"{LIST}/feeds", {"close": "yes"})
    assert addresses() == []
    assert all(Client().get(each).status_code == 404 for each in second)
    assert FeedKey.objects.get().changed_at <= timezone.now()
