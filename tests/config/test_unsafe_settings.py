"""A site does not start with settings that would open it to others than it is meant for."""

import base64
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as project
from django.core.exceptions import ImproperlyConfigured
from eth_account import Account
from pytest_django import Settings

from accounts.demo import PERSONAS
from common.checks import refuse_unsafe_settings, settings_are_safe
from common.published import is_published_key, published_accounts
from stack import anvil

Account.enable_unaudited_hdwallet_features()
KEY = "x7Qm2-pV9rT4kLw8sZ1bN6cF3hJ5gD0yEuAoIiRtWqXzCvBnMlKj"  # pragma: allowlist secret
SEALING = base64.b64encode(bytes(range(32))).decode()
GOOD: dict[str, Any] = {
    "PRODUCTION": True,
    "DEMO": False,
    "SECRET_KEY": KEY,
    "SEALING_KEYS": [SEALING],
    "ALLOWED_HOSTS": ["market.example", "internal.example"],
    "ORIGINS": ["https://market.example", "https://market.example:8443"],
    "SESSION_COOKIE_SECURE": True,
    "CSRF_COOKIE_SECURE": True,
    "SECURE_SSL_REDIRECT": True,
    "TRUSTED_PROXIES": ["10.0.0.0/8"],
}
ANVILS = Account.from_mnemonic("test " * 11 + "junk", account_path="m/44'/60'/0'/0/9")
BAD: dict[str, tuple[str, Any]] = {
    "a short key": ("SECRET_KEY", "short"),
    "a key of one letter": ("SECRET_KEY", "x" * 60),
    "the key of the tests": ("SECRET_KEY", "only-for-tests-" + KEY),
    "a key that Django makes for trying": ("SECRET_KEY", "django-insecure-" + KEY),
    "no key for secrets": ("SEALING_KEYS", []),
    "a weak key for secrets": ("SEALING_KEYS", [SEALING, "short"]),
    "sellers' servers on this machine": ("UPSTREAM_LOOPBACK", True),
    "every host": ("ALLOWED_HOSTS", ["*"]),
    "every host among others": ("ALLOWED_HOSTS", ["market.example", "*"]),
    "all hosts of a domain": ("ALLOWED_HOSTS", ["market.example", ".example.org"]),
    "a host with a wildcard": ("ALLOWED_HOSTS", ["market.example", "*.example.org"]),
    "a host with a port": ("ALLOWED_HOSTS", ["market.example", "market.example:443"]),
    "an origin for a host": ("ALLOWED_HOSTS", ["market.example", "https://market.example"]),
    "no host": ("ALLOWED_HOSTS", []),
    "no origin": ("ORIGINS", []),
    "an origin without TLS": ("ORIGINS", ["http://market.example"]),
    "an origin with a wildcard": ("ORIGINS", ["https://*.market.example"]),
    "every origin": ("ORIGINS", ["*"]),
    "an origin with a path": ("ORIGINS", ["https://market.example/"]),
    "an origin that is not allowed as a host": ("ORIGINS", ["https://other.example"]),
    "debug": ("DEBUG", True),
    "a session over plain HTTP": ("SESSION_COOKIE_SECURE", False),
    "a form over plain HTTP": ("CSRF_COOKIE_SECURE", False),
    "no database": ("DATABASES", {"default": {}}),
    "no Redis": ("CACHES", {"default": {"BACKEND": "common.caches.RedisCache", "LOCATION": ""}}),
    "a key that anvil publishes": ("KEEPER_KEY", project.PUBLISHED_KEYS[1]),
    "the last key that anvil publishes": ("DEPLOYER_KEY", ANVILS.key.to_0x_hex()),
    "such a key in capitals": ("KEEPER_KEY", ANVILS.key.hex().upper()),
    "a role for an account that anvil publishes": ("ROLE_HOLDERS", {"MODERATOR": [], "GUARDIAN": [ANVILS.address]}),
    "fees for an account that anvil publishes": ("FEE_VAULT", ANVILS.address),
    "LATTICE for an account that anvil publishes": ("VESTING_BENEFICIARY", ANVILS.address),
    "a chain's admin that anvil publishes": ("CHAIN_ADMIN", ANVILS.address),
    "a redirect to itself": ("TRUSTED_PROXIES", []),
    "a token that can be guessed": ("METRICS_TOKEN", "metrics"),
    "everybody as a proxy": ("TRUSTED_PROXIES", ["0.0.0.0/0"]),
    "everybody as a proxy, by IPv6": ("TRUSTED_PROXIES", ["::/0"]),
    "a proxy that is no address": ("TRUSTED_PROXIES", ["*"]),
    "a proxy by its name": ("TRUSTED_PROXIES", ["proxy.example"]),
}


@pytest.fixture
def production(settings: Settings) -> Settings:
    for name, value in GOOD.items():
        setattr(settings, name, value)
    return settings


def test_good_settings_are_safe(production: Settings) -> None:
    production.KEEPER_KEY, production.DEPLOYER_KEY = "0x" + "5a" * 32, "no key"
    assert settings_are_safe(None) == []
    production.TRUSTED_PROXIES, production.SECURE_SSL_REDIRECT = [], False
    assert settings_are_safe(None) == []


def test_all_accounts_that_the_demo_plays_with_are_published() -> None:
    assert len(set(published_accounts().values())) == anvil.ACCOUNTS
    assert {persona.address.lower() for persona in PERSONAS} <= set(published_accounts().values())
    assert all(map(is_published_key, project.PUBLISHED_KEYS))


@pytest.mark.parametrize(("name", "value"), BAD.values(), ids=BAD)
@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_each_of_these_keeps_a_site_from_starting(production: Settings, name: str, value: object) -> None:
    setattr(production, name, value)
    errors = settings_are_safe(None)
    assert {error.id for error in errors} == {"common.E002"}
    assert all(error.msg.endswith(".") for error in errors)
    with pytest.raises(ImproperlyConfigured):
        refuse_unsafe_settings()


@pytest.mark.parametrize(("name", "value"), [("ORIGINS", ["localhost:8000"]), ("TRUSTED_PROXIES", ["0.0.0.0/0"])])
def test_some_are_refused_outside_production_too(settings: Settings, name: str, value: object) -> None:
    setattr(settings, name, value)
    assert settings_are_safe(None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "no issues"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is weak"),  # pragma: allowlist secret
        ({"SEALING_KEYS": ""}, "SEALING_KEYS is missing"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS has '*'"),
        ({"ORIGINS": "http://market.example"}, "https alone"),
        ({"DEMO": "1"}, "demo wallet"),
        ({"TRUSTED_PROXIES": ""}, "endlessly"),
    ],
)
def test_production_as_it_is_started(changes: dict[str, str], said: str) -> None:
    own = {"DJANGO_SETTINGS_MODULE": "config.settings.production", "SECRET_KEY": KEY, "ALLOWED_HOSTS": "market.example"}
    own |= {"TRUSTED_PROXIES": "10.0.0.1", "SEALING_KEYS": SEALING}
    command = [sys.executable, "-c", "import config.asgi; print('no issues')"]
    ended = subprocess.run(
        command,
        env={**{name: value for name, value in os.environ.items() if name != "ORIGINS"}, **own, **changes},
        cwd=project.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said in ended.stdout + ended.stderr
    assert (ended.returncode == 0) == (not changes)
