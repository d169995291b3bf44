"""When the chain took blocks back: where it parted from what is stored, and how that is undone."""

from __future__ import annotations

from contracts.chain.client import BATCH
from contracts.errors import ChainError, ChainMovedError, IndexerStoppedError
from contracts.models import Block, Chain, Cursor, Event, Fact

from .dispatch import Sums, tallies_of
from .endpoints import Source
from .folding import forget_states
from .headers import Header, fetch_headers
from .records import FactRow


def find_fork(chain: Chain, source: Source, cursor: Cursor, head: int) -> Block:
    """Return the last stored block that the endpoint's chain still has.

    Raises IndexerStoppedError if that lies deeper than the chain's window. Only a local chain, which is restarted from
    an earlier state, may be shorter by more.
    """
    lowest = chain.start_block - 1
    # A public chain never gets shorter by itself; there it means that the endpoint lags.
    rewound = chain.is_local and head < cursor.number
    limit = lowest if rewound else max(lowest, cursor.number - chain.reorg_window)
    # From the top down, because almost every fork is a block or two deep: one request finds it.
    for top in range(min(head, cursor.number), limit - 1, -BATCH):
        found = _common(chain, source, max(limit, top - BATCH + 1), top)
        if found:
            return found
    raise _too_deep(chain, source, limit)


def rewind(chain: Chain, fork: int, sums: Sums) -> tuple[list[FactRow], set[str]]:
    """Delete what came from blocks above ``fork``, and take it from the sums.

    Return the facts that went, and the aggregates to fold again.
    """
    above = {"chain": chain, "block_number__gt": fork}
    events = Event.objects.filter(**above)
    # Sums are taken back event by event, since a tally keeps no list of what it consists of.
    subjects = set()
    for subject, contract, name, args in events.values_list("subject", "contract", "name", "args").iterator():
        subjects.add(subject)
        sums.count(tallies_of((contract, name)), args, -1)
    removed: list[FactRow] = []
    # By (chain, block) in SQL, without cascades: nothing that people wrote refers to a fact.
    for model in Fact.__subclasses__():
        rows = model._default_manager.filter(**above)
        if found := [FactRow(model, {**values}) for values in rows.values()]:
            removed += found
            rows.delete()
    events.delete()
    # A local chain may go back behind what is kept as settled.
    forget_states(chain, above=fork)
    Block.objects.filter(chain=chain, number__gt=fork).delete()
    return removed, subjects


def _common(chain: Chain, source: Source, first: int, last: int) -> Block | None:
    """Return the highest block of this range that is stored as the endpoint has it."""
    theirs = fetch_headers(source, range(first, last + 1))
    ours = Block.objects.filter(chain=chain, number__range=(first, last)).order_by("-number")
    return next((block for block in ours if block.number in theirs and theirs[block.number].hash == block.hash), None)


def _too_deep(chain: Chain, source: Source, limit: int) -> Exception:
    """Return the error that names the block; an endpoint that stands alone with it is asked again later."""
    ours = Block.objects.get(chain=chain, number=limit)
    theirs = fetch_headers(source, [limit]).get(limit)
    # The endpoint may be behind, or have changed its mind since: neither is a fork.
    if theirs is None or theirs.hash == ours.hash:
        return ChainMovedError(f"The endpoint does not have block {limit}, or has only just got it.")
    # Stopping needs a person, so a single endpoint on a branch of its own must not cause it.
    for other in source.others():
        if _has(other, limit, ours.hash):
            return ChainMovedError(f"Another endpoint still has block {limit} as it is stored.")
    return IndexerStoppedError(
        f"{chain.name} changed deeper than {chain.reorg_window} blocks: block {limit} is {ours.hash} here and "
        f"{theirs.hash} at the endpoint. Nothing was changed here. If the endpoint is right, run "
        f"manage.py forget_chain --chain {chain.short_name}; the indexer then reads it from its beginning."
    )


def _has(source: Source, number: int, hashed: str) -> bool:
    try:
        found: Header | None = fetch_headers(source, [number]).get(number)
    except ChainError:
        return False
    return found is not None and found.hash == hashed
