"""Checks of what the settings say about wallets."""

import re
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

HERE = {"localhost", "127.0.0.1", "[::1]"}
PROJECT = re.compile(r"[0-9a-f]{32}")
# A whole origin, for it stands in the policy of every page; without TLS on this machine alone.
RELAY = re.compile(r"wss://[a-z0-9-]+(\.[a-z0-9-]+)+(:[1-9][0-9]{0,4})?|ws://127\.0\.0\.1:[1-9][0-9]{0,4}")


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


@register(Tags.security)
def walletconnect_is_whole(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Refuse a project's id or a relay of WalletConnect that is none."""
    wrong = [
        name
        for name, form in {"WALLETCONNECT_PROJECT_ID": PROJECT, "WALLETCONNECT_RELAY": RELAY}.items()
        if settings.WALLETCONNECT_PROJECT_ID and not form.fullmatch(getattr(settings, name))
    ]
    return [
        Error(
            f"{name} is not of the form that it must have.",
            hint="The id is 32 hexadecimal digits, the relay an origin such as wss://relay.walletconnect.org.",
            id="accounts.E002",
        )
        for name in wrong
    ]
