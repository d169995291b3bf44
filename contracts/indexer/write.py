"""One batch, one transaction: blocks, events, what the apps make of them, and the cursor; all of it or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import structlog
from django.db import transaction
from django.utils import timezone

from contracts.errors import ChainMovedError
from contracts.models import Block, Chain, Cursor, Event, IndexerStatus, Tally

from . import decode
from .decode import Reading
from .dispatch import Changes, Sums, tell
from .folding import Known, Memory, fold_on
from .headers import Header
from .records import DecodedEvent
from .reorg import rewind
from .store import Row, Statement, Table, add, of_facts, run

log = structlog.get_logger(__name__)

Came = defaultdict[str, list[DecodedEvent]]  # by aggregate

BLOCKS = Table(Block, ("chain_id", "number", "hash", "parent_hash", "time"))
EVENTS = Table(Event, decode.COLUMNS)
TALLIES = Tally._meta.db_table
ADD = f"""
insert into {TALLIES} as t (chain_id, kind, key, amount, events)
select %s, * from unnest(%s::text[], %s::text[], %s::numeric[], %s::bigint[])
on conflict (chain_id, kind, key) do update set amount = t.amount + excluded.amount, events = t.events + excluded.events
"""  # noqa: S608  the name of a model's table
EMPTY = f"""
delete from {TALLIES} t using unnest(%s::text[], %s::text[]) as changed (kind, key)
 where t.chain_id = %s and t.kind = changed.kind and t.key = changed.key and t.events = 0
"""  # noqa: S608  the name of a model's table
# The row's lock makes concurrent writers queue, and the comparison lets only the first of them through.
MOVE = f"""
update {Cursor._meta.db_table} set number = %s, hash = %s, updated_at = %s
 where chain_id = %s and number = %s and hash = %s
"""  # noqa: S608  the name of a model's table
STATUS = Table(
    IndexerStatus, ("chain_id", "head", "head_seen_at", "stopped", "events_per_second", "reorgs", "deepest_reorg")
)
# Counted by the database, which may be told of a chain by one process after another.
NOTE = f"""
on conflict (chain_id) do update set head = excluded.head, head_seen_at = excluded.head_seen_at, stopped = '',
  events_per_second = excluded.events_per_second, reorgs = {STATUS.name}.reorgs + excluded.reorgs,
  deepest_reorg = greatest({STATUS.name}.deepest_reorg, excluded.deepest_reorg)
"""


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
    last = reading.last if reading else fork or read
    memory = memory or Memory()
    known = memory.take(read.number, read.hash)
    events = len(reading.taken.lines) if reading else 0
    with transaction.atomic():
        # First of all: where another process was quicker, nothing else of this batch is tried.
        if not sum(run([(MOVE, [last.number, last.hash, timezone.now(), chain.pk, read.number, read.hash])])):
            raise ChainMovedError(f"Another process has moved the cursor of {chain.name}.")
        changes, sums = _replace(chain, read, reading, fork, _settled(chain, last.number, head), known)
        depth = read.number - fork.number if fork else 0
        status = [
            chain.pk,
            max(head, last.number),
            timezone.now(),
            "",
            events / max(seconds, 0.001),
            int(depth > 0),
            depth,
        ]
        run([*adding(chain, sums), STATUS.inserting([status], NOTE)])
        changes.is_behind = head > last.number
        # A page that hears of a change asks at once, and must not find the state of before.
        transaction.on_commit(lambda: tell(changes))
    memory.keep(last.number, last.hash, known)
    return events


def _replace(
    chain: Chain, read: Cursor, reading: Reading | None, fork: Block | None, settled: int, known: dict[str, Known]
) -> tuple[Changes, Sums]:
    """Write what was read, and what the apps make of it but the sums; ``known`` gets the states of what changed."""
    changes, sums, came = Changes(chain, (reading.last if reading else fork or read).number), Sums(), Came(list)
    begun: int | None = read.number
    if fork:
        log.info("blocks were taken back", chain=chain.short_name, fork=fork.number, blocks=read.number - fork.number)
        changes.removed, gone = rewind(chain, fork.number, sums)
        begun = fork.number
        for subject in gone:
            known.pop(subject, None)
            came[subject] = []
    if reading and not _append(chain, reading, changes, sums, came):
        # An event that was there already counts once, so all are read back.
        known.clear()
        begun = None
    fold_on(chain, came, known, begun=begun, settled=settled)
    changes.subjects = set(came)
    return changes, sums


def _settled(chain: Chain, number: int, head: int) -> int:
    """Return the last block, of those up to ``number``, that will hardly be taken back: as deep as the window is."""
    # Far behind the head all of them are; an endpoint that named too high a head costs time, and no exactness.
    return max(min(number, head - chain.reorg_window), number - chain.reorg_window)


@transaction.atomic
def begin(chain: Chain, header: Header) -> Cursor:
    """Place the cursor on a chain's block, the one before the first that can hold an event of ours."""
    add([(BLOCKS, _of_blocks(chain, [header]))])
    return Cursor.objects.create(chain=chain, number=header.number, hash=header.hash)


def adding(chain: Chain, sums: Sums) -> list[Statement]:
    """Return what adds to the tallies; one to which no event is left to contribute goes."""
    if not sums.changes:
        return []
    # Sorted, so that two chains' writers lock rows in one order and cannot deadlock.
    rows = [(*named, *change) for named, change in sorted(sums.changes.items())]
    statements: list[Statement] = [(ADD, [chain.pk, *map(list, zip(*rows, strict=True))])]
    # Only where something was taken away can a sum have lost its last event; by key, as there may be a million others.
    lost = [key for key, (_amount, events) in sums.changes.items() if events <= 0]
    if lost:
        kinds, keys = zip(*lost, strict=True)
        statements.append((EMPTY, [list(kinds), list(keys), chain.pk]))
    return statements


def _append(chain: Chain, reading: Reading, changes: Changes, sums: Sums, came: Came) -> bool:
    """Store blocks, events and facts, and add the events to those that ``came``, by aggregate.

    Return whether all were new.
    """
    taken, blocks = reading.taken, _of_blocks(chain, reading.headers)
    changes.added = taken.facts
    sums.add(taken.sums)
    came.update(taken.came)
    return add([(BLOCKS, blocks), (EVENTS, taken.lines), *of_facts(taken.facts)])


def _of_blocks(chain: Chain, headers: Iterable[Header]) -> list[Row]:
    return [(chain.pk, header.number, header.hash, header.parent_hash, header.time) for header in headers]
