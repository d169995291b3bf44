"""Whose a key is, and whether it may be used now, from there, for that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from common.networks import parsed
from common.statements import Found, Given, Question, Statement, together

from .errors import (
    KeyExpiredError,
    KeyNetworkError,
    KeyNotFoundError,
    KeyPausedError,
    KeyReplacedError,
    KeyRevokedError,
    KeyScopeError,
    KeyUnknownError,
)
from .minting import digest_of, looks_like
from .models import ApiKey, KeySecret, KeyState

USE_SECONDS = 60  # between two notes of when a key was used last


def key_of(secret: str, ip: str) -> ApiKey:
    """Return the key with that secret, and its user, for a request from that address. One query.

    Raises KeyUnknownError, KeyRevokedError, KeyReplacedError, KeyExpiredError (all 401); KeyPausedError and
    KeyNetworkError (403).
    """
    return key_in(together(secret_asked(secret))[0], ip)


def secret_asked(secret: str) -> Question[KeySecret]:
    """Return the question that ``key_in`` takes the answer of. Raises KeyUnknownError for what cannot be a secret."""
    if not looks_like(secret):
        raise KeyUnknownError
    return _secrets().asked(digest=digest_of(secret))


def key_in(secrets: Found[KeySecret], ip: str) -> ApiKey:
    """Return the key that was found, as ``key_of`` does. No query."""
    if not secrets:
        raise KeyUnknownError
    found, key = secrets[0], secrets[0].key
    if key.state == KeyState.REVOKED:
        raise KeyRevokedError
    if key.state == KeyState.EXPIRED:
        raise KeyExpiredError
    if found.ends_at and found.ends_at <= timezone.now():
        raise KeyReplacedError
    if not key.user.is_active:
        raise KeyPausedError
    if not is_within(ip, key.networks):
        raise KeyNetworkError
    return key


@cache
def _secrets() -> Statement[KeySecret]:
    return Statement(KeySecret.objects.select_related("key__user", "key__chain").filter(digest=Given("digest")))


def is_within(ip: str, networks: Sequence[str]) -> bool:
    """Whether an address lies in one of the networks, or there are none; IPv4 inside IPv6 counts as IPv4."""
    if not networks:
        return True
    address = parsed(ip)
    return address is not None and any(address in network_read(each) for each in networks)


def network_read(text: str) -> IPv4Network | IPv6Network:
    """Return a network as it was written: an address alone is a network of one. Raises ValueError.

    IPv4 inside IPv6 becomes IPv4, as the addresses that are held against it do.
    """
    address, slash, bits = text.strip().partition("/")
    if "%" in address:
        raise ValueError(text)  # a zone means nothing on another machine
    ip = parsed(address)
    if ip is None:
        raise ValueError(text)
    if slash and not bits.isdecimal():
        raise ValueError(text)  # a mask, which can be read in two ways
    if ip.version == 4 and ":" in address and slash:
        bits = str(int(bits) - 96)
    return ip_network(f"{ip}/{bits}" if slash else str(ip), strict=False)


def refuse_out_of_scope(key: ApiKey, listing: str) -> None:
    """Raise KeyScopeError for a listing that the key is not for."""
    if key.scopes and listing.lower() not in {each.lower() for each in key.scopes}:
        raise KeyScopeError


def own_key(user: User, pk: UUID) -> ApiKey:
    """Return somebody's own key. Raises KeyNotFoundError."""
    found = ApiKey.objects.of(user.pk).select_related("chain").filter(pk=pk).first()
    if found is None:
        raise KeyNotFoundError
    return found


def unnoted(pk: UUID) -> Q:
    """Keep the key if its last use was not noted within the last minute."""
    return Q(pk=pk) & (Q(last_used_at=None) | Q(last_used_at__lt=timezone.now() - timedelta(seconds=USE_SECONDS)))
