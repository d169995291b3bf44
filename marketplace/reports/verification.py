"""Comparing the log with itself, with the decisions that it is of, and with what is anchored on chain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext as _

from contracts.chain import codec
from contracts.chain.client import client
from contracts.models import AnchorFact, Chain
from contracts.names import ANCHORS
from marketplace.ground.decisions import ModerationDecision
from marketplace.ground.log import START, LogEntry, hash_of, payload_of

from .anchors import KIND

AT_ONCE = 2_000  # entries that are read together


@dataclass
class Finding:
    """What a comparison has found. ``faults`` are sentences; ``erased`` entries can no longer be compared."""

    entries: int = 0
    erased: int = 0
    anchors: int = 0
    head: str = START
    faults: list[str] = field(default_factory=list)


def verify_log(*, asks_chain: bool = True) -> Finding:
    """Compare all of the log. Raises ChainError where the home chain has to be asked and does not answer."""
    found = Finding()
    expected = 1
    for entry in entries_in_order():
        found.faults += _own_faults(entry, expected, found.head)
        found.erased += _compare(entry, found)
        found.head, expected = entry.hash, entry.number + 1
        found.entries += 1
    left_out = ModerationDecision.objects.filter(entry=None).order_by("pk").values_list("pk", flat=True)
    found.faults += [_("Decision %(pk)d is not in the log.") % {"pk": pk} for pk in left_out[:AT_ONCE]]
    _check_anchors(found, asks_chain)
    return found


def entries_in_order() -> Iterator[LogEntry]:
    """Yield every entry with its decision and its salt, the first one first. A query for each 2,000."""
    known = LogEntry.objects.select_related("decision", "salt").annotate(undone=F("decision__undoes__entry__number"))
    after = -1
    while rows := list(known.filter(number__gt=after).order_by("number")[:AT_ONCE]):
        yield from rows
        after = rows[-1].number


def _own_faults(entry: LogEntry, expected: int, previous: str) -> Iterator[str]:
    """Yield what is wrong with an entry and its place in the chain."""
    names = {"number": entry.number, "expected": expected}
    if entry.number != expected:
        yield _("Entry %(number)d stands where entry %(expected)d should be.") % names
    if entry.previous != previous:
        yield _("Entry %(number)d does not go on from the one before it.") % names
    if entry.hash != hash_of(entry.previous, entry.payload):
        yield _("Entry %(number)d was changed: its hash is not that of what it says.") % names


def _compare(entry: LogEntry, found: Finding) -> bool:
    """Compare an entry with its decision; return whether that cannot be done any more, since its salt was erased."""
    salt, decision = getattr(entry, "salt", None), entry.decision
    if salt is None:
        return True
    undoes = cast(int | None, entry.undone)  # type: ignore[attr-defined]  # annotated above
    made = payload_of(decision, number=entry.number, made_at=entry.made_at, salt=salt.salt, undoes=undoes)
    if made != entry.payload or (entry.action, entry.category) != (decision.action, decision.category):
        found.faults.append(_("Entry %(number)d does not say what was decided.") % {"number": entry.number})
    return False


def _check_anchors(found: Finding, asks_chain: bool) -> None:
    """Compare the entries that are anchored, as the indexer has read it and as the contract itself says."""
    anchored = AnchorFact.objects.filter(chain__short_name=settings.HOME_CHAIN, anchored=KIND).order_by("epoch")
    roots = {int(epoch): root for epoch, root in anchored.values_list("epoch", "root")}
    chain = Chain.objects.filter(short_name=settings.HOME_CHAIN).first()
    if asks_chain and chain and ANCHORS in chain.deployment:
        roots |= _latest_on_chain(chain)
    hashes = dict(LogEntry.objects.filter(number__in=roots).values_list("number", "hash"))
    found.anchors = len(roots)
    for number, root in roots.items():
        if number not in hashes:
            found.faults.append(_("Entry %(number)d is anchored on chain, and missing here.") % {"number": number})
        elif hashes[number] != root:
            words = {"number": number, "root": root}
            found.faults.append(_("Entry %(number)d has another hash than the one on chain, %(root)s.") % words)


def _latest_on_chain(chain: Chain) -> dict[int, str]:
    """Return number and root of the last anchor, as the contract says."""
    number = int(cast(int, _view(chain, "latestEpoch", [KIND])))
    if number == 0:
        return {}
    anchor = cast("dict[str, Any]", _view(chain, "anchorOf", [KIND, number]))
    return {number: str(anchor["root"])}


def _view(chain: Chain, function: str, args: list[codec.Value]) -> codec.Value:
    data = codec.call_data(ANCHORS, function, args)
    return codec.decode_result(ANCHORS, function, client(chain).eth_call(chain.deployment[ANCHORS], data))
