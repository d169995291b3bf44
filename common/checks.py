"""What must hold before a command starts."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def pool_is_for_the_web(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Refuse connection pools: checks are run by commands, which may fork, and never by the ASGI web process."""
    pooled = (name for name, database in settings.DATABASES.items() if database.get("OPTIONS", {}).get("pool"))
    return [
        Error(
            f"The database {name} has a connection pool, and this process is not the web: a process that forks would "
            "share its sockets, and answers would cross.",
            hint="Set DATABASE_POOL for the process of uvicorn config.asgi:application alone.",
            id="common.E001",
        )
        for name in pooled
    ]
