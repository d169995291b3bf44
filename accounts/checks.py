"""The check that keeps the demo wallet on this machine."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

HERE = {"localhost", "127.0.0.1", "[::1]"}


@register(Tags.security)
def demo_stays_at_home(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Refuse the demo wallet, which signs for anybody, wherever others than this machine can reach the site."""
    if not settings.DEMO or (set(settings.ALLOWED_HOSTS) <= HERE and not settings.PRODUCTION):
        return []
    return [
        Error(
            "The demo wallet is on, and this site is not for this machine alone: anybody could spend with it.",
            hint="Leave DEMO off, or use config.settings.demo, which answers to localhost only.",
            id="accounts.E001",
        )
    ]
