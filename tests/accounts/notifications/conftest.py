"""A kind of notice, and somebody who is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.models import User
from accounts.notifications import kinds
from accounts.notifications.kinds import Kind
from accounts.notifications.making import notify
from accounts.notifications.models import MailAddress
from tests import databases
from tests.services import WORKER

THEN = datetime(2026, 6, 1, 12, tzinfo=UTC)
NEWS = Kind(
    name="news",
    topic="The paper",
    label="News",
    hint="When there is some.",
    icon="newspaper",
    title=lambda data: str(data["title"]),
    text=lambda data: str(data.get("text", "")),
    path=lambda data: "/about",
)


@pytest.fixture(autouse=True)
def _a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "_kinds", {"news": NEWS})


@pytest.fixture
def committed(migrated_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A database of the test's own, where other threads see what is written."""
    with (
        databases.copied(migrated_database, f"notices_apart_{WORKER}") as name,
        databases.named(name),
        django_db_blocker.unblock(),
    ):
        yield
        connections.close_all()


@pytest.fixture
def reader(db: None) -> User:
    return User.objects.create(address="0x" + "ab" * 20)


@pytest.fixture
def other(db: None) -> User:
    return User.objects.create(address="0x" + "cd" * 20)


@pytest.fixture
def member(client: Client, reader: User) -> Client:
    client.force_login(reader)
    return client


def reads_mail(user: User, address: str = "reader@example.org") -> MailAddress:
    return MailAddress.objects.create(user=user, address=address, verified_at=timezone.now())


def tell(user: User, key: str = "1", **data: Any) -> bool:
    return notify(user=user, kind="news", key=key, data={"title": f"Number {key}", **data}, happened_at=THEN)
