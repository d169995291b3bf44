"""What became of signed messages, read from final blocks: nothing here is taken back by a reorganisation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from common.locks import exclusive_until_commit
from contracts.chain.client import client
from contracts.models import Block, Chain, Fact, SentTransaction
from governance.onchain.models.power import DelegationFact
from governance.onchain.models.proposals import BallotFact, OnchainProposal, VoteFact

from .models import Carriage, Kind, SignedMessage, State
from .refusals import FAILED, VOTED, refusal_in

MOST_FAILURES = 3
Outcome = tuple[State, str]  # with the name of the refusal


@dataclass(frozen=True)
class _Ended:
    """A transaction in a final block, and the gas that it used; without a hash one that no block will ever have."""

    hash: str = ""
    succeeded: bool = False
    gas: int = 0


def is_any_open(chain: Chain) -> bool:
    """Whether a message waits, or is on its way. Two queries at most."""
    waiting = SignedMessage.objects.filter(chain=chain, state=State.SIGNED)
    return waiting.exists() or Carriage.objects.filter(chain=chain, ended_at=None).exists()


def settle(chain: Chain) -> None:
    """Write down what final blocks say of every message that is open. Raises RetryableChainError."""
    final = chain.final_block()
    block = Block.objects.filter(chain=chain, number=final).first()
    if block is None:
        return
    _close_waiting(chain, final, block.time)
    for carriage in Carriage.objects.filter(chain=chain, ended_at=None).order_by("pk"):
        _settle_carriage(chain, carriage, final)


def _close_waiting(chain: Chain, final: int, now: datetime) -> None:
    """Close what waits and cannot count any more: its account voted by itself, or its time is over."""
    waiting = SignedMessage.objects.filter(chain=chain, state=State.SIGNED)
    voted = VoteFact.objects.filter(
        chain=chain, proposal=OuterRef("proposal"), voter=OuterRef("account"), block_number__lte=final
    )
    waiting.filter(Exists(voted), kind=Kind.BALLOT).update(state=State.REFUSED, refusal=VOTED)
    numbers = OnchainProposal.objects.filter(chain=chain, number=OuterRef("proposal"))
    over = numbers.filter(deadline__lt=now) | numbers.filter(canceled_at__lte=now)
    waiting.filter(Exists(over), kind=Kind.BALLOT).update(state=State.EXPIRED)
    waiting.filter(kind=Kind.DELEGATION, expiry__lt=now).update(state=State.EXPIRED)


def _settle_carriage(chain: Chain, carriage: Carriage, final: int) -> None:
    """End a transaction that is in a final block, and with it its messages."""
    sent = SentTransaction.objects.filter(chain=chain, business_id=carriage.business_id).first()
    found = _ended(carriage, chain, sent, final) if sent else None
    if found is None:
        return
    outcomes = _outcomes(carriage, found)
    with transaction.atomic():
        exclusive_until_commit(f"carriage:{carriage.pk}")
        if Carriage.objects.filter(pk=carriage.pk, ended_at=None).update(ended_at=timezone.now(), gas_used=found.gas):
            _write(carriage, outcomes)


def _ended(carriage: Carriage, chain: Chain, sent: SentTransaction, final: int) -> _Ended | None:
    """Return how the transaction ended, under whichever of its hashes; None while it may still be mined."""
    hashes = (sent.hash, *sent.former_hashes)
    # In one request, so that one endpoint answers both at the same moment.
    *receipts, count = client(chain).batch(
        [
            *(("eth_getTransactionReceipt", [each]) for each in hashes),
            ("eth_getTransactionCount", [sent.sender, hex(final)]),
        ]
    )
    mined = next(filter(None, receipts), None)
    if mined is None and int(count, 16) > sent.nonce:
        # Either nodes have forgotten its receipt, or another transaction has its number, and it never will be mined.
        known = _in_facts(chain, hashes, final)
        return _Ended(known, succeeded=True, gas=carriage.gas) if known else _Ended()
    if mined is None:
        return None
    if int(mined["blockNumber"], 16) > final:
        return None
    return _Ended(mined["transactionHash"], int(mined["status"], 16) == 1, int(mined["gasUsed"], 16))


def _in_facts(chain: Chain, hashes: Sequence[str], final: int) -> str:
    """Return under which of its hashes a transaction is indexed in a final block; "" where it is not."""
    kinds: tuple[type[Fact], ...] = (BallotFact, VoteFact, DelegationFact)
    seen = (each._default_manager.filter(chain=chain, tx_hash__in=hashes, block_number__lte=final) for each in kinds)
    return next((str(found) for each in seen for found in each.values_list("tx_hash", flat=True)[:1]), "")


def _outcomes(carriage: Carriage, ended: _Ended) -> dict[int, Outcome | None]:
    """Return what became of each of its messages by key; None for one that nothing became of."""
    messages = list(carriage.messages.all())
    if not ended.succeeded:
        return dict.fromkeys((each.pk for each in messages), None)
    made = {"chain": carriage.chain_id, "tx_hash": ended.hash}
    counted = {
        *VoteFact.objects.filter(**made).values_list("voter", "proposal"),
        *((each, None) for each in DelegationFact.objects.filter(**made).values_list("delegator", flat=True)),
    }
    refused = {
        (voter, proposal): refusal_in(data)
        for voter, proposal, data in BallotFact.objects.filter(**made)
        .exclude(refusal="")
        .values_list("voter", "proposal", "refusal")
    }
    return {each.pk: _outcome((each.account, each.proposal), counted, refused) for each in messages}


def _outcome(
    key: tuple[str, int | None], counted: Iterable[object], refused: dict[tuple[str, int], str]
) -> Outcome | None:
    if key in counted:
        return State.COUNTED, ""
    account, proposal = key
    return (State.REFUSED, refused[account, proposal]) if proposal and (account, proposal) in refused else None


def _write(carriage: Carriage, outcomes: dict[int, Outcome | None]) -> None:
    """Write the outcomes; what nothing became of waits again, but not for ever."""
    for key, outcome in outcomes.items():
        own = carriage.messages.filter(pk=key, state=State.SENT)
        if outcome:
            own.update(state=outcome[0], refusal=outcome[1])
        else:
            put_back(own)


def put_back(messages: QuerySet[SignedMessage]) -> None:
    """Let sent messages wait for another transaction; one whose transactions failed too often is refused."""
    messages.filter(failures__gte=MOST_FAILURES - 1).update(state=State.REFUSED, refusal=FAILED)
    messages.update(state=State.SIGNED, failures=F("failures") + 1, carriage=None)  # those that are still sent
