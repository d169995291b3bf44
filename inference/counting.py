"""What a call writes while others wait for its rows, each of it in one statement: its windows, and its journal.

And what is believed of an engine's own count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from .access import METERED
from .answers import Usage
from .keys.models import ApiKey
from .models import OPEN, Call, CallState, Kind, Upstream, UsageWindow

CALLS, KEYS, WINDOWS = Call._meta.db_table, ApiKey._meta.db_table, UsageWindow._meta.db_table
COUNTED = Call.windows.through._meta.db_table
# ruff: noqa: S608  the names are of models' tables
HOLD = f"""
with counted as (
    insert into {COUNTED} (call_id, usagewindow_id) select %(call)s, unnest(%(windows)s::bigint[])
)
update {WINDOWS} set reserved = reserved + %(tokens)s where id = any(%(windows)s)
"""
BUSY = f"""
select payer, slot, engine from {CALLS}
where state = any(%(open)s) and (payer = %(payer)s or engine = any(%(engines)s))
"""
# By key, so that calls which end together lock in one order.
RELEASE = f"""
with own as (
    select id from {WINDOWS} where id in (select usagewindow_id from {COUNTED} where call_id = %(call)s)
    order by id for update
)
update {WINDOWS} held set reserved = reserved - %(reserved)s, spent = spent + %(spent)s from own where held.id = own.id
"""
JOURNAL = f"""
with written as (
    update {CALLS} set state = %(state)s, completion_tokens = %(tokens)s, characters = %(characters)s,
        first_token_ms = %(first_token_ms)s, journaled_at = %(now)s
    where id = %(call)s and state = any(%(open)s) returning api_key
)
select exists(select from {KEYS} where id = written.api_key and revoked_at is not null) from written
"""


def open_at(payer: str, engines: Iterable[str]) -> list[tuple[str, int, str]]:
    """Return payer, slot and engine of each open call of a payer's, or at one of the engines."""
    given: dict[str, Any] = {"open": [each.value for each in OPEN], "payer": payer, "engines": list(engines)}
    with connection.cursor() as cursor:
        cursor.execute(BUSY, given)
        return list(cursor.fetchall())


def count_in(call: Call, windows: Sequence[UsageWindow]) -> None:
    """Have a call count in windows that are locked, which hold its tokens from now on."""
    if windows:
        own = [window.pk for window in windows]
        with connection.cursor() as cursor:
            cursor.execute(HOLD, {"call": call.pk, "windows": own, "tokens": call.reserved})


def release_windows(call: Call, spent: int) -> None:
    """Let a call's windows count what was spent, and hold nothing for it any more."""
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, {"call": call.pk, "reserved": call.reserved, "spent": spent})


def write_journal(call_id: UUID, **counts: int) -> bool | None:
    """Write down what was handed over; return whether the key that asked was revoked, None where the call is closed.

    Only while it is open: what the sweep has closed is already settled.
    """
    given: dict[str, Any] = {"call": call_id, "open": [each.value for each in OPEN], "state": CallState.STREAMING.value}
    with connection.cursor() as cursor:
        cursor.execute(JOURNAL, {**given, **counts, "now": timezone.now()})
        row = cursor.fetchone()
    return bool(row[0]) if row else None


def credible(call: Call, usage: Usage) -> tuple[int, int]:
    """Return prompt and answer as the engine counts them, each only if it can be true; else as we count them.

    A token has a byte at least, so a prompt has at most three times what ``prompt_tokens`` makes of it, and an answer
    four for each character and the one that ends it. An answer has no less than was sent, and no more than was asked.
    A seller who is paid for tokens is never believed that there were more than we counted.
    """
    prompt, written = call.prompt_tokens, call.completion_tokens
    if call.access == METERED and Upstream.objects.filter(engine=call.engine, kind=Kind.URL).exists():
        return min(prompt, usage.prompt_tokens or prompt), written
    if usage.prompt_tokens and usage.prompt_tokens <= 3 * prompt:
        prompt = usage.prompt_tokens
    if usage.completion_tokens and written <= usage.completion_tokens <= min(call.max_tokens, 4 * call.characters + 1):
        written = usage.completion_tokens
    return prompt, written
