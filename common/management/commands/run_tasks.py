"""``manage.py run_tasks``: runs what is queued, and what is to be done again and again (``common.queue``)."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections
from django_q.cluster import Cluster

from common.forks import end_with_parents
from common.queue import write_schedules


class Command(BaseCommand):
    """SIGTERM ends it in good order: what runs is brought to its end, and nothing more is begun."""

    help = "Run tasks until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        write_schedules()
        connections.close_all()  # a socket that two processes share gives each the other's answers
        end_with_parents()
        cluster = Cluster()
        cluster.start()
        if cluster.sentinel:
            cluster.sentinel.join()
