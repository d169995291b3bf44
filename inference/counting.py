"""What a call writes while others wait for its rows, each of it in one statement: its windows, and its journal.

And what is believed of an engine's own count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection
from django.utils import timezone

from common.trips import Asked, in_one_trip

from .access import METERED
from .answers import Usage
from .keys.models import ApiKey
from .models import OPEN, Call, CallState, Kind, Upstream, UsageWindow

CALLS, KEYS, WINDOWS = Call._meta.db_table, ApiKey._meta.db_table, UsageWindow._meta.db_table
COUNTED = Call.windows.through._meta.db_table
ATTRIBUTES: list[tuple[str, str]] = [(str(field.column), field.attname) for field in Call._meta.concrete_fields]
NAMES, FIELDS = zip(*ATTRIBUTES, strict=True)
# ruff: noqa: S608  the names are of models' tables
OPENED = f"insert into {CALLS} ({', '.join(NAMES)}) values ({', '.join(f'%({name})s' for name in NAMES)})"
OWN = f"select {', '.join(NAMES)} from {CALLS} where id = %(call)s for update"
ENDED = ("state", "error", "prompt_tokens", "completion_tokens", "characters", "first_token_ms", "journaled_at")
CLOSED = f"""
update {CALLS} set {", ".join(f"{name} = %({name})s" for name in (*ENDED, "ended_at"))} where id = %(id)s
"""
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
with asked as (
    select * from unnest(%(calls)s::uuid[], %(tokens)s::int[], %(characters)s::int[], %(first)s::int[])
        as asked (id, tokens, characters, first_token_ms)
), own as (
    select id from {CALLS} where id = any(%(calls)s) and state = any(%(open)s)
    order by id for no key update {{held}}
), written as (
    update {CALLS} call set state = %(state)s, completion_tokens = asked.tokens, characters = asked.characters,
        first_token_ms = asked.first_token_ms, journaled_at = %(now)s
    from asked, own where call.id = own.id and asked.id = own.id returning call.id
)
select call.id, written.id is not null, keys.revoked_at is not null, call.state = any(%(open)s)
from {CALLS} call left join written on written.id = call.id left join {KEYS} keys on keys.id = call.api_key
where call.id = any(%(calls)s)
"""


class Counts(NamedTuple):
    """What was handed over of a call."""

    tokens: int
    characters: int
    first_token_ms: int


class Written(StrEnum):
    """What came of writing a journal: LATER where another has the call's row."""

    DONE = "done"
    REVOKED = "revoked"
    CLOSED = "closed"
    LATER = "later"


def open_at(payer: str, engines: Iterable[str]) -> Asked:
    """Return what finds payer, slot and engine of each open call of a payer's, or at one of the engines."""
    return BUSY, {"open": [each.value for each in OPEN], "payer": payer, "engines": list(engines)}


def opening(call: Call, windows: Sequence[UsageWindow]) -> list[Asked]:
    """Return what writes a new call down, and has it count in windows that are locked: they hold its tokens."""
    held = {"call": call.pk, "windows": [window.pk for window in windows], "tokens": call.reserved}
    return [(OPENED, _cells(call)), *([(HOLD, held)] if windows else [])]


def own_call(call_id: UUID) -> Call:
    """Return a call, whose row stays locked until the transaction ends. Raises Call.DoesNotExist."""
    [found] = in_one_trip((OWN, {"call": call_id}))
    if not found:
        raise Call.DoesNotExist
    return Call.from_db(DEFAULT_DB_ALIAS, FIELDS, found[0])


def closing(call: Call) -> Asked:
    """Return what writes down how a call that is locked has ended."""
    return CLOSED, _cells(call)


def releasing(call: Call, spent: int) -> Asked:
    """Return what lets a call's windows count what was spent, and hold nothing for it any more."""
    return RELEASE, {"call": call.pk, "reserved": call.reserved, "spent": spent}


def _cells(call: Call) -> dict[str, Any]:
    return {column: getattr(call, name) for column, name in ATTRIBUTES}  # each of them as the driver takes it


def write_journals(counts: Mapping[UUID, Counts], *, waits: bool) -> dict[UUID, Written]:
    """Write down what was handed over of calls; return what came of each, of those that there are.

    Only while they are open: what the sweep has closed is already settled. Where its key was revoked, that is said.
    Unless it ``waits``, what another transaction holds is left for later, so that it keeps no others unwritten.
    """
    tokens, characters, first = zip(*counts.values(), strict=True)
    given: dict[str, Any] = {
        "calls": list(counts),
        "tokens": list(tokens),
        "characters": list(characters),
        "first": list(first),
    }
    more: dict[str, Any] = {
        "open": [each.value for each in OPEN],
        "state": CallState.STREAMING.value,
        "now": timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(JOURNAL.format(held="" if waits else "skip locked"), {**given, **more})
        return {pk: _came_of(*said) for pk, *said in cursor.fetchall()}


def _came_of(written: bool, revoked: bool, is_open: bool) -> Written:
    if written:
        return Written.REVOKED if revoked else Written.DONE
    return Written.LATER if is_open else Written.CLOSED


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
