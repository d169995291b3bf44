"""Who is told what, by which channel: each thing once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.notifications.actions import choose_channels
from accounts.notifications.making import notify, notify_all, told_to
from accounts.notifications.models import MailAddress, Notice

from .conftest import THEN, reads_mail, tell


def test_a_thing_is_told_once_however_often_it_is_found(reader: User) -> None:
    assert [tell(reader), tell(reader), tell(reader, "2")] == [True, False, True]
    assert list(Notice.objects.values_list("key", flat=True).order_by("pk")) == ["1", "2"]


def test_two_that_find_it_at_once_tell_it_once(committed: None) -> None:
    user = User.objects.create(address="0x" + "ab" * 20)

    def find(_number: int) -> bool:
        try:
            return tell(user)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(find, range(24))) == 1
    assert Notice.objects.count() == 1


def test_many_are_told_by_one_statement_and_those_who_are_shut_out_are_not(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    people = User.objects.bulk_create(User(address=f"0x{n:040x}", is_active=n != 7) for n in range(1, 101))
    reads_mail(people[0])
    MailAddress.objects.create(user=people[1], address="not@confirmed.example")
    chosen = told_to(User.objects.exclude(pk=people[99].pk), "1", {"title": "All"}, THEN)
    with django_assert_num_queries(1):
        assert notify_all(kind="news", chosen=chosen) == 98
    assert notify_all(kind="news", chosen=told_to(User.objects.filter(pk__in=[]), "2", {"title": "None"}, THEN)) == 0
    assert Notice.objects.get(user=people[0]).mail_due_at
    assert Notice.objects.exclude(mail_due_at=None).count() == 1


def test_channels_are_those_that_were_chosen_when_it_happened(reader: User) -> None:
    reads_mail(reader)
    choose_channels(user=reader, chosen={("news", "mail")})
    tell(reader, "by mail")
    choose_channels(user=reader, chosen={("news", "app"), ("gone", "mail")})
    tell(reader, "in the app")
    choose_channels(user=reader, chosen=())
    assert not tell(reader, "not at all")
    told = {each.key: (each.in_app, each.mail_due_at is not None) for each in Notice.objects.all()}
    assert told == {"by mail": (False, True), "in the app": (True, False)}
    assert [each.key for each in Notice.objects.shown_to(reader.pk)] == ["in the app"]


def test_a_kind_that_nobody_has_named_is_a_mistake(reader: User) -> None:
    with pytest.raises(LookupError):
        notify(user=reader, kind="nothing", key="1", data={}, happened_at=THEN)
