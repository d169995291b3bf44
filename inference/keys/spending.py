"""What a key may spend: held before a call, charged or freed after it. All of it under the lock of the key's row.

The ledger calls these inside its own transactions, first of all rows that it locks. A call counts on the day of UTC
on which it began, however long it runs.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from common.trips import Asked

from .errors import CapReachedError, KeyExpiredError, KeyRevokedError
from .models import ApiKey, KeyDay, KeyState
from .windows import day_of, windows_of


@transaction.atomic
def reserve_spend(*, key_pk: UUID, amount: int, at: datetime) -> ApiKey:
    """Hold what a call could cost against all caps of a key, and return the key, whose row stays locked.

    Raises KeyRevokedError, KeyExpiredError, CapReachedError.
    """
    _refuse_negative(amount)
    key = ApiKey.objects.select_for_update().filter(pk=key_pk).first()
    if key is None or key.state == KeyState.REVOKED:
        raise KeyRevokedError
    if key.state == KeyState.EXPIRED:
        raise KeyExpiredError
    for window in windows_of(key, at):
        if window.limit is not None and window.left is not None and amount > window.left:
            raise CapReachedError(
                window.cap.value.removeprefix("cap_"),
                window.cap.label,
                limit=window.limit,
                left=window.left,
                resets_at=window.resets_at,
            )
    _add(key, at, reserved=amount)
    return key


@transaction.atomic
def settle_spend(*, key_pk: UUID, at: datetime, reserved: int, charged: int, tokens: int = 0) -> None:
    """Free what was held for a call that began at ``at``, and count what it cost, never more than that.

    Of a key that was erased nothing is left to count. Once a call, which the caller sees to.
    """
    _refuse_negative(reserved, charged, tokens)
    if charged > reserved:
        raise ValueError("A call is never charged more than was held for it.")
    key = ApiKey.objects.select_for_update().filter(pk=key_pk).first()
    if key is not None:
        _add(key, at, reserved=-reserved, spent=charged, tokens=tokens, calls=1)


# One statement, which locks the key's row before that of its day, as all do here.
COUNT = f"""
with used as (
    update {ApiKey._meta.db_table} set last_used_at = %(now)s where id = %(key)s returning id
)
insert into {KeyDay._meta.db_table} as kept (key_id, day, spent, reserved, calls, tokens)
select id, %(day)s, 0, 0, 1, %(tokens)s from used
on conflict (key_id, day) do update set calls = kept.calls + 1, tokens = kept.tokens + excluded.tokens
"""  # noqa: S608  the names of models' tables


def counting(*, key_pk: UUID, at: datetime, tokens: int) -> Asked:
    """Return what counts a call that cost nothing, for what pages show. Of a key that was erased nothing is counted."""
    _refuse_negative(tokens)
    return COUNT, {"now": timezone.now(), "key": key_pk, "day": day_of(at), "tokens": tokens}


def _add(key: ApiKey, at: datetime, *, reserved: int = 0, spent: int = 0, tokens: int = 0, calls: int = 0) -> None:
    """Add to the key and to its day; the caller has locked the key."""
    # Nobody else makes the day meanwhile: they wait for the key's lock.
    day, _is_new = KeyDay.objects.get_or_create(key=key, day=day_of(at))
    day.reserved, day.spent = day.reserved + reserved, day.spent + spent
    day.calls, day.tokens = day.calls + calls, day.tokens + tokens
    day.save()
    key.reserved, key.spent, key.last_used_at = key.reserved + reserved, key.spent + spent, timezone.now()
    key.save(update_fields=["reserved", "spent", "last_used_at"])


def _refuse_negative(*amounts: int) -> None:
    if min(amounts) < 0:
        raise ValueError("An amount is never negative.")
