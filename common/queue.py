"""Work that is done beside the web: by the processes of ``manage.py run_tasks``, from a queue in the database.

A task is a function by its dotted name, with arguments that name what it is about. It may run twice: a worker can die
after the work and before it has said so. So each is written to be right however often it runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django_q.models import Schedule, Task
from django_q.tasks import async_task

from .locks import exclusive_until_commit, release, try_exclusive

KEPT = timedelta(days=7)  # how long a task that failed can be looked at
MOST_FAILED = 1_000
_repeated: dict[str, int] = {}


def repeat(task: str, *, minutes: int) -> None:
    """Have a task run again and again; apps say so when they are made ready."""
    _repeated[task] = minutes


def enqueue(task: str, *args: str | int, seconds: int = 0) -> None:
    """Have a task run soon, if the transaction that this stands in is committed; for at most that many ``seconds``.

    One that may take longer than the queue's ``retry`` is given to a second worker while it still runs. It has to be
    ``alone``, and something else has to begin it again if it is killed.
    """
    async_task(task, *args, **({"timeout": seconds} if seconds else {}))


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Say whether this is the only run of that name; where it is not, another one does the work already."""
    is_first = try_exclusive(name)
    try:
        yield is_first
    finally:
        if is_first:
            release(name)


@transaction.atomic
def write_schedules() -> None:
    """Let the database hold the tasks that run again and again, as the code has them, each once."""
    exclusive_until_commit("schedules")
    Schedule.objects.exclude(name__in=_repeated).delete()
    for task, minutes in _repeated.items():
        said = {"func": task, "schedule_type": Schedule.MINUTES, "minutes": minutes, "repeats": -1}
        Schedule.objects.update_or_create(name=task, defaults=said)


def forget_failed() -> int:
    """Delete what failed long ago, or is more than anybody looks at; return how many rows that were.

    What ended well is bounded by the queue itself (``save_limit``).
    """
    failed = Task.objects.filter(success=False)
    more = failed.order_by("-stopped").values_list("stopped", flat=True)[MOST_FAILED : MOST_FAILED + 1].first()
    until = max(filter(None, (more, timezone.now() - KEPT)))
    rows: int = failed.filter(stopped__lte=until).delete()[0]
    return rows
