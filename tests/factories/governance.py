"""Proposals and votes as the indexer would have written them, for tests that need many, or none of a chain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from contracts.models import Block, Chain, Cursor, Tally
from contracts.models.chains import LOCAL_CHAIN
from contracts.names import COIN, DAO, DAY, TOKEN
from governance.onchain.models.power import (
    ALL_POWER,
    BALANCE,
    LOCKED,
    POWER,
    TOTAL,
    OnchainDelegation,
    PowerFact,
    TransferFact,
)
from governance.onchain.models.proposals import VOTES, OnchainProposal, Support, VoteFact
from governance.onchain.models.settings import SettingFact
from governance.onchain.models.staking import StreamPoint
from governance.onchain.streaming import ONE_SHIFT

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
WHOLE = 10**18
SUPPLY = 1_000_000_000 * WHOLE
_places = count()


def address(number: int) -> str:
    """Return an address of nobody's."""
    return f"0x{number:040x}"


def dao_chain(now: datetime = NOW) -> Chain:
    """Return the home chain with a DAO, a supply, a quorum of 4 % and a clock that says ``now``."""
    deployment = {DAO: address(0xDA0), TOKEN: address(0x70C)}
    chain = Chain.objects.create(
        pk=LOCAL_CHAIN,
        short_name="anvil",
        name="Anvil",
        coin="ETH",
        confirmations=3,
        reorg_window=64,
        deployment=deployment,
    )
    for number, time in ((97, now - timedelta(seconds=3)), (100, now)):  # the last final one, and the last of all
        Block.objects.create(chain=chain, number=number, hash=_hash(number), parent_hash=_hash(number - 1), time=time)
    Cursor.objects.update_or_create(chain=chain, defaults={"number": 100, "hash": _hash(100)})
    begun = now - timedelta(days=60)
    TransferFact.objects.create(**_record(chain, begun), sender=COIN, recipient=address(1), amount=SUPPLY)
    SettingFact.objects.create(**_record(chain, begun), name="QuorumNumeratorUpdated", old_value="0", new_value="4")
    return chain


def proposal(chain: Chain, number: int = 1, *, opens: timedelta = timedelta(days=-1), **given: Any) -> OnchainProposal:
    """Return a proposal whose vote opens ``opens`` after the chain's time, and lasts six days."""
    snapshot = given.pop("snapshot", chain.head_time() + opens)
    made = {
        "proposer": address(0xA),
        "targets": [],
        "values": [],
        "calldatas": [],
        "description": f"# Proposal {number}\n\nBecause.",
        "proposed_tx": _hash(number),
        "proposed_block": 1,
        "proposed_at": snapshot - timedelta(seconds=DAY),
        "snapshot": snapshot,
        "first_deadline": snapshot + timedelta(days=6),
        "deadline": snapshot + timedelta(days=6),
        "changed_block": 1,
    }
    return OnchainProposal.objects.create(chain=chain, number=number, **{**made, **given})


def vote(
    voted: OnchainProposal, voter: str, support: Support = Support.FOR, weight: int = WHOLE, reason: str = ""
) -> VoteFact:
    """Cast a vote, and count it."""
    record = _record(voted.chain, voted.snapshot + timedelta(hours=1))
    key = f"{voted.number}:{support}"
    add(voted.chain, VOTES, key, weight)
    return VoteFact.objects.create(
        **record, proposal=voted.number, voter=voter, support=support, weight=weight, reason=reason
    )


def power(chain: Chain, account: str, votes: int, since: datetime | None = None) -> PowerFact:
    """Give an account votes, since long before the chain's time: the later call counts."""
    before = Tally.objects.filter(chain=chain, kind=POWER, key=account).values_list("amount", flat=True).first() or 0
    add(chain, POWER, account, votes - before)
    add(chain, TOTAL, ALL_POWER, votes - before)
    record = _record(chain, since or chain.head_time() - timedelta(days=50))
    return PowerFact.objects.create(**record, account=account, votes=votes)


def add(chain: Chain, kind: str, key: str, amount: int) -> None:
    """Add to a sum that the indexer keeps."""
    tally, _made = Tally.objects.get_or_create(chain=chain, kind=kind, key=key, defaults={"amount": 0, "events": 0})
    tally.amount, tally.events = int(tally.amount) + amount, tally.events + 1
    tally.save()


def holder(chain: Chain, account: str, balance: int, *, delegate: str = "", locked: int = 0) -> None:
    """Let an account hold LATTICE, and delegate it; ``power`` says what votes that makes."""
    add(chain, BALANCE, account, balance)
    if locked:
        add(chain, LOCKED, account, locked)
    if delegate:
        OnchainDelegation.objects.create(chain=chain, delegator=account, delegate=delegate, changed_block=1)


def _record(chain: Chain, time: datetime) -> dict[str, Any]:
    place = next(_places)
    key = {"tx_hash": _hash(10**9 + place), "index": 0, "log_index": place}
    return {"chain": chain, "block_number": 1, "time": time, **key}


def _hash(number: int) -> str:
    return f"0x{number:064x}"


def point(
    chain: Chain, time: datetime, *, per_unit: int = 0, streaming: int = 0, waiting: int = 0, total: int = 0
) -> None:
    """Say where the stream of rewards stood; amounts are wei, ``per_unit`` wei by one staked unit."""
    place = next(_places)
    state = {"per_unit": per_unit << ONE_SHIFT, "streaming": streaming, "waiting": waiting, "total": total}
    StreamPoint.objects.create(chain=chain, block_number=1, log_index=place, as_of=int(time.timestamp()), **state)
