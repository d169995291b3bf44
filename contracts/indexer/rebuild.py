"""Projections rebuilt from the stored events, without the chain: for new handlers, and after a handler was fixed.

It is one transaction: pages show what was there until it is done, and the indexer waits at the cursor meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from contracts.models import Chain, Cursor, Event, Fact, Tally

from .dispatch import Sums, facts_of, tallies_of
from .folding import EventName, forget_states, refold, subject_of
from .records import decoded
from .store import add, of_facts, run
from .write import adding

CHUNK = 2_000  # events in memory at once


@transaction.atomic
def rebuild(*, chain: Chain, first: int = 0, event: EventName | None = None) -> int:
    """Rebuild facts and folds of the events from block ``first`` on, all or those of one name; return how many.

    Tallies are always recounted from all events, because they have no beginning.
    """
    cursor = Cursor.objects.select_for_update().filter(chain=chain).first()
    events = Event.objects.filter(chain=chain, block_number__gte=first)
    if event:
        events = events.filter(contract=event[0], name=event[1])
    _delete_facts(chain, first, events if event else None)
    subjects, count = set[str](), 0
    for chunk in _chunks(events):
        subjects |= {each.subject for each in chunk}
        _name_subjects(chunk)
        subjects |= {each.subject for each in chunk}
        add(of_facts(facts_of(map(decoded, chunk))))
        count += len(chunk)
    forget_states(chain)
    refold(chain, subjects, settled=cursor.number - chain.reorg_window if cursor else -1)
    _count_anew(chain)
    return count


def _delete_facts(chain: Chain, first: int, events: QuerySet[Event] | None) -> None:
    """Delete the facts from a block on, all or those that were made of the events."""
    for model in Fact.__subclasses__():
        facts = model._default_manager.filter(chain=chain, block_number__gte=first)
        if events is not None:
            facts = facts.filter(
                Exists(events.filter(block_number=OuterRef("block_number"), log_index=OuterRef("log_index")))
            )
        facts.delete()


def _chunks(events: QuerySet[Event]) -> Iterator[list[Event]]:
    ordered = events.order_by("block_number", "log_index").iterator(chunk_size=CHUNK)
    while chunk := list(islice(ordered, CHUNK)):
        yield chunk


def _name_subjects(events: list[Event]) -> None:
    """Write down which aggregate each event belongs to, where that has changed."""
    changed = []
    for event in events:
        subject = subject_of((event.contract, event.name), event.args)
        if event.subject != subject:
            event.subject = subject
            changed.append(event)
    Event.objects.bulk_update(changed, ["subject"], batch_size=CHUNK)


def _count_anew(chain: Chain) -> None:
    sums = Sums()
    stored = Event.objects.filter(chain=chain).values_list("contract", "name", "args")
    for contract, name, args in stored.iterator(chunk_size=CHUNK):
        sums.count(tallies_of((contract, name)), args)
    Tally.objects.filter(chain=chain).delete()
    run(adding(chain, sums))
