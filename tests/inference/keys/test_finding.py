"""Which secrets open a key, from where, and for what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from inference.keys import minting
from inference.keys.actions import Caps, change_key, create_key
from inference.keys.errors import (
    KeyExpiredError,
    KeyNetworkError,
    KeyNotFoundError,
    KeyPausedError,
    KeyScopeError,
    KeyUnknownError,
)
from inference.keys.finding import is_within, key_of, network_read, own_key, refuse_out_of_scope
from inference.keys.models import ApiKey

from .holders import holder

HOME = "192.0.2.7"


def test_secrets_are_told_from_what_is_none() -> None:
    secrets = {minting.new_secret() for _time in range(200)}
    assert len(secrets) == 200
    assert all(map(minting.looks_like, secrets))
    one = secrets.pop()
    assert len(one) == 53
    assert one.startswith("ctr_")
    slip = one[:9] + ("A" if one[9] != "A" else "B") + one[10:]
    for other in ("", "ctr_", slip, one[:-1], f"{one}\n", f" {one}", one.upper(), f"{one}x", "ctr_" + "é" * 49):
        assert not minting.looks_like(other)


@pytest.mark.django_db
def test_only_its_secret_opens_a_key() -> None:
    made = create_key(user=holder(), name="Bot", chain_id=None)
    for other in ("", minting.new_secret(), str(made.key.pk), made.key.key_id, made.secret.swapcase(), "\0"):
        with pytest.raises(KeyUnknownError):
            key_of(other, HOME)


@pytest.mark.django_db
def test_one_query_finds_key_user_and_chain(django_assert_num_queries: object) -> None:
    made = create_key(user=holder(), name="Bot", chain_id=None)
    with django_assert_num_queries(1):  # type: ignore[operator]
        found = key_of(made.secret, HOME)
        assert found.user.address == holder_address()
        assert found.chain is None


def holder_address() -> str:
    """Return whose key it is, without asking for it."""
    return f"0x{1:040x}"


@pytest.mark.django_db
def test_time_and_pauses_end_it() -> None:
    user = holder()
    made = create_key(user=user, name="Bot", chain_id=None)
    change_key(user=user, pk=made.key.pk, name="Bot", caps=Caps(), scopes=[], networks=[], expires_at=timezone.now())
    with pytest.raises(KeyExpiredError):
        key_of(made.secret, HOME)
    ApiKey.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    assert key_of(made.secret, HOME)
    User.objects.update(is_active=False)
    with pytest.raises(KeyPausedError):
        key_of(made.secret, HOME)


@pytest.mark.django_db
def test_networks_keep_others_out() -> None:
    made = create_key(user=holder(), name="Bot", chain_id=None, networks=["192.0.2.0/24", "2001:db8::/32"])
    for address in (HOME, "::ffff:192.0.2.7", "64:ff9b::192.0.2.7", "2001:db8::1", "2001:db8::1%eth0"):
        assert key_of(made.secret, address)
    for address in ("192.0.3.7", "::ffff:192.0.3.7", "2001:db9::1", "::192.0.2.7", "", "unknown", "192.0.2.7, 1.1.1.1"):
        with pytest.raises(KeyNetworkError):
            key_of(made.secret, address)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (" 192.0.2.7 ", "192.0.2.7/32"),
        ("192.0.2.7/24", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("64:ff9b::192.0.2.0/120", "192.0.2.0/24"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("::1", "::1/128"),
    ],
)
def test_networks_are_read(written: str, read: str) -> None:
    assert str(network_read(written)) == read
    assert is_within(read.partition("/")[0], [read])


@pytest.mark.parametrize(
    "written",
    ["", "/", "home", "192.0.2", "192.0.2.7/33", "192.0.2.7/", "::ffff:192.0.2.7/20", "fe80::1%eth0", "1.2.3.4/-1",
     "٣.1.1.1", "192.0.2.7/255.255.255.0"],
)  # fmt: skip
def test_what_is_no_network(written: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  any of ipaddress's
        network_read(written)


def test_scopes_do_not_know_case() -> None:
    refuse_out_of_scope(ApiKey(scopes=[]), "acme/chat")
    refuse_out_of_scope(ApiKey(scopes=["Acme/Chat"]), "acme/chat")
    for other in ("acme/chat2", "acme", "", "other/chat"):
        with pytest.raises(KeyScopeError):
            refuse_out_of_scope(ApiKey(scopes=["acme/chat"]), other)


@pytest.mark.django_db
def test_only_ones_own_is_found() -> None:
    made = create_key(user=holder(1), name="Bot", chain_id=None)
    assert own_key(holder(1), made.key.pk) == made.key
    with pytest.raises(KeyNotFoundError):
        own_key(holder(2), made.key.pk)
