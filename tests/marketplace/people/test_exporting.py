"""Everything that is kept about somebody, in a file that they alone can have, for seven days."""

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import DjangoAssertNumQueries, DjangoDbBlocker

from accounts.models import User
from accounts.personal import holdings
from marketplace.people import exporting, tasks
from marketplace.people.errors import ExportNotFoundError, TooManyExportsError
from marketplace.people.models import KEPT, DataExport, ExportState

from .lives import live


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create(address="0x" + "a" * 40)


def files_of(export: DataExport) -> dict[str, str]:
    export.refresh_from_db()
    with zipfile.ZipFile(io.BytesIO(bytes(export.archive or b""))) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_file_has_what_every_app_keeps(db: None) -> None:
    user, _model = live()
    asked = exporting.ask_export(user=user)
    tasks.make_export(asked.pk)
    files = files_of(asked)
    rows = {name: json.loads(text) for name, text in files.items() if name.endswith(".json")}
    assert rows["reviews.json"][0]["text"] == "Mine, and only mine."
    assert rows["comments.json"][0]["text"] == "My secret."
    assert rows["comment-editions.json"][0]["text"] == "My older secret."
    assert {row["title"] for row in rows["drafts.json"]} == {"Private", "Shared"}
    assert len(rows["orders.json"]) == 2
    assert rows["user.json"][0]["address"] == user.address
    assert "password" not in rows["user.json"][0]
    assert rows["mail-address.json"][0]["address"] == "me@example.org"
    assert {"calls.json", "use.json", "answers-to-polls.json", "helpful-votes.json", "reports.json"} <= set(rows)
    assert sum(map(len, rows.values())) == asked.rows
    assert "An answer." not in "".join(files.values())
    assert user.checksum in files["README.txt"]
    assert (asked.state, asked.done, asked.size > 0) == (ExportState.READY, len(holdings()), True)


def test_the_same_task_again_changes_nothing(user: User) -> None:
    asked = exporting.ask_export(user=user)
    tasks.make_export(asked.pk)
    before = DataExport.objects.values().get()
    tasks.make_export(asked.pk)
    assert DataExport.objects.values().get() == before


def test_one_runs_at_a_time_and_three_a_day(user: User) -> None:
    asked = exporting.ask_export(user=user)
    assert exporting.ask_export(user=user) == asked
    assert OrmQ.objects.count() == 1
    for _ in range(2):
        tasks.make_export(asked.pk)
        asked = exporting.ask_export(user=user)
    tasks.make_export(asked.pk)
    with pytest.raises(TooManyExportsError):
        exporting.ask_export(user=user)


def test_one_whose_task_died_makes_room(user: User) -> None:
    dead = exporting.ask_export(user=user)
    DataExport.objects.update(asked_at=timezone.now() - exporting.SLOW - timedelta(seconds=1))
    assert exporting.ask_export(user=user) != dead
    dead.refresh_from_db()
    assert dead.state == ExportState.FAILED


def test_what_is_too_large_is_not_kept(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST_BYTES", 10)
    asked = exporting.ask_export(user=user)
    tasks.make_export(asked.pk)
    asked.refresh_from_db()
    assert (asked.state, asked.archive) == (ExportState.FAILED, None)


def test_rows_of_a_table_are_bounded(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST_ROWS", 1)
    asked = exporting.ask_export(user=user)
    tasks.make_export(asked.pk)
    files = files_of(asked)
    assert len(json.loads(files["user.json"])) == 1
    assert "user.json  1  cut" in files["README.txt"]


def test_nobody_else_gets_it_and_it_ends(user: User) -> None:
    asked = exporting.ask_export(user=user)
    tasks.make_export(asked.pk)
    other = User.objects.create(address="0x" + "b" * 40)
    with pytest.raises(ExportNotFoundError):
        exporting.find_export(other, asked.pk)
    assert exporting.find_export(user, asked.pk) == asked
    DataExport.objects.update(ready_at=timezone.now() - KEPT)
    with pytest.raises(ExportNotFoundError):
        exporting.find_export(user, asked.pk)
    DataExport.objects.update(asked_at=timezone.now() - KEPT - timedelta(days=1))
    assert exporting.forget_exports() == 1


def test_pages_show_how_far_it_is(
    client: Client, user: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(user)
    assert client.post("/account/data").headers["Location"] == "/account/data"
    asked = DataExport.objects.get()
    DataExport.objects.update(done=3)
    with django_assert_max_num_queries(4):
        page = client.get("/account/data").content.decode()
    assert 'value="3"' in page
    assert "every 2s" in page
    assert client.get(f"/account/data/{asked.pk}.zip").status_code == 404
    tasks.make_export(asked.pk)
    assert "every 2s" not in client.get("/account/data").content.decode()
    answer = client.get(f"/account/data/{asked.pk}.zip")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/zip")
    assert "no-store" in answer.headers["Cache-Control"]
    client.force_login(User.objects.create(address="0x" + "b" * 40))
    assert client.get(f"/account/data/{asked.pk}.zip").status_code == 404


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[User]:
    """A user in a row that other threads see."""
    with django_db_blocker.unblock():
        yield User.objects.create(address="0x" + "c" * 40)
        OrmQ.objects.all().delete()
        DataExport.objects.all().delete()
        User.objects.all().delete()


def test_two_presses_at_once_make_one(committed: User) -> None:
    barrier, asked = threading.Barrier(2), []

    def ask() -> None:
        barrier.wait()
        asked.append(exporting.ask_export(user=committed).pk)
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(asked)) == 1
    assert OrmQ.objects.count() == 1
