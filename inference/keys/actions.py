"""What people do with their keys. A key itself can do none of it: each of these needs its owner's session."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.legal.errors import TermsChangedError
from accounts.models import User
from common.limits import limit
from common.locks import exclusive_until_commit

from .errors import CapBelowError, KeyNotFoundError, KeyOverError, TooManyKeysError
from .finding import unnoted
from .minting import digest_of, new_secret, shown_of
from .models import ApiKey, KeySecret

MOST_KEYS = 50  # of an account, that work
CHANGES = (60, 3_600)  # new secrets of an account, in seconds
OVERLAP = timedelta(hours=24)  # that the secret before works on, unless its owner says otherwise
MOST_OVERLAP = timedelta(days=30)


@dataclass(frozen=True)
class Caps:
    """What a key may spend, in the smallest unit of its token; None is no cap."""

    day: int | None = None
    week: int | None = None
    month: int | None = None
    total: int | None = None

    @property
    def columns(self) -> dict[str, int | None]:
        """The same by the names of the columns."""
        return {"cap_day": self.day, "cap_week": self.week, "cap_month": self.month, "cap_total": self.total}

    @property
    def is_any(self) -> bool:
        """Whether there is one."""
        return any(each is not None for each in self.columns.values())


NO_CAPS = Caps()


@dataclass(frozen=True)
class Made:
    """A key and its new secret: the one moment at which that can be read. None is new where it was asked for twice."""

    key: ApiKey
    secret: str = field(repr=False)


def create_key(
    *,
    user: User,
    name: str,
    chain_id: int | None,
    token: str = "",
    caps: Caps = NO_CAPS,
    scopes: Sequence[str] = (),
    networks: Sequence[str] = (),
    expires_at: datetime | None = None,
    pk: UUID | None = None,
) -> Made:
    """Make a key and return it with its secret. ``networks`` are as ``finding.network_read`` gives them.

    ``pk`` makes of one form that is sent twice one key: the same under the same ``pk`` is made already.

    Raises TermsChangedError, TooManyKeysError, CapBelowError, TooManyError.
    """
    if user.owes_acceptance:
        raise TermsChangedError
    # A cap counts units of a token: without one it would bound nothing.
    if caps.is_any and not token:
        raise CapBelowError
    limit(f"api-key:{user.pk}", *CHANGES)
    return _create(
        user,
        pk,
        name=name,
        chain_id=chain_id,
        token=token,
        scopes=list(scopes),
        networks=list(networks),
        expires_at=expires_at,
        **caps.columns,
    )


@transaction.atomic
def _create(user: User, pk: UUID | None, **columns: object) -> Made:
    # A count has no row to lock: two at once would each see the last place free.
    exclusive_until_commit(f"api keys of {user.pk}")
    if pk and (made := ApiKey.objects.filter(pk=pk).first()):
        if made.user_id == user.pk and all(getattr(made, name) == value for name, value in columns.items()):
            return Made(made, "")
        pk = None  # another key, by a form that a browser had kept
    if ApiKey.objects.of(user.pk).live().count() >= MOST_KEYS:
        raise TooManyKeysError
    # Not to be guessed: whoever authorises this name on chain lets this key spend.
    named = {"pk": pk} if pk else {}
    key = ApiKey.objects.create(user=user, key_id=f"0x{secrets.token_hex(32)}", **named, **columns)
    return Made(key, _new_secret(key))


def _new_secret(key: ApiKey) -> str:
    secret = new_secret()
    KeySecret.objects.create(key=key, digest=digest_of(secret), shown=shown_of(secret))
    return secret


@transaction.atomic
def change_key(
    *,
    user: User,
    pk: UUID,
    name: str,
    caps: Caps,
    scopes: Sequence[str],
    networks: Sequence[str],
    expires_at: datetime | None,
) -> ApiKey:
    """Set what a key is called and may do from now on; calls that run are not stopped by it.

    Raises KeyNotFoundError, KeyOverError, CapBelowError.
    """
    key = _live(user, pk)
    if caps.is_any and not key.pays:
        raise CapBelowError
    key.cap_day, key.cap_week, key.cap_month, key.cap_total = caps.day, caps.week, caps.month, caps.total
    key.name, key.scopes, key.networks, key.expires_at = name, list(scopes), list(networks), expires_at
    key.save(update_fields=["name", *caps.columns, "scopes", "networks", "expires_at"])
    return key


def rotate_key(*, user: User, pk: UUID, overlap: timedelta = OVERLAP, replaces: str = "") -> Made:
    """Give a key another secret; the one before works for the overlap, and those before that no more.

    ``replaces`` is what is shown of the secret that is to be replaced: where that is not the newest any more, it was
    replaced already, by the same form or by another one, and nothing changes. Or a form that is sent twice would
    end at once what was to work on.

    Name, caps, what was spent and what the chain was told stay. Raises KeyNotFoundError, KeyOverError, TooManyError.
    """
    limit(f"api-key:{user.pk}", *CHANGES)
    return _rotate(user, pk, min(max(overlap, timedelta()), MOST_OVERLAP), replaces)


@transaction.atomic
def _rotate(user: User, pk: UUID, overlap: timedelta, replaces: str) -> Made:
    key, now = _live(user, pk), timezone.now()
    before = KeySecret.objects.filter(key=key)
    if replaces and not before.filter(shown=replaces, ends_at=None).exists():
        return Made(key, "")
    # Two secrets work at most: one that still overlaps from the last rotation ends with this one.
    before.filter(ends_at__gt=now).update(ends_at=now)
    before.filter(ends_at=None).update(ends_at=now + overlap)
    return Made(key, _new_secret(key))


@transaction.atomic
def end_overlap(*, user: User, pk: UUID) -> ApiKey:
    """Let only the newest secret of a key work from now on. Doing it again changes nothing. Raises KeyNotFoundError."""
    key, now = _locked(user, pk), timezone.now()
    KeySecret.objects.filter(key=key, ends_at__gt=now).update(ends_at=now)
    return key


@transaction.atomic
def revoke_key(*, user: User, pk: UUID) -> ApiKey:
    """End a key at once and for ever. Doing it again changes nothing. Raises KeyNotFoundError."""
    key = _locked(user, pk)
    # The first moment stays, however often it is asked for.
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
    return key


def note_use(*, key: ApiKey) -> None:
    """Note that a key is used now, at most once a minute."""
    ApiKey.objects.filter(unnoted(key.pk)).update(last_used_at=timezone.now())


def _locked(user: User, pk: UUID) -> ApiKey:
    # Somebody else's is not found rather than refused: that it exists is nobody's business.
    found = ApiKey.objects.select_for_update().filter(user=user, pk=pk).first()
    if found is None:
        raise KeyNotFoundError
    return found


def _live(user: User, pk: UUID) -> ApiKey:
    key = _locked(user, pk)
    if not key.is_live:
        raise KeyOverError
    return key
