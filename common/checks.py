"""Checks of the settings before anything starts. Each rule gives a sentence for each thing that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.http.request import split_domain_port, validate_host

from .origins import is_whole
from .published import is_published_address, is_published_key
from .sealing import read_key

KEY_CHARACTERS, KEY_KINDS, TOKEN_CHARACTERS = 50, 12, 20
KNOWN_KEYS = ("django-insecure", "only-for-tests", "changeme", "secret")
Rule = Callable[[], Iterator[str]]


def keys_are_secret() -> Iterator[str]:
    """A key that can be guessed forges sessions."""
    key = settings.SECRET_KEY
    if len(key) < KEY_CHARACTERS or len(set(key)) < KEY_KINDS or key.lower().startswith(KNOWN_KEYS):
        yield (
            f"SECRET_KEY is weak: it needs at least {KEY_CHARACTERS} characters by chance, such as those of "
            "`python -c 'import secrets; print(secrets.token_urlsafe(50))'`."
        )
    if settings.METRICS_TOKEN and len(settings.METRICS_TOKEN) < TOKEN_CHARACTERS:
        yield f"METRICS_TOKEN is weak: it needs at least {TOKEN_CHARACTERS} characters by chance."


def secrets_are_sealed() -> Iterator[str]:
    """Keys of sellers' servers rest encrypted; without a key of ours nobody could entrust one to the site."""
    if not settings.SEALING_KEYS:
        yield (
            "SEALING_KEYS is missing: it holds the key, or several with the newest first, that encrypts what sellers "
            "entrust to the site, such as `openssl rand -base64 32` makes one."
        )
    for text in settings.SEALING_KEYS:
        try:
            read_key(text)
        except ImproperlyConfigured as error:
            yield str(error)


def accounts_are_ours() -> Iterator[str]:
    """The keys of a test chain are printed in its manual: anybody acts with them."""
    for name in ("DEPLOYER_KEY", "KEEPER_KEY", "RELAYER_KEY", "SETTLER_KEY"):
        if is_published_key(getattr(settings, name)):
            yield f"{name} is one that anvil publishes: anybody can spend with it."
    single = {name: [getattr(settings, name)] for name in ("FEE_VAULT", "CHAIN_ADMIN", "VESTING_BENEFICIARY")}
    named = {**single, **settings.ROLE_HOLDERS}
    for role, addresses in named.items():
        for address in filter(is_published_address, addresses):
            yield f"{role} is given to {address}, whose key anvil publishes: anybody can act for it."


def hosts_are_named() -> Iterator[str]:
    """A wildcard lets a visitor choose the name that pages, messages and redirects carry."""
    if not settings.ALLOWED_HOSTS:
        yield "ALLOWED_HOSTS is empty: the site would answer nobody."
    for host in settings.ALLOWED_HOSTS:
        if split_domain_port(host) != (host.lower(), "") or host.startswith("."):
            yield f"ALLOWED_HOSTS has {host!r}: each has to be one whole host, without wildcard, scheme or port."


def origins_are_https() -> Iterator[str]:
    """Without TLS anybody on the way reads the session."""
    if not settings.ORIGINS:
        yield "ORIGINS is empty: nobody could sign in."
    for origin in filter(is_whole, settings.ORIGINS):
        if not origin.startswith("https://"):
            yield f"ORIGINS has {origin!r}: people may use the site by https alone."
        if not validate_host(split_domain_port(urlsplit(origin).netloc)[0], settings.ALLOWED_HOSTS):
            yield f"ORIGINS has {origin!r}, whose host is not one of ALLOWED_HOSTS."


def services_are_named() -> Iterator[str]:
    """There is no database and no Redis that could be meant by default."""
    if not settings.DATABASES["default"].get("NAME"):
        yield "DATABASE_URL is missing: it names the PostgreSQL database."
    if not settings.CACHES["default"]["LOCATION"]:
        yield "REDIS_URL is missing: it names the Redis that keeps sessions, limits and sockets."


def tls_ends_somewhere() -> Iterator[str]:
    """The web process itself speaks no TLS: a proxy in front of it does, and only one that is believed can say so."""
    if settings.SECURE_SSL_REDIRECT and not settings.TRUSTED_PROXIES:
        yield (
            "SECURE_SSL_REDIRECT is on and TRUSTED_PROXIES is empty: every request would be taken for one without TLS "
            "and redirected to itself, endlessly. Name the proxy that terminates TLS in TRUSTED_PROXIES."
        )


def nothing_is_for_show() -> Iterator[str]:
    """What helps on one machine gives away a site that others reach; of the demo wallet, accounts.checks says so."""
    if settings.DEBUG:
        yield "DEBUG is on: error pages would show the settings and the source to anybody."
    if settings.UPSTREAM_LOOPBACK:
        yield "UPSTREAM_LOOPBACK is on: sellers could have the site ask what listens on this machine."
    if not (settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE):
        yield "The cookies of sessions and forms must be sent by https alone."


def origins_are_whole() -> Iterator[str]:
    """An origin that browsers would write differently equals none."""
    for origin in settings.ORIGINS:
        if not is_whole(origin):
            yield f"ORIGINS has {origin!r}: each has to be scheme, host and port as browsers write them, and no more."


def proxies_are_networks() -> Iterator[str]:
    """A proxy that is everybody lets everybody say who they are."""
    for proxy in settings.TRUSTED_PROXIES:
        if proxy != "unix" and not _is_network(proxy):
            yield f"TRUSTED_PROXIES has {proxy!r}: each has to be an address, a network smaller than all, or `unix`."


def _is_network(proxy: str) -> bool:
    try:
        return ip_network(proxy).prefixlen > 0
    except ValueError:
        return False


EVERYWHERE: tuple[Rule, ...] = (origins_are_whole, proxies_are_networks)
IN_PRODUCTION: tuple[Rule, ...] = (
    keys_are_secret,
    secrets_are_sealed,
    accounts_are_ours,
    hosts_are_named,
    origins_are_https,
    services_are_named,
    tls_ends_somewhere,
    nothing_is_for_show,
)


@register(Tags.security)
def settings_are_safe(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Refuse settings with which the site would be open to others than it is meant for."""
    rules = EVERYWHERE + (IN_PRODUCTION if settings.PRODUCTION else ())
    return [Error(sentence, hint=rule.__doc__, id="common.E002") for rule in rules for sentence in rule()]


def refuse_unsafe_settings() -> None:
    """Raise ImproperlyConfigured where a check of the settings fails: a web server starts without running any."""
    if errors := settings_are_safe(None):
        raise ImproperlyConfigured("\n".join(error.msg for error in errors))


@register()
def pool_is_for_the_web(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """Refuse connection pools: checks are run by commands, which may fork, and never by the ASGI web process."""
    pooled = (name for name, database in settings.DATABASES.items() if database.get("OPTIONS", {}).get("pool"))
    return [
        Error(
            f"The database {name} has a connection pool, and this process is not the web: a process that forks would "
            "share its sockets, and answers would cross.",
            hint="Set DATABASE_POOL for the process of config.serve alone.",
            id="common.E001",
        )
        for name in pooled
    ]
