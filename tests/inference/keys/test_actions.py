"""Making, changing, rotating and revoking keys: only by their owners, and right however often at once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from accounts.legal.errors import TermsChangedError
from accounts.models import User
from inference.keys.actions import (
    MOST_KEYS,
    Caps,
    change_key,
    create_key,
    end_overlap,
    note_use,
    revoke_key,
    rotate_key,
)
from inference.keys.errors import (
    CapBelowError,
    KeyNotFoundError,
    KeyOverError,
    KeyReplacedError,
    KeyRevokedError,
    TooManyKeysError,
)
from inference.keys.finding import key_of
from inference.keys.models import ApiKey, KeySecret
from tests import databases, services

from .holders import at_once, chain, holder, paying

HOME = "192.0.2.7"


@pytest.mark.django_db
def test_a_secret_is_given_once_and_kept_nowhere() -> None:
    made = create_key(user=holder(), name="Bot", chain_id=None)
    assert key_of(made.secret, HOME) == made.key
    kept = KeySecret.objects.values().get()
    assert made.secret not in str(kept)
    assert made.secret not in repr(made)
    assert kept["shown"] == f"{made.secret[:8]}…{made.secret[-4:]}"
    assert len(made.key.key_id) == 66


@pytest.mark.django_db
def test_what_is_refused() -> None:
    user = holder()
    with pytest.raises(CapBelowError):
        create_key(user=user, name="Bot", chain_id=None, caps=Caps(day=1))
    User.objects.filter(pk=user.pk).update(accepted="")
    user.refresh_from_db()
    with pytest.raises(TermsChangedError):
        create_key(user=user, name="Bot", chain_id=None)


@pytest.mark.django_db
def test_another_ones_key_is_not_there() -> None:
    mine, thief = create_key(user=holder(1), name="Bot", chain_id=None).key, holder(2)
    for attempt in (
        lambda pk: change_key(user=thief, pk=pk, name="x", caps=Caps(), scopes=[], networks=[], expires_at=None),
        lambda pk: rotate_key(user=thief, pk=pk),
        lambda pk: end_overlap(user=thief, pk=pk),
        lambda pk: revoke_key(user=thief, pk=pk),
    ):
        for pk in (mine.pk, uuid.uuid4()):
            with pytest.raises(KeyNotFoundError):
                attempt(pk)
    mine.refresh_from_db()
    assert (mine.name, mine.is_live, mine.secrets.count()) == ("Bot", True, 1)


@pytest.mark.django_db
def test_rotation_lets_the_one_before_work_on_for_a_while() -> None:
    user = holder()
    first = paying(user, total=10)
    second = rotate_key(user=user, pk=first.key.pk)
    assert key_of(first.secret, HOME) == key_of(second.secret, HOME) == first.key
    third = rotate_key(user=user, pk=first.key.pk)
    with pytest.raises(KeyReplacedError):
        key_of(first.secret, HOME)
    assert key_of(second.secret, HOME) == key_of(third.secret, HOME)
    end_overlap(user=user, pk=first.key.pk)
    with pytest.raises(KeyReplacedError):
        key_of(second.secret, HOME)
    # It is the same key, so its caps and what it spent are too.
    assert third.key.cap_total == 10
    assert third.key.key_id == first.key.key_id
    now = rotate_key(user=user, pk=first.key.pk, overlap=timedelta())
    with pytest.raises(KeyReplacedError):
        key_of(third.secret, HOME)
    assert key_of(now.secret, HOME)


@pytest.mark.django_db
def test_revoking_ends_every_secret_for_ever() -> None:
    user = holder()
    first = create_key(user=user, name="Bot", chain_id=None)
    second = rotate_key(user=user, pk=first.key.pk)
    revoked = revoke_key(user=user, pk=first.key.pk).revoked_at
    for secret in (first.secret, second.secret):
        with pytest.raises(KeyRevokedError):
            key_of(secret, HOME)
    with pytest.raises(KeyOverError):
        rotate_key(user=user, pk=first.key.pk)
    with pytest.raises(KeyOverError):
        change_key(user=user, pk=first.key.pk, name="Bot", caps=Caps(), scopes=[], networks=[], expires_at=None)
    assert revoke_key(user=user, pk=first.key.pk).revoked_at == revoked


@pytest.mark.django_db
def test_limits_are_set_whole() -> None:
    user, later = holder(), timezone.now() + timedelta(days=1)
    key = paying(user, total=10).key
    scopes, networks = ["acme/chat"], ["192.0.2.0/24"]
    change_key(user=user, pk=key.pk, name="Other", caps=Caps(day=3), scopes=scopes, networks=networks, expires_at=later)
    key.refresh_from_db()
    assert (key.cap_day, key.scopes, key.networks) == (3, scopes, networks)
    assert key.cap_total is None
    assert key.expires_at == later
    assert key.name == "Other"


@pytest.mark.django_db
def test_a_use_is_noted_once_a_minute(django_assert_num_queries: object) -> None:
    key = create_key(user=holder(), name="Bot", chain_id=None).key
    note_use(key=key)
    key.refresh_from_db()
    first = key.last_used_at
    note_use(key=key)
    key.refresh_from_db()
    assert first is not None
    assert key.last_used_at == first


@pytest.fixture
def user(migrated_database: str, django_db_blocker: DjangoDbBlocker) -> Iterator[User]:
    """Somebody in a database whose rows all threads see."""
    own = f"keys_{services.WORKER}"
    with django_db_blocker.unblock(), databases.copied(migrated_database, own) as name, databases.named(name):
        chain()
        yield holder()


def test_every_write_at_once(user: User) -> None:
    """One test, because each database costs a second to copy."""
    ApiKey.objects.bulk_create(
        ApiKey(user=user, name="Old", key_id=f"0x{number:064x}") for number in range(MOST_KEYS - 1)
    )
    # Room for one more is room for one more.
    got = at_once(lambda _n: create_key(user=user, name="Bot", chain_id=None))
    assert got.count(TooManyKeysError.code) == len(got) - 1
    made = next(each for each in got if each != TooManyKeysError.code)
    # One form, sent many times at once, is one key with one secret.
    ApiKey.objects.filter(name="Old").first().delete()  # type: ignore[union-attr]
    once = uuid.uuid4()
    same = at_once(lambda _n: create_key(user=user, name="Once", chain_id=None, pk=once))
    assert {each.key.pk for each in same} == {once}
    assert [bool(each.secret) for each in same].count(True) == KeySecret.objects.filter(key=once).count() == 1
    (shown,) = KeySecret.objects.filter(key=once).values_list("shown", flat=True)
    again = at_once(lambda _n: rotate_key(user=user, pk=once, replaces=shown))
    assert [bool(each.secret) for each in again].count(True) == 1
    revoke_key(user=user, pk=once)

    # Rotated many times at once: one secret is the newest, one may work beside it, and the rest work no more.
    secrets = [each.secret for each in at_once(lambda _n: rotate_key(user=user, pk=made.key.pk))]
    now = timezone.now()
    assert KeySecret.objects.filter(key=made.key, ends_at=None).count() == 1
    assert KeySecret.objects.filter(key=made.key, ends_at__gt=now).count() == 1
    works = [each for each in secrets if _works(each)]
    assert len(works) == 2

    # Revoked and rotated at once: nothing works after it.
    at_once(lambda n: (revoke_key if n % 2 else rotate_key)(user=user, pk=made.key.pk))
    assert not any(_works(each) for each in secrets)
    assert ApiKey.objects.live().count() == MOST_KEYS - 2


def _works(secret: str) -> bool:
    try:
        return bool(key_of(secret, HOME))
    except (KeyReplacedError, KeyRevokedError):
        return False
