"""One batch, one transaction: blocks, events, what the apps make of them, and the cursor; all of it or nothing."""

from __future__ import annotations

from collections import defaultdict
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
from .dispatch import Changes, Sums, facts_of, tell
from .folding import Known, Memory, fold_on, subject_of
from .headers import Header
from .records import DecodedEvent
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


def write(
    chain: Chain,
    read: Cursor,
    reading: Reading | None,
    fork: Block | None = None,
    head: int = 0,
    seconds: float = 0,
    memory: Memory | None = None,
) -> int:
    """Store what was read, above ``fork`` in the place of the old; return how many events it held.

    ``head`` is the chain's last block as far as we know, ``seconds`` what reading took. ``memory`` is what the process
    knows of the chain's aggregates. Raises ChainMovedError if the cursor is not where it was ``read``.
    """
    memory = memory or Memory()
    known = memory.take(read)
    with transaction.atomic():
        # The lock makes concurrent writers queue, and the comparison lets only the first of them through.
        cursor = Cursor.objects.select_for_update().get(chain=chain)
        if (cursor.number, cursor.hash) != (read.number, read.hash):
            raise ChainMovedError(f"Another process has moved the cursor of {chain.name}.")
        changes = _replace(chain, cursor, reading, fork, head, known)
        depth = read.number - fork.number if fork else 0
        _note(chain, max(head, cursor.number), depth, len(reading.records) if reading else 0, seconds)
        # A page that hears of a change asks at once, and must not find the state of before.
        transaction.on_commit(lambda: tell(changes))
    memory.keep(cursor, known)
    return len(reading.records) if reading else 0


def _replace(
    chain: Chain, cursor: Cursor, reading: Reading | None, fork: Block | None, head: int, known: dict[str, Known]
) -> Changes:
    """Write what was read and move the cursor; ``known`` gets the new states of what changed."""
    changes, sums, came = Changes(chain), Sums(), defaultdict[str, list[DecodedEvent]](list)
    if fork:
        log.info("blocks were taken back", chain=chain.short_name, fork=fork.number, blocks=cursor.number - fork.number)
        changes.removed, gone = rewind(chain, fork.number, sums)
        cursor.number, cursor.hash = fork.number, fork.hash
        for subject in gone:
            known.pop(subject, None)
            came[subject] = []
    begun: int | None = cursor.number
    if reading:
        if not _append(chain, reading, changes, sums, came):
            # An event that was there already counts once, so all are read back.
            known.clear()
            begun = None
        cursor.number, cursor.hash = reading.last.number, reading.last.hash
    fold_on(chain, came, known, begun=begun, settled=_settled(chain, cursor.number, head))
    add_sums(chain, sums)
    cursor.save()
    changes.head, changes.subjects = cursor.number, set(came)
    return changes


def _settled(chain: Chain, number: int, head: int) -> int:
    """Return the last block, of those up to ``number``, that will hardly be taken back: as deep as the window is."""
    # Far behind the head all of them are; an endpoint that named too high a head costs time, and no exactness.
    return max(min(number, head - chain.reorg_window), number - chain.reorg_window)


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


def _append(
    chain: Chain, reading: Reading, changes: Changes, sums: Sums, came: defaultdict[str, list[DecodedEvent]]
) -> bool:
    """Store blocks, events and facts, and add the events to those that ``came``, by aggregate.

    Return whether all the events were new.
    """
    _store_blocks(chain, reading.headers)
    records = reading.records
    if not records:
        return True
    subjects = [subject_of((record.contract, record.name), record.args) for record in records]
    are_new = EVENTS.add_lines(decode.lines(records, subjects))
    changes.added = list(facts_of(records))
    save_facts(changes.added)
    for subject, record in zip(subjects, records, strict=True):
        sums.count((record.contract, record.name), record.args)
        if subject:
            came[subject].append(record)
    return are_new


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
