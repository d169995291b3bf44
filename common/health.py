"""Endpoints for operators: is the process alive, can it serve, what has it counted."""

import hmac
import threading
import time
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError

from .access import public

TIMEOUT_SECONDS = 2
FRESH_SECONDS = 1.0

_lock = threading.Lock()
_last: tuple[float, dict[str, str]] = (-FRESH_SECONDS, {})


@require_safe
@never_cache
@public()
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer as long as the process is alive; asks nothing of anything else."""
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
@never_cache
@public()
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 if pages can be served, else 503 with the name of each part that is not ready and why."""
    problems = not_ready()
    return JsonResponse({"ready": not problems, "not_ready": problems}, status=503 if problems else 200)


@require_safe
@never_cache
@public()
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer what was counted, as Prometheus reads it, to operators alone."""
    if not may_read_metrics(request):
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Bearer realm="metrics"'})
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def may_read_metrics(request: HttpRequest) -> bool:
    """Say whether the request carries METRICS_TOKEN or, where none is set, comes from this machine.

    Behind a proxy every request comes from this machine, so there the token is the only proof.
    """
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        # In constant time, so that the token cannot be found letter by letter.
        return hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    alone = not (settings.PRODUCTION or settings.TRUSTED_PROXIES)
    return alone and request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1"}


def not_ready() -> dict[str, str]:
    """Return what is not ready, by name, with a sentence each; empty if all is well.

    The last result counts for a second, so that many callers cannot exhaust the database's connections.
    """
    global _last
    # Held during the checks: of many callers at once, one asks and the others take its answer.
    with _lock:
        if time.monotonic() - _last[0] >= FRESH_SECONDS:
            _last = (time.monotonic(), {name: why for name, check in CHECKS.items() if (why := _outcome(check))})
        return _last[1]


def _outcome(check: Callable[[], str]) -> str:
    try:
        return check()
    except (DatabaseError, RedisError, OSError, RuntimeError, ValueError) as error:  # of drivers, sockets, addresses
        return f"It does not answer ({type(error).__name__})."


def check_database() -> str:
    """Return why the database cannot serve, or an empty string. Uses a connection of its own, closed at once."""
    connection = connections[DEFAULT_DB_ALIAS].copy()
    connection.settings_dict["OPTIONS"] |= {
        "connect_timeout": TIMEOUT_SECONDS,
        "options": f"-c statement_timeout={TIMEOUT_SECONDS}s",
    }
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    finally:
        connection.close()
    return f"Migrations are not applied: {len(missing)} to go." if missing else ""


def check_redis() -> str:
    """Return why Redis cannot serve, or an empty string."""
    url = settings.CACHES["default"]["LOCATION"]
    with redis.Redis.from_url(
        url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS, retry=None
    ) as client:
        client.ping()
    return ""


CHECKS = {"database": check_database, "redis": check_redis}
