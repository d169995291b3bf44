"""Operators hear the truth: alive, ready or not and why, and the numbers, which are theirs alone."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client, override_settings
from pytest_django import DjangoDbBlocker, Settings

from common import health
from tests.waiting import until


@pytest.fixture(autouse=True)
def no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the result of the last check."""
    monkeypatch.setattr(health, "_last", (-health.FRESH_SECONDS, {}))


@pytest.fixture
def dead_database(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Point the connection at a folder without a socket."""
    given = connections["default"].settings_dict
    kept = given["HOST"], given["PORT"]
    given["HOST"], given["PORT"] = str(tmp_path), ""
    with django_db_blocker.unblock():
        yield
    given["HOST"], given["PORT"] = kept


def redis_at(url: str) -> override_settings:
    return override_settings(
        CACHES={"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache", "LOCATION": url}}
    )


def test_alive_asks_nothing_of_anything(client: Client, dead_database: None) -> None:
    given = client.get("/healthz")
    assert (given.status_code, given.content) == (200, b"alive\n")
    assert "no-store" in given.headers["Cache-Control"]


@pytest.mark.django_db
def test_ready_when_everything_answers(client: Client) -> None:
    given = client.get("/readyz")
    assert (given.status_code, given.json()) == (200, {"ready": True, "not_ready": {}})


def test_a_dead_database_is_named(client: Client, dead_database: None) -> None:
    given = client.get("/readyz")
    assert given.status_code == 503
    assert given.json() == {"ready": False, "not_ready": {"database": "It does not answer (OperationalError)."}}


@pytest.mark.django_db
def test_a_dead_redis_is_named(client: Client, tmp_path: Path) -> None:
    with redis_at(f"unix://{tmp_path}/nobody.sock"):
        given = client.get("/readyz")
    assert (given.status_code, list(given.json()["not_ready"])) == (503, ["redis"])


@pytest.fixture
def a_migration_is_missing(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The check looks through a connection of its own, so the row has to be gone for all, and to come back."""
    with django_db_blocker.unblock(), connections["default"].cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE id = (SELECT max(id) FROM django_migrations) RETURNING *")
        row = cursor.fetchone()
        yield
        cursor.execute("INSERT INTO django_migrations VALUES (%s, %s, %s, %s)", row)


def test_migrations_that_are_missing_are_counted(a_migration_is_missing: None) -> None:
    assert health.check_database() == "Migrations are not applied: 1 to go."


@pytest.mark.django_db
def test_the_check_leaves_no_connection_behind() -> None:
    count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    with connections["default"].cursor() as cursor:

        def sessions() -> Any:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            return cursor.execute(count).fetchone()

        before = sessions()
        health.check_database()
        until(lambda: sessions() == before)  # the server ends the session a moment after the client


def test_many_who_ask_at_once_cause_one_check(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def check() -> str:
        asked.append("once")
        return ""

    monkeypatch.setattr(health, "CHECKS", {"part": check})
    assert [health.not_ready() for _ in range(5)] == [{}] * 5
    assert asked == ["once"]


def test_a_check_is_made_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECKS", {"part": lambda: "It sleeps."})
    monkeypatch.setattr(health, "_last", (time.monotonic() - 2 * health.FRESH_SECONDS, {}))
    assert health.not_ready() == {"part": "It sleeps."}


@pytest.mark.django_db
def test_the_operator_on_this_machine_reads_the_numbers(client: Client) -> None:
    client.get("/healthz")
    given = client.get("/metrics")
    assert given.status_code == 200
    assert b'http_request_duration_seconds_count{method="GET",status="2xx",view="healthz"}' in given.content


def test_nobody_else_does(client: Client) -> None:
    given = client.get("/metrics", REMOTE_ADDR="192.0.2.1")
    assert (given.status_code, given.content) == (401, b"")


def test_behind_a_proxy_this_machine_is_no_proof(client: Client, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    assert client.get("/metrics").status_code == 401


def test_in_production_this_machine_is_no_proof(client: Client, settings: Settings) -> None:
    settings.PRODUCTION = True
    assert client.get("/metrics").status_code == 401


TOKEN = "t" * 20


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("authorization", "status"),
    [(f"Bearer {TOKEN}", 200), ("Bearer wrong", 401), (TOKEN, 401), ("", 401), ("Bearer \xe9", 401)],
)
def test_where_there_is_a_token_it_alone_counts(
    client: Client, settings: Settings, authorization: str, status: int
) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics", headers={"authorization": authorization}).status_code == status
