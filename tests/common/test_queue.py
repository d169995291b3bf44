"""Tasks that a cluster of processes runs, on a database of its own: killed in the middle, and stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ, Schedule, Task
from pytest_django import DjangoDbBlocker

from accounts.models import User
from accounts.notifications.models import Notice
from common import queue
from stack.places import ROOT
from tests import databases
from tests.services import WORKER
from tests.waiting import until

PROCESSES = 6  # the command, its sentinel, two workers, and those that take tasks and keep results


@contextmanager
def cluster(name: str, log: Path) -> Iterator[psutil.Process]:
    """Run tasks of a database while the block lasts."""
    variables = {**os.environ, "DATABASE_URL": databases.url(name), "DJANGO_SETTINGS_MODULE": "tests.common.apart"}
    argv = [sys.executable, str(ROOT / "manage.py"), "run_tasks"]
    with log.open("w") as out, subprocess.Popen(argv, env=variables, stdout=out, stderr=out, cwd=ROOT) as child:
        process = psutil.Process(child.pid)
        try:
            until(lambda: len(everybody(process)) == PROCESSES, log.read_text)
            yield process
        finally:
            if child.poll() is None:
                child.terminate()


def everybody(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


@pytest.fixture
def database(migrated_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    with (
        databases.copied(migrated_database, f"tasks_apart_{WORKER}") as name,
        databases.named(name),
        django_db_blocker.unblock(),
    ):
        yield name


def test_a_task_whose_worker_is_killed_runs_again_and_has_its_effect_once(database: str, tmp_path: Path) -> None:
    user = User.objects.create(address="0x" + "ab" * 20)
    said, wait = tmp_path / "said", tmp_path / "wait"
    wait.touch()
    with cluster(database, tmp_path / "log") as running:
        with transaction.atomic():
            queue.enqueue("tests.common.work.break_down")
            transaction.set_rollback(True)  # and with it the task
        queue.enqueue("tests.common.work.tell", str(tmp_path), user.pk)
        until(said.exists, (tmp_path / "log").read_text)
        until(said.read_text)
        os.kill(int(said.read_text()), signal.SIGKILL)
        wait.unlink()
        until(lambda: Task.objects.filter(success=True).exists(), (tmp_path / "log").read_text)
        first, second = said.read_text().split()
        assert first != second
        assert not Task.objects.filter(success=False).exists()
        assert Notice.objects.count() == 1
        until(lambda: not OrmQ.objects.exists(), "the task has left the queue")

        everyone = everybody(running)
        running.send_signal(signal.SIGKILL)  # as when memory runs out
        until(lambda: not any(each.is_running() and each.status() != "zombie" for each in everyone), "nobody is left")


def test_a_task_that_always_fails_is_given_up_and_a_cluster_that_is_asked_to_ends(
    database: str, tmp_path: Path
) -> None:
    with cluster(database, tmp_path / "log") as running:
        assert set(Schedule.objects.values_list("name", flat=True)) == set(queue._repeated)
        queue.enqueue("tests.common.work.break_down")
        until(lambda: Task.objects.filter(success=False, attempt_count=3).exists(), (tmp_path / "log").read_text)
        until(lambda: not OrmQ.objects.filter(payload__isnull=False).exists(), "it is not tried again")
        everyone = everybody(running)
        running.terminate()
        until(lambda: not any(each.is_running() and each.status() != "zombie" for each in everyone), "all have ended")


@pytest.mark.django_db
def test_schedules_are_those_of_the_code_and_keep_their_time() -> None:
    Schedule.objects.create(name="gone", func="nothing.there")
    queue.write_schedules()
    later = timezone.now() + timedelta(hours=3)
    Schedule.objects.update(next_run=later)
    queue.write_schedules()
    assert {(each.name, each.next_run) for each in Schedule.objects.all()} == {
        (name, later) for name in queue._repeated
    }


@pytest.mark.django_db
def test_what_failed_long_ago_or_too_often_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MOST_FAILED", 3)
    now = timezone.now()
    for number, days in enumerate([0, 1, 2, 3, 4, 8]):
        when = now - timedelta(days=days)
        Task.objects.create(id=f"{number}", name="x", func="x", started=when, stopped=when, success=False)
    Task.objects.create(id="good", name="x", func="x", started=now, stopped=now - timedelta(days=30), success=True)
    assert queue.forget_failed() == 3
    assert set(Task.objects.values_list("id", flat=True)) == {"0", "1", "2", "good"}
    monkeypatch.setattr(queue, "KEPT", timedelta(hours=12))
    assert queue.forget_failed() == 2
