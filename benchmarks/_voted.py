"""Puts a proposal to the vote without a chain, by the rows that an indexer would have written."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from contracts.chain import codec
from contracts.models import Block, Chain, Cursor, ParameterFact, Tally
from contracts.names import COIN, DAO, PARAMETERS
from governance.onchain.models.power import PowerFact, TransferFact
from governance.onchain.models.proposals import VOTES, OnchainProposal, Support, VoteFact
from governance.onchain.models.settings import SettingFact

CHAIN, HEAD, NUMBER = 31337, 100, 1
WHOLE = 10**18
SUPPLY, WEIGHT, VOTERS = 10**9 * WHOLE, 400_000 * WHOLE, 60
TEXT = "# Lower the protocol fee to 2 %\n\n" + "Half a point is what keeps small sellers here.\n\n" * 6


def put_to_vote() -> None:
    """Let holders vote on one proposal, and half of them have done so, unless there is a proposal already."""
    if OnchainProposal.objects.exists():
        return
    chain, now = Chain.objects.get(pk=CHAIN), timezone.now()
    chain.deployment = {DAO: _address(1), PARAMETERS: _address(2)}
    chain.save()
    Block.objects.create(chain=chain, number=HEAD, hash=_hash(HEAD), parent_hash=_hash(HEAD - 1), time=now)
    Cursor.objects.create(chain=chain, number=HEAD, hash=_hash(HEAD))
    opened = now - timedelta(days=3)
    begun = [{"chain": chain, "block_number": 1, "time": opened - timedelta(days=9), **_key(n)} for n in range(3)]
    TransferFact.objects.create(**begun[0], sender=COIN, recipient=_address(3), amount=SUPPLY)
    SettingFact.objects.create(**begun[1], name="QuorumNumeratorUpdated", old_value="0", new_value="4")
    ParameterFact.objects.create(**begun[2], key="feeBps", old_value=0, new_value=250)
    _propose(chain, opened)
    _vote(chain, opened)


def _propose(chain: Chain, opened: datetime) -> None:
    data = codec.call_data(PARAMETERS, "set", [codec.word("feeBps"), 200])
    batch = {"targets": [chain.deployment[PARAMETERS]], "values": ["0"], "calldatas": [data]}
    made = {"proposed_tx": _hash(1), "proposed_block": 1, "proposed_at": opened - timedelta(days=1)}
    ends = opened + timedelta(days=6)
    times = {"snapshot": opened, "first_deadline": ends, "deadline": ends, "changed_block": 1}
    OnchainProposal.objects.create(
        chain=chain, number=NUMBER, proposer=_address(3), description=TEXT, **batch, **made, **times
    )


def _vote(chain: Chain, opened: datetime) -> None:
    for number in range(2 * VOTERS):
        voter, place = _address(1_000 + number), {"chain": chain, "block_number": 2}
        before = {"time": opened - timedelta(days=2), **_key(1_000 + number)}
        PowerFact.objects.create(**place, **before, account=voter, votes=WEIGHT)
        if number % 2:
            support = list(Support)[number % 3]
            cast = {"time": opened + timedelta(hours=number), **_key(5_000 + number)}
            ballot = {"proposal": NUMBER, "voter": voter, "support": support, "weight": WEIGHT}
            VoteFact.objects.create(**place, **cast, **ballot, reason="It helps those who sell little.")
    for support in Support:
        count = VoteFact.objects.filter(support=support).count()
        Tally.objects.create(chain=chain, kind=VOTES, key=f"{NUMBER}:{support}", amount=count * WEIGHT, events=count)


def _key(number: int) -> dict[str, Any]:
    return {"tx_hash": _hash(10_000 + number), "index": 0, "log_index": number}


def _address(number: int) -> str:
    return f"0x{number:040x}"


def _hash(number: int) -> str:
    return f"0x{number:064x}"
