"""One batch, one transaction: blocks, events, what the apps make of them, and the cursor; all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from contracts.errors import ChainMovedError
from contracts.models import Block, Chain, Cursor, Event, IndexerStatus, Tally

from . import decode
from .decode import Reading
from .dispatch import Changes, Sums, facts_of, has_facts, tell
from .folding import refold, subject_of
from .headers import Header
from .reorg import rewind
from .store import Table, save_facts

log = structlog.get_logger(__name__)

BLOCKS = Table(Block, ("chain_id", "number", "hash", "parent_hash", "time"))
EVENTS = Table(Event, decode.COLUMNS)
TALLIES = Table(Tally, ("chain_id", "kind", "key", "amount", "events"))
ADD = (
    "on conflict (chain_id, kind, key) do update "
    f"set amount = {TALLIES.name}.amount + excluded.amount, events = {TALLIES.name}.events + excluded.events"
)


EMPTY = f"""
delete from {TALLIES.name} t using unnest(%s::text[], %s::text[]) as changed (kind, key)
 where t.chain_id = %s and t.kind = changed.kind and t.key = changed.key and t.events = 0
"""  # noqa: S608  the name of a model's table


@transaction.atomic
def write(
    chain: Chain, read: Cursor, reading: Reading | None, fork: Block | None = None, head: int = 0, seconds: float = 0
) -> int:
    """Store what was read, above ``fork`` in the place of the old; return how many events it held.

    ``head`` is the chain's last block as far as we know, ``seconds`` what reading took; both are for operators. Raises
    ChainMovedError if the cursor is not where it was ``read``.
    """
    # The lock makes concurrent writers queue, and the comparison lets only the first of them through.
    cursor = Cursor.objects.select_for_update().get(chain=chain)
    if (cursor.number, cursor.hash) != (read.number, read.hash):
        raise ChainMovedError(f"Another process has moved the cursor of {chain.name}.")
    changes, subjects, sums, depth = Changes(chain), set[str](), Sums(), 0
    if fork:
        depth = cursor.number - fork.number
        log.info("blocks were taken back", chain=chain.short_name, fork=fork.number, blocks=depth)
        changes.removed, subjects = rewind(chain, fork.number, sums)
        cursor.number, cursor.hash = fork.number, fork.hash
    if reading:
        subjects |= _append(chain, reading, changes, sums)
        cursor.number, cursor.hash = reading.last.number, reading.last.hash
    # After the events are in: a fold reads its aggregate's events itself, the new ones and those of before.
    refold(chain, subjects, settled=cursor.number - chain.reorg_window)
    add_sums(chain, sums)
    cursor.save()
    changes.head, changes.subjects = cursor.number, subjects
    events = len(reading.records) if reading else 0
    _note(chain, max(head, cursor.number), depth, events, seconds)
    # A page that hears of a change asks at once, and must not find the state of before.
    transaction.on_commit(lambda: tell(changes))
    return events


@transaction.atomic
def begin(chain: Chain, header: Header) -> Cursor:
    """Place the cursor on a chain's block, the one before the first that can hold an event of ours."""
    _store_blocks(chain, [header])
    return Cursor.objects.create(chain=chain, number=header.number, hash=header.hash)


def add_sums(chain: Chain, sums: Sums) -> None:
    """Add to the tallies; one to which no event is left to contribute goes."""
    # Sorted, so that two chains' writers lock rows in one order and cannot deadlock.
    rows = [(chain.pk, *key, amount, events) for key, (amount, events) in sorted(sums.changes.items())]
    if not rows:
        return
    TALLIES.merge(rows, ADD)
    # Only where something was taken away can a sum have lost its last event; by key, as there may be a million others.
    if any(events <= 0 for _amount, events in sums.changes.values()):
        kinds, keys = zip(*(key for key, (_amount, events) in sums.changes.items() if events <= 0), strict=True)
        with connection.cursor() as cursor:
            cursor.execute(EMPTY, [list(kinds), list(keys), chain.pk])


def _append(chain: Chain, reading: Reading, changes: Changes, sums: Sums) -> set[str]:
    """Store blocks, events and facts; return the aggregates that they touch."""
    _store_blocks(chain, reading.headers)
    records = reading.records
    if not records:
        return set()
    subjects = [subject_of(record.decoder.key, record.args) for record in records]
    EVENTS.add_lines(decode.lines(chain.pk, records, subjects))
    changes.added = list(
        facts_of(
            record.event(chain, subject)
            for record, subject in zip(records, subjects, strict=True)
            # Models are made only of events that a handler wants: most of a backfill is folds and tallies.
            if has_facts(record.decoder.key)
        )
    )
    save_facts(changes.added)
    for record in records:
        sums.count(record.decoder.key, record.args)
    return set(subjects)


def _store_blocks(chain: Chain, headers: Iterable[Header]) -> None:
    BLOCKS.add([(chain.pk, header.number, header.hash, header.parent_hash, header.time) for header in headers])


def _note(chain: Chain, head: int, depth: int, events: int, seconds: float) -> None:
    """Keep what operators ask for."""
    status = IndexerStatus(chain=chain, head=head, head_seen_at=timezone.now(), stopped="")
    status.events_per_second = events / max(seconds, 0.001)
    told = ["head", "head_seen_at", "stopped", "events_per_second"]
    IndexerStatus.objects.bulk_create([status], update_conflicts=True, unique_fields=["chain"], update_fields=told)
    # Counted by the database: another process may read the status between the two statements.
    if depth:
        deepest = Greatest("deepest_reorg", Value(depth))
        IndexerStatus.objects.filter(chain=chain).update(reorgs=F("reorgs") + 1, deepest_reorg=deepest)
