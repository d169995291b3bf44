"""The relayer: carries signed ballots in batches, and delegations, within a day's budget, each once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from eth_account.signers.local import LocalAccount

from common.locks import exclusive_until_commit
from contracts.chain.client import client
from contracts.chain.permissions import Question, ask
from contracts.chain.preflight import HEADROOM
from contracts.chain.transactions import send_transaction
from contracts.errors import ChainError, PermanentChainError, RevertedError
from contracts.models import Chain, SentTransaction
from contracts.names import DAO, RELAY
from governance.onchain.models.proposals import OnchainProposal, ProposalState

from .budget import Budget, budget_of
from .calls import MOST_ALONE, MOST_TOGETHER, batch_call, batch_gas, single_call
from .models import Carriage, Kind, RelayerStatus, SignedMessage, State
from .settling import is_any_open, settle

Stop = RelayerStatus.Stop
log = structlog.get_logger(__name__)

NOTED = timedelta(minutes=1)
LEAST = 100_000  # gas: with less nothing can be sent
MOST_A_RUN = 50  # transactions
MOST_LOOKED_AT = 200  # messages that wait


def relay_signed(*, chain: Chain, relayer: LocalAccount) -> int:
    """Settle what is final, send again what is on its way, and then what waits; return how many transactions are new.

    Any number may run at once: a message is taken along once, under a lock, and a transaction is sent under a name of
    its own. Raises RetryableChainError.
    """
    if is_any_open(chain):
        settle(chain)
    for carriage in Carriage.objects.filter(chain=chain, ended_at=None).order_by("pk"):
        _carry(chain, relayer, carriage)
    waiting = _waiting(chain)
    if not waiting and _is_noted(chain):
        return 0
    run = _Run(chain, relayer)
    sent = run.send(waiting)
    run.note()
    return sent


class _Run:
    """One look at what waits. ``stopped`` is why it ended before all was sent, if it did."""

    def __init__(self, chain: Chain, relayer: LocalAccount) -> None:
        self.chain, self.relayer, self.stopped = chain, relayer, ""
        account = relayer.address.lower()
        self.balance, self.gas_price = client(chain).quantities(
            [("eth_getBalance", [account, "latest"]), ("eth_gasPrice", [])]
        )

    def send(self, waiting: Sequence[SignedMessage]) -> int:
        """Send what waits, those with the most power first: nobody crowds out others by many small accounts."""
        sent = 0
        if waiting and budget_of(self.chain).gas_left < LEAST:
            self.stopped = Stop.BUDGET
            return 0
        for whole in _groups(self._countable(waiting)):
            if sent == MOST_A_RUN or self.stopped:
                break
            group = self._fitting(whole)
            to, data, gas = self._call(group)
            carriage = self._take(group, to, data, gas) if gas else None
            if carriage:
                sent += 1
                if not _carry(self.chain, self.relayer, carriage):
                    self.stopped = Stop.CHAIN
        return sent

    def note(self) -> None:
        """Write down how the relayer is."""
        account = self.relayer.address.lower()
        known = {"account": account, "balance": self.balance, "stopped": self.stopped, "seen_at": timezone.now()}
        RelayerStatus.objects.update_or_create(chain=self.chain, defaults=known)

    def _countable(self, waiting: Sequence[SignedMessage]) -> list[SignedMessage]:
        """Leave out what would be refused now: whose proposal is not voted on, or whose account has voted.

        They stay as they are: a block that says so may be taken back, and a final one is settled.
        """
        ballots = [each for each in waiting if each.kind == Kind.BALLOT]
        numbers = sorted({int(each.proposal or 0) for each in ballots})
        states = [Question(DAO, "state", [number]) for number in numbers]
        voted = [Question(DAO, "hasVoted", [each.proposal, each.account]) for each in ballots]
        answers = ask(self.chain, [*states, *voted])
        active = {number for number, state in zip(numbers, answers, strict=False) if state == ProposalState.ACTIVE}
        has_voted = {each.pk for each, answer in zip(ballots, answers[len(numbers) :], strict=True) if answer}
        return [
            each
            for each in waiting
            if each.kind != Kind.BALLOT or (each.proposal in active and each.pk not in has_voted)
        ]

    def _fitting(self, group: Sequence[SignedMessage]) -> Sequence[SignedMessage]:
        """Return as much of a batch as the budget bears; one message is tried whatever it needs."""
        left = budget_of(self.chain).gas_left
        while len(group) > 1 and batch_gas(group) > left:
            group = group[:-1]
        return group

    def _call(self, group: Sequence[SignedMessage]) -> tuple[str, str, int]:
        """Return where a transaction goes, its data, and its gas: 0 where the contract would refuse it."""
        first = group[0]
        if first.kind == Kind.BALLOT and not first.reason:
            return RELAY, batch_call(group), batch_gas(group)
        contract, data = single_call(first)
        return contract, data, self._estimate(first, contract, data)

    def _estimate(self, message: SignedMessage, contract: str, data: str) -> int:
        account = self.relayer.address.lower()
        call = {"from": account, "to": self.chain.deployment[contract], "data": data, "gas": hex(MOST_ALONE)}
        try:
            return client(self.chain).quantity("eth_estimateGas", call, "latest") * 6 // 5
        except RevertedError as error:
            own = SignedMessage.objects.filter(pk=message.pk, state=State.SIGNED, signature=message.signature)
            own.update(state=State.REFUSED, refusal=str(error.data.get("name", "")))
            return 0
        except PermanentChainError as error:  # whatever it is, it is of this message alone: the others go on
            log.warning("a message cannot be tried", chain=self.chain.short_name, key=message.pk, reason=error.reason)
            return 0

    def _take(self, group: Sequence[SignedMessage], to: str, data: str, gas: int) -> Carriage | None:
        """Take a group along, but for what others took or was signed anew, if the budget and the balance bear it.

        Who signs again and again keeps nobody else's ballot back.
        """
        with transaction.atomic():
            exclusive_until_commit(f"relay:{self.chain.pk}")
            own = SignedMessage.objects.filter(pk__in=[each.pk for each in group], state=State.SIGNED)
            found = {each.pk: each.signature for each in own.select_for_update()}
            same = [each for each in group if found.get(each.pk) == each.signature]
            if not same:
                return None
            if len(same) < len(group):
                to, data, gas = self._call(same)
            self.stopped = self._stop(budget_of(self.chain), gas)
            if self.stopped:
                return None
            address = self.chain.deployment[to]
            carriage = Carriage.objects.create(chain=self.chain, to=address, data=data, gas=gas)
            own.filter(pk__in=[each.pk for each in same]).update(state=State.SENT, carriage=carriage)
        self.balance -= gas * self.gas_price
        return carriage

    def _stop(self, budget: Budget, gas: int) -> str:
        if budget.gas_left < gas:
            return Stop.BUDGET
        return Stop.BALANCE if self.balance < gas * self.gas_price * HEADROOM else ""


def _is_noted(chain: Chain) -> bool:
    """Whether it was written down lately that the relayer is well: an idle one asks the chain once a minute."""
    known = RelayerStatus.objects.filter(chain=chain, stopped="", seen_at__gt=timezone.now() - NOTED)
    return known.exists()


def _waiting(chain: Chain) -> list[SignedMessage]:
    # A proposal that a reorganisation took away has no state to ask for.
    proposals = OnchainProposal.objects.filter(chain=chain, number=OuterRef("proposal"))
    found = SignedMessage.objects.filter(Q(kind=Kind.DELEGATION) | Exists(proposals), chain=chain, state=State.SIGNED)
    return list(found.order_by("-power", "signed_at")[:MOST_LOOKED_AT])


def _groups(waiting: Sequence[SignedMessage]) -> list[list[SignedMessage]]:
    """Return what travels together, in the order of the first of each: ballots of keys without reasons in batches."""
    groups: list[list[SignedMessage]] = []
    open_batch: list[SignedMessage] = []
    for each in waiting:
        if each.alone:
            groups.append([each])
        elif open_batch and len(open_batch) < MOST_TOGETHER:
            open_batch.append(each)
        else:
            open_batch = [each]
            groups.append(open_batch)
    return groups


def _carry(chain: Chain, relayer: LocalAccount, carriage: Carriage) -> bool:
    """Send a transaction, or that very one again; return whether the chain takes it."""
    sent = SentTransaction.objects.filter(chain=chain, business_id=carriage.business_id).first()
    if sent and sent.sender != relayer.address.lower():
        return True  # another key's, which cannot be replaced by this one
    try:
        send_transaction(
            chain=chain,
            account=relayer,
            business_id=carriage.business_id,
            to=carriage.to,
            data=carriage.data,
            gas=carriage.gas,
        )
    except ChainError as error:
        log.warning("nothing was relayed", chain=chain.short_name, purpose=carriage.business_id, reason=error.reason)
        return False
    return True
