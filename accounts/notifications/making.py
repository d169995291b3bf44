"""Tells people things: each once, on the channels that they want."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import DateTimeField, JSONField, QuerySet, Value
from django.db.models.fields import CharField
from redis.exceptions import RedisError

from accounts.models import User
from common.text import well_formed

from .kinds import Kind, kind_of
from .models import Channel

GROUP = "notices"  # of all sockets that wait for some
NEWS = {"type": "notices.news"}
TOGETHER = timedelta(seconds=20)  # what happens within goes into one mail

log = structlog.get_logger(__name__)

# One statement for one user and for all, so that nobody is told twice and nobody against their wish.
TELL = """
INSERT INTO accounts_notice (user_id, kind, key, data, happened_at, created_at, in_app, mail_due_at)
SELECT wanted.* FROM (
  SELECT chosen.user_id, %s AS kind, chosen.key, chosen.data, chosen.happened_at, now() AS created_at,
    COALESCE(app.is_on, %s) AS in_app,
    CASE WHEN COALESCE(mail.is_on, %s) AND address.verified_at IS NOT NULL THEN now() + %s END AS mail_due_at
  FROM ({chosen}) chosen (user_id, key, data, happened_at)
  LEFT JOIN accounts_preference app ON app.user_id = chosen.user_id AND app.kind = %s AND app.channel = 'app'
  LEFT JOIN accounts_preference mail ON mail.user_id = chosen.user_id AND mail.kind = %s AND mail.channel = 'mail'
  LEFT JOIN accounts_mailaddress address ON address.user_id = chosen.user_id
) wanted WHERE wanted.in_app OR wanted.mail_due_at IS NOT NULL
ON CONFLICT (user_id, kind, key) DO NOTHING
"""


def notify(*, user: User, kind: str, key: str, data: Mapping[str, Any], happened_at: datetime) -> bool:
    """Tell a user of something, unless it was told before or is not wanted; return whether it is told now.

    It counts with the transaction that it stands in. Tell of what is on a chain at final only.
    """
    return bool(notify_all(kind=kind, chosen=told_to(User.objects.filter(pk=user.pk), key, data, happened_at)))


def told_to(users: QuerySet[User], key: str, data: Mapping[str, Any], happened_at: datetime) -> QuerySet[Any, Any]:
    """Return rows for ``notify_all`` that tell these users the same."""
    # PostgreSQL keeps no half of a pair, and no NUL.
    kept = {name: well_formed(value) if isinstance(value, str) else value for name, value in data.items()}
    return users.filter(is_active=True).values_list(
        "pk",
        Value(key, output_field=CharField()),
        Value(kept, output_field=JSONField()),
        Value(happened_at, output_field=DateTimeField()),
    )


@transaction.atomic(savepoint=False)  # one statement: there is no half of it to take back
def notify_all(*, kind: str, chosen: QuerySet[Any, Any]) -> int:
    """Tell many users by one statement; ``chosen`` gives user id, key, data and time. Return how many are told now."""
    known = kind_of(kind)
    if known is None:
        raise LookupError(kind)
    try:
        sql, params = chosen.order_by().query.sql_with_params()
    except EmptyResultSet:  # nobody can be meant
        return 0
    with connection.cursor() as cursor:
        cursor.execute(TELL.format(chosen=sql), _given(known, params))
        told: int = cursor.rowcount
    if told:
        transaction.on_commit(_hint)
    return told


def _given(kind: Kind, params: tuple[Any, ...]) -> list[Any]:
    defaults = [Channel.APP in kind.channels, Channel.MAIL in kind.channels]
    return [kind.name, *defaults, TOGETHER, *params, kind.name, kind.name]


def _hint() -> None:
    """Let open pages look. Where the layer is away they look a little later, by themselves."""
    try:
        async_to_sync(get_channel_layer().group_send)(GROUP, NEWS)
    except (RedisError, OSError) as error:
        log.warning("open pages were not told of notices", reason=type(error).__name__)
